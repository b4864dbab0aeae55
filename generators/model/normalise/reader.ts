import type * as z from 'zod';
import { callSiteOf } from '../../diagnostics/call-site.ts';
import type { Origin, PropertyPath } from '../../diagnostics/diagnostic.ts';
import type { Report } from '../../diagnostics/report.ts';
import { suggest } from '../../diagnostics/suggest.ts';

/** Reads parts of one definition: checks their shape, and knows where each of them is written. */
export interface Reader {
  readonly report: Report;
  /** A reader of another value of the same file. */
  of(definition: { readonly input: unknown }): Reader;
  /** The origin of a property, by its path from the definition's input. */
  at(path: PropertyPath, subject?: string): Origin;
  /** The value at `path` when it has the shape of `schema`; otherwise nothing, and every mistake is reported. */
  read<S extends z.ZodType>(schema: S, value: unknown, path: PropertyPath, subject?: string): z.output<S> | undefined;
  /** The entries of a record whose names and values have the right shape. */
  entries<S extends z.ZodType>(
    schema: S,
    record: Readonly<Record<string, unknown>> | undefined,
    path: PropertyPath,
    what: string,
    name: z.ZodString,
  ): readonly (readonly [string, z.output<S>])[];
  /** True when `name` is one of `known`, or when nothing is known; otherwise an error that says what is meant. */
  refer(what: string, name: string, known: Iterable<string> | undefined, path: PropertyPath): boolean;
}

/** Where a value stands from which a property path starts anew, and what its properties are. */
const enter = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  const wrapped = value as { readonly kind?: unknown; readonly input?: unknown };
  return wrapped.kind === 'threshold' ||
    wrapped.kind === 'slo' ||
    wrapped.kind === 'sli' ||
    wrapped.kind === 'monitor' ||
    wrapped.kind === 'system' ||
    wrapped.kind === 'project'
    ? wrapped.input
    : value;
};

const isMetric = (value: unknown): boolean => (value as { readonly kind?: unknown }).kind === 'metric';
const isDeclaration = (path: PropertyPath): boolean => path[0] === 'metrics' && typeof path[1] === 'number';

/** A reader of the definition that `file` exports. */
export const createReader = (file: string, definition: { readonly input: unknown }, report: Report): Reader => {
  const at: Reader['at'] = (path, subject) => {
    let value: unknown = definition.input;
    let site = callSiteOf(definition);
    let rest: (string | number)[] = [];
    for (const key of path) {
      rest.push(key);
      value =
        typeof value === 'object' && value !== null ? (value as Record<string | number, unknown>)[key] : undefined;
      const inner = callSiteOf(value);
      // Whoever uses a metric is meant where it is used; only in the system's own blocks it is declared.
      if (inner && (!isMetric(value) || isDeclaration(path))) {
        site = inner;
        rest = [];
        value = enter(value);
      }
    }
    return { file, path: rest, ...(site ? { site } : {}), ...(subject === undefined ? {} : { subject }) };
  };

  const read: Reader['read'] = (schema, value, path, subject) => {
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    for (const issue of result.error.issues) reportIssue(issue, value, schema, path, subject);
    return undefined;
  };

  const reportIssue = (
    issue: z.core.$ZodIssue,
    value: unknown,
    schema: z.ZodType,
    path: PropertyPath,
    subject?: string,
  ): void => {
    const inner = [...path, ...issue.path.filter((key) => typeof key !== 'symbol')];
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) {
        const allowed = keysAt(schema, issue.path);
        report.add(
          'definition/unknown-property',
          { property: join([...inner, key]), name: key, suggestions: suggest(key, allowed), allowed },
          { ...at([...inner, key], subject), on: 'key' },
        );
      }
      return;
    }
    if (issue.code === 'invalid_union') {
      const best = chooseBranch(issue.errors, valueAt(value, issue.path));
      if (best) {
        for (const branch of best) {
          reportIssue({ ...branch, path: [...issue.path, ...branch.path] }, value, schema, path, subject);
        }
        return;
      }
    }
    if (issue.code === 'invalid_key') {
      for (const { message } of issue.issues) {
        report.add(
          'definition/shape',
          { property: join(inner), problem: plain(message) },
          { ...at(inner, subject), on: 'key' },
        );
      }
      return;
    }
    const isMissing = valueAt(value, issue.path) === undefined;
    report.add(
      'definition/shape',
      { property: join(inner), problem: isMissing ? `is missing; ${expected(issue.message)}` : plain(issue.message) },
      at(inner, subject),
    );
  };

  return {
    report,
    of: (other) => createReader(file, other, report),
    at,
    read,
    entries: (schema, record, path, what, name) =>
      Object.entries(record ?? {}).flatMap(([key, value]) => {
        const named = name.safeParse(key);
        if (!named.success) {
          report.add(
            'definition/name',
            { what, name: key, rule: named.error.issues[0]?.message ?? '' },
            at([...path, key]),
          );
        }
        const entry = read(schema, value, [...path, key]);
        return named.success && entry !== undefined ? [[key, entry] as const] : [];
      }),
    refer: (what, name, known, path) => {
      if (known === undefined) return true;
      const names = [...known];
      if (names.includes(name)) return true;
      report.add(
        'definition/unknown-reference',
        { what, name, suggestions: suggest(name, names), known: names },
        at(path),
      );
      return false;
    },
  };
};

const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null ? (inner as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  );

/** The branch of a union that was meant: one for values of this library when it is one, else the one that got furthest. */
const chooseBranch = (
  branches: readonly z.core.$ZodIssue[][],
  value: unknown,
): readonly z.core.$ZodIssue[] | undefined => {
  const isOurs = typeof value === 'object' && value !== null && 'kind' in value;
  if (isOurs)
    return branches.find((issues) => issues.every((issue) => issue.path.length === 0 && issue.code === 'custom'));
  const best = branches.toSorted((a, b) => depth(b) - depth(a))[0];
  return best && depth(best) > 0 ? best : undefined;
};

const depth = (issues: readonly z.core.$ZodIssue[]): number =>
  Math.max(...issues.map((issue) => issue.path.length + (issue.code === 'unrecognized_keys' ? 1 : 0)));

/** zod capitalises its own messages and ends some with what we say better. */
const plain = (message: string): string => {
  const text = message.replace(/^Invalid input: /, '');
  return text.charAt(0).toLowerCase() + text.slice(1);
};

/** What was expected, without what was received instead: nothing. */
const expected = (message: string): string => plain(message).replace(/, received undefined$/, '');

/** A property path as people write it: `components.cache.levels.hitRate`. */
export const join = (path: PropertyPath): string =>
  path.reduce<string>(
    (before, key) =>
      typeof key === 'number'
        ? `${before}[${key}]`
        : /^[A-Za-z_$][\w$]*$/.test(key)
          ? `${before}${before && '.'}${key}`
          : `${before}[${JSON.stringify(key)}]`,
    '',
  );

interface Definitions {
  readonly type: string;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly innerType?: z.ZodType;
  readonly valueType?: z.ZodType;
  readonly element?: z.ZodType;
  readonly options?: readonly z.ZodType[];
}

const definitionOf = (schema: z.ZodType): Definitions => schema.def;

/** The property names that a schema knows at a path; for unions those of all its branches. */
const keysAt = (schema: z.ZodType, path: readonly PropertyKey[]): readonly string[] => {
  const { shape, innerType, valueType, element, options } = definitionOf(schema);
  if (innerType) return keysAt(innerType, path);
  if (options) return [...new Set(options.flatMap((option) => keysAt(option, path)))];
  const [key, ...rest] = path;
  if (key === undefined) return shape ? Object.keys(shape) : [];
  const next = shape?.[String(key)] ?? valueType ?? element;
  return next ? keysAt(next, rest) : [];
};
