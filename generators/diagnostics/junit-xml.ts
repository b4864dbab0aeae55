/** JUnit XML, as CI servers read it: findings, drills and comparisons of runs all become suites of cases. */
import { printable } from './printable.ts';

export interface JunitCase {
  readonly classname: string;
  readonly name: string;
  readonly file?: string;
  readonly line?: number;
  readonly seconds?: number;
  /** Why it failed. */
  readonly failure?: { readonly type?: string; readonly message: string; readonly detail: string };
  /** Why it did not run. */
  readonly skipped?: string;
  /** What is worth knowing of a case that passed. */
  readonly output?: string;
}

export interface JunitSuite {
  readonly name: string;
  readonly cases: readonly JunitCase[];
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

const escapeText = (text: string): string =>
  printable(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');

/** An XML parser turns line breaks and tabs in attributes into spaces unless they are written as references. */
const escapeAttribute = (text: string): string => escapeText(text).replaceAll('\n', '&#10;').replaceAll('\t', '&#9;');

const attributes = (pairs: Readonly<Record<string, string | number | undefined>>): string =>
  Object.entries(pairs)
    .flatMap(([name, value]) => (value === undefined ? [] : [` ${name}="${escapeAttribute(String(value))}"`]))
    .join('');

const timeOf = (seconds: number | undefined): string | undefined => seconds?.toFixed(3);

const caseLines = ({ failure, skipped, output, seconds, ...known }: JunitCase): readonly string[] => {
  const { classname, name, file, line } = known;
  const open = `    <testcase${attributes({ classname, name, file, line, time: timeOf(seconds) })}`;
  const inner =
    failure === undefined
      ? [
          ...(skipped === undefined ? [] : [`      <skipped${attributes({ message: skipped })}/>`]),
          ...(output === undefined ? [] : [`      <system-out>${escapeText(output)}</system-out>`]),
        ]
      : [
          `      <failure${attributes({ type: failure.type, message: failure.message })}>${escapeText(failure.detail)}</failure>`,
        ];
  return inner.length === 0 ? [`${open}/>`] : [`${open}>`, ...inner, '    </testcase>'];
};

const countsOf = (cases: readonly JunitCase[]) => ({
  tests: cases.length,
  failures: cases.filter(({ failure }) => failure !== undefined).length,
  errors: 0,
});

/** The seconds of cases together; nothing when no case says how long it took. */
const totalOf = (cases: readonly JunitCase[]): number | undefined =>
  cases.every(({ seconds }) => seconds === undefined)
    ? undefined
    : cases.reduce((sum, { seconds = 0 }) => sum + seconds, 0);

/** The file of a run; `seconds` is how long all of it took. */
export const renderJunitXml = (name: string, suites: readonly JunitSuite[], seconds?: number): string =>
  [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name, ...countsOf(suites.flatMap(({ cases }) => cases)), time: timeOf(seconds) })}>`,
    ...suites.flatMap(({ name: suite, cases }) => [
      `  <testsuite${attributes({ name: suite, ...countsOf(cases), skipped: cases.filter(({ skipped }) => skipped !== undefined).length, time: timeOf(totalOf(cases)) })}>`,
      ...cases.flatMap(caseLines),
      '  </testsuite>',
    ]),
    '</testsuites>',
    '',
  ].join('\n');
