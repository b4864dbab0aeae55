import { CODES } from './codes.ts';
import type { Diagnostic, Finding, Location, Origin, PropertyPath, Related } from './diagnostic.ts';

/** Finds the line of a definition's property; reads the files that findings are in. Paths are relative to the root. */
export interface Locator {
  /** Where the property is written, or the nearest thing around it that can be found; undefined when the file cannot be read. */
  locate(origin: Origin): Location | undefined;
  read(file: string): string | undefined;
}

/** A property as a person writes it: `components.cache.levels["p99.9"][0]`. */
export const formatPath = (path: PropertyPath): string =>
  path
    .map((key, index) => {
      if (typeof key === 'number') return `[${key}]`;
      if (!/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key)) return `[${JSON.stringify(key)}]`;
      return index === 0 ? key : `.${key}`;
    })
    .join('');

const isOrigin = (at: Origin | Location): at is Origin => 'path' in at;

const placeOf = (at: Origin | Location, locator: Locator): Partial<Location> => {
  if (!isOrigin(at)) return at;
  return locator.locate(at) ?? { file: at.file };
};

const prose = ({ code, data }: Diagnostic): { readonly message: string; readonly hint?: string } => {
  // Which data belongs to which code is checked where a finding is added; here the pair is taken as one.
  const spec = CODES[code] as {
    readonly message: (data: unknown) => string;
    readonly hint?: (data: unknown) => string | undefined;
  };
  const hint = spec.hint?.(data);
  return { message: spec.message(data), ...(hint === undefined ? {} : { hint }) };
};

const relatedOf = ({ note, at }: Related, locator: Locator): NonNullable<Finding['related']> => {
  const { file, line = 1, column = 1 } = placeOf(at, locator);
  return file === undefined ? [] : [{ note, file, line, column }];
};

const resolve = (diagnostic: Diagnostic, locator: Locator): Finding => {
  const { code, severity, at, fragments, related = [] } = diagnostic;
  const { file, line, column, endLine, endColumn } = at ? placeOf(at, locator) : {};
  const origin = at && isOrigin(at) ? at : undefined;
  const places = related.flatMap((one) => relatedOf(one, locator));
  const { message, hint } = prose(diagnostic);
  return {
    code,
    severity,
    message,
    ...(file === undefined ? {} : { file }),
    ...(line === undefined ? {} : { line }),
    ...(column === undefined ? {} : { column }),
    ...(endLine === undefined ? {} : { endLine }),
    ...(endColumn === undefined ? {} : { endColumn }),
    ...(origin && origin.path.length > 0 ? { property: formatPath(origin.path) } : {}),
    ...(origin?.subject === undefined ? {} : { subject: origin.subject }),
    ...(hint === undefined ? {} : { hint }),
    ...(fragments && fragments.length > 0 ? { fragments } : {}),
    ...(places.length > 0 ? { related: places } : {}),
  };
};

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** By file, line, column, code, then message; what has no place comes first. */
const compareFindings = (a: Finding, b: Finding): number =>
  compareText(a.file ?? '', b.file ?? '') ||
  (a.line ?? 0) - (b.line ?? 0) ||
  (a.column ?? 0) - (b.column ?? 0) ||
  compareText(a.code, b.code) ||
  compareText(a.message, b.message) ||
  compareText(a.property ?? '', b.property ?? '');

/** The findings of a run with their prose and their places, sorted, each once. */
export const resolveFindings = (diagnostics: readonly Diagnostic[], locator: Locator): readonly Finding[] => {
  const once = new Map<string, Finding>();
  for (const diagnostic of diagnostics) {
    const finding = resolve(diagnostic, locator);
    once.set(JSON.stringify(finding), finding);
  }
  return [...once.values()].sort(compareFindings);
};
