import { ANNOTATIONS, LABELS } from '../../conventions.ts';
import { alertTextProse, formatAmount, formatDuration, formatLevel, formatResponseTime } from '../../model/format.ts';
import type { Component, Model, Slo, System, Threshold } from '../../model/model.ts';
import { labelsOf, listNotifications } from '../../model/routing.ts';
import { printPretty } from '../../promql/print.ts';
import { matcherText } from '../alertmanager/matcher.ts';
import type { Alert, AlertRule } from '../alerts.ts';
import { amountsOf, goalOf, runbookAddress, slosOf, thresholdsOf } from '../alerts.ts';
import { cell, code, fenced, heading, inline, item, link, plain, quotation, sequence } from '../markdown.ts';
import { delayOf, hoursOf, waysOf } from '../notices.ts';
import type { SloNumbers } from '../slo-tables.ts';
import { objectiveText, sloCondition, sloNumbers } from '../slo-tables.ts';
import type { InhibitionMap } from './inhibitions.ts';

/** What the template of a page is filled in with; every text is Markdown. */
export interface RunbookView {
  readonly alert: string;
  readonly meanings: readonly string[];
  readonly system: string;
  readonly component: string | null;
  readonly owner: string;
  readonly dashboard: string | null;
  readonly definition: string;
  readonly levels: readonly {
    readonly severity: string;
    readonly level: string;
    readonly for: string;
    readonly respond: string;
  }[];
  readonly steps: readonly string[];
  readonly texts: readonly string[];
  readonly messages: readonly string[];
  readonly queries: readonly { readonly title: string; readonly goal: string | null; readonly query: string }[];
  readonly notices: readonly {
    readonly severity: string;
    readonly told: string;
    readonly first: string;
    readonly repeated: string;
  }[];
  /** The numbers of the SLOs it is about. */
  readonly mathematics: readonly string[];
  readonly around: readonly string[];
  readonly silence: string;
}

/** What the template of the index is filled in with. */
export interface RunbookIndexView {
  readonly project: string;
  readonly systems: readonly {
    readonly title: string;
    readonly description: string;
    readonly alerts: readonly {
      readonly component: string;
      readonly page: string;
      readonly severities: string;
      readonly meaning: string;
    }[];
  }[];
}

/** The page of an alert. */
export const toRunbookView = (model: Model, alert: Alert, inhibitions: InhibitionMap): RunbookView => {
  const { system, component, rules } = alert;
  const thresholds = thresholdsOf(alert);
  const watching = rules.flatMap(({ rule: { source, annotations } }) =>
    source.kind === 'monitoring'
      ? [{ firstSteps: source.firstSteps, text: annotations[ANNOTATIONS.description] ?? '' }]
      : [],
  );
  return {
    alert: heading(alert.name),
    meanings: meaningsOf(alert),
    system: `${plain(system.title)} (${code(system.id)})`,
    component: component ? `${plain(component.title)} (${code(component.id)})` : null,
    owner: ownerOf(model, system),
    dashboard: dashboardOf(alert),
    definition: code(definitionOf(alert)),
    levels: rules.map((one) => toLevel(model, alert, one)),
    steps: [...thresholds, ...slosOf(alert), ...watching]
      .flatMap(({ firstSteps }) => firstSteps)
      .map((step, index) => item(`${index + 1}.`, step)),
    texts: [
      ...thresholds.map((threshold) => quotation(fillIn(alert, threshold, threshold.description))),
      ...slosOf(alert).map(({ title, description }) => quotation(`${title}. ${description}`)),
      ...watching.map(({ text }) => quotation(text)),
    ],
    messages: thresholds.map((threshold) => fillIn(alert, threshold, threshold.summary, inline).trim()),
    queries: queriesOf(alert),
    notices: rules.flatMap((one) => toNotices(model, one)),
    mathematics: slosOf(alert).flatMap((slo) => toMathematics(sloNumbers(slo, system, model))),
    around: [...dependenciesOf(alert), ...inhibitionsOf(alert, inhibitions)],
    silence: fenced('sh', silenceCommand(alert)),
  };
};

/** The list of all pages. */
export const toRunbookIndexView = ({ project }: Model, alerts: readonly Alert[]): RunbookIndexView => {
  const systems = [...new Set(alerts.map(({ system }) => system))];
  return {
    project: plain(project.title),
    systems: systems.map((system) => ({
      title: heading(system.title),
      description: quotation(system.description),
      alerts: alerts
        .filter((alert) => alert.system === system)
        .map((alert) => ({
          component: cell(alert.component ? plain(alert.component.title) : '–'),
          page: cell(link(alert.name, runbookAddress(alert).replace(/^runbooks\//, ''))),
          severities: cell([...new Set(alert.rules.map(({ rule }) => plain(rule.severity)))].join(', ')),
          meaning: cell(meaningsOf(alert).join(' ')),
        })),
    })),
  };
};

/** What an alert means, in one sentence for each of its thresholds: `*Cache: hit rate* is below 50 % (critical) or 70 % (warning).` */
export const meaningsOf = (alert: Alert): readonly string[] => {
  const thresholds = thresholdsOf(alert);
  const slos = slosOf(alert);
  if (slos.length > 0) return slos.map((slo) => `*${inline(slo.title)}*: ${sloMeaning(alert, slo)}.`);
  if (alert.rules.some(({ rule }) => rule.source.kind === 'monitoring'))
    return ['The monitoring of the system does not run as it is defined.'];
  if (thresholds.length === 0) return ['It fires as long as its query has a result.'];
  return thresholds.map((threshold) => {
    const levels = alert.rules.flatMap(({ rule, level, threshold: other }) =>
      other === threshold && level ? [{ rule, level }] : [],
    );
    const words = levels.map(({ rule, level }, index) => {
      const amount = index === 0 ? formatLevel(threshold.direction, level.level) : formatAmount(level.level);
      return levels.length === 1 ? amount : `${amount} (${rule.severity})`;
    });
    return `*${inline(threshold.title.trim())}* is ${inline(sequence(words, 'or'))}.`;
  });
};

const sloMeaning = ({ rules }: Alert, slo: Slo): string => {
  const source = rules[0]?.rule.source;
  const part = source?.kind === 'slo' ? source.part : 'missing';
  if (part === 'missing') return 'nothing is measured, so whether the objective is met is unknown';
  if (part === 'exhausted')
    return `more has failed in ${formatDuration(slo.period)} than the objective of ${inline(objectiveText(slo))} allows`;
  return `so much fails that the error budget of the objective of ${inline(objectiveText(slo))} burns too fast`;
};

const toMathematics = ({ facts, tables }: SloNumbers): readonly string[] => [
  ...facts.map((fact) => `- ${inline(fact)}`),
  ...tables.flatMap(({ title, head, rows }) => [
    `\n${plain(title)}:\n`,
    `| ${head.map((name) => cell(plain(name))).join(' | ')} |`,
    `|${'---|'.repeat(head.length)}`,
    ...rows.map((row) => `| ${row.map((text) => cell(plain(text))).join(' | ')} |`),
  ]),
];

const ownerOf = ({ project }: Model, system: System): string => {
  const team = project.teams.find(({ id }) => id === system.team);
  return team ? `${plain(team.title)} (${code(team.id)})` : code(system.team);
};

/** The same words as in the notification. */
const definitionOf = ({ rules, system }: Alert): string =>
  rules[0]?.rule.annotations[ANNOTATIONS.definition] ?? system.origin.file;

const dashboardOf = ({ rules }: Alert): string | null => {
  const address = rules[0]?.rule.annotations[ANNOTATIONS.dashboard];
  return address === undefined ? null : link('the panel of this alert', address);
};

const toLevel = ({ project }: Model, { system }: Alert, one: AlertRule): RunbookView['levels'][number] => {
  const { rule, threshold, level } = one;
  const severity = project.severities.find(({ id }) => id === rule.severity);
  const notice = project.teams.find(({ id }) => id === system.team)?.notify[rule.severity];
  const respond = notice?.respondWithin ?? severity?.respondWithin;
  return {
    severity: cell(severity ? `${plain(rule.severity)}: ${plain(severity.title)}` : plain(rule.severity)),
    level: cell(
      threshold && level
        ? formatLevel(threshold.direction, level.level)
        : plain(sloCondition(one) ?? 'its query has a result'),
    ),
    for: rule.for === 0 ? 'at once' : formatDuration(rule.for),
    respond: respond ? formatResponseTime(respond) : '–',
  };
};

/** A text of the definition with words for its placeholders. */
const fillIn = (alert: Alert, threshold: Threshold, text: string, literal?: (text: string) => string): string => {
  const durations = alert.rules.flatMap(({ rule, threshold: other }) =>
    other === threshold ? [formatDuration(rule.for)] : [],
  );
  const values = {
    value: code('value'),
    threshold: sequence([...new Set(amountsOf(alert, threshold).map(formatAmount))], 'or'),
    for: sequence([...new Set(durations)], 'or'),
    label: code,
  };
  return alertTextProse(text, values, literal);
};

const queriesOf = (alert: Alert): RunbookView['queries'] => {
  const print = (expr: Threshold['query']): string => fenced('promql', printPretty(expr, { width: 80 }));
  const thresholds = thresholdsOf(alert);
  if (thresholds.length === 0) {
    return alert.rules.map(({ rule }) => ({ title: plain(rule.severity), goal: null, query: print(rule.expr) }));
  }
  return thresholds.map((threshold) => ({
    title: plain(threshold.title),
    goal: goalOf(threshold),
    query: print(threshold.query),
  }));
};

const toNotices = ({ project, routing }: Model, { rule }: AlertRule): RunbookView['notices'] => {
  const severity = plain(rule.severity);
  return listNotifications(routing, labelsOf(rule)).map((notification) => {
    const ways = waysOf(notification, project).map(inline).join(', ');
    if (ways === '') return { severity, told: 'nobody: it shows on the dashboard', first: '–', repeated: '–' };
    const people = notification.people.map(inline).join(', ');
    const hours = hoursOf(notification);
    return {
      severity,
      told: cell(people === '' ? ways : `${people}: ${ways}`),
      first: `${delayOf(notification)}${hours === undefined ? '' : `, ${cell(inline(hours))}`}`,
      repeated: `every ${formatDuration(notification.repeatEvery)}`,
    };
  });
};

const dependenciesOf = ({ system, component }: Alert): readonly string[] => {
  if (!component) return [];
  const list = (label: string, components: readonly Component[]): readonly string[] =>
    components.length === 0 ? [] : [`${label} ${sequence(components.map(({ title }) => plain(title)))}.`];
  return [
    ...list(
      `${plain(component.title)} needs`,
      system.components.filter(({ id }) => component.dependsOn.includes(id)),
    ),
    ...list(
      `It is needed by`,
      system.components.filter(({ dependsOn }) => dependsOn.includes(component.id)),
    ),
  ];
};

const inhibitionsOf = (alert: Alert, { targetsOf, sourcesOf }: InhibitionMap): readonly string[] => {
  const own = alert.rules.map(({ rule }) => rule);
  const isOwn = (rule: (typeof own)[number]): boolean => own.includes(rule);
  const among = own.flatMap((rule) =>
    targetsOf(rule)
      .filter(isOwn)
      .map(
        (target) => `While its ${plain(rule.severity)} level fires, its ${plain(target.severity)} level is kept quiet.`,
      ),
  );
  const others = (label: string, connected: typeof targetsOf): readonly string[] => {
    const names = new Map<string, { readonly page: string; readonly severities: Set<string> }>();
    for (const rule of own.flatMap(connected)) {
      if (isOwn(rule)) continue;
      const page = rule.system === alert.system.id ? '' : `../${encodeURIComponent(rule.system)}/`;
      const entry = names.get(`${rule.system}/${rule.alert}`) ?? {
        page: link(rule.alert, `${page}${encodeURIComponent(rule.alert)}.md`),
        severities: new Set(),
      };
      names.set(`${rule.system}/${rule.alert}`, entry);
      entry.severities.add(plain(rule.severity));
    }
    const words = [...names.values()].map(({ page, severities }) => `${page} (${[...severities].join(', ')})`);
    return words.length === 0 ? [] : [`${label} ${sequence(words)}.`];
  };
  return [
    ...among,
    ...others('While it fires, it keeps quiet', targetsOf),
    ...others('It is kept quiet by', sourcesOf),
  ];
};

/** Alertmanager's own tool takes the silence; the address stands in its usual place or in the variable. */
const silenceCommand = ({ name, system }: Alert): string => {
  const matchers = [
    { name: 'alertname', op: '=', value: name },
    { name: LABELS.system, op: '=', value: system.id },
  ] as const;
  return [
    'amtool silence add --alertmanager.url="$ALERTMANAGER_URL" --duration=2h',
    "--comment='what you are doing'",
    ...matchers.map((matcher) => shellQuote(matcherText(matcher))),
  ].join(' \\\n  ');
};

const shellQuote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
