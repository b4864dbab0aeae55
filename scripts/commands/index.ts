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
/** Of what has a form of its own, which no report of findings can hold. */
const plainFormat = { ...format, choices: ['text', 'json'], summary: 'How it is shown' } as const;
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
  usage: ['ALERT|SLO [--system SYSTEM] [--definitions DIR]'],
  description: ['Also its detection time, panel, runbook, test, and the line of the definition it comes from.'],
  positionals: { min: 1, max: 1, name: 'the name of an ALERT or SLO' },
  options: [
    { name: 'system', value: 'SYSTEM', summary: 'Only that of this system, where several have the name' },
    definitions,
    plainFormat,
  ],
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
    plainFormat,
  ],
  examples: [
    { command: 'tocsin route team=platform severity=critical', does: 'who is told of such an alert' },
    { command: 'tocsin route --alert HighErrorRate --at 2026-02-01T02:30:00Z', does: 'and who at that moment' },
  ],
} as const satisfies CommandSpec;

const metrics = {
  name: 'metrics',
  value: '[JOB=]URL|FILE|-',
  multiple: true,
  summary: 'What a service exposes: an address, a file, or standard input; may be there several times',
} as const;
const job = {
  name: 'job',
  value: 'JOB',
  summary: 'Whose metrics these are; otherwise the job with that target',
} as const;
const system = { name: 'system', value: 'SYSTEM', summary: 'Only the jobs of this system' } as const;
const environment = {
  name: 'environment',
  value: 'NAME',
  summary: 'Scrape every target of this environment',
} as const;

export const verifySpec = {
  name: 'verify',
  summary: 'Compare what services expose with the metrics that are declared',
  usage: [
    '--metrics URL|FILE|- [--metrics ...] [--job JOB] [--definitions DIR]',
    '--environment NAME [--system SYSTEM] [--job JOB] [--definitions DIR]',
  ],
  description: [
    'Names, kinds, labels and their values, buckets, quantiles, units and HELP texts; besides that, what Prometheus would refuse or store badly.',
    'Each answer is read once, within the scrape timeout of its job. An address without a path is read where Prometheus would: at the path of its job. OpenMetrics 1.0 and the text format 0.0.4 are understood.',
  ],
  options: [metrics, job, environment, system, definitions, format, failOn],
  examples: [
    { command: 'tocsin verify --metrics http://127.0.0.1:3000/metrics', does: 'the job with that target' },
    {
      command: 'curl -s app/metrics | tocsin verify --metrics - --job networx',
      does: 'an answer that was fetched before',
    },
    { command: 'tocsin verify --environment local --fail-on warning', does: 'every service that runs here' },
  ],
} as const satisfies CommandSpec;

export const stackSpec = {
  name: 'stack',
  summary: 'Run Prometheus, Alertmanager, sample apps under load and an inbox, without containers',
  usage: ['up [--system S ...] [--no-load] [--embedded] [--foreground]', 'status [--panels]', 'down [--clean]'],
  description: [
    'Starts what is missing, waits until each part answers, and leaves everything running on 127.0.0.1. PostgreSQL and Redis are used where they are installed; otherwise the apps use what they carry inside.',
    'status exits with 1 when a part is down. down ends every process of the stack, also after a crash, and keeps its data for the next time.',
  ],
  positionals: { min: 1, max: 1, name: 'up, down or status' },
  options: [
    { name: 'system', value: 'ID', multiple: true, summary: 'Only this system; may be given several times' },
    { name: 'no-load', summary: 'Without requests to the sample apps' },
    { name: 'embedded', summary: 'Not the installed PostgreSQL and Redis' },
    {
      name: 'port',
      value: 'NAME=PORT',
      multiple: true,
      summary: 'Another port for a job, prometheus, alertmanager, inbox or smtp; 0 is any free one',
    },
    { name: 'detach', summary: 'Leave everything running and return (the default)' },
    { name: 'foreground', summary: 'Stay, and end everything with Ctrl-C' },
    {
      name: 'panels',
      summary: 'With status: ask Prometheus every query of the dashboards, and wait two minutes until all have data',
    },
    { name: 'clean', summary: 'With down: remove data, logs and secrets too' },
    { name: 'state', value: 'DIR', default: '.stack', summary: 'The folder for data, logs and what runs' },
    out,
    { ...plainFormat, summary: 'How status is shown' },
  ],
  examples: [
    { command: 'tocsin stack up', does: 'all systems under load' },
    { command: 'tocsin stack up --system networx --port prometheus=19090', does: 'one system, Prometheus elsewhere' },
    { command: 'tocsin stack down', does: 'ends it and says what is left: nothing' },
  ],
} as const satisfies CommandSpec;

export const drillSpec = {
  name: 'drill',
  summary: 'Break the running systems and watch the pages arrive',
  usage: ['[--system S] [--alert A] [--short] [--report DIR [--merge] [--junit]]'],
  description: [
    'Starts the sample app, its load, Prometheus, Alertmanager and an inbox on free ports, breaks what each alert is about, and holds what happens against what the definitions promise: fired, told whom, resolved, each in time. Time goes faster by a factor that the rules are compiled with.',
    'Exits with 1 when an alert did not fire, did not reach its receivers in time, or did not resolve. Ctrl-C ends everything.',
  ],
  options: [
    { name: 'system', value: 'S', summary: 'Only this system' },
    { name: 'alert', value: 'A', summary: 'Only what drills this alert' },
    { name: 'short', summary: '18 alerts of two systems, in under three minutes' },
    { name: 'report', value: 'DIR', summary: 'Write drill.md and drill.json into this folder' },
    { name: 'merge', summary: 'Keep what the report that is there has of campaigns that do not run now' },
    { name: 'junit', summary: 'Write drill.xml for a CI server too' },
    definitions,
  ],
  examples: [
    { command: 'tocsin drill --short', does: '18 alerts of two systems' },
    { command: 'tocsin drill --report docs/reports', does: 'everything, with its report' },
    {
      command: 'tocsin drill --system networx --report docs/reports --merge',
      does: 'one system again, in the same report',
    },
    { command: 'tocsin drill --system networx --alert ServiceUnhealthy', does: 'one alert' },
  ],
} as const satisfies CommandSpec;

export const regressSpec = {
  name: 'regress',
  summary: 'Compare a run under load with the levels and with recorded runs',
  usage: [
    '--metrics URL|FILE ... [--seconds N] [--baseline FILE] [--update]',
    '--environment NAME [--system SYSTEM] [--seconds N] [--report FILE ...]',
  ],
  description: [
    'Scrapes, waits, scrapes again, and computes the query of every threshold that two scrapes tell. A value beyond its first level fails, and so does a time or a throughput that is worse than the recorded runs by more than their noise.',
    'Where the services run on this machine, the time of a fixed piece of work is measured beside them: a slower or busier machine than the recorded one is granted that much more.',
    'A FILE is the exposition at the end of a run that began with its counters at 0 and took --seconds.',
    '--update adds the run to the baseline, which keeps the last ten; delete the file to begin anew. A run beyond a level is not recorded.',
  ],
  options: [
    metrics,
    job,
    environment,
    system,
    { name: 'seconds', value: 'N', default: '30', summary: 'How long to measure' },
    { name: 'baseline', value: 'FILE', default: 'baseline.json', summary: 'What earlier runs measured' },
    { name: 'attempts', value: 'N', default: '1', summary: 'How often to measure before a check counts as failed' },
    { name: 'update', summary: 'Add this run to the baseline' },
    {
      name: 'report',
      value: 'FILE',
      multiple: true,
      summary: 'Also write every check to a file: .md, .json or .xml (JUnit); may be there several times',
    },
    definitions,
    format,
    failOn,
  ],
  examples: [
    { command: 'tocsin regress --environment local --system networx', does: 'exit 1 when it became slower' },
    { command: 'tocsin regress --metrics http://127.0.0.1:3000/metrics --update', does: 'one more recorded run' },
    { command: 'tocsin regress --environment local --report regression.md --report junit.xml', does: 'what CI keeps' },
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
  { spec: stackSpec, load: () => import('./stack.ts') },
  { spec: drillSpec, load: () => import('./drill.ts') },
  { spec: verifySpec, load: () => import('./verify.ts') },
  { spec: regressSpec, load: () => import('./regress.ts') },
];
