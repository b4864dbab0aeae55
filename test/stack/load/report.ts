/** What a load was like for those who sent it. */
import { createHistogram } from 'node:perf_hooks';

/** How a request ended that got no answer. */
export type FailureKind = 'refused' | 'reset' | 'timeout' | 'not-sent' | 'other';

/** Times from the moment a request was due to the end of its answer, in milliseconds. */
export interface Latency {
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** What was counted for some requests. */
export interface Tally {
  /** Requests that were due. */
  readonly requests: number;
  /** Requests that ended as they should. */
  readonly ok: number;
  /** Answers with a status that was not expected, and requests without an answer. */
  readonly errors: number;
  /** Answers by status, expected ones too. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Requests without an answer, by how they ended. */
  readonly failures: Readonly<Partial<Record<FailureKind, number>>>;
  /** Of every request that was sent, failed ones too; a request without an answer counts as long as it was waited for. */
  readonly latency: Latency;
}

/** A load that has ended. */
export interface LoadReport extends Tally {
  readonly system: string;
  readonly scenario: string;
  /** From the first request that was due to the end of the last answer. */
  readonly seconds: number;
  /** Requests that were answered, by second, from the first that was due to the end of the last answer. */
  readonly requestsPerSecond: number;
  /** Requests that were due, by second, over the time in which they were. */
  readonly intendedPerSecond: number;
  /** The longest time after which a due request left; large values say that this machine was too busy to keep the plan. */
  readonly maxDelay: number;
  readonly byRequest: Readonly<Record<string, Tally>>;
}

export interface Recorder {
  answered(status: number, expected: boolean, latency: number): void;
  failed(kind: FailureKind, latency: number): void;
  tally(): Tally;
}

/** Microseconds, up to an hour: node's own HDR histogram counts in whole numbers. */
const MOST = 3_600_000_000;

export const createRecorder = (): Recorder => {
  const times = createHistogram({ lowest: 1, highest: MOST, figures: 3 });
  const statuses: Record<string, number> = {};
  const failures: Partial<Record<FailureKind, number>> = {};
  let requests = 0;
  let errors = 0;
  const record = (latency: number): void => times.record(Math.min(MOST, Math.max(1, Math.round(latency * 1000))));
  const at = (percentile: number): number => (times.count === 0 ? 0 : times.percentile(percentile) / 1000);
  return {
    answered: (status, expected, latency) => {
      requests += 1;
      if (!expected) errors += 1;
      statuses[status] = (statuses[status] ?? 0) + 1;
      record(latency);
    },
    failed: (kind, latency) => {
      requests += 1;
      errors += 1;
      failures[kind] = (failures[kind] ?? 0) + 1;
      if (kind !== 'not-sent') record(latency);
    },
    tally: () => ({
      requests,
      ok: requests - errors,
      errors,
      statuses: { ...statuses },
      failures: { ...failures },
      latency: {
        mean: times.count === 0 ? 0 : times.mean / 1000,
        p50: at(50),
        p90: at(90),
        p95: at(95),
        p99: at(99),
        max: times.count === 0 ? 0 : times.max / 1000,
      },
    }),
  };
};

const number = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);

const counts = (of: Readonly<Record<string, number | undefined>>): string =>
  Object.entries(of)
    .map(([name, count]) => `${name}: ${count}`)
    .join(', ') || 'none';

/** The report as a table for people. */
export const renderReport = (report: LoadReport): string => {
  const rows = [
    ['request', 'count', 'errors', 'p50', 'p90', 'p95', 'p99', 'max'],
    ...[...Object.entries(report.byRequest), ['all', report] as const].map(([name, tally]) => [
      name,
      String(tally.requests),
      String(tally.errors),
      ...[tally.latency.p50, tally.latency.p90, tally.latency.p95, tally.latency.p99, tally.latency.max].map(number),
    ]),
  ];
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const table = rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  '),
  );
  return [
    `${report.system}, ${report.scenario}: ${report.requests} requests in ${number(report.seconds)} s, ` +
      `${number(report.requestsPerSecond)} answered a second (${number(report.intendedPerSecond)} were due), ${report.errors} errors`,
    `statuses: ${counts(report.statuses)}; without an answer: ${counts(report.failures)}`,
    `latency in ms, from the moment each request was due (the latest left ${number(report.maxDelay)} ms after it):`,
    ...table.map((line) => `  ${line}`),
    '',
  ].join('\n');
};
