import type { Finding, Fragment, Severity } from './diagnostic.ts';
import type { FrameOptions } from './frame.ts';
import { renderFrame, spanAt } from './frame.ts';
import { oneLine, printable } from './printable.ts';
import type { RenderOptions } from './render-options.ts';
import { LIMIT, moreThan, summarise } from './render-options.ts';

type Paint = (text: string) => string;

const paint =
  (...codes: readonly number[]): Paint =>
  (text) =>
    `\u001b[${codes.join(';')}m${text}\u001b[0m`;
const plain: Paint = (text) => text;

const COLORS: Readonly<Record<Severity, Paint>> = { error: paint(1, 31), warning: paint(1, 33), info: paint(1, 36) };

interface Look {
  readonly severity: Paint;
  readonly strong: Paint;
  readonly dim: Paint;
}

const lookOf = (severity: Severity, hasColor: boolean): Look =>
  hasColor
    ? { severity: COLORS[severity], strong: paint(1), dim: paint(2) }
    : { severity: plain, strong: plain, dim: plain };

const INDENT = '  ';

const placeOf = ({
  file,
  line,
  column,
}: {
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
}): string =>
  file === undefined
    ? ''
    : [oneLine(file), line, line === undefined ? undefined : column].filter((part) => part !== undefined).join(':');

const headOf = (finding: Finding, look: Look): readonly string[] => {
  const place = placeOf(finding);
  const [first = '', ...rest] = printable(finding.message).split('\n');
  const head = `${place === '' ? '' : `${look.strong(place)}: `}${look.severity(finding.severity)}: ${first}`;
  return [`${head} ${look.dim(`[${oneLine(finding.code)}]`)}`, ...rest.map((line) => `${INDENT}${line}`.trimEnd())];
};

const frameOf = (finding: Finding, options: RenderOptions, frame: FrameOptions): readonly string[] => {
  const { file, line, column = 1, endLine = line, endColumn = column } = finding;
  const text = file === undefined || line === undefined ? undefined : options.read?.(file);
  if (text === undefined || line === undefined || endLine === undefined) return [];
  return renderFrame(text, { line, column, endLine, endColumn }, frame).map((row) => `${INDENT}${row}`);
};

const fragmentOf = ({ artefact, text, from, to, note }: Fragment, frame: FrameOptions): readonly string[] => [
  `${INDENT}in ${oneLine(artefact)}${note === undefined ? '' : `: ${oneLine(note)}`}`,
  ...renderFrame(text, spanAt(text, from, to), frame).map((row) => `${INDENT}${row}`),
];

/** The property a finding is about and the thing it belongs to, as one line. */
const aboutOf = ({ property, subject }: Finding): readonly string[] => {
  const about = [property, subject && property ? `(${subject})` : subject].filter((part) => part !== undefined);
  return about.length === 0 ? [] : [`${INDENT}at ${oneLine(about.join(' '))}`];
};

const hintOf = ({ hint }: Finding, look: Look): readonly string[] => {
  if (hint === undefined) return [];
  const [first = '', ...rest] = printable(hint).split('\n');
  return [`${INDENT}${look.strong('hint:')} ${first}`, ...rest.map((line) => `${INDENT}      ${line}`.trimEnd())];
};

const renderFinding = (finding: Finding, options: RenderOptions): string => {
  const look = lookOf(finding.severity, options.color ?? false);
  const frame: FrameOptions = { width: (options.width ?? 120) - INDENT.length, mark: look.severity, dim: look.dim };
  const related = (finding.related ?? []).map((one) => `${INDENT}see ${placeOf(one)}: ${oneLine(one.note)}`);
  return [
    ...headOf(finding, look),
    ...frameOf(finding, options, frame),
    ...(finding.fragments ?? []).flatMap((fragment) => fragmentOf(fragment, frame)),
    ...aboutOf(finding),
    ...related,
    ...hintOf(finding, look),
  ].join('\n');
};

/** For people: each finding with its line of code, what it is about and what to do; then how many there are. */
export const renderText = (findings: readonly Finding[], options: RenderOptions): string => {
  if (findings.length === 0) return '';
  const shown = findings.slice(0, options.limit ?? LIMIT);
  const hidden = findings.length - shown.length;
  const last = `${summarise(findings)}${hidden > 0 ? ` (${moreThan(hidden)})` : ''}`;
  return `${[...shown.map((finding) => renderFinding(finding, options)), last].join('\n\n')}\n`;
};
