import { extname, join, resolve } from 'node:path';
import type { Report } from '../diagnostics/report.ts';
import type { Locator } from '../diagnostics/resolve.ts';
import type { Place } from './discover.ts';
import { discover } from './discover.ts';
import type { Unit } from './evaluate.ts';
import { createEvaluate } from './evaluate.ts';
import type { LoadIo } from './io.ts';
import { nodeLoadIo, reasonOf } from './io.ts';
import { createLocator } from './locate.ts';
import { relativePath } from './paths.ts';
import type { Target } from './resolve-import.ts';
import { resolveImport } from './resolve-import.ts';
import type { Sources } from './sources.ts';
import { lazySourceMap } from './sources.ts';
import { createSyntax } from './syntax.ts';
import { LOADERS, transpile } from './transpile.ts';

/** What one definition file exports by default. */
export interface LoadedDefinition {
  /** Relative to the root, with forward slashes. */
  readonly file: string;
  readonly value: unknown;
}

/** What loading gives: the definitions that could be loaded, and the way from their properties to lines. */
export interface Loaded {
  /** In code-unit order of their files. */
  readonly definitions: readonly LoadedDefinition[];
  readonly locator: Locator;
}

/** What is loaded, and with what. */
export interface LoadOptions {
  /** The project's folder. */
  readonly root: string;
  /** The folder of definitions, relative to the root or absolute. */
  readonly definitions: string;
  /** What definitions can import besides each other, by specifier: `{ tocsin: api }`. Definitions get these very objects. */
  readonly modules: Readonly<Record<string, object>>;
  readonly io?: LoadIo;
  /** Seconds after which a file that does not come to its end is stopped; 10 when absent. */
  readonly timeoutSeconds?: number;
}

interface Compiled {
  readonly units: Map<string, Unit>;
  readonly sources: Sources;
  /** Files that another file imports. */
  readonly imported: Set<string>;
}

/** Compiles the files and, wave by wave, what they import. */
const compileAll = async (
  files: readonly string[],
  place: Place,
  modules: ReadonlySet<string>,
  io: LoadIo,
  report: Report,
): Promise<Compiled> => {
  const compiled: Compiled = { units: new Map(), sources: new Map(), imported: new Set() };
  const seen = new Set(files);

  const compileOne = async (file: string): Promise<readonly Target[]> => {
    let text: string;
    try {
      text = (await io.read(join(place.root, file))).replace(/^\ufeff/, '');
    } catch (error) {
      report.add('load/unreadable', { path: file, message: reasonOf(error) }, { file, path: [] });
      return [];
    }
    const loader = LOADERS[extname(file)] ?? 'ts';
    const transpiled = await transpile(file, text, loader, report);
    compiled.sources.set(file, { file, text, ...(transpiled ? { map: lazySourceMap(transpiled.map) } : {}) });
    if (!transpiled) return [];
    const targets = new Map<string, Target>();
    for (const specifier of transpiled.requires)
      targets.set(specifier, await resolveImport(specifier, file, place, modules, io));
    compiled.units.set(file, { file, code: transpiled.code, targets });
    return [...targets.values()];
  };

  let wave = files;
  while (wave.length > 0) {
    const targets = (await Promise.all(wave.map(compileOne))).flat();
    const imported = targets.flatMap((target) => (target.kind === 'file' ? [target.file] : []));
    for (const file of imported) compiled.imported.add(file);
    wave = [...new Set(imported)].filter((file) => !seen.has(file));
    for (const file of wave) seen.add(file);
  }
  return compiled;
};

const isPromise = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && typeof (value as { readonly then?: unknown }).then === 'function';

/**
 * Loads the definitions of a project: finds the files, compiles and runs them, and gives their default exports. Every
 * file is tried, whatever happened in others; what is wrong is in the report. Loading again sees the files as they are
 * then, and nothing is left behind in the process.
 *
 * A definition runs as strict code in this process, at most `timeoutSeconds`. It is not a sandbox: code that reaches
 * for `globalThis.process` can still end the process, and a promise that nobody waits for can still reject later.
 * @throws UsageError when esbuild cannot run here.
 */
export const load = async (options: LoadOptions, report: Report): Promise<Loaded> => {
  const { modules, io = nodeLoadIo, timeoutSeconds = 10 } = options;
  const root = resolve(options.root);
  const place = { root, definitions: resolve(root, options.definitions) };
  const directory = relativePath(root, place.definitions);
  const files = await discover(place, io, report);
  const { units, sources, imported } = await compileAll(files, place, new Set(Object.keys(modules)), io, report);
  const syntax = createSyntax();
  const evaluate = createEvaluate({ units, sources, syntax, modules, directory, timeoutSeconds, report });
  const definitions: LoadedDefinition[] = [];
  for (const file of files) {
    const exported = evaluate(file);
    if (!exported) continue;
    const { default: value } = exported;
    // A file deeper in systems/ that another one imports is a part of that one.
    const isPart =
      value === undefined &&
      imported.has(file) &&
      file.startsWith(`${directory}/systems/`) &&
      file.split('/').length > directory.split('/').length + 2;
    if (isPart) continue;
    if (isPromise(value)) report.add('load/asynchronous', {}, { file, path: [] });
    else if (typeof value !== 'object' || value === null)
      report.add('load/no-default-export', { exports: Object.keys(exported) }, { file, path: [] });
    else definitions.push({ file, value });
  }
  return { definitions, locator: createLocator({ root, sources, syntax }) };
};
