import type { Finding, Severity } from './diagnostic.ts';
import { printable } from './printable.ts';
import type { RenderOptions } from './render-options.ts';
import { LIMIT, moreThan, summarise } from './render-options.ts';

const COMMANDS: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', info: 'notice' };

/** Percent first, or the escapes would be escaped again. */
const escapeMessage = (text: string): string =>
  printable(text).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');

const escapeProperty = (text: string): string => escapeMessage(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

const placeOf = ({
  file,
  line,
  column,
  endLine,
  endColumn,
}: Finding): readonly (readonly [string, string | number | undefined])[] => [
  ['file', file],
  ['line', line],
  ['endLine', endLine],
  // Columns of a range over several lines are refused by GitHub.
  ...(line === endLine
    ? ([
        ['col', column],
        ['endColumn', endColumn],
      ] as const)
    : []),
];

const commandOf = (finding: Finding): string => {
  const { code, severity, message, property, subject, hint, fragments = [], related = [] } = finding;
  const properties = [...placeOf(finding), ['title', code] as const]
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${escapeProperty(String(value))}`]))
    .join(',');
  const body = [
    message,
    ...(property === undefined && subject === undefined
      ? []
      : [`at ${[property, subject].filter(Boolean).join(', ')}`]),
    ...fragments.map(({ artefact, text, from, to }) => `in ${artefact}: ${text.slice(from, to) || text}`),
    ...related.map(({ note, file, line, column }) => `see ${file}:${line}:${column}: ${note}`),
    ...(hint === undefined ? [] : [hint]),
  ].join('\n');
  return `::${COMMANDS[severity]} ${properties}::${escapeMessage(body)}`;
};

/** For GitHub Actions: one workflow command a line, which GitHub shows beside the changed line; the summary as plain text. */
export const renderGithub = (findings: readonly Finding[], options: RenderOptions): string => {
  if (findings.length === 0) return '';
  const shown = findings.slice(0, options.limit ?? LIMIT);
  const hidden = findings.length - shown.length;
  const last = `${summarise(findings)}${hidden > 0 ? ` (${moreThan(hidden)})` : ''}`;
  return `${[...shown.map(commandOf), last].join('\n')}\n`;
};
