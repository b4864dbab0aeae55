import type { Finding } from './diagnostic.ts';

/** For programs: one JSON array with every finding, in the form of the command line's contract. */
export const renderJson = (findings: readonly Finding[]): string => {
  const items = findings.map(
    ({
      code,
      severity,
      message,
      file,
      line,
      column,
      endLine,
      endColumn,
      property,
      subject,
      hint,
      fragments,
      related,
    }) => ({
      code,
      severity,
      message,
      file,
      line,
      column,
      endLine,
      endColumn,
      property,
      subject,
      hint,
      fragments,
      related,
    }),
  );
  return `${JSON.stringify(items, undefined, 2)}\n`;
};
