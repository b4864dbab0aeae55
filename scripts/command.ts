import { parseArgs } from 'node:util';
import { UsageError } from '../generators/diagnostics/errors.ts';
import { suggest } from '../generators/diagnostics/suggest.ts';
import type { Io } from './io.ts';

/** One `--option` of a command. */
export interface OptionSpec {
  readonly name: string;
  readonly short?: string;
  /** What its value is called in the help (`DIR`); an option without one is a switch. */
  readonly value?: string;
  /** The only values it may have. */
  readonly choices?: readonly string[];
  readonly default?: string;
  /** It may be there several times; its values are a list. */
  readonly multiple?: true;
  readonly summary: string;
}

/** What a command is called, takes and does: its help and its argument parsing come from this alone. */
export interface CommandSpec {
  readonly name: string;
  readonly summary: string;
  /** The lines after `tocsin NAME`; one per way of calling it. */
  readonly usage: readonly string[];
  /** Paragraphs below the usage. */
  readonly description?: readonly string[];
  /** How many plain arguments it takes; none when absent. */
  readonly positionals?: { readonly min: number; readonly max: number; readonly name: string };
  readonly options: readonly OptionSpec[];
  readonly examples: readonly { readonly command: string; readonly does: string }[];
}

/** Runs a command; gives its exit code: 0 fine, 1 findings. Wrong usage is thrown as a UsageError. */
export type Run = (args: readonly string[], io: Io) => Promise<number>;

/** A row of the command table; `load` is called only when the command runs, which keeps every other one fast to start. */
export interface CommandEntry {
  readonly spec: CommandSpec;
  readonly load: () => Promise<{ readonly run: Run }>;
}

type ValueOf<O> = O extends { readonly multiple: true }
  ? readonly string[]
  : O extends { readonly value: string }
    ? | (O extends { readonly choices: readonly (infer C)[] } ? C : string)
      | (O extends { readonly default: string } ? never : undefined)
    : boolean;

/** A command's arguments, typed by its spec: switches are booleans, choices are unions, options
 * with a default are never undefined, those that may be there several times are lists. */
export interface ParsedArguments<S extends CommandSpec> {
  readonly values: { readonly [O in S['options'][number] as O['name']]: ValueOf<O> };
  readonly positionals: readonly string[];
}

const isWord = (name: string): boolean => name.length > 1;
const dashed = (name: string): string => (isWord(name) ? `--${name}` : `-${name}`);

/** A sentence for the words that were probably meant, or nothing. */
export const didYouMean = (word: string, candidates: readonly string[], show = (c: string): string => c): string => {
  const near = suggest(word, candidates).map(show);
  return near.length === 0 ? '' : `; did you mean ${near.join(' or ')}?`;
};

const fail = (spec: CommandSpec, message: string): never => {
  throw new UsageError(`${message}\nSee tocsin ${spec.name} --help.`);
};

/** Reads a command's arguments by its spec. Anything the spec does not name is a UsageError that says what was probably meant. */
export const parseArguments = <const S extends CommandSpec>(spec: S, args: readonly string[]): ParsedArguments<S> => {
  const byName = new Map(spec.options.map((option) => [option.name, option]));
  const options = Object.fromEntries(
    spec.options.map(({ name, short, value }) => [
      name,
      { type: value === undefined ? ('boolean' as const) : ('string' as const), ...(short && { short }) },
    ]),
  );
  // Not `strict`: its errors name neither the nearest option nor what a value is called, so the tokens are judged here.
  const { positionals, tokens } = parseArgs({
    args: [...args],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const lists = new Map(spec.options.filter(({ multiple }) => multiple).map(({ name }) => [name, [] as string[]]));
  const values: Record<string, string | boolean | readonly string[] | undefined> = Object.fromEntries(
    spec.options.map(({ name, value, default: usual }) => [
      name,
      lists.get(name) ?? (value === undefined ? false : usual),
    ]),
  );
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const option = byName.get(token.name);
    if (option === undefined) {
      const hint = isWord(token.name)
        ? didYouMean(token.name, [...byName.keys()], dashed)
        : '; an argument that starts with a dash goes after --';
      return fail(spec, `unknown option ${token.rawName}${hint}`);
    }
    if (option.value === undefined && token.value !== undefined)
      return fail(spec, `${dashed(option.name)} is a switch and takes no value`);
    if (option.value !== undefined && token.value === undefined)
      return fail(spec, `${dashed(option.name)} needs a value: ${dashed(option.name)} ${option.value}`);
    if (option.choices !== undefined && !option.choices.includes(token.value ?? ''))
      return fail(spec, `${dashed(option.name)} is one of ${option.choices.join(', ')}, not '${token.value}'`);
    if (option.multiple) lists.get(option.name)?.push(token.value ?? '');
    else values[option.name] = token.value ?? true;
  }
  const { min, max, name } = spec.positionals ?? { min: 0, max: 0, name: '' };
  if (positionals.length > max) {
    const extra = String(positionals[max]);
    return fail(
      spec,
      max === 0
        ? `tocsin ${spec.name} takes no arguments, but was given '${extra}'`
        : `one argument too many: '${extra}'`,
    );
  }
  if (positionals.length < min) return fail(spec, `tocsin ${spec.name} needs ${name}`);
  // The loop above checked every value against the spec that this type is computed from.
  return { values, positionals } as unknown as ParsedArguments<S>;
};
