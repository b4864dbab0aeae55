/** A drill's result for people (Markdown), for programs (JSON) and for CI servers (JUnit XML). */
import type { JunitCase } from '../../../generators/diagnostics/junit-xml.ts';
import { renderJunitXml } from '../../../generators/diagnostics/junit-xml.ts';
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
  /** Alerts that a severer one kept quiet while the fault lasted, and how many of them were told of when that had ended. */
  readonly quieted: number;
  readonly quietedThenTold: number;
  /** How long after its promise the latest notification came, in milliseconds; below zero when all were early. */
  readonly latest: number;
}

export const summaryOf = (result: DrillResult): DrillSummary => {
  const alerts = alertsOf(result);
  const notices = alerts.flatMap((alert) => alert.notices);
  const quieted = alerts.filter(({ quietedBy, notices: own }) => quietedBy.length > 0 && own.length > 0);
  const lateness = notices.flatMap(({ told, promised }) => (told === undefined ? [] : [told - promised]));
  return {
    passed: alerts.filter(({ problems }) => problems.length === 0).length,
    failed: alerts.filter(({ problems }) => problems.length > 0).length,
    impossible: result.systems.reduce((sum, { impossible }) => sum + Object.keys(impossible).length, 0),
    receiversTold: new Set(notices.filter(({ told }) => told !== undefined).map(({ receiver }) => receiver)).size,
    quieted: quieted.length,
    quietedThenTold: quieted.filter(({ notices: own }) => own.every(({ told }) => told !== undefined)).length,
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

const verdictOf = ({ problems, quietedBy, quietUntil, notices }: AlertResult): string => {
  if (problems.length > 0) return `**failed**: ${problems.join('; ')}`;
  if (notices.length === 0) return 'fired; tells nobody, as defined';
  if (quietedBy.length > 0) return `as promised; kept quiet by ${quietedBy.join(', ')} until ${seconds(quietUntil)}`;
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
  const { passed, failed, impossible, receiversTold, quieted, quietedThenTold, latest } = summaryOf(result);
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
    }. ${receiversTold} receivers were told of something.${
      quieted > 0
        ? ` ${quieted} alerts were kept quiet by a severer one, as they have to be; ${quietedThenTold} of them outlasted it and were told of then.`
        : ''
    }`,
    '',
    `Times are seconds of real time after the fault, and after its end for \`end\` and \`resolved\`; in brackets what the model promises, for what was kept quiet counted from when that ended. ${Object.entries(
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

const casesOf = ({ system, campaigns, checks, impossible, problems }: SystemResult): readonly JunitCase[] => {
  const toCase = (name: string, seconds: number, wrong: readonly string[]): JunitCase => {
    const [message] = wrong;
    return {
      classname: system,
      name,
      seconds,
      ...(message === undefined ? {} : { failure: { message, detail: wrong.join('\n') } }),
    };
  };
  return [
    ...campaigns.flatMap(({ id, seconds: took, problems: wrong, alerts }) => [
      ...(wrong.length > 0 ? [toCase(`campaign ${id}`, took, wrong)] : []),
      ...alerts.map(({ key, lasted, seen, problems: own }) =>
        toCase(`${key} (${id})`, (lasted + (seen.resolved ?? 0)) / 1000, own),
      ),
    ]),
    ...checks.map(({ id, problems: wrong }) => toCase(id, 0, wrong)),
    ...(problems.length > 0 ? [toCase('rules', 0, problems)] : []),
    ...Object.entries(impossible).map(([key, skipped]) => ({ ...toCase(key, 0, []), skipped })),
  ];
};

/** JUnit XML: a suite for each system, a case for each alert. */
export const toJunit = (result: DrillResult): string =>
  renderJunitXml(
    'drill',
    result.systems.map((system) => ({ name: system.system, cases: casesOf(system) })),
    result.seconds,
  );
