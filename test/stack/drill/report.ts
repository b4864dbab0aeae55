/** A drill's result for people (Markdown), for programs (JSON) and for CI servers (JUnit XML). */
import { printable } from '../../../generators/diagnostics/printable.ts';
import type { AlertResult, DrillResult, NoticeResult, SystemResult } from './result.ts';
import { problemsOf } from './result.ts';

/** JSON with everything that was seen. */
export const toJson = (result: DrillResult): string =>
  `${JSON.stringify({ ...summaryOf(result), ...result, problems: problemsOf(result) }, undefined, 2)}\n`;

/** What a drill comes to in numbers. */
export interface DrillSummary {
  readonly passed: number;
  readonly failed: number;
  readonly impossible: number;
  readonly receiversTold: number;
  /** The largest share of tolerance that anything needed, milliseconds after its promise; below zero when all was early. */
  readonly latest: number;
}

export const summaryOf = (result: DrillResult): DrillSummary => {
  const alerts = alertsOf(result);
  const notices = alerts.flatMap((alert) => alert.notices);
  // What was kept quiet is told of when that ends, as it has to be.
  const judged = alerts.filter(({ quietedBy }) => quietedBy.length === 0).flatMap((alert) => alert.notices);
  const lateness = judged.flatMap(({ told, promised }) => (told === undefined ? [] : [told - promised]));
  return {
    passed: alerts.filter(({ problems }) => problems.length === 0).length,
    failed: alerts.filter(({ problems }) => problems.length > 0).length,
    impossible: result.systems.reduce((sum, { impossible }) => sum + Object.keys(impossible).length, 0),
    receiversTold: new Set(notices.filter(({ told }) => told !== undefined).map(({ receiver }) => receiver)).size,
    latest: lateness.length === 0 ? 0 : Math.max(...lateness),
  };
};

const alertsOf = ({ systems }: Pick<DrillResult, 'systems'>): readonly AlertResult[] =>
  systems.flatMap(({ campaigns }) => campaigns.flatMap(({ alerts }) => alerts));

const seconds = (ms: number | undefined): string => (ms === undefined ? '-' : (ms / 1000).toFixed(1));
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
const table = (head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] => [
  `| ${head.join(' | ')} |`,
  `| ${head.map(() => '---').join(' | ')} |`,
  ...rows.map((row) => `| ${row.map(cell).join(' | ')} |`),
];

const toldText = ({ receiver, told, promised, toldOfEnd, wantsEnd }: NoticeResult): string =>
  `${receiver} ${told === undefined ? 'not told' : `${seconds(told)} (≤ ${seconds(promised)})`}${
    wantsEnd && told !== undefined ? `, end ${seconds(toldOfEnd)}` : ''
  }`;

const verdictOf = ({ problems, quietedBy, notices }: AlertResult): string => {
  if (problems.length > 0) return `**failed**: ${problems.join('; ')}`;
  if (notices.length === 0) return 'fired; tells nobody, as defined';
  if (quietedBy.length > 0) return `as promised; kept quiet by ${quietedBy.join(', ')}`;
  return 'as promised';
};

const alertRow = (alert: AlertResult): readonly string[] => [
  alert.key,
  alert.campaign,
  `${seconds(alert.seen.pending)} (≤ ${seconds(alert.promised.pending)})`,
  `${seconds(alert.seen.firing)} (≤ ${seconds(alert.promised.firing)})`,
  alert.notices.map(toldText).join('; ') || '-',
  `${seconds(alert.seen.resolved)} (≤ ${seconds(alert.promised.resolved)})`,
  verdictOf(alert),
];

const minutesText = (time: number): string =>
  time < 90 ? `${Math.round(time)} seconds` : `${Math.round(time / 60)} minutes`;

const systemText = ({ system, campaigns, checks, impossible, problems }: SystemResult): readonly string[] => [
  `## ${system}`,
  '',
  ...table(
    ['alert', 'campaign', 'pending', 'firing', 'told', 'resolved', 'verdict'],
    campaigns.flatMap(({ alerts }) => alerts.map(alertRow)),
  ),
  '',
  ...table(
    ['campaign', 'at (UTC)', 'faults', 'seconds', 'what fired besides', 'trouble'],
    campaigns.map(({ id, began: at, what, seconds: took, companions, problems: wrong }) => [
      id,
      at.slice(11, 19),
      what,
      took.toFixed(0),
      companions.join(', ') || '-',
      wrong.join('; ') || '-',
    ]),
  ),
  '',
  ...checks.map(
    ({ id, what, problems: wrong }) => `- ${id}: ${wrong.length > 0 ? `**failed**: ${wrong.join('; ')}` : what}`,
  ),
  ...problems.map((problem) => `- **${problem}**`),
  ...(checks.length + problems.length > 0 ? [''] : []),
  ...(Object.keys(impossible).length === 0
    ? []
    : [
        'Not provoked:',
        '',
        ...table(
          ['alert', 'why'],
          Object.entries(impossible).map(([key, reason]) => [key, reason]),
        ),
        '',
      ]),
];

/** When the campaigns ran: parts of a report may be newer than others. */
const periodOf = ({ began, systems }: DrillResult): string => {
  const times = systems.flatMap(({ campaigns }) => campaigns.map((campaign) => campaign.began)).toSorted();
  const [first = began, last = began] = [times[0], times.at(-1)];
  return `${first.slice(0, 16).replace('T', ' ')} to ${last.slice(last.startsWith(first.slice(0, 10)) ? 11 : 0, 16).replace('T', ' ')} UTC`;
};

/** A page with a table for each system. */
export const toMarkdown = (result: DrillResult): string => {
  const { passed, failed, impossible, receiversTold, latest } = summaryOf(result);
  const all = passed + failed + impossible;
  const bad = problemsOf(result);
  return [
    `# Drill${result.isShort ? ' (short)' : ''}`,
    '',
    `${periodOf(result)}, ${minutesText(result.seconds)}, with ${Object.entries(result.versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(
        ', ',
      )}. ${passed} of ${passed + failed} alerts that were drilled fired, reached their receivers and ended as promised${
      impossible > 0 ? `; ${impossible} of all ${all} cannot be provoked here` : ''
    }. ${receiversTold} receivers were told of something.`,
    '',
    `Times are seconds of real time after the fault, and after its end for \`end\` and \`resolved\`; in brackets what the model promises. ${Object.entries(
      result.factors,
    )
      .map(([stage, factor]) => `In the stage of ${stage} time went ${factor} times faster.`)
      .join(' ')} Anything may be ${result.tolerance / 1000} s late; the latest notification came ${
      latest > 0 ? `${seconds(latest)} s after its promise` : `${seconds(-latest)} s before its promise`
    }.`,
    '',
    ...(bad.length === 0 ? [] : ['What went wrong:', '', ...bad.map((problem) => `- ${problem}`), '']),
    ...result.systems.flatMap(systemText),
  ]
    .join('\n')
    .trimEnd()
    .concat('\n');
};

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};
const xml = (text: string): string => printable(text).replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
const attributes = (pairs: Readonly<Record<string, string | number>>): string =>
  Object.entries(pairs)
    .map(([name, value]) => ` ${name}="${xml(String(value)).replaceAll('\n', '&#10;')}"`)
    .join('');

interface Case {
  readonly name: string;
  readonly seconds: number;
  readonly problems: readonly string[];
  readonly skipped?: string;
}

const casesOf = ({ campaigns, checks, impossible, problems }: SystemResult): readonly Case[] => [
  ...campaigns.flatMap(({ id, seconds: took, problems: wrong, alerts }): readonly Case[] => [
    ...(wrong.length > 0 ? [{ name: `campaign ${id}`, seconds: took, problems: wrong }] : []),
    ...alerts.map((alert) => ({
      name: `${alert.key} (${id})`,
      seconds: (alert.lasted + (alert.seen.resolved ?? 0)) / 1000,
      problems: alert.problems,
    })),
  ]),
  ...checks.map(({ id, problems: wrong }) => ({ name: id, seconds: 0, problems: wrong })),
  ...(problems.length > 0 ? [{ name: 'rules', seconds: 0, problems }] : []),
  ...Object.entries(impossible).map(([key, reason]) => ({ name: key, seconds: 0, problems: [], skipped: reason })),
];

/** JUnit XML: a suite for each system, a case for each alert. */
export const toJunit = (result: DrillResult): string => {
  const suites = result.systems.map((system) => ({ system: system.system, cases: casesOf(system) }));
  const count = (cases: readonly Case[], isCounted: (one: Case) => boolean): number => cases.filter(isCounted).length;
  const isFailed = ({ problems }: Case): boolean => problems.length > 0;
  const all = suites.flatMap(({ cases }) => cases);
  const lines = suites.flatMap(({ system, cases }) => [
    `  <testsuite${attributes({ name: system, tests: cases.length, failures: count(cases, isFailed), errors: 0, skipped: count(cases, ({ skipped }) => skipped !== undefined), time: total(cases) })}>`,
    ...cases.flatMap(({ name, seconds: time, problems, skipped }) => {
      const start = `    <testcase${attributes({ classname: system, name, time: time.toFixed(3) })}`;
      if (problems.length > 0) {
        return [
          `${start}>`,
          `      <failure${attributes({ message: problems[0] ?? '' })}>${xml(problems.join('\n'))}</failure>`,
          '    </testcase>',
        ];
      }
      return skipped === undefined
        ? [`${start}/>`]
        : [`${start}>`, `      <skipped${attributes({ message: skipped })}/>`, '    </testcase>'];
    }),
    '  </testsuite>',
  ]);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name: 'drill', tests: all.length, failures: count(all, isFailed), errors: 0, time: result.seconds.toFixed(3) })}>`,
    ...lines,
    '</testsuites>',
    '',
  ].join('\n');
};

const total = (cases: readonly Case[]): string => cases.reduce((sum, { seconds: time }) => sum + time, 0).toFixed(3);
