import type { RouteMatcher } from '../../model/model.ts';

const CLASSIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;

/**
 * A matcher as a string that the classic parser (Alertmanager 0.25) and the UTF-8 parser (0.27 and later) read alike:
 * both know the escapes of backslash, quote and line feed, and take every other character as it is. A name that is not
 * classic is quoted, which only the UTF-8 parser reads.
 */
export const matcherText = ({ name, op, value }: RouteMatcher): string =>
  `${CLASSIC_NAME.test(name) ? name : quote(name)}${op}${quote(value)}`;

const quote = (text: string): string =>
  `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
