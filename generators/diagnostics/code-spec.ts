import type { Severity } from './diagnostic.ts';

/** What one kind of finding says: its severity, its sentence, and what to do about it. */
export interface CodeSpec<D> {
  readonly severity: Severity;
  readonly message: (data: D) => string;
  readonly hint?: (data: D) => string | undefined;
}

/** One kind of finding. */
export const code = <D>(
  severity: Severity,
  message: (data: D) => string,
  hint?: (data: D) => string | undefined,
): CodeSpec<D> => ({
  severity,
  message,
  ...(hint ? { hint } : {}),
});

/** Words in quotes, with commas. */
export const quote = (words: readonly string[]): string => words.map((word) => `"${word}"`).join(', ');

/** A question for what was probably meant, when something was. */
export const didYouMean = ({ suggestions }: { readonly suggestions: readonly string[] }): string | undefined =>
  suggestions.length > 0 ? `Did you mean ${quote(suggestions)}?` : undefined;
