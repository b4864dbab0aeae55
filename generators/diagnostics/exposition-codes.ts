/**
 * Findings of `verify --metrics` and `regress`: where a service and its definition disagree. Each has a page in
 * docs/findings/exposition and docs/findings/regress.
 */
import { code, didYouMean, quote } from './code-spec.ts';

const numbers = (values: readonly number[]): string => (values.length === 0 ? 'none' : values.join(', '));

/** Whether one list is the other one times a thousand: seconds that were written as milliseconds. */
const isThousandfold = (declared: readonly number[], exposed: readonly number[]): boolean =>
  declared.length > 0 &&
  declared.length === exposed.length &&
  declared.every((value, index) => Math.abs((exposed[index] ?? 0) / 1000 - value) <= Math.abs(value) * 1e-9);

export const EXPOSITION_CODES = {
  'exposition/unreachable': code<{ source: string; problem: string }>(
    'error',
    ({ source, problem }) => `${source} cannot be scraped: ${problem}`,
    () => 'Look whether the service runs and listens at that address, and answers within the timeout of its job.',
  ),
  'exposition/syntax': code<{ message: string }>(
    'error',
    ({ message }) => `Prometheus would refuse the exposition: ${message}`,
    () => 'One line that cannot be read costs the whole scrape. Let a client library write the text.',
  ),
  'exposition/duplicate': code<{ series: string }>(
    'error',
    ({ series }) => `the series ${series} is there twice`,
    () =>
      'Prometheus keeps one of the two values and drops the other: give them a label that tells them apart, or add them up.',
  ),
  'exposition/histogram': code<{ name: string; problem: string }>(
    'error',
    ({ name, problem }) => `the histogram ${name} is broken: ${problem}`,
    () => 'Quantiles of it are wrong. Let a client library count the buckets.',
  ),
  'exposition/timestamp': code<{ name: string; samples: number }>(
    'warning',
    ({ name, samples }) =>
      `${samples === 1 ? 'a sample' : `${samples} samples`} of ${name} ${samples === 1 ? 'carries' : 'carry'} a timestamp`,
    () =>
      'Leave the timestamp out: with it, a value that is no longer there stays for five minutes, and one that is late is dropped.',
  ),
  'exposition/milliseconds': code<{ name: string; reason: string }>(
    'warning',
    ({ name, reason }) => `${name} looks like milliseconds: ${reason}`,
    () => 'Expose seconds, in a metric whose name ends in _seconds: rules and panels expect base units.',
  ),
  'exposition/cardinality': code<{ name: string; series: number; limit: number; label: string; values: number }>(
    'warning',
    ({ name, series, limit, label, values }) =>
      `${name} has ${series} series, more than ${limit}: the label "${label}" alone has ${values} values`,
    ({ label }) =>
      `Every one of them costs memory in Prometheus. Expose a bounded value instead (a route, not a path; a class, not an id), or drop "${label}".`,
  ),
  'exposition/metric-missing': code<{ name: string; job: string; suggestions: readonly string[] }>(
    'error',
    ({ name, job }) => `the job ${job} does not expose ${name}, which the definition declares`,
    (data) => didYouMean(data) ?? 'Expose it, or take it out of the definition with what reads it.',
  ),
  'exposition/metric-undeclared': code<{ name: string; job: string; suggestions: readonly string[] }>(
    'warning',
    ({ name, job }) => `the job ${job} exposes ${name}, which the definition does not declare`,
    (data) =>
      didYouMean(data) ??
      'Declare it (`metrics: [defineMetrics(...)]`) if anything is to read it; otherwise it costs and serves nobody.',
  ),
  'exposition/kind': code<{ name: string; declared: string; exposed: string }>(
    'error',
    ({ name, declared, exposed }) =>
      `${name} is declared as a ${declared}, and exposed as ${exposed === 'untyped' ? 'untyped' : `a ${exposed}`}`,
    ({ declared }) => `Queries treat it as a ${declared}: expose it as one, or correct the declaration.`,
  ),
  'exposition/summary': code<{ name: string }>(
    'error',
    ({ name }) => `${name} is declared as a histogram, and exposed as a summary`,
    () =>
      'Quantiles that the service computes cannot be aggregated over instances, and no objective can be counted on them. Expose a histogram with the declared buckets.',
  ),
  'exposition/labels': code<{ name: string; missing: readonly string[]; extra: readonly string[] }>(
    'error',
    ({ name, missing, extra }) =>
      `${name} has not the declared labels: ${[
        ...(missing.length > 0 ? [`${quote(missing)} ${missing.length === 1 ? 'is' : 'are'} missing`] : []),
        ...(extra.length > 0 ? [`${quote(extra)} ${extra.length === 1 ? 'is' : 'are'} not declared`] : []),
      ].join(', ')}`,
    ({ missing }) =>
      missing.length > 0
        ? 'A query that selects or groups by a missing label finds nothing or one lump. Set it on every sample.'
        : 'Declare the label, or leave it out: a label that no query knows multiplies series.',
  ),
  'exposition/target-label': code<{ name: string; label: string }>(
    'error',
    ({ name, label }) => `${name} sets the label "${label}", which Prometheus sets itself`,
    ({ label }) => `Leave it out: Prometheus would store it as exported_${label}.`,
  ),
  'exposition/label-value': code<{ name: string; label: string; value: string; suggestions: readonly string[] }>(
    'error',
    ({ name, label, value }) =>
      `${name} has the value "${value}" in its label "${label}", which the definition does not allow`,
    (data) =>
      didYouMean(data) ??
      'Add it to the values of the label, or let the service send a declared one: queries for the declared values miss it.',
  ),
  'exposition/buckets': code<{ name: string; declared: readonly number[]; exposed: readonly number[] }>(
    'error',
    ({ name, declared, exposed }) =>
      `the buckets of ${name} differ: declared are ${numbers(declared)}, exposed are ${numbers(exposed)}`,
    ({ declared, exposed }) =>
      isThousandfold(declared, exposed)
        ? 'They are the declared ones in milliseconds: expose seconds.'
        : 'A level between two buckets is only guessed at: use the declared buckets, or declare those that are there.',
  ),
  'exposition/quantiles': code<{ name: string; declared: readonly number[]; exposed: readonly number[] }>(
    'error',
    ({ name, declared, exposed }) =>
      `the quantiles of ${name} differ: declared are ${numbers(declared)}, exposed are ${numbers(exposed)}`,
    () => 'Let both name the same quantiles.',
  ),
  'exposition/unit': code<{ name: string; declared: string; exposed: string; where: 'name' | 'unit-line' }>(
    'error',
    ({ name, declared, exposed, where }) =>
      `${name} is declared in ${declared}, and ${where === 'name' ? 'its name says' : 'its UNIT line says'} ${exposed}`,
    ({ declared }) => `Levels are converted to ${declared}: let name, values and declaration agree, in base units.`,
  ),
  'exposition/value': code<{ name: string; value: number; problem: string }>(
    'error',
    ({ name, value, problem }) => `${name} has the value ${value}, and ${problem}`,
    () => 'Look at the unit (percent for a ratio, kilobytes for bytes) and at how it is computed.',
  ),
  'exposition/help': code<{ name: string; declared: string; exposed: string }>(
    'info',
    ({ name, exposed }) => `the HELP text of ${name} is another one than the declared one: "${exposed}"`,
  ),
  'exposition/no-series': code<{ name: string }>(
    'warning',
    ({ name }) => `${name} has no series yet, although every value of its labels is known`,
    () => 'Set it to 0 at the start: rate() does not see the first increase of a series that was not there before.',
  ),
  'regress/limit': code<{ name: string; measured: string; limit: string; alert: string }>(
    'error',
    ({ name, measured, limit, alert }) => `${name} was ${measured} in this run; ${alert} fires ${limit}`,
    () =>
      'Find what became slow before it is shipped: the alert would come. If the level is wrong, correct it in the definition.',
  ),
  'regress/slower': code<{ name: string; measured: string; median: string; bound: string; runs: number }>(
    'error',
    ({ name, measured, median, bound, runs }) =>
      `${name} was ${measured} in this run, and ${median} in ${runs === 1 ? 'the recorded one' : `the ${runs} recorded ones`}; a regression begins at ${bound}`,
    () => 'Run it again on a quiet machine. If the change is meant, record it with --update and say why in the commit.',
  ),
  'regress/no-data': code<{ name: string }>(
    'error',
    ({ name }) => `${name} could not be measured: nothing of it happened in the run`,
    () => 'Measure under load, for long enough; look with `verify --metrics` whether the metric is exposed at all.',
  ),
  'regress/unrecorded': code<{ name: string }>(
    'warning',
    ({ name }) => `no run of ${name} is recorded, so it was compared with its level only`,
    () => 'Record one with --update; five to ten tell its noise.',
  ),
  'regress/stale': code<{ id: string }>(
    'warning',
    ({ id }) => `the baseline has runs of ${id}, which is no threshold that a run can tell`,
    () => 'It was renamed or taken out: --update takes it out of the file.',
  ),
  'regress/faster': code<{ name: string; measured: string; median: string }>(
    'info',
    ({ name, measured, median }) => `${name} was ${measured} in this run, less than half of the recorded ${median}`,
    () => 'Record it with --update, so that a fall back to the old value is noticed.',
  ),
} as const;
