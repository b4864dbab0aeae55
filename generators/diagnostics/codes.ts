import type { CodeSpec } from './code-spec.ts';
import { code, didYouMean, quote } from './code-spec.ts';
import { EXPOSITION_CODES } from './exposition-codes.ts';
import { ROUTING_CODES } from './routing-codes.ts';

/** What the errors of the operating system mean for someone who runs generate, and what to do about them. */
const ERRNO: Readonly<Record<string, readonly [meaning: string, remedy: string | undefined]>> = {
  EACCES: ['permission denied', 'Give the user who runs generate the right to write there.'],
  EPERM: ['the operating system does not allow it', 'Look at the owner and the attributes of the file and its folder.'],
  EROFS: ['the file system is read-only', 'Mount it writable, or name another folder with --out.'],
  ENOSPC: ['the disk is full', 'Free some space, and run generate again.'],
  EDQUOT: ['the disk quota is used up', 'Free some space, and run generate again.'],
  EBUSY: [
    'it is in use, perhaps mounted as a single file',
    'Mount the folder instead of the file, and run generate again.',
  ],
  EMFILE: ['too many files are open', undefined],
  ENOTDIR: ['a part of the path is no folder', undefined],
  ENAMETOOLONG: ['the path is too long for this file system', undefined],
  EIO: ['the disk reports an error', 'Look at the health of the disk.'],
};

/** Every kind of finding, by id. The order has no meaning; a stage's codes stand together. */
export const CODES = {
  'load/no-definitions': code<{ directory: string }>(
    'error',
    ({ directory }) => `no definition files in ${directory}`,
    () =>
      'Create definitions/project.ts and definitions/systems/<system>.ts, or name another folder with --definitions.',
  ),
  'load/syntax': code<{ message: string }>('error', ({ message }) => `the file does not compile: ${message}`),
  'load/threw': code<{ message: string }>(
    'error',
    ({ message }) => `the file threw while it was loaded: ${message}`,
    () => 'A definition is inert data; nothing in it may fail. Correct the expression that threw.',
  ),
  'load/circular-import': code<{ cycle: readonly string[] }>(
    'error',
    ({ cycle }) => `definition files import each other in a circle: ${cycle.join(' -> ')}`,
    () => 'Move what both need to a third file that imports neither.',
  ),
  'load/no-default-export': code<{ exports: readonly string[] }>(
    'error',
    () => 'the file has no default export that is a definition',
    ({ exports }) =>
      `Write \`export default defineSystem({ ... })\` (or defineProject in project.ts)${exports.length > 0 ? `; only ${quote(exports)} is exported` : ''}.`,
  ),
  'load/type': code<{ message: string; tsCode: string }>('error', ({ message, tsCode }) => `${message} (${tsCode})`),
  'load/typecheck': code<{ message: string }>('error', ({ message }) => `the type check did not work: ${message}`),
  'load/outside-root': code<{ path: string; allowed: string }>(
    'error',
    ({ path, allowed }) => `${path} leads outside ${allowed}`,
    ({ allowed }) => `Definitions are complete in themselves: move what is needed into ${allowed}.`,
  ),
  'load/unreadable': code<{ path: string; message: string }>(
    'error',
    ({ path, message }) => `${path} cannot be read: ${message}`,
  ),
  'load/import': code<{ specifier: string; modules: readonly string[]; directory: string }>(
    'error',
    ({ specifier, directory }) =>
      `a definition cannot import "${specifier}"; only Tocsin and .ts, .js and .json files in ${directory}`,
    ({ modules }) => `Tocsin's own modules are ${quote(modules)}.`,
  ),
  'load/missing-file': code<{ specifier: string; suggestions: readonly string[] }>(
    'error',
    ({ specifier }) => `there is no file "${specifier}"`,
    didYouMean,
  ),
  'load/missing-export': code<{ specifier: string; name: string; suggestions: readonly string[] }>(
    'error',
    ({ specifier, name }) => `"${specifier}" exports no ${name}`,
    didYouMean,
  ),
  'load/asynchronous': code<Record<never, never>>(
    'error',
    () => 'a definition cannot wait for anything: no top-level await, no promise as the default export',
    () =>
      'A definition is inert data. What has to be fetched or computed over time belongs into a step before `generate`.',
  ),
  'load/never-ends': code<{ seconds: number }>(
    'error',
    ({ seconds }) => `loading the file was not done after ${seconds} s and was stopped`,
  ),
  'load/duplicate-key': code<{ key: string }>(
    'error',
    ({ key }) => `the object has two properties "${key}"; only the last would count`,
  ),
  'load/suspicious': code<{ message: string }>('warning', ({ message }) => message),
  'load/printed': code<{ text: string }>('info', ({ text }) => `the definition prints: ${text}`),
  'load/not-loaded': code<{ extension: string }>(
    'warning',
    ({ extension }) => `the file is in the folder of systems but is not loaded, because its name ends in ${extension}`,
    () => 'Definitions are .ts files; move what is none out of systems/.',
  ),
  'time-scale/window': code<{
    rule: string;
    factor: number;
    window: number;
    scaled: number;
    interval: number;
    largest: number;
  }>(
    'error',
    ({ rule, factor, window, scaled, interval }) =>
      `${rule} looks back on ${window} ms, which is ${scaled} ms when time goes ${factor} times faster: fewer than 4 samples, which come every ${interval} ms at best`,
    ({ largest }) => `The largest time scale for this window is ${largest}.`,
  ),
  'prometheus/keep-firing-for': code<{ alert: string; version: string }>(
    'error',
    ({ alert, version }) => `${alert} sets keepFiringFor, which Prometheus ${version} does not know`,
    () =>
      'Prometheus 2.42 is the first that knows it: raise versions.prometheus of the project, or take keepFiringFor out.',
  ),
  'kubernetes/fractional-seconds': code<{ workload: string; probe: string; field: string; ms: number }>(
    'error',
    ({ workload, probe, field, ms }) =>
      `${field} of the ${probe} probe of ${workload} is ${ms} ms, and Kubernetes counts in whole seconds`,
    ({ field }) =>
      field === 'initialDelay' ? 'Use 0 or a whole number of seconds.' : 'Use a whole number of seconds, at least 1.',
  ),
  'definition/missing-project': code<{ files: readonly string[] }>(
    'error',
    () => 'no file defines the project',
    () => 'Create definitions/project.ts with `export default defineProject({ ... })`.',
  ),
  'definition/several-projects': code<{ other: string }>(
    'error',
    ({ other }) => `the project is defined a second time (first in ${other})`,
    () => 'Keep one defineProject call.',
  ),
  'definition/shape': code<{ property: string; problem: string }>('error', ({ property, problem }) =>
    property === '' ? problem : `${property}: ${problem}`,
  ),
  'definition/unknown-property': code<{
    property: string;
    name: string;
    suggestions: readonly string[];
    allowed: readonly string[];
  }>(
    'error',
    ({ property }) => `${property}: there is no such property`,
    (data) => didYouMean(data) ?? (data.allowed.length > 0 ? `Known here: ${data.allowed.join(', ')}.` : undefined),
  ),
  'definition/unknown-reference': code<{
    what: string;
    name: string;
    suggestions: readonly string[];
    known: readonly string[];
  }>(
    'error',
    ({ what, name }) => `there is no ${what} "${name}"`,
    (data) =>
      didYouMean(data) ??
      (data.known.length > 0 ? `Known: ${data.known.join(', ')}.` : `No ${data.what} is defined at all.`),
  ),
  'definition/name': code<{ what: string; name: string; rule: string }>(
    'error',
    ({ what, name, rule }) => `"${name}" is no ${what} name: ${rule}`,
  ),
  'definition/duplicate': code<{ what: string; name: string }>(
    'error',
    ({ what, name }) => `the ${what} "${name}" is defined twice`,
    () => 'Rename one of them.',
  ),
  'definition/secret': code<{ property: string; kind: string }>(
    'error',
    ({ property, kind }) => `${property}: a secret in plain text (${kind})`,
    () =>
      'Put the secret into a file of the secrets directory and name that file (apiUrlFile, routingKeyFile, passwordFile, bearerTokenFile). Then change the secret: it has been written down.',
  ),
  'system/empty': code<{ id: string }>(
    'error',
    ({ id }) => `the system "${id}" has no components, no thresholds and no SLOs`,
    () => 'Add a component: `components: { api: monitors.httpService({ ... }) }`.',
  ),
  'job/duplicate': code<{ job: string; system: string }>(
    'error',
    ({ job, system }) =>
      `the job "${job}" is defined by the system "${system}" too; Prometheus refuses two jobs of one name`,
    () => 'Rename one of the jobs, or move what both need into one system.',
  ),
  'job/timeout': code<{ job: string }>(
    'error',
    ({ job }) => `the scrape timeout of job "${job}" is longer than its interval; Prometheus refuses that`,
  ),
  'metric/buckets': code<{ name: string; buckets: readonly number[] }>(
    'error',
    ({ name, buckets }) => `the buckets of ${name} do not rise: ${buckets.join(', ')}`,
    () => 'List the upper bounds in ascending order, each once, without +Inf.',
  ),
  'metric/reserved-label': code<{ name: string; label: string }>(
    'error',
    ({ name, label }) => `${name} declares the label "${label}", which Prometheus sets itself`,
    () => 'Leave it out: `instance`, `job`, `le` and `quantile` are always there where they belong.',
  ),
  'metric/declared-twice': code<{ name: string; difference: string }>(
    'error',
    ({ name, difference }) => `the metric ${name} is declared twice, and the two disagree: ${difference}`,
    () => 'Declare it once and use that declaration in both places.',
  ),
  'query/syntax': code<{ message: string }>('error', ({ message }) => `the query does not parse: ${message}`),
  'query/argument': code<{ problem: string }>('error', ({ problem }) => `the query cannot be built: ${problem}`),
  'query/constant': code<{ text: string }>(
    'error',
    ({ text }) => `the query reads no metric: ${text}`,
    () => 'A query that no metric flows into is always the same; use a declared metric.',
  ),
  'query/unknown-metric': code<{ name: string; suggestions: readonly string[] }>(
    'error',
    ({ name }) => `the query reads ${name}, which no job of the system declares`,
    (data) => didYouMean(data) ?? 'Declare it with defineMetrics and interpolate the declaration.',
  ),
  'query/unknown-label': code<{ metric: string; label: string; use: string; suggestions: readonly string[] }>(
    'error',
    ({ metric, label, use }) => `the query ${use} the label "${label}", which ${metric} does not have`,
    didYouMean,
  ),
  'query/unknown-label-value': code<{ metric: string; label: string; value: string; suggestions: readonly string[] }>(
    'error',
    ({ metric, label, value }) => `the label "${label}" of ${metric} never has the value "${value}"`,
    didYouMean,
  ),
  'query/unit': code<{ problem: string }>('error', ({ problem }) => `the units of the query do not fit: ${problem}`),
  'query/window': code<{ func: string; window: number; interval: number }>(
    'error',
    ({ func, window, interval }) =>
      `${func} looks at ${window / 1000} s, but its job is scraped every ${interval / 1000} s: the window never holds two samples for certain`,
    ({ interval }) =>
      `Make the window at least ${(4 * interval) / 1000} s, four scrapes, so that one lost scrape does not blank it.`,
  ),
  'query/suspicious-unit': code<{ problem: string }>(
    'warning',
    ({ problem }) => `the units of the query look wrong: ${problem}`,
  ),
  'query/declared-unit': code<{ declared: string; found: string }>(
    'error',
    ({ declared, found }) => `the query is declared to be in ${declared}, but its metrics make it ${found}`,
  ),
  'query/type': code<{ type: string; wanted: string }>(
    'error',
    ({ type, wanted }) => `the query gives a ${type}; what is needed here is an instant ${wanted}`,
    ({ type }) =>
      type === 'matrix'
        ? 'Put the range into a function: rate(...), max_over_time(...).'
        : 'Leave out scalar(...), or put vector(...) around it.',
  ),
  'query/dead': code<{ problem: string }>('error', ({ problem }) => `the query never gives a result: ${problem}`),
  'query/no-effect': code<{ problem: string }>(
    'warning',
    ({ problem }) => `a part of the query has no effect: ${problem}`,
  ),
  'threshold/constant': code<{ condition: string; always: boolean }>(
    'error',
    ({ condition, always }) =>
      always
        ? `the value is always ${condition}: the alert would never end`
        : `the value can never be ${condition}: the alert would never come`,
    () => 'Look at the unit of the level, at the direction, and at the buckets and ranges of the metrics.',
  ),
  'alert/label-overwritten': code<{ label: string }>(
    'error',
    ({ label }) =>
      `the result carries the label "${label}", which the alert sets itself: series that differ only in it would be one alert, and Prometheus gives up on the rule`,
    () => 'Aggregate the label away, or give it another name with label_replace.',
  ),
  'threshold/no-level': code<Record<never, never>>(
    'error',
    () => 'the threshold has neither a warning nor a critical level',
    () => 'Give one of them: `critical: ms(500)`.',
  ),
  'threshold/unit': code<{ level: string; given: string; wanted: string }>(
    'error',
    ({ level, given, wanted }) => `the ${level} level is a quantity of ${given}, but the query measures ${wanted}`,
    ({ wanted }) => `Write it in a unit of ${wanted}.`,
  ),
  'threshold/levels-order': code<{
    direction: string;
    warning: { readonly value: number; readonly unit: string };
    critical: { readonly value: number; readonly unit: string };
  }>(
    'error',
    () => 'the warning level is not before the critical one, so the warning can never come first',
    ({ direction }) =>
      direction === 'above' || direction === 'atLeast'
        ? 'High values are bad here: the warning level has to be below the critical one.'
        : 'Low values are bad here: the warning level has to be above the critical one.',
  ),
  'threshold/severity-order': code<{ warning: string; critical: string }>(
    'error',
    ({ warning, critical }) =>
      `the warning level has the severity "${warning}", which is not below "${critical}", the critical level's`,
  ),
  'slo/objective': code<{ objective: number }>(
    'error',
    ({ objective }) =>
      `an objective of ${Number(objective.toPrecision(12))} % leaves no error budget to count, or is none`,
    () => 'An objective is above 0 % and below 100 %. If no failure at all is allowed, use a threshold.',
  ),
  'slo/period': code<{ problem: string }>('error', ({ problem }) => `the period ${problem}`),
  'slo/retention': code<{ period: string; retention: string }>(
    'error',
    ({ period, retention }) =>
      `the period of ${period} is longer than Prometheus keeps samples (${retention}): its budget would be wrong`,
    () =>
      'Keep samples longer (--storage.tsdb.retention.time) and say so in the project (`retention: days(35)`), or choose a shorter period.',
  ),
  'slo/window': code<{ tier: string; problem: string }>(
    'error',
    ({ tier, problem }) => `the windows of ${tier} ${problem}`,
  ),
  'slo/unreachable': code<{ tier: string; factor: number; ratio: number; upTo: number }>(
    'error',
    ({ tier, factor, ratio }) =>
      `${tier} can never fire: it waits for a burn rate of ${factor}, which is an error ratio of ${Number((ratio * 100).toPrecision(6))} %`,
    ({ tier, upTo }) =>
      `With these windows the objective has to be above ${Number((upTo * 100).toPrecision(6))} %. Give the tier a smaller budget or a longer window, or leave it out (\`'${tier}': false\`).`,
  ),
  'slo/no-tier': code<Record<never, never>>(
    'error',
    () => 'every tier is left out, so nobody is ever told of a burning budget',
    () => 'Leave one tier in, or write `alerting: false`.',
  ),
  'slo/slice': code<{ problem: string }>('error', ({ problem }) => `the slices of time do not fit: ${problem}`),
  'slo/times': code<{ kind: 'weekly' | 'once'; from: string; to: string }>(
    'error',
    ({ from, to }) => `the time from ${from} to ${to} is empty`,
    ({ kind }) => (kind === 'weekly' ? 'What goes over midnight are two times.' : undefined),
  ),
  'slo/time-zone': code<{ zone: string }>(
    'error',
    ({ zone }) => `the clocks of ${zone} change by no rule that comes back every year, so no query can follow them`,
    () => 'Write the offset from UTC (`utcOffset: hours(1)`), and change it when the clocks change.',
  ),
  'slo/local-time': code<{ time: string; zone: string; isTwice: boolean }>(
    'error',
    ({ time, zone, isTwice }) =>
      isTwice
        ? `${time} comes twice in ${zone}: the clocks are put back over it`
        : `${time} never comes in ${zone}: the clocks are put on over it`,
    () => "Write it with its offset from UTC and without a timeZone: '2026-10-25T02:30+01:00'.",
  ),
  'slo/nothing-counts': code<{ window: string }>(
    'error',
    ({ window }) => `nothing ever counts: no ${window} in a row are within \`only\` and outside of \`except\``,
  ),
  'slo/bucket': code<{ metric: string; limit: string; nearest: readonly string[] }>(
    'error',
    ({ metric, limit }) =>
      `${metric} has no bucket with the bound ${limit}, so nobody can say how many observations are below it`,
    ({ nearest }) =>
      nearest.length > 0
        ? nearest.length > 1
          ? `The nearest bounds are ${nearest.join(' and ')}. Choose one of them, or add the bucket.`
          : `The nearest bound is ${nearest.join('')}. Choose it, or add the bucket.`
        : undefined,
  ),
  'slo/limit-unit': code<{ given: string; wanted: string; metric: string }>(
    'error',
    ({ given, wanted, metric }) => `the limit is a quantity of ${given}, but ${metric} measures ${wanted}`,
  ),
  'slo/not-native': code<{ metric: string }>(
    'error',
    ({ metric }) => `${metric} is not declared as a native histogram`,
    () => 'Declare it with `native: true` if it is one; otherwise use sli.latency with the bound of a bucket.',
  ),
  'slo/same-events': code<{ name: string; text: string }>(
    'error',
    ({ name, text }) => `the ${name} events and all events are the same: ${text}`,
  ),
  'slo/not-a-part': code<{ name: string; matcher: string; part: string; total: string }>(
    'error',
    ({ name, matcher }) =>
      `the ${name} events are no part of all events: all events have ${matcher}, the ${name} ones need not`,
    ({ name, part, total }) => `Both have to select the same events: ${name} is ${part}, the total is ${total}.`,
  ),
  'slo/group-label': code<{ label: string; metric: string; suggestions: readonly string[] }>(
    'error',
    ({ label, metric }) => `the SLO is grouped by "${label}", which ${metric} does not have`,
    didYouMean,
  ),
  'slo/window-missing': code<{ name: string }>(
    'error',
    ({ name }) => `the query of ${name} has no open window`,
    () => 'Use sli.window for its range: every rule of the SLO puts its own window there.',
  ),
  'slo/event-unit': code<{ name: string; part: string; total: string }>(
    'error',
    ({ name, part, total }) =>
      `${name} is in ${part} and total in ${total}; both have to be counts, or both per second`,
  ),
  'slo/unaggregated': code<{ name: string; labels: readonly string[] }>(
    'error',
    ({ name, labels }) =>
      `the result of ${name} carries the labels ${quote(labels)}, so every one of their values would be an SLO of its own`,
    () => 'Add the series up (`query.sum(...)`), or list the labels in `by`.',
  ),
  'slo/few-events': code<{ events: number; failures: number }>(
    'warning',
    ({ events, failures }) =>
      `the budget is less than one event: of ${events} expected events ${failures} may fail, so the first failure spends all of it`,
    () => 'Choose a longer period or a lower objective, or count slices of time (`timeslices`).',
  ),
  'slo/duplicate-id': code<{ id: string }>(
    'error',
    ({ id }) => `two SLOs would have the id "${id}" (system and SLO joined by a dash), and their series would mix`,
    () => 'Rename one of them.',
  ),
  'text/placeholder': code<{ placeholder: string; suggestions: readonly string[] }>(
    'error',
    ({ placeholder }) => `there is no placeholder {${placeholder}}`,
    (data) => didYouMean(data) ?? 'Known: {value}, {threshold}, {for}, {labels.<name>}. Write {{ for a literal brace.',
  ),
  'text/label': code<{ label: string; labels: readonly string[]; suggestions: readonly string[] }>(
    'error',
    ({ label }) => `the text prints the label "${label}", which the query drops: it would be blank`,
    (data) =>
      didYouMean(data) ??
      (data.labels.length > 0
        ? `The firing alert has: ${data.labels.join(', ')}.`
        : 'The firing alert has no labels of its own.'),
  ),
  'panel/empty': code<{ title: string }>('error', ({ title }) => `the panel "${title}" has no query`),
  'panel/mixed-units': code<{ title: string; first: string; other: string; text: string }>(
    'error',
    ({ title, first, other }) => `the panel "${title}" mixes ${first} and ${other} on one axis`,
    () => 'Make two panels, or bring both queries to one unit.',
  ),
  'component/cycle': code<{ cycle: readonly string[] }>(
    'error',
    ({ cycle }) => `components depend on each other in a circle: ${cycle.join(' -> ')}`,
  ),
  'probe/same-path': code<{ path: string }>(
    'error',
    ({ path }) => `readiness and liveness both ask ${path}: whatever makes the instance unready would restart it, too`,
    () => 'Serve two endpoints: one that says whether the process lives, one that says whether it can serve.',
  ),
  'probe/liveness-checks-dependency': code<{ path: string; checks: readonly string[] }>(
    'error',
    ({ path, checks }) =>
      `the liveness probe asks ${path}, which looks at ${quote(checks)}: one hiccup there would restart every instance`,
    () => 'Point liveness at an endpoint that looks at nothing but the process.',
  ),
  'probe/timeout': code<{ probe: string }>(
    'error',
    ({ probe }) => `the timeout of the ${probe} probe is not shorter than its period`,
  ),
  'probe/liveness-before-readiness': code<Record<never, never>>(
    'error',
    () =>
      'the liveness probe gives up before the readiness probe: an instance would be restarted before it is taken out of service',
    () => 'Give liveness a longer period or more failures than readiness.',
  ),
  'workload/requests-above-limits': code<Record<never, never>>(
    'error',
    () => 'the resource requests are above the limits; Kubernetes refuses that',
  ),
  'alert/duplicate': code<{ alert: string; severity: string }>(
    'error',
    ({ alert, severity }) =>
      `two alerts are called ${alert} at severity "${severity}"; they would be one to Alertmanager and share a runbook`,
    () => 'Give one of them another name (`alert: ...`).',
  ),
  ...EXPOSITION_CODES,
  ...ROUTING_CODES,
  'output/path': code<{ path: string; reason: string }>(
    'error',
    ({ path, reason }) => `the file ${JSON.stringify(path)} cannot be written: ${reason}`,
    () => 'File names come from the names in the definitions: choose another name.',
  ),
  'output/same-path': code<{ path: string; target: string; otherPath: string; otherTarget: string }>(
    'error',
    ({ path, target, otherPath, otherTarget }) =>
      path === otherPath
        ? `${path} would be written twice, by ${target} and by ${otherTarget}`
        : `${path} (by ${target}) and ${otherPath} (by ${otherTarget}) cannot stand side by side on every file system`,
    ({ path, otherPath }) =>
      path === otherPath
        ? 'Rename one of them.'
        : 'They differ only by case, or one is a folder and the other a file: rename one of them.',
  ),
  'output/text': code<{ path: string; pointer: string }>(
    'error',
    ({ path, pointer }) =>
      `the text at ${pointer === '' ? 'the top' : pointer} of ${path} holds half a character (a lone surrogate), which no file can hold`,
    () => 'It was probably cut in the middle of an emoji, or written as \\ud8xx: write the whole character.',
  ),
  'output/not-owned': code<{ path: string }>(
    'error',
    ({ path }) => `${path} is in the way: it was not generated`,
    () => 'Move it out of the output folder, or delete it, and run generate again.',
  ),
  'output/edited': code<{ path: string; conflict: boolean }>(
    'error',
    ({ path, conflict }) =>
      conflict ? `${path} holds the marks of a merge conflict` : `${path} was changed by hand after it was generated`,
    ({ path, conflict }) =>
      conflict
        ? `Take either side (git checkout --theirs -- ${path}) or delete it; generate makes it anew from the merged definitions.`
        : `Bring the change into the definition, then revert the file (git checkout -- ${path}) or delete it, and run generate.`,
  ),
  'output/blocked': code<{ path: string; found: string }>(
    'error',
    ({ path, found }) => `${path} is ${found}, where a generated file or folder has to be`,
    () => 'Move it out of the output folder, or delete it, and run generate again.',
  ),
  'output/read-only': code<{ path: string }>(
    'error',
    ({ path }) => `${path} has to change, but it is marked read-only`,
    ({ path }) => `Allow writing (chmod u+w ${path}), or delete it, and run generate again.`,
  ),
  'output/locked': code<{ out: string; pid: number; host: string; lock: string }>(
    'error',
    ({ out, pid, host }) => `another run is writing ${out}: process ${pid} on ${host}`,
    ({ lock }) => `Wait until it has ended. If there is no such run, delete ${lock}.`,
  ),
  'output/io': code<{ path: string; action: string; errno: string; partly: boolean }>(
    'error',
    ({ path, action, errno }) => `cannot ${action} ${path}: ${ERRNO[errno]?.[0] ?? errno}`,
    ({ errno, partly }) =>
      [
        ERRNO[errno]?.[1],
        partly ? 'Some files are new and some are old; the next generate finishes the job.' : 'No file was changed.',
      ]
        .filter((sentence) => sentence !== undefined)
        .join(' '),
  ),
  'output/manifest': code<{ path: string; problem: string }>(
    'warning',
    ({ path, problem }) => `${path}, the list of generated files, is not usable: ${problem}`,
    ({ path }) =>
      `Restore it (git checkout -- ${path}), or delete it: generate takes over the files that are as it would write them.`,
  ),
  'output/unfinished': code<{ out: string }>(
    'warning',
    ({ out }) => `a run that was writing ${out} was cut off`,
    () => 'Run generate again; it finishes the job.',
  ),
  'output/missing': code<{ path: string }>(
    'error',
    ({ path }) => `${path} is missing`,
    () => 'Run generate, and commit what it writes.',
  ),
  'output/stale': code<{ path: string }>(
    'error',
    ({ path }) => `${path} is not what the definitions say`,
    () => 'Run generate, and commit what it writes.',
  ),
  'output/orphaned': code<{ path: string }>(
    'error',
    ({ path }) => `${path} was generated once, and no definition asks for it any more`,
    () => 'Run generate; it deletes the file.',
  ),
  'output/foreign': code<{ path: string }>(
    'warning',
    ({ path }) => `${path} is not generated, yet it lies among the generated files, where a program may load it`,
    () => 'Move it out of the output folder, or delete it.',
  ),
  'validate/syntax': code<{ path: string; message: string }>(
    'error',
    ({ path, message }) => `${path} cannot be read back: ${message}`,
  ),
  'validate/schema': code<{ path: string; pointer: string; message: string; suggestions: readonly string[] }>(
    'error',
    ({ path, pointer, message }) => `${path}${pointer === '' ? '' : ` at ${pointer}`}: ${message}`,
    (data) => didYouMean(data),
  ),
  'validate/no-schema': code<{ path: string; what: string }>(
    'error',
    ({ path, what }) => `${path}: there is no schema for ${what}, so nobody checks it`,
  ),
  'validate/panel-id': code<{ path: string; id: number; titles: readonly [string, string] }>(
    'error',
    ({ path, id, titles }) => `${path}: ${quote(titles)} have the same id ${id}; links to one would open the other`,
  ),
  'validate/panel-outside': code<{ path: string; title: string; right: number }>(
    'error',
    ({ path, title, right }) => `${path}: the panel "${title}" reaches to column ${right} of 24`,
  ),
  'validate/panel-overlap': code<{ path: string; titles: readonly [string, string] }>(
    'error',
    ({ path, titles }) => `${path}: the panels ${quote(titles)} overlap`,
  ),
  'validate/datasource-variable': code<{
    path: string;
    pointer: string;
    variable: string;
    suggestions: readonly string[];
  }>(
    'error',
    ({ path, pointer, variable }) => `${path} at ${pointer}: there is no data source variable "${variable}"`,
    (data) => didYouMean(data),
  ),
  'validate/probe-handler': code<{ path: string; probe: string; handlers: readonly string[] }>(
    'error',
    ({ path, probe, handlers }) =>
      handlers.length === 0
        ? `${path}: ${probe} asks nothing`
        : `${path}: ${probe} has more than one handler: ${quote(handlers)}`,
    () => 'A probe has exactly one of exec, grpc, httpGet and tcpSocket.',
  ),
  'validate/probe-port': code<{
    path: string;
    probe: string;
    port: string | number;
    ports: readonly (string | number)[];
  }>(
    'error',
    ({ path, probe, port }) => `${path}: ${probe} asks port ${JSON.stringify(port)}, which the container does not open`,
    ({ ports }) => (ports.length > 0 ? `It opens ${ports.join(', ')}.` : 'It opens none.'),
  ),
  'validate/probe-timeout': code<{ path: string; probe: string; timeout: number; period: number }>(
    'error',
    ({ path, probe, timeout, period }) =>
      `${path}: ${probe} waits ${timeout} s for an answer and asks every ${period} s`,
    () => 'Let it wait less than its period.',
  ),
  'validate/probe-same': code<{ path: string; container: string; asked: string }>(
    'error',
    ({ path, container, asked }) =>
      `${path}: liveness and readiness of "${container}" both ask ${asked}: what makes it unready would restart it, too`,
    () => 'Let liveness ask whether the process lives, and readiness whether it can serve.',
  ),
  'validate/promtool': code<{ file: string; message: string }>(
    'error',
    ({ file, message }) => `promtool refuses ${file}: ${message}`,
  ),
  'validate/promtool-lint': code<{ message: string }>('warning', ({ message }) => `promtool warns: ${message}`),
  'validate/amtool': code<{ file: string; message: string }>(
    'error',
    ({ file, message }) => `amtool refuses ${file}: ${message}`,
  ),
  'validate/tool-missing': code<{ tool: string; what: string }>(
    'info',
    ({ tool, what }) => `${tool} was not found, so ${what} were not checked with it`,
    () => 'Install it (Debian: the packages prometheus and prometheus-alertmanager), or run the set-up script.',
  ),
  'validate/tool-failed': code<{ tool: string; problem: string }>(
    'error',
    ({ tool, problem }) => `${tool} could not be run: ${problem}`,
  ),
  'validate/promql': code<{ path: string; pointer: string; message: string }>(
    'error',
    ({ path, pointer, message }) => `${path} ${pointer}: Prometheus would refuse the query: ${message}`,
  ),
  'validate/reference': code<{ path: string; what: string; name: string; suggestions: readonly string[] }>(
    'error',
    ({ path, what, name }) => `${path} names the ${what} "${name}", which is not there`,
    didYouMean,
  ),
  'lint/file-syntax': code<{ message: string }>('error', ({ message }) => `the file does not parse: ${message}`),
  'lint/unknown-file': code<Record<never, never>>(
    'info',
    () => 'neither rules, nor a PrometheusRule, nor a dashboard, nor an Alertmanager configuration: not linted',
  ),
  'lint/promql': code<{ message: string }>('error', ({ message }) => `Prometheus would refuse the query: ${message}`),
} as const satisfies Record<string, CodeSpec<never>>;

/** The id of a kind of finding. */
export type Code = keyof typeof CODES;

/** The data a kind of finding carries. */
export type CodeData<C extends Code> = Parameters<(typeof CODES)[C]['message']>[0];

export { didYouMean, quote };
