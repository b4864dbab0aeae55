import type { CommandEntry, CommandSpec } from '../command.ts';

const definitions = {
  name: 'definitions',
  value: 'DIR',
  default: 'definitions',
  summary: 'The folder of definitions',
} as const;
const out = { name: 'out', value: 'DIR', default: 'out', summary: 'The folder of generated files' } as const;
const format = {
  name: 'format',
  value: 'FORMAT',
  choices: ['text', 'json', 'sarif', 'github', 'junit'],
  default: 'text',
  summary: 'How findings are shown',
} as const;
const failOn = {
  name: 'fail-on',
  value: 'SEVERITY',
  choices: ['error', 'warning', 'info'],
  default: 'error',
  summary: 'The least severity that makes the exit code 1',
} as const;

export const generateSpec = {
  name: 'generate',
  summary: 'Compile the definitions and write the artefacts',
  usage: ['[--definitions DIR] [--out DIR]'],
  description: [
    'Shows what changed, a line a file. Nothing is written when there is an error, and a file that was edited by hand is never overwritten.',
  ],
  options: [definitions, out, format, failOn],
  examples: [
    { command: 'tocsin generate', does: 'definitions/ into out/' },
    { command: 'tocsin generate --format github', does: 'findings as annotations of a pull request' },
  ],
} as const satisfies CommandSpec;

export const checkSpec = {
  name: 'check',
  summary: 'Check the definitions and that the artefacts are up to date (what CI runs)',
  usage: ['[--definitions DIR] [--out DIR]'],
  description: [
    'Type check, compile, compare with the files that are there, lint, JSON Schemas, and promtool and amtool when they are installed. Writes nothing.',
  ],
  options: [definitions, out, format, failOn],
  examples: [
    { command: 'tocsin check --fail-on warning', does: 'warnings fail too' },
    { command: 'tocsin check --format sarif', does: 'for a code scanning service' },
  ],
} as const satisfies CommandSpec;

export const lintSpec = {
  name: 'lint',
  summary: 'Lint the definitions, or files that Tocsin did not make',
  usage: ['[--definitions DIR]', 'FILE|DIR ...'],
  description: [
    'Rule files, PrometheusRule manifests, Grafana dashboards and Alertmanager files are told apart by what is in them.',
  ],
  positionals: { min: 0, max: Infinity, name: 'a FILE or DIR' },
  options: [definitions, format, failOn],
  examples: [
    { command: 'tocsin lint', does: 'the definitions' },
    { command: 'tocsin lint rules/ alertmanager.yml', does: 'files of another origin' },
  ],
} as const satisfies CommandSpec;

export const promqlSpec = {
  name: 'promql',
  summary: 'Check, format or parse PromQL',
  usage: ['check|format|parse [EXPR ...]', 'check|format|parse --stdin'],
  description: [
    '--stdin reads one JSON string a line and answers one JSON object a line, in order: {"valid":true,"type":"vector"} or {"valid":false,"errors":[{"message":"...","from":0,"to":3}]}.',
    'An expression that starts with a dash goes after --.',
  ],
  positionals: { min: 1, max: Infinity, name: 'one of check, format, parse' },
  options: [
    { name: 'stdin', summary: 'Read expressions from standard input' },
    {
      name: 'target-prometheus',
      value: 'VERSION',
      default: 'latest',
      summary: 'The Prometheus whose language is meant: a version such as 2.42, or latest',
    },
  ],
  examples: [
    { command: "tocsin promql check 'rate(http_requests_total[5m])'", does: 'exit 0 when Prometheus would accept it' },
    { command: "tocsin promql format 'sum(rate(x[5m]))by(job)'", does: 'the same query in one standard form' },
  ],
} as const satisfies CommandSpec;

export const explainSpec = {
  name: 'explain',
  summary: 'Say what an alert or SLO watches, when it fires and who is told',
  usage: ['ALERT|SLO [--definitions DIR]'],
  description: ['Also its detection time, panel, runbook, test, and the line of the definition it comes from.'],
  positionals: { min: 1, max: 1, name: 'the name of an ALERT or SLO' },
  options: [definitions, format, failOn],
  examples: [{ command: 'tocsin explain CacheHitRateLow', does: 'everything that is known about that alert' }],
} as const satisfies CommandSpec;

export const routeSpec = {
  name: 'route',
  summary: 'Show the way of an alert through the routing tree, and who is told when',
  usage: ['KEY=VALUE ... [--at TIME]', '--alert NAME [KEY=VALUE ...] [--at TIME]'],
  description: [
    'The first form takes the labels of an alert; a label that is not named is absent. The second takes them from the rules of that name; label values of the series can be added.',
    'Times count from the moment the alert fires. With --at, hours that are not open at that moment are marked.',
  ],
  positionals: { min: 0, max: Infinity, name: 'labels' },
  options: [
    { name: 'alert', value: 'NAME', summary: 'Take the labels of this alert' },
    { name: 'at', value: 'TIME', summary: 'The moment for hours and mute windows: 2026-01-31T22:00:00Z' },
    definitions,
    format,
    failOn,
  ],
  examples: [
    { command: 'tocsin route team=platform severity=critical', does: 'who is told of such an alert' },
    { command: 'tocsin route --alert HighErrorRate --at 2026-02-01T02:30:00Z', does: 'and who at that moment' },
  ],
} as const satisfies CommandSpec;

/** Every command, in the order of the help. */
export const COMMANDS: readonly CommandEntry[] = [
  { spec: generateSpec, load: () => import('./generate.ts') },
  { spec: checkSpec, load: () => import('./check.ts') },
  { spec: lintSpec, load: () => import('./lint.ts') },
  { spec: promqlSpec, load: () => import('./promql.ts') },
  { spec: explainSpec, load: () => import('./explain.ts') },
  { spec: routeSpec, load: () => import('./route.ts') },
];
