import { validateRe2 } from './re2.ts';

/** Verdicts on patterns seen lately: rule files repeat the same few. */
const verdicts = new Map<string, string | undefined>();

const MAX_VERDICTS = 2000;

/** What is wrong with the pattern of a regex matcher, as Prometheus words it. */
export function findPatternError(pattern: string): string | undefined {
  if (verdicts.has(pattern)) return verdicts.get(pattern);
  const message = validateRe2(pattern)?.message;
  if (verdicts.size >= MAX_VERDICTS) verdicts.clear();
  verdicts.set(pattern, message);
  return message;
}
