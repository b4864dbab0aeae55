/**
 * The findings about who is told: an error where nobody would be told or the configuration would not load, a warning
 * where it is fragile. Each has a page in docs/findings/routing.
 */
import { code, didYouMean, quote } from './code-spec.ts';

const seconds = (ms: number): string => (ms % 60_000 === 0 ? `${ms / 60_000} min` : `${ms / 1000} s`);
const handOver = (tools: readonly string[]): string =>
  `or leave it to a tool that can (${tools.join(', ')}): tell a receiver of that kind, and keep the policy there`;

/** Every kind of finding about routing, by id. */
export const ROUTING_CODES = {
  'routing/severity-unrouted': code<{ team: string; severity: string; suggestions: readonly string[] }>(
    'error',
    ({ team, severity }) => `nobody is told: the team "${team}" has no receivers for severity "${severity}"`,
    () => "Add the severity to the team's `notify` in the project.",
  ),
  'routing/receiver-version': code<{
    receiver: string;
    kind: string;
    field: string;
    since: string;
    version: string;
    isKind: boolean;
  }>(
    'error',
    ({ receiver, kind, field, since, version, isKind }) =>
      isKind
        ? `the receiver "${receiver}" is for ${kind}, which Alertmanager has since ${since}; the project is for ${version}`
        : `the receiver "${receiver}" needs ${field} of ${kind}, which Alertmanager has since ${since}; the project is for ${version}`,
    ({ since }) =>
      `Raise versions.alertmanager of the project to "${since}" when every Alertmanager is at least that, or choose another kind.`,
  ),
  'routing/receiver-empty': code<{ name: string }>(
    'error',
    ({ name }) => `nothing reaches ${name}: there is no receiver in \`to\``,
    () => 'Name a receiver of the project, or take the role out.',
  ),
  'routing/receiver-unused': code<{ receiver: string }>(
    'warning',
    ({ receiver }) => `the receiver "${receiver}" is never told of anything`,
    () => "Name it in a team's `notify`, in `fallback` or in `heartbeat`, or take it out.",
  ),
  'routing/acknowledgement': code<{ tools: readonly string[] }>(
    'error',
    () => 'Alertmanager knows no acknowledgement, so an escalation cannot wait for one',
    ({ tools }) =>
      `Take \`unless\` out: a silence, made with the command that stands in every message, stops the escalation; ${handOver(tools)}.`,
  ),
  'routing/rotation': code<{ role: string; tools: readonly string[] }>(
    'error',
    ({ role }) => `Alertmanager knows no rotation, and nothing that reaches ${role} does`,
    ({ tools }) =>
      `Name one receiver that always reaches whoever is on call (a channel, a shared mailbox) and take \`rotation\` out; ${handOver(tools)}.`,
  ),
  'routing/working-time': code<{ during: string; tools: readonly string[] }>(
    'error',
    ({ during }) => `Alertmanager counts every minute: a delay cannot count only the time in "${during}"`,
    ({ during, tools }) =>
      `Write the delay as a plain length of time and give the step \`hours: { during: '${during}', otherwise: [...] }\`; ${handOver(tools)}.`,
  ),
  'routing/escalation-order': code<{ after: number; before: number }>(
    'error',
    ({ after, before }) =>
      `this step comes ${seconds(after)} after the alert, which is not later than the one before it (${seconds(before)})`,
    () => 'Delays count from the beginning of the alert: let them rise from step to step.',
  ),
  'routing/alert-unrouted': code<{ alert: string; severity: string; route: string }>(
    'error',
    ({ alert, severity, route }) => `nobody is told of ${alert} (${severity}): the route "${route}" tells nobody`,
    () => 'Narrow the route so that it leaves this alert alone, or give it a receiver.',
  ),
  'routing/alert-default': code<{ alert: string; severity: string; label: string | undefined }>(
    'warning',
    ({ alert, severity, label }) =>
      `only the fallback is told of ${alert} (${severity})${label === undefined ? '' : ` when its label "${label}" has a value that no route names`}`,
    () => "The fallback is a safety net: give the alert's team a receiver for it.",
  ),
  'routing/alert-told-twice': code<{ alert: string; severity: string; what: string; routes: readonly string[] }>(
    'warning',
    ({ alert, severity, what, routes }) => `${alert} (${severity}) tells ${what} twice: by the routes ${quote(routes)}`,
    () => 'Let one route tell it, or end the first with `only: true`.',
  ),
  'routing/route-unreached': code<{ route: string }>(
    'warning',
    ({ route }) => `no alert can reach the route "${route}"`,
    () => 'Look for a typing error in what it matches, or take it out.',
  ),
  'routing/route-shadowed': code<{ route: string; by: string }>(
    'error',
    ({ route, by }) =>
      `the route "${route}" gets nothing: "${by}" stands before it, takes all of its alerts and keeps them`,
    () => 'Put the narrower route first, or let the first one pass alerts on.',
  ),
  'routing/route-contradictory': code<{ route: string; label: string }>(
    'error',
    ({ route, label }) =>
      `nothing can match the route "${route}": what it and its parents ask of "${label}" cannot hold at once`,
    () => 'Take one of the conditions out.',
  ),
  'routing/group-by-label': code<{ route: string; label: string; suggestions: readonly string[] }>(
    'warning',
    ({ route, label }) => `the route "${route}" groups by "${label}", which none of its alerts carries`,
    didYouMean,
  ),
  'routing/timing-order': code<{ route: string; repeat: number; interval: number }>(
    'warning',
    ({ route, repeat, interval }) =>
      `"${route}" is to be repeated every ${seconds(repeat)}, but Alertmanager looks after it only every ${seconds(interval)}`,
    ({ interval }) => `Use ${seconds(interval)} or more.`,
  ),
  'routing/response-late': code<{ route: string; first: number; promised: number }>(
    'warning',
    ({ route, first, promised }) =>
      `"${route}" tells the first person ${seconds(first)} after the alert, and promises somebody within ${seconds(promised)}`,
    () => 'Promise what can be kept, or tell somebody sooner.',
  ),
  'routing/critical-muted': code<{ route: string; severity: string; interval: string; outside: boolean }>(
    'error',
    ({ route, severity, interval, outside }) =>
      `nobody is told of ${severity} alerts ${outside ? 'outside' : 'during'} "${interval}": the route "${route}" is mute then`,
    ({ outside }) =>
      outside
        ? 'Name who is told at all other times: `otherwise: [...]`.'
        : 'Take `quiet` out, or use `hours` and name who is told in the meantime.',
  ),
  'routing/inhibition-never': code<{ reason: string; problem: string }>(
    'warning',
    ({ reason, problem }) => `the inhibition "${reason}" never works: ${problem}`,
    () => 'Look for a typing error in what it matches, or take it out.',
  ),
  'routing/inhibition-self': code<{ reason: string; alert: string }>(
    'error',
    ({ reason, alert }) =>
      `the inhibition "${reason}" has ${alert} on both sides: alerts of that name do not keep each other quiet`,
    () => 'Let the source and the target ask for different values of one label, the severity or the name.',
  ),
  'routing/inhibition-too-much': code<{ reason: string; label: string }>(
    'error',
    ({ reason, label }) =>
      `the inhibition "${reason}" keeps too much quiet: neither side carries "${label}", and what both lack counts as equal`,
    () => 'Name labels that both sides carry.',
  ),
  'routing/maintenance-system': code<{ system: string; suggestions: readonly string[] }>(
    'warning',
    ({ system }) => `the maintenance is of the system "${system}", which is not there`,
    didYouMean,
  ),
  'routing/template-undefined': code<{ path: string; template: string; suggestions: readonly string[] }>(
    'error',
    ({ path, template }) => `${path} uses the template "${template}", which no file defines`,
    didYouMean,
  ),
  'routing/template-annotation': code<{ path: string; annotation: string; suggestions: readonly string[] }>(
    'warning',
    ({ path, annotation }) => `${path} prints the annotation "${annotation}", which no alert has`,
    didYouMean,
  ),
} as const;
