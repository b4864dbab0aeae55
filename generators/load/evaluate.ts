import { format } from 'node:util';
import vm from 'node:vm';
import type { Location, Origin, Related } from '../diagnostics/diagnostic.ts';
import { spanAt } from '../diagnostics/frame.ts';
import type { Report } from '../diagnostics/report.ts';
import { suggest } from '../diagnostics/suggest.ts';
import type { Target } from './resolve-import.ts';
import type { Sources } from './sources.ts';
import { readStack, scriptNameOf, wordAt } from './sources.ts';
import type { Syntax } from './syntax.ts';
import { importsOf, nameIn } from './syntax.ts';

/** A file that can be run. */
export interface Unit {
  readonly file: string;
  readonly code: string;
  /** What every specifier that the code may ask for leads to. */
  readonly targets: ReadonlyMap<string, Target>;
}

/** What a run needs. */
export interface EvaluateContext {
  /** The files that compiled, by path relative to the root. */
  readonly units: ReadonlyMap<string, Unit>;
  readonly sources: Sources;
  readonly syntax: Syntax;
  /** Tocsin's own modules, by specifier. */
  readonly modules: Readonly<Record<string, object>>;
  /** The folder of definitions as findings name it. */
  readonly directory: string;
  readonly timeoutSeconds: number;
  readonly report: Report;
}

/** Runs files, each once; undefined for one that failed, which has been reported. */
export type Evaluate = (file: string) => Readonly<Record<string, unknown>> | undefined;

/** Ends the files that wait for one that failed; the reason is in the report by then. */
const REPORTED = new Error('reported already');

/** The key under which the function that a watched script calls is handed to it. */
const TASK = Symbol.for('tocsin.load.task');
const WATCHED = new vm.Script(`globalThis[Symbol.for('tocsin.load.task')]()`, { filename: 'tocsin:' });

/** Runs `task` and ends it after `seconds`, endless loops included; says whether it came to its end. */
const runWatched = (task: () => void, seconds: number): boolean => {
  const shared = globalThis as { [TASK]?: () => void };
  const { stackTraceLimit } = Error;
  shared[TASK] = task;
  Error.stackTraceLimit = 50;
  try {
    WATCHED.runInThisContext({ timeout: Math.max(1, Math.round(seconds * 1000)) });
    return true;
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return false;
    throw error;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    delete shared[TASK];
  }
};

/** What definitions get for `process`: output may depend on nothing but them, and nothing in them may end the run. */
const noProcess = new Proxy(
  {},
  {
    get: (_, name) => {
      throw new TypeError(`definitions have no process.${String(name)}: they give the same output everywhere`);
    },
  },
);

/** An error as one text; esbuild's names for imports are put back to what was written. */
const describe = (thrown: unknown): string => {
  try {
    if (!(thrown instanceof Error))
      return `${typeof thrown === 'string' ? JSON.stringify(thrown) : String(thrown)} was thrown`;
    const text = thrown.name === 'Error' ? thrown.message : `${thrown.name}: ${thrown.message}`;
    return (
      text.replace(/\(0 , import_\w+\.([\w$]+)\)/g, '$1').replace(/\bimport_\w+\./g, '') || 'an error without a message'
    );
  } catch {
    return 'a value that cannot be shown was thrown';
  }
};

const isNamespace = (exported: unknown): boolean =>
  typeof exported === 'object' && exported !== null && '__esModule' in exported;

const stackOf = (thrown: unknown): string => {
  try {
    const { stack } = thrown as { readonly stack?: unknown };
    return typeof stack === 'string' ? stack : '';
  } catch {
    return '';
  }
};

/** A runner of definition files. Synchronous: what is not there when the last line has run is not waited for. */
export const createEvaluate = (context: EvaluateContext): Evaluate => {
  const { units, sources, syntax, report } = context;
  const done = new Map<string, Readonly<Record<string, unknown>>>();
  const failed = new Set<string>();
  /** The files that are being run, each imported by the one before. */
  const running: string[] = [];

  const fail = (): never => {
    throw REPORTED;
  };

  const placeOf = (
    stack: string,
    file: string,
  ): { readonly at: Origin | Location; readonly related: readonly Related[] } => {
    const located = readStack(stack, sources).map((position) =>
      wordAt(sources.get(position.file)?.text ?? '', position),
    );
    const [at, ...callers] = located;
    if (at === undefined) return { at: { file, path: [] }, related: [] };
    const caller = callers.find((one) => one.file !== at.file);
    return { at, related: caller ? [{ note: 'called from here', at: caller }] : [] };
  };

  /** Where `file` imports something: the specifier of the statement. */
  const importAt = (file: string, specifier: string): Origin | Location => {
    const source = sources.get(file);
    const found =
      source &&
      importsOf(syntax.parse(source), source.text).find((one) => !one.isTypeOnly && one.specifier === specifier);
    return source && found
      ? { file, ...spanAt(source.text, found.literal.from, found.literal.to) }
      : { file, path: [] };
  };

  const refuse = (unit: Unit, specifier: string, target: Target | undefined): void => {
    const at = importAt(unit.file, specifier);
    const { directory } = context;
    const modules = Object.keys(context.modules);
    if (target?.kind === 'outside')
      report.add('load/outside-root', { path: `"${specifier}"`, allowed: `${directory}/` }, at);
    else if (target?.kind === 'missing')
      report.add('load/missing-file', { specifier, suggestions: suggest(specifier, target.siblings) }, at);
    else if (suggest(specifier, modules).length > 0)
      report.add('load/missing-file', { specifier, suggestions: suggest(specifier, modules) }, at);
    else report.add('load/import', { specifier, modules, directory: `${directory}/` }, at);
  };

  /** The imports of a unit that lead nowhere, all of them: the first one met is not the only one worth knowing. */
  const refuseAll = (unit: Unit, first: string): never => {
    const source = sources.get(unit.file);
    const written = source ? importsOf(syntax.parse(source), source.text).map(({ specifier }) => specifier) : [];
    for (const specifier of new Set([first, ...written])) {
      const target = unit.targets.get(specifier);
      const isBad = specifier === first || (target !== undefined && target.kind !== 'file' && target.kind !== 'module');
      if (isBad) refuse(unit, specifier, target);
    }
    return fail();
  };

  /** Where `file` imports a name: the name in the statement, or else where it is used. */
  const nameAt = (file: string, specifier: string, name: string): ReturnType<typeof placeOf> => {
    const source = sources.get(file);
    const statements = source
      ? importsOf(syntax.parse(source), source.text).filter((one) => one.specifier === specifier)
      : [];
    for (const { statement } of statements) {
      const node = source && nameIn(statement, name, source.text);
      if (node) return { at: { file, ...spanAt(source.text, node.from, node.to) }, related: [] };
    }
    return placeOf(stackOf(new Error('missing export')), file);
  };

  /** A module that knows what it does not export, as the linker of real modules does. */
  const strict = (exported: object, specifier: string, importer: string): object => {
    const lookUpMissing = (name: string | symbol): undefined => {
      // What JavaScript itself asks objects for.
      if (typeof name === 'symbol' || name in Object.prototype || name === 'then' || name === 'toJSON')
        return undefined;
      const { at, related } = nameAt(importer, specifier, name);
      const suggestions = suggest(
        name,
        Object.keys(exported).filter((one) => one !== '__esModule'),
      );
      report.add('load/missing-export', { specifier, name, suggestions }, at, { related });
      return fail();
    };
    // esbuild's copy of a module, for `import x from` and `import * as`, has the prototype of the original.
    const prototype = new Proxy(Object.create(null) as object, { get: (_, name) => lookUpMissing(name) });
    return new Proxy(exported, {
      get: (target, name) => (name in target ? (Reflect.get(target, name) as unknown) : lookUpMissing(name)),
      getPrototypeOf: () => prototype,
    });
  };

  /** What definitions get for `console`: what they print is a finding, and standard output stays clean. */
  const consoleOf = (file: string): object =>
    new Proxy(
      {},
      {
        get:
          () =>
          (...args: readonly unknown[]) => {
            const { at } = placeOf(stackOf(new Error('printed')), file);
            report.add('load/printed', { text: format(...args) }, at);
          },
      },
    );

  const require = (unit: Unit, specifier: string): object => {
    const target = unit.targets.get(specifier);
    if (target?.kind === 'module') {
      const exported = context.modules[target.name] ?? {};
      // Without the mark, `import x from` would give the whole module.
      return strict({ ...exported, __esModule: true }, specifier, unit.file);
    }
    if (target?.kind !== 'file') return refuseAll(unit, specifier);
    const start = running.indexOf(target.file);
    if (start !== -1) {
      const cycle = [...running.slice(start), target.file];
      report.add('load/circular-import', { cycle }, importAt(unit.file, specifier));
      return fail();
    }
    const exported = run(target.file);
    // What a JSON file holds is nobody's namespace, and need not be an object.
    return isNamespace(exported) ? strict(exported, specifier, unit.file) : exported;
  };

  const run = (file: string): Readonly<Record<string, unknown>> => {
    const known = done.get(file);
    if (known) return known;
    const unit = units.get(file);
    if (!unit || failed.has(file)) return fail();
    running.push(file);
    try {
      const module: { exports: Record<string, unknown> } = { exports: {} };
      const body = vm.compileFunction(unit.code, ['exports', 'require', 'module'], {
        filename: scriptNameOf(file),
        // Around the function and no parameters of it: a definition may have variables of these names.
        contextExtensions: [{ process: noProcess, console: consoleOf(file) }],
      }) as (...args: readonly unknown[]) => void;
      body(module.exports, (specifier: string) => require(unit, specifier), module);
      done.set(file, module.exports);
      return module.exports;
    } catch (thrown) {
      failed.add(file);
      if (thrown !== REPORTED) {
        const { at, related } = placeOf(stackOf(thrown), file);
        report.add('load/threw', { message: describe(thrown) }, at, { related });
      }
      return fail();
    } finally {
      running.pop();
    }
  };

  return (file) => {
    let result: Readonly<Record<string, unknown>> | undefined;
    const task = (): void => {
      try {
        result = run(file);
      } catch (thrown) {
        if (thrown !== REPORTED) throw thrown;
      }
    };
    if (runWatched(task, context.timeoutSeconds)) return result;
    // A run that is ended so executes no catch and no finally.
    const culprit = running.at(-1) ?? file;
    for (const one of running.splice(0)) failed.add(one);
    report.add('load/never-ends', { seconds: context.timeoutSeconds }, { file: culprit, path: [] });
    return undefined;
  };
};
