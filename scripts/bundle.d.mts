import type { DrillModule } from './drill-module.ts';

export declare const stampOf: (root: string, sources?: readonly string[]) => string;
export declare const bundle: (root: string, outdir: string) => Promise<void>;
/** Gives what stays outside and is imported. */
export declare const bundleApp: (root: string, outdir: string) => Promise<readonly string[]>;
export declare const cachedBundle: (root: string) => Promise<string>;
/** The folder of the bundled sample app, built if its sources changed; `node <folder>/main.js` starts it. */
export declare const appBundle: (root: string) => Promise<string>;
/** Gives what stays outside and is imported. */
export declare const bundleServices: (root: string, outdir: string) => Promise<readonly string[]>;
/** The folder of the bundled inbox and load: `node <folder>/inbox.js`, `node <folder>/load.js`. */
export declare const serviceBundle: (root: string) => Promise<string>;
/** The bundled drill, built if its sources changed. */
export declare const loadDrill: (root: string) => Promise<DrillModule<unknown>>;
