import type { ParseOptions, ParseResult } from './parse.ts';
import { parse } from './parse.ts';

/** `$name`, `${name}`, `${name:format}`, `[[name]]`, each also as a whole range: `[$__rate_interval]`. */
const VARIABLE = /\[\s*(?:\$\w+|\$\{[^}]*\})\s*(?=[\]:])|\$\{[^}]*\}|\$\w+|\[\[\w+(?::\w+)?\]\]/g;

/** Stand-ins have the length of what they stand for, so that the places of errors stay right. */
const fill = (text: string, standIn: (length: number) => string): string =>
  text.replaceAll(VARIABLE, (variable) =>
    variable.startsWith('[') && !variable.startsWith('[[')
      ? `[${'1m'.padStart(variable.length - 1, '0')}`
      : standIn(variable.length),
  );

const asName = (length: number): string => 'v'.repeat(length);
const asNumber = (length: number): string => '1'.padStart(length, '0');

/**
 * Parses a query of a Grafana dashboard, in which variables stand for parts that are filled in before Prometheus is
 * asked. A variable may be a name, a label value, a number or a duration; the query is taken to be right when one of
 * these readings is. Errors are those of the reading as names, at their places in `text`.
 */
export const parseWithVariables = (text: string, options?: ParseOptions): ParseResult => {
  const named = parse(fill(text, asName), options);
  if (named.errors.length === 0) return named;
  const numbered = parse(fill(text, asNumber), options);
  return numbered.errors.length === 0 ? numbered : named;
};
