/** Thirty-odd definitions, each broken in one way, and what is said about it. Read it as the manual of our findings. */
import type { Code } from '../../generators/diagnostics/codes.ts';

/** One edit of the sound project. */
export interface Edit {
  readonly file: 'project.ts' | 'metrics.ts' | 'systems/shop.ts' | (string & {});
  /** What is replaced; absent for a file that is added. */
  readonly replace?: string;
  readonly by: string;
}

/** A broken definition and its finding. */
export interface BrokenDefinition {
  readonly name: string;
  readonly edits: readonly Edit[];
  readonly finding: {
    readonly code: Code;
    /** Relative to definitions/. */
    readonly file: string;
    /** What stands in the file from the place of the finding on. */
    readonly at: string;
    readonly property?: string;
    /** The whole message. */
    readonly message: string;
    readonly hint?: string;
  };
}

const system = (replace: string, by: string): readonly Edit[] => [{ file: 'systems/shop.ts', replace, by }];
const project = (replace: string, by: string): readonly Edit[] => [{ file: 'project.ts', replace, by }];
const metrics = (replace: string, by: string): readonly Edit[] => [{ file: 'metrics.ts', replace, by }];

export const BROKEN: readonly BrokenDefinition[] = [
  {
    name: 'a level in the wrong unit',
    edits: system('latencyP95: { warning: ms(300) }', 'latencyP95: { warning: mebibytes(300) as never }'),
    finding: {
      code: 'definition/shape',
      file: 'systems/shop.ts',
      at: 'mebibytes(300)',
      property: 'levels.latencyP95.warning',
      message: 'levels.latencyP95.warning: expected a quantity of time, not of data',
    },
  },
  {
    name: 'a threshold in the wrong unit',
    edits: system('warning: count(100)', 'warning: percent(100) as never'),
    finding: {
      code: 'threshold/unit',
      file: 'systems/shop.ts',
      at: 'percent(100)',
      property: 'warning',
      message: 'the warning level is a quantity of ratio, but the query measures count',
      hint: 'Write it in a unit of count.',
    },
  },
  {
    name: 'an unknown label in a selection',
    edits: system("{ status: matches('5..') }", "{ statuss: matches('5..') } as never"),
    finding: {
      code: 'query/unknown-label',
      file: 'systems/shop.ts',
      at: '{',
      message: 'the query matches on the label "statuss", which http_requests_total does not have',
      hint: 'Did you mean "status"?',
    },
  },
  {
    name: 'a label value that never occurs',
    edits: system('query.sum(m.queue_depth, {', "query.sum(select(m.queue_depth, { queue: 'mial' as 'mail' }), {"),
    finding: {
      code: 'query/unknown-label-value',
      file: 'systems/shop.ts',
      at: 'query.sum(select(',
      message: 'the label "queue" of queue_depth never has the value "mial"',
      hint: 'Did you mean "mail"?',
    },
  },
  {
    name: 'a metric that nobody declares',
    edits: system('sum(rate(${m.http_requests_total}[', 'sum(rate(http_request_total['),
    finding: {
      code: 'query/unknown-metric',
      file: 'systems/shop.ts',
      at: "promql('per_second')",
      message: 'the query reads http_request_total, which no job of the system declares',
      hint: 'Did you mean "http_requests_total"?',
    },
  },
  {
    name: 'an unknown team',
    edits: system("owner: 'checkout'", "owner: 'chekout'"),
    finding: {
      code: 'definition/unknown-reference',
      file: 'systems/shop.ts',
      at: "'chekout'",
      property: 'owner',
      message: 'there is no team "chekout"',
      hint: 'Did you mean "checkout"?',
    },
  },
  {
    name: 'an unknown receiver',
    edits: project("to: ['pager', 'chat']", "to: ['pager', 'chta']"),
    finding: {
      code: 'definition/unknown-reference',
      file: 'project.ts',
      at: "'chta'",
      property: 'teams.checkout.notify.critical.to[1]',
      message: 'there is no receiver "chta"',
      hint: 'Did you mean "chat"?',
    },
  },
  {
    name: 'an unknown component in dependsOn',
    edits: system("dependsOn: ['cache']", "dependsOn: ['cashe']"),
    finding: {
      code: 'definition/unknown-reference',
      file: 'systems/shop.ts',
      at: "'cashe'",
      property: 'dependsOn[0]',
      message: 'there is no component "cashe"',
      hint: 'Did you mean "cache"?',
    },
  },
  {
    name: 'an unknown property',
    edits: system("description: 'Sells things.'", "descripton: 'Sells things.', description: 'Sells things.'"),
    finding: {
      code: 'definition/unknown-property',
      file: 'systems/shop.ts',
      at: 'descripton',
      property: 'descripton',
      message: 'descripton: there is no such property',
      hint: 'Did you mean "description"?',
    },
  },
  {
    name: 'an unknown signal of a monitor',
    edits: system('hitRate: {', 'hitrate: {'),
    finding: {
      code: 'definition/unknown-property',
      file: 'systems/shop.ts',
      at: 'hitrate',
      property: 'levels.hitrate',
      message: 'levels.hitrate: there is no such property',
      hint: 'Did you mean "hitRate"?',
    },
  },
  {
    name: 'a missing property',
    edits: system("  description: 'Sells things.',\n", ''),
    finding: {
      code: 'definition/shape',
      file: 'systems/shop.ts',
      at: 'defineSystem({',
      property: 'description',
      message: 'description: is missing; expected string',
    },
  },
  {
    name: 'two systems of one id',
    edits: [{ file: 'systems/zweig.ts', by: "export { default } from './shop.ts';\n" }],
    finding: {
      code: 'definition/duplicate',
      file: 'systems/shop.ts',
      at: "'shop'",
      message: 'the system "shop" is defined twice',
      hint: 'Rename one of them.',
    },
  },
  {
    name: 'a warning level beyond the critical one',
    edits: system('warning: count(100)', 'warning: count(1000)'),
    finding: {
      code: 'threshold/levels-order',
      file: 'systems/shop.ts',
      at: 'count(1000)',
      property: 'warning',
      message: 'the warning level is not before the critical one, so the warning can never come first',
      hint: 'High values are bad here: the warning level has to be below the critical one.',
    },
  },
  {
    name: 'a threshold without a level',
    edits: system('      warning: count(100),\n      critical: count(500),\n', ''),
    finding: {
      code: 'threshold/no-level',
      file: 'systems/shop.ts',
      at: 'threshold({',
      message: 'the threshold has neither a warning nor a critical level',
      hint: 'Give one of them: `critical: ms(500)`.',
    },
  },
  {
    name: 'an empty expression',
    edits: system('sum(rate(${m.http_requests_total}[${minutes(5)}]))', ''),
    finding: {
      code: 'query/syntax',
      file: 'systems/shop.ts',
      at: "promql('per_second')",
      property: 'query',
      message: 'the query does not parse: no expression found in input',
    },
  },
  {
    name: 'an expression that does not parse',
    edits: system('sum(rate(${', 'sum(rte(${'),
    finding: {
      code: 'query/syntax',
      file: 'systems/shop.ts',
      at: "promql('per_second')",
      property: 'query',
      message: 'the query does not parse: unknown function with name "rte"',
    },
  },
  {
    name: 'an expression that reads no metric',
    edits: system('sum(rate(${m.http_requests_total}[${minutes(5)}]))', 'vector(1) * 2'),
    finding: {
      code: 'query/constant',
      file: 'systems/shop.ts',
      at: "promql('per_second')",
      property: 'query',
      message: 'the query reads no metric: vector(1) * 2',
      hint: 'A query that no metric flows into is always the same; use a declared metric.',
    },
  },
  {
    name: 'a secret in plain text',
    edits: project(
      "apiUrlFile: 'slack.url'",
      "apiUrl: 'https://hooks.slack.com/services/T00000000/B00000000/abcdefabcdef' } as never, { apiUrlFile: 'slack.url'",
    ),
    finding: {
      code: 'definition/secret',
      file: 'project.ts',
      at: "'https://hooks.slack.com",
      property: 'apiUrl',
      message: 'receivers.chat.apiUrl: a secret in plain text (a Slack webhook URL)',
    },
  },
  {
    name: 'an inbox that is no address',
    edits: project(
      "secretsDirectory: 'secrets',",
      "inbox: { url: 'http://127.0.0.1:8025/inbox', smtp: '127.0.0.1:8026' },",
    ),
    finding: {
      code: 'definition/shape',
      file: 'project.ts',
      at: "'http://127.0.0.1:8025/inbox'",
      property: 'environments.local.inbox.url',
      message: 'environments.local.inbox.url: expected an http or https URL without a path, such as http://inbox:8025',
    },
  },
  {
    name: 'a circular import',
    edits: [
      {
        file: 'metrics.ts',
        replace: "from 'tocsin';\n",
        by: "from 'tocsin';\nimport shop from './systems/shop.ts';\n\nexport const again = shop;\n",
      },
    ],
    finding: {
      code: 'load/circular-import',
      file: 'metrics.ts',
      at: "'./systems/shop.ts'",
      message:
        'definition files import each other in a circle: definitions/systems/shop.ts -> definitions/metrics.ts -> definitions/systems/shop.ts',
    },
  },
  {
    name: 'a syntax error',
    edits: system("title: 'Shop',", "title: 'Shop'"),
    finding: {
      code: 'load/syntax',
      file: 'systems/shop.ts',
      at: 'description',
      message: 'the file does not compile: Expected "}" but found "description"',
    },
  },
  {
    name: 'a file that throws',
    edits: system(
      'export default',
      'const [first] = [] as { name: string }[];\nconst name = first!.name;\nexport default',
    ),
    finding: {
      code: 'load/threw',
      file: 'systems/shop.ts',
      at: 'name',
      message: "the file threw while it was loaded: TypeError: Cannot read properties of undefined (reading 'name')",
    },
  },
  {
    name: 'a probe path with ..',
    edits: system("'/live': { checks: [] }", "'/../live': { checks: [] }, '/live': { checks: [] }"),
    finding: {
      code: 'definition/shape',
      file: 'systems/shop.ts',
      at: "'/../live'",
      message: 'workload.endpoints["/../live"]: expected a path without ".." segments',
    },
  },
  {
    name: 'a system id that leaves the folder',
    edits: system("id: 'shop'", "id: '../../etc/shop'"),
    finding: {
      code: 'definition/shape',
      file: 'systems/shop.ts',
      at: "'../../etc/shop'",
      property: 'id',
      message: 'id: expected lower-case letters and digits, in words joined by single dashes: `migrated-components`',
    },
  },
  {
    name: 'a probe path that nobody serves',
    edits: system("liveness: { path: '/live'", "liveness: { path: '/alive' as '/live'"),
    finding: {
      code: 'definition/unknown-reference',
      file: 'systems/shop.ts',
      at: "'/alive'",
      property: 'liveness.path',
      message: 'there is no endpoint "/alive"',
      hint: 'Did you mean "/live"?',
    },
  },
  {
    name: 'readiness and liveness on one path',
    edits: system("liveness: { path: '/live'", "liveness: { path: '/ready'").concat(
      system("'/ready': { checks: ['cache'] }", "'/ready': { checks: [] }"),
    ),
    finding: {
      code: 'probe/same-path',
      file: 'systems/shop.ts',
      at: "'/ready', every: seconds(10)",
      property: 'liveness.path',
      message: 'readiness and liveness both ask /ready: whatever makes the instance unready would restart it, too',
    },
  },
  {
    name: 'a liveness probe that looks at a dependency',
    edits: system("'/live': { checks: [] }", "'/live': { checks: ['cache'] }"),
    finding: {
      code: 'probe/liveness-checks-dependency',
      file: 'systems/shop.ts',
      at: "'/live', every",
      property: 'liveness.path',
      message: 'the liveness probe asks /live, which looks at "cache": one hiccup there would restart every instance',
    },
  },
  {
    name: 'two systems with one job name',
    edits: [
      {
        file: 'systems/stock.ts',
        by: `import { count, defineMetrics, defineSystem, gauge, threshold } from 'tocsin';
const own = defineMetrics('shop', { stock_items: gauge({ unit: 'count', help: 'Items.' }) });
export default defineSystem({
  id: 'stock',
  title: 'Stock',
  description: 'Keeps things.',
  owner: 'checkout',
  jobs: { shop: { targets: { local: ['127.0.0.1:8081'] } } },
  components: {},
  thresholds: {
    items: threshold({ alert: 'StockLow', title: 'Items', query: own.stock_items, direction: 'below', warning: count(1) }),
  },
});
`,
      },
    ],
    finding: {
      code: 'job/duplicate',
      file: 'systems/stock.ts',
      at: '{ targets:',
      property: 'jobs.shop',
      message: 'the job "shop" is defined by the system "shop" too; Prometheus refuses two jobs of one name',
    },
  },
  {
    name: 'a metric declared twice with different kinds',
    edits: system(
      'export default defineSystem({',
      "import { defineMetrics, gauge } from 'tocsin';\nconst other = defineMetrics('shop', { cache_hits_total: gauge({ unit: 'count', help: 'Hits.' }) });\n\nexport default defineSystem({\n  metrics: [other],",
    ),
    finding: {
      code: 'metric/declared-twice',
      file: 'metrics.ts',
      at: "counter({ unit: 'count', help: 'Hits.' })",
      message:
        'the metric cache_hits_total is declared twice, and the two disagree: one is a gauge, the other a counter',
      hint: 'Declare it once and use that declaration in both places.',
    },
  },
  {
    name: 'a metric of a job that is not there',
    edits: metrics("defineMetrics('shop'", "defineMetrics('shopp'"),
    finding: {
      code: 'definition/unknown-reference',
      file: 'metrics.ts',
      at: 'counter({',
      message: 'there is no job "shopp"',
      hint: 'Did you mean "shop"?',
    },
  },
  {
    name: 'buckets that do not rise',
    edits: metrics('buckets: [ms(10), ms(100), seconds(1)]', 'buckets: [ms(10), seconds(1), ms(100)]'),
    finding: {
      code: 'metric/buckets',
      file: 'metrics.ts',
      at: '[ms(10), seconds(1), ms(100)]',
      property: 'buckets',
      message: 'the buckets of http_request_duration_seconds do not rise: 0.01, 1, 0.1',
    },
  },
  {
    name: 'a text that prints a label the query drops',
    edits: system('{labels.queue}', '{labels.instance}'),
    finding: {
      code: 'text/label',
      file: 'systems/shop.ts',
      at: "'{value} jobs wait",
      message: 'the text prints the label "instance", which the query drops: it would be blank',
      hint: 'The firing alert has: queue.',
    },
  },
  {
    name: 'a placeholder that does not exist',
    edits: system('(level {threshold})', '(level {treshold})'),
    finding: {
      code: 'text/placeholder',
      file: 'systems/shop.ts',
      at: "'{value} jobs wait",
      message: 'there is no placeholder {treshold}',
      hint: 'Did you mean "threshold"?',
    },
  },
  {
    name: 'two alerts of one name',
    edits: system("alert: 'ErrorRateFree'", "alert: 'QueueDeep'"),
    finding: {
      code: 'alert/duplicate',
      file: 'systems/shop.ts',
      at: 'perSecond(100)',
      property: 'warning',
      message:
        'two alerts are called QueueDeep at severity "warning"; they would be one to Alertmanager and share a runbook',
    },
  },
  {
    name: 'a severity that tells nobody',
    edits: project("        warning: { to: ['chat'] },\n", ''),
    finding: {
      code: 'routing/severity-unrouted',
      file: 'systems/shop.ts',
      at: 'percent(1)',
      message: 'nobody is told: the team "checkout" has no receivers for severity "warning"',
    },
  },
  {
    name: 'a window that never holds two samples',
    edits: system('${minutes(5)}]))', '${seconds(15)}]))'),
    finding: {
      code: 'query/window',
      file: 'systems/shop.ts',
      at: "promql('per_second')",
      property: 'query',
      message: 'rate looks at 15 s, but its job is scraped every 15 s: the window never holds two samples for certain',
      hint: 'Make the window at least 60 s, four scrapes, so that one lost scrape does not blank it.',
    },
  },
  {
    name: 'units that do not fit in a free expression',
    edits: system(
      'sum(rate(${m.http_requests_total}[${minutes(5)}]))',
      'sum(rate(${m.http_requests_total}[5m])) + sum(${m.memory_bytes})',
    ),
    finding: {
      code: 'query/unit',
      file: 'systems/shop.ts',
      at: "promql('per_second')",
      message: 'the units of the query do not fit: a rate per second added to bytes',
    },
  },
  {
    name: 'no project',
    edits: [
      {
        file: 'project.ts',
        replace: 'ALL',
        by: "import { minutes } from 'tocsin';\nexport default { kind: 'nothing', for: minutes(1) };\n",
      },
    ],
    finding: {
      code: 'load/no-default-export',
      file: 'project.ts',
      at: '',
      message: 'the file has no default export that is a definition',
    },
  },
];
