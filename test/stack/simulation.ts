/**
 * Plays services by what they expose: every declared metric, at any time, from a description of how each series behaves.
 * The same description gives the text that a live scrape reads and the history that a database can be filled with.
 */
import type { Metric, Model } from '../../generators/model/model.ts';
import type { LabelValues } from '../../generators/promql/metrics.ts';
import { matchesText } from '../../generators/promql/re2.ts';

/** A value, or how it changes: a function of Unix time in seconds. */
export type Signal = number | ((seconds: number) => number);

/** What one series does. Values are in the unit of its metric. */
export type Behaviour = { readonly labels: Readonly<Record<string, string>> } & (
  | { readonly kind: 'gauge'; readonly value: Signal }
  | { readonly kind: 'counter'; readonly perSecond: Signal }
  /** Observations around a median, log-normal: one in twenty is above `exp(1.645 * spread)` times the median. */
  | { readonly kind: 'histogram'; readonly perSecond: Signal; readonly median: Signal; readonly spread: number }
);

/** What every series of every metric does, by job and metric. */
export type Play = Readonly<Record<string, Readonly<Record<string, readonly Behaviour[]>>>>;

type Labels = Readonly<Record<string, string>>;

export const gauge = (value: Signal, labels: Labels = {}): Behaviour => ({ kind: 'gauge', value, labels });
export const counter = (perSecond: Signal, labels: Labels = {}): Behaviour => ({ kind: 'counter', perSecond, labels });
export const histogram = (perSecond: Signal, median: Signal, labels: Labels = {}, spread = 0.5): Behaviour => ({
  kind: 'histogram',
  perSecond,
  median,
  spread,
  labels,
});

/** Swings around a value by a share of it, in an hour and in a few minutes, so that charts are not flat. */
export const around =
  (value: number, share: number): Signal =>
  (seconds) =>
    value * (1 + share * (0.7 * Math.sin(seconds / 573) + 0.3 * Math.sin(seconds / 61)));

/** One sample: the name of the series, its labels, its value. */
export interface Sample {
  readonly name: string;
  readonly labels: Labels;
  readonly value: number;
}

/** Services that are played. */
export interface Simulation {
  /** Lets time pass until then (Unix time in seconds); counters grow by what happens on the way. Never goes back. */
  readonly advanceTo: (seconds: number) => void;
  /** Changes what the series of a metric do; counters go on from where they are. */
  readonly change: (job: string, metric: string, behaviours: readonly Behaviour[]) => void;
  /** The samples of a job, without the labels a scrape adds. */
  readonly samples: (job: string) => readonly Sample[];
  /** What a scrape of a job reads (https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format). */
  readonly expose: (job: string) => string;
}

/**
 * Starts at a time. Throws when a declared metric has no behaviour, when a behaviour is for a metric that is not declared,
 * or when its kind or its labels are not the declared ones.
 */
export const createSimulation = (model: Pick<Model, 'systems'>, play: Play, start: number): Simulation => {
  const metrics = model.systems.flatMap((system) => system.metrics);
  const behaviours = new Map<Metric, readonly Behaviour[]>();
  /** How much a counter, or one bucket of a histogram, has counted. */
  const counted = new Map<string, number>();
  let now = start;

  const change: Simulation['change'] = (job, name, list) => {
    const metric = metrics.find((one) => one.job === job && one.name === name);
    if (metric === undefined) throw new Error(`job ${job} declares no metric ${name}`);
    for (const behaviour of list) checkBehaviour(metric, behaviour);
    behaviours.set(metric, list);
  };
  for (const [job, list] of Object.entries(play))
    for (const name of Object.keys(list)) change(job, name, list[name] ?? []);
  for (const metric of metrics) {
    if (!behaviours.has(metric)) throw new Error(`the play says nothing about ${metric.name} of job ${metric.job}`);
  }

  const valueOf = (signal: Signal): number => (typeof signal === 'number' ? signal : signal(now));
  const add = (name: string, labels: Labels, amount: number): void => {
    const key = seriesText(name, labels);
    counted.set(key, (counted.get(key) ?? 0) + amount);
  };

  const sampleOf = (metric: Metric, behaviour: Behaviour): readonly Sample[] => {
    const { name } = metric;
    const { labels } = behaviour;
    const total = (series: string, all: Labels = labels): number =>
      counted.get(seriesText(`${metric.job}/${series}`, all)) ?? 0;
    switch (behaviour.kind) {
      case 'gauge':
        return [{ name, labels, value: valueOf(behaviour.value) }];
      case 'counter':
        return [{ name, labels, value: Math.floor(total(name)) }];
      case 'histogram': {
        const buckets = [...boundsOf(metric), '+Inf'].map((le) => {
          const all = { ...labels, le };
          return { name: `${name}_bucket`, labels: all, value: Math.floor(total(`${name}_bucket`, all)) };
        });
        const count = buckets.at(-1)?.value ?? 0;
        return [
          ...buckets,
          { name: `${name}_sum`, labels, value: total(`${name}_sum`) },
          { name: `${name}_count`, labels, value: count },
        ];
      }
    }
  };

  const ofJob = (job: string): readonly Metric[] => metrics.filter((metric) => metric.job === job);
  const samplesOf = (metric: Metric): readonly Sample[] =>
    (behaviours.get(metric) ?? []).flatMap((behaviour) => sampleOf(metric, behaviour));

  return {
    change,
    advanceTo(seconds) {
      const passed = Math.max(0, seconds - now);
      now += passed;
      for (const [metric, list] of behaviours) {
        const name = `${metric.job}/${metric.name}`;
        for (const behaviour of list) {
          const { labels } = behaviour;
          if (behaviour.kind === 'counter') add(name, labels, valueOf(behaviour.perSecond) * passed);
          if (behaviour.kind !== 'histogram') continue;
          const observations = valueOf(behaviour.perSecond) * passed;
          const median = valueOf(behaviour.median);
          const below = (bound: number): number => normalShare(Math.log(bound / median) / behaviour.spread);
          for (const le of boundsOf(metric)) add(`${name}_bucket`, { ...labels, le }, observations * below(Number(le)));
          add(`${name}_bucket`, { ...labels, le: '+Inf' }, observations);
          add(`${name}_sum`, labels, observations * median * Math.exp(behaviour.spread ** 2 / 2));
        }
      }
    },
    samples: (job) => ofJob(job).flatMap(samplesOf),
    expose: (job) =>
      ofJob(job)
        .flatMap((metric) => [
          `# HELP ${metric.name} ${metric.help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`,
          `# TYPE ${metric.name} ${metric.kind}`,
          ...samplesOf(metric).map(({ name, labels, value }) => `${seriesText(name, labels)} ${value}`),
        ])
        .map((line) => `${line}\n`)
        .join(''),
  };
};

const boundsOf = ({ buckets = [] }: Metric): readonly string[] => buckets.map(String);

const checkBehaviour = ({ name, kind, labels: declared }: Metric, { kind: played, labels }: Behaviour): void => {
  if (kind !== played) throw new Error(`${name} is a ${kind}, but is played as a ${played}`);
  const names = (record: object): string => Object.keys(record).toSorted().join(', ');
  if (names(labels) !== names(declared))
    throw new Error(`${name} has the labels {${names(declared)}}, but is played with {${names(labels)}}`);
  for (const [label, value] of Object.entries(labels)) {
    if (!isAllowed(declared[label], value)) throw new Error(`${name} cannot have ${label}="${value}"`);
  }
};

const isAllowed = (declared: LabelValues | undefined, value: string): boolean => {
  if (declared?.kind === 'oneOf') return declared.values.includes(value);
  return declared?.kind === 'pattern' ? matchesText(declared.pattern, value) === true : true;
};

/** A series as the text formats write it. */
export const seriesText = (name: string, labels: Labels): string => {
  const escape = (value: string): string =>
    value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${escape(value)}"`);
  return pairs.length === 0 ? name : `${name}{${pairs.join(',')}}`;
};

/**
 * The share of a standard normal distribution below z; the error is under 1e-7
 * (Abramowitz and Stegun, Handbook of Mathematical Functions, 26.2.17).
 */
const normalShare = (z: number): number => {
  const t = 1 / (1 + 0.231_641_9 * Math.abs(z));
  const tail =
    (Math.exp(-(z ** 2) / 2) / Math.sqrt(2 * Math.PI)) *
    t *
    (0.319_381_53 + t * (-0.356_563_782 + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
  return z > 0 ? 1 - tail : tail;
};

/**
 * The history of some scrapes in the OpenMetrics text that `promtool tsdb create-blocks-from openmetrics` reads: at each
 * time what every target answers, and that it was up. Moves the simulation to the last of the times.
 */
export const historyText = (
  simulation: Simulation,
  targets: readonly { readonly job: string; readonly instance: string }[],
  times: readonly number[],
): string => {
  const lines: string[] = [];
  for (const time of times) {
    simulation.advanceTo(time);
    for (const target of targets) {
      const up: Sample = { name: 'up', labels: {}, value: 1 };
      for (const { name, labels, value } of [up, ...simulation.samples(target.job)]) {
        lines.push(`${seriesText(name, { ...labels, ...target })} ${value} ${time.toFixed(3)}\n`);
      }
    }
  }
  return `${lines.join('')}# EOF\n`;
};
