import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { withCallSite } from '../../generators/diagnostics/call-site.ts';
import type { Finding } from '../../generators/diagnostics/diagnostic.ts';
import { createReport } from '../../generators/diagnostics/report.ts';
import { resolveFindings } from '../../generators/diagnostics/resolve.ts';
import type { LoadedDefinition, LoadOptions } from '../../generators/load/load.ts';
import { load } from '../../generators/load/load.ts';
import type { Locator } from '../../generators/diagnostics/resolve.ts';

/** A file's text, or where a link of that name leads. */
export type Files = Readonly<Record<string, string | { readonly link: string }>>;

/** Writes files to a folder that is removed with the test; gives the folder. */
export const writeProject = (files: Files): string => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'tocsin-load-')));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    if (typeof content === 'string') writeFileSync(join(root, path), content);
    else symlinkSync(content.link, join(root, path));
  }
  return root;
};

const inert = (kind: string) => {
  const define = (input: object): object => withCallSite({ kind, ...input }, define);
  return define;
};

/** A small language of the shape of Tocsin's own: inert values that know where they were written. */
export const api = {
  defineProject: inert('project'),
  defineSystem: inert('system'),
  threshold: inert('threshold'),
  monitors: { cache: inert('cache') },
  ms: (value: number) => ({ value }),
  fails: (message: string): never => {
    throw new RangeError(message);
  },
};

/** What one load gave. */
export interface Outcome {
  readonly root: string;
  readonly definitions: readonly LoadedDefinition[];
  readonly findings: readonly Finding[];
  readonly locator: Locator;
}

/** Loads the definitions of a folder. */
export const loadFolder = async (root: string, options: Partial<LoadOptions> = {}): Promise<Outcome> => {
  const report = createReport();
  const loaded = await load({ root, definitions: 'definitions', modules: { tocsin: api }, ...options }, report);
  return { root, ...loaded, findings: resolveFindings(report.list(), loaded.locator) };
};

/** Writes and loads a project. */
export const loadFiles = (files: Files, options: Partial<LoadOptions> = {}): Promise<Outcome> =>
  loadFolder(writeProject(files), options);

/** A finding as `file:line:column-endColumn code message`. */
export const brief = ({ file = '', line, column, endColumn, code, message }: Finding): string =>
  `${file}${line === undefined ? '' : `:${line}:${column}-${endColumn}`} ${code} ${message}`.trim();
