import { validateRe2 } from './re2.ts';
import type { Unquoted } from './strings.ts';

/** Verdicts on patterns seen lately: rule files repeat the same few. */
const verdicts = new Map<string, string | undefined>();

const MAX_VERDICTS = 2000;

/** What is wrong with the pattern of a regex matcher, as Prometheus words it. */
export function findPatternError({ value: pattern, bytes }: Unquoted): string | undefined {
  if (bytes !== undefined) {
    // Prometheus does not even parse alternatives of plain text.
    return /[\\.+*?()[\]{}^$]/.test(pattern) ? `error parsing regexp: invalid UTF-8: \`${pattern}\`` : undefined;
  }
  if (verdicts.has(pattern)) return verdicts.get(pattern);
  const message = validateRe2(pattern)?.message;
  if (verdicts.size >= MAX_VERDICTS) verdicts.clear();
  verdicts.set(pattern, message);
  return message;
}
