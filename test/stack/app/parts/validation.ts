import type { z } from 'zod';
import { defineFault, parameter } from '../faults/fault.ts';
import type { Part } from '../part.ts';
import { pause, stopwatch } from '../time.ts';
import { HttpError } from './http.ts';

export interface ValidatorOptions {
  readonly onValidated?: (schema: string, seconds: number, isValid: boolean) => void;
}

/** An input that was refused; answered with 422 and what is wrong with it, but never with what was sent. */
export class ValidationError extends HttpError {
  readonly issues: readonly { readonly path: string; readonly message: string }[];
  constructor(schema: string, issues: ValidationError['issues']) {
    const text = issues.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ');
    super(422, `not a valid ${schema}: ${text}`);
    this.name = 'ValidationError';
    this.issues = issues;
  }
}

export interface Validator extends Part {
  /** The input as the schema gives it. Rejects with a `ValidationError`. */
  readonly validate: <Schema extends z.ZodType>(
    name: string,
    schema: Schema,
    input: unknown,
  ) => Promise<z.output<Schema>>;
}

/** Loses one field of an object, as a client with a bug would. */
const damaged = (input: unknown): unknown => {
  if (typeof input !== 'object' || input === null) return undefined;
  const [lost, ...keys] = Object.keys(input);
  if (lost === undefined) return undefined;
  return Object.fromEntries(keys.map((key) => [key, (input as Record<string, unknown>)[key]]));
};

export const createValidator = ({ onValidated }: ValidatorOptions = {}): Validator => {
  let slowBy = 0;
  let errorRatio = 0;
  return {
    validate: async (name, schema, input) => {
      const seconds = stopwatch();
      if (slowBy > 0) await pause(slowBy);
      const given = errorRatio > 0 && Math.random() < errorRatio ? damaged(input) : input;
      const result = schema.safeParse(given);
      onValidated?.(name, seconds(), result.success);
      if (result.success) return result.data;
      throw new ValidationError(
        name,
        result.error.issues.map(({ path, message }) => ({ path: path.map(String).join('.'), message })),
      );
    },
    stop: () => undefined,
    faults: [
      defineFault({
        id: 'validation-slow',
        sentence: 'Every validation takes longer.',
        parameters: { ms: parameter.ms(20) },
        start: ({ ms }) => {
          slowBy = ms;
          return () => {
            slowBy = 0;
          };
        },
      }),
      defineFault({
        id: 'validation-errors',
        sentence: 'A share of the inputs loses a field before it is checked, and is refused.',
        parameters: { ratio: parameter.ratio(0.5) },
        start: ({ ratio }) => {
          errorRatio = ratio;
          return () => {
            errorRatio = 0;
          };
        },
      }),
    ],
  };
};
