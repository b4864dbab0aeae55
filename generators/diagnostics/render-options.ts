import type { Finding, Severity } from './diagnostic.ts';

/** What a renderer may use besides the findings; each uses what it needs. */
export interface RenderOptions {
  /** The text of a file, for code frames (text). */
  readonly read?: (file: string) => string | undefined;
  /** Escape sequences for colours (text); none when absent. */
  readonly color?: boolean;
  /** Columns of the terminal (text); 120 when absent. */
  readonly width?: number;
  /** The most findings shown (text, github); 200 when absent. Formats for machines always have them all. */
  readonly limit?: number;
  /** The least severity that is a failure (junit); `error` when absent. */
  readonly failOn?: Severity;
  /** What a code means, for a reader who sees it for the first time (sarif). */
  readonly help?: (code: string) => string | undefined;
}

/** How many findings are shown unless a limit is given. */
export const LIMIT = 200;

const RANK: Readonly<Record<Severity, number>> = { info: 0, warning: 1, error: 2 };

/** Whether a severity is at least another. */
export const isAtLeast = (severity: Severity, least: Severity): boolean => RANK[severity] >= RANK[least];

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;

/** `3 errors, 1 warning in 2 files`. */
export const summarise = (findings: readonly Finding[]): string => {
  const of = (severity: Severity): number => findings.filter((finding) => finding.severity === severity).length;
  const counts: readonly (readonly [number, string])[] = [
    [of('error'), 'error'],
    [of('warning'), 'warning'],
    [of('info'), 'note'],
  ];
  const parts = counts.filter(([number]) => number > 0).map(([number, noun]) => count(number, noun));
  if (parts.length === 0) return 'no findings';
  const files = new Set(findings.flatMap(({ file }) => (file === undefined ? [] : [file]))).size;
  return `${parts.join(', ')}${files > 0 ? ` in ${count(files, 'file')}` : ''}`;
};

/** Says how many findings a limit hid. */
export const moreThan = (hidden: number): string => `${count(hidden, 'more finding')} not shown`;
