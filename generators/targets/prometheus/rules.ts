import { PATHS, PROJECT_SCOPE } from '../../conventions.ts';
import type { Origin } from '../../diagnostics/diagnostic.ts';
import type { Report } from '../../diagnostics/report.ts';
import { prometheusDuration } from '../../model/format.ts';
import type { AlertingRule, Model, Rule, RuleGroup, System } from '../../model/model.ts';
import { groupsOfSystem } from '../../model/rule-groups.ts';
import type { Artefact, Json } from '../../output/artefact.ts';
import { printPretty } from '../../promql/print.ts';

/** Expressions longer than this stand on several lines, so that a change of one part is a change of one line. */
const WIDTH = 80;

/** Whose rules stand in one file: a system, or the project itself. */
type RuleOwner = Pick<System, 'id' | 'origin'>;

/** Those that have rules: the systems in model order, then the project. */
export const systemsWithRules = ({ project, systems, ruleGroups }: Model): readonly RuleOwner[] => {
  const withRules = new Set(ruleGroups.filter(({ rules }) => rules.length > 0).map(({ system }) => system));
  return [...systems, { id: PROJECT_SCOPE, origin: project.origin }].filter(({ id }) => withRules.has(id));
};

/** The rule file of a system. */
export const emitRuleFile = (model: Model, system: RuleOwner, report: Report): Artefact => {
  const origins = new Map<string, Origin>([['', system.origin]]);
  const groups = groupsOfSystem(model, system.id).filter(({ rules }) => rules.length > 0);
  groups.forEach(({ rules }, group) => {
    rules.forEach((rule, index) => {
      origins.set(`/groups/${group}/rules/${index}`, rule.origin);
      if (rule.kind === 'alerting') checkKeepFiringFor(model, rule, report);
    });
  });
  return {
    path: PATHS.rules(system.id),
    target: 'prometheus',
    format: 'yaml',
    value: { groups: groups.map(toGroup) },
    origins,
  };
};

const toGroup = ({ name, interval, rules }: RuleGroup): Json => ({
  name,
  interval: interval === undefined ? undefined : prometheusDuration(interval),
  rules: rules.map(toRule),
});

const toRule = (rule: Rule): Json => {
  // A literal block of YAML cannot start with a space, and operands are indented.
  const expr = printPretty(rule.expr, { width: WIDTH }).trimStart();
  if (rule.kind === 'recording') return { record: rule.record, expr, labels: unlessEmpty(rule.labels) };
  return {
    alert: rule.alert,
    expr,
    for: unlessZero(rule.for),
    keep_firing_for: unlessZero(rule.keepFiringFor),
    labels: unlessEmpty(rule.labels),
    annotations: unlessEmpty(rule.annotations),
  };
};

const unlessZero = (ms: number): string | undefined => (ms === 0 ? undefined : prometheusDuration(ms));

const unlessEmpty = (record: Readonly<Record<string, string>>): Readonly<Record<string, string>> | undefined =>
  Object.keys(record).length === 0 ? undefined : record;

/** The first Prometheus that knows `keep_firing_for` (its CHANGELOG, 2.42.0). */
const KEEP_FIRING_FOR = { major: 2, minor: 42 };

const checkKeepFiringFor = (
  { project }: Model,
  { alert, keepFiringFor, origin }: AlertingRule,
  report: Report,
): void => {
  const { prometheus: version } = project.versions;
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isKnown = major > KEEP_FIRING_FOR.major || (major === KEEP_FIRING_FOR.major && minor >= KEEP_FIRING_FOR.minor);
  if (keepFiringFor > 0 && !isKnown) report.add('prometheus/keep-firing-for', { alert, version }, origin);
};
