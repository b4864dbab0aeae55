/** What a comparison of runs came to, for people and for programs. */
import { renderJunitXml } from '../diagnostics/junit-xml.ts';
import { formatLevel } from '../model/format.ts';
import type { Check, Verdict } from './regress.ts';
import { formatMeasured, hasFailed } from './regress.ts';

const VERDICTS: Readonly<Record<Verdict, string>> = {
  fine: 'fine',
  faster: 'faster',
  slower: 'SLOWER',
  'beyond-limit': 'BEYOND ITS LEVEL',
  'no-data': 'NO DATA',
  unrecorded: 'not recorded yet',
};

const HEAD = ['check', 'measured', 'baseline', 'regression', 'level', 'verdict'] as const;

const rowOf = (check: Check): readonly string[] => {
  const show = (value: number | undefined): string => (value === undefined ? '' : formatMeasured(value, check.limit));
  return [
    check.id,
    show(check.measured),
    show(check.median),
    check.bound === undefined ? '' : `beyond ${show(check.bound)}`,
    formatLevel(check.direction, check.limit),
    VERDICTS[check.verdict],
  ];
};

const summary = (checks: readonly Check[]): string => {
  const failed = checks.filter(hasFailed).length;
  return `${checks.length} checks, ${failed === 0 ? 'no regression' : `${failed} failed`}.`;
};

/** A table in columns. */
export const renderCheckText = (checks: readonly Check[]): string => {
  const rows = [HEAD, ...checks.map(rowOf)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n${summary(checks)}\n`;
};

/** A page: the table, and what its columns mean. */
export const renderCheckMarkdown = (checks: readonly Check[], seconds: number, granted = ''): string =>
  [
    '# Performance regression',
    '',
    `${summary(checks)} Measured over ${seconds} s. A check fails beyond the level at which its alert begins, or beyond what the recorded runs allow.`,
    '',
    ...(granted === '' ? [] : [granted, '']),
    `| ${HEAD.join(' | ')} |`,
    `|${HEAD.map(() => ' --- |').join('')}`,
    ...checks.map((check) => {
      const [id = '', ...cells] = rowOf(check);
      return `| \`${id}\` (${check.alert}) | ${cells.join(' | ')} |`;
    }),
    '',
  ].join('\n');

/** For programs; values in base units. */
export const renderCheckJson = (checks: readonly Check[], seconds: number, granted = ''): string =>
  `${JSON.stringify(
    {
      seconds,
      failed: checks.filter(hasFailed).length,
      ...(granted === '' ? {} : { granted }),
      checks: checks.map(({ limit, ...check }) => ({ ...check, limit: limit.value })),
    },
    undefined,
    2,
  )}\n`;

/** For CI servers: a case for each check. */
export const renderCheckJunit = (checks: readonly Check[]): string => {
  const cases = checks.map((check) => {
    const [id = '', measured, baseline, bound, level, message = ''] = rowOf(check);
    const detail = `measured ${measured}, baseline ${baseline || 'none'}, regression ${bound || 'unknown'}, level ${level}`;
    const named = { classname: 'regress', name: id };
    return hasFailed(check) ? { ...named, failure: { message, detail } } : { ...named, output: detail };
  });
  return renderJunitXml('tocsin regress', [{ name: 'regress', cases }]);
};
