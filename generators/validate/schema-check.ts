import { Ajv } from 'ajv';
import type { DefinedError, Options } from 'ajv';
import { suggest } from '../diagnostics/suggest.ts';
import { childPointer } from '../output/text.ts';
import { nameOfPattern } from './schemas/formats.ts';
import type { JsonSchema } from './schemas/json-schema.ts';

/** One mistake in a document. */
export interface SchemaProblem {
  /** JSON pointer of what is wrong; of the object that lacks something. */
  readonly pointer: string;
  readonly message: string;
  /** What was probably meant, best first. */
  readonly suggestions: readonly string[];
}

/** Our schemas are known to be schemas; checking and optimising them would take longer than using them. */
const OPTIONS: Options = { strict: false, validateSchema: false, meta: false, code: { optimize: false } };

/**
 * Checks documents against one schema; the problems of each, one for a mistake.
 *
 * Compiling a schema is what takes time, and most of the published formats is about things we do not write. A property
 * that is in none of the documents cannot be wrong in any, so the first check is made with a schema without such
 * properties; the whole schema is compiled only to say what is wrong.
 */
export const checkDocuments = (
  schema: JsonSchema,
  documents: readonly unknown[],
): readonly (readonly SchemaProblem[])[] => {
  const isGood = new Ajv(OPTIONS).compile(pruneSchema(schema, namesIn(documents)));
  if (documents.every((document) => isGood(document))) return documents.map(() => []);
  const explain = new Ajv({ ...OPTIONS, allErrors: true, verbose: true }).compile(schema);
  return documents.map((document) => (explain(document) ? [] : problemsOf((explain.errors ?? []) as DefinedError[])));
};

/** Every property name that occurs in `value`. */
const namesIn = (value: unknown, names = new Set<string>()): ReadonlySet<string> => {
  if (Array.isArray(value)) for (const item of value) namesIn(item, names);
  else if (typeof value === 'object' && value !== null) {
    for (const [name, item] of Object.entries(value)) {
      names.add(name);
      namesIn(item, names);
    }
  }
  return names;
};

/** A schema that says the same of values that have no other property names than `names`. */
const pruneSchema = (schema: JsonSchema, names: ReadonlySet<string>): JsonSchema => {
  const definitions: Record<string, JsonSchema | false> = {};
  const visit = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(visit);
    if (typeof part !== 'object' || part === null) return part;
    const kept: Record<string, unknown> = {};
    for (const [keyword, value] of Object.entries(part)) {
      if (keyword === 'properties') {
        const known = Object.entries(value as object).filter(([name]) => names.has(name));
        kept[keyword] = Object.fromEntries(known.map(([name, property]) => [name, visit(property)]));
      } else if (keyword !== 'definitions') kept[keyword] = visit(value);
      if (keyword === '$ref') follow(String(value).split('/').at(-1) ?? '');
    }
    return kept;
  };
  const follow = (name: string): void => {
    if (name in definitions) return;
    definitions[name] = {};
    definitions[name] = visit(schema.definitions?.[name]) as JsonSchema;
  };
  return { ...(visit(schema) as JsonSchema), definitions };
};

const problemsOf = (errors: readonly DefinedError[]): readonly SchemaProblem[] => {
  const problems: SchemaProblem[] = [];
  for (const error of errors) {
    if (isConsequence(error, errors)) continue;
    const problem = problemOf(error);
    if (!problems.some(({ pointer, message }) => pointer === problem.pointer && message === problem.message)) {
      problems.push(problem);
    }
  }
  // A refusal is never without a reason.
  return problems.length > 0 ? problems : errors.slice(0, 1).map(problemOf);
};

/** Whether an error only repeats what another one says better. */
const isConsequence = (error: DefinedError, errors: readonly DefinedError[]): boolean => {
  // `if` and `propertyNames` come besides the errors inside them.
  if (error.keyword === 'if' || error.keyword === 'propertyNames') return true;
  // A property that is missing because its name is misspelt.
  if (error.keyword !== 'required') return false;
  const { missingProperty } = error.params;
  return errors.some(
    (other) =>
      other.keyword === 'additionalProperties' &&
      other.instancePath === error.instancePath &&
      suggest(other.params.additionalProperty, [missingProperty]).length > 0,
  );
};

const problemOf = (error: DefinedError): SchemaProblem => {
  const { instancePath, propertyName, data } = error;
  const at = (message: string, suggestions: readonly string[] = [], pointer: string = instancePath): SchemaProblem => ({
    pointer,
    message,
    suggestions,
  });
  if (error.keyword === 'additionalProperties') {
    const { additionalProperty: name } = error.params;
    return at(
      `there is no property "${name}" here`,
      suggest(name, propertiesOf(error)),
      childPointer(instancePath, name),
    );
  }
  if (propertyName !== undefined) {
    return at(`"${propertyName}" must be ${wanted(error)}`, [], childPointer(instancePath, propertyName));
  }
  switch (error.keyword) {
    case 'required':
      return at(`the property "${error.params.missingProperty}" is missing`);
    case 'enum': {
      const allowed = error.params.allowedValues as readonly unknown[];
      return at(
        `must be ${wanted(error)}, not ${show(data)}`,
        typeof data === 'string' ? suggest(data, allowed.map(String)) : [],
      );
    }
    case 'minItems':
    case 'minProperties':
      return at('must not be empty');
    case 'false schema':
      // The only properties that our schemas forbid by name.
      return at('must not stand here: a secret is read from a file');
    default:
      return at(`must be ${wanted(error)}, not ${show(data)}`);
  }
};

const propertiesOf = ({ parentSchema }: DefinedError): readonly string[] =>
  Object.keys((parentSchema as JsonSchema | undefined)?.properties ?? {});

/** More allowed values than these are not listed. */
const MOST_LISTED = 12;

const wanted = (error: DefinedError): string => {
  switch (error.keyword) {
    case 'type':
      // Where several types are allowed ajv gives all of them, against its own type.
      return [error.params.type].flat().map(nameOfType).join(' or ');
    case 'enum': {
      const allowed = error.params.allowedValues as readonly unknown[];
      return allowed.length > MOST_LISTED
        ? 'one of the values that are allowed here'
        : `one of ${allowed.map(show).join(', ')}`;
    }
    case 'const':
      return show(error.params.allowedValue);
    case 'minimum':
      return `at least ${error.params.limit}`;
    case 'maximum':
      return `at most ${error.params.limit}`;
    case 'pattern':
      return nameOfPattern(error.params.pattern) ?? `a text that matches ${error.params.pattern}`;
    default:
      return error.message?.replace(/^must be /, '') ?? error.keyword;
  }
};

const ARTICLES: Readonly<Record<string, string>> = { array: 'an', integer: 'an', object: 'an', null: '' };

const nameOfType = (type: string): string =>
  type === 'integer' ? 'a whole number' : `${ARTICLES[type] ?? 'a'} ${type}`.trim();

const show = (value: unknown): string => {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
};
