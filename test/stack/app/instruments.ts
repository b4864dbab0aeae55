import type { Registry } from 'prom-client';
import { Counter, Gauge, Histogram } from 'prom-client';

/** Makes the instruments of one registry, with less to write than prom-client asks for. */
export interface Instruments {
  readonly counter: <Label extends string = never>(
    name: string,
    help: string,
    labels?: readonly Label[],
  ) => Counter<Label>;
  /** `collect` is called before each scrape. */
  readonly gauge: <Label extends string = never>(
    name: string,
    help: string,
    labels?: readonly Label[],
    collect?: () => void,
  ) => Gauge<Label>;
  /** In seconds, with the upper bounds of its buckets. */
  readonly histogram: <Label extends string = never>(
    name: string,
    help: string,
    buckets: readonly number[],
    labels?: readonly Label[],
  ) => Histogram<Label>;
  /** A gauge that is read at each scrape. */
  readonly level: (name: string, help: string, read: () => number) => void;
  /** A gauge with one label of known values, each of which is read at each scrape. */
  readonly levels: <Value extends string>(
    name: string,
    help: string,
    label: string,
    values: readonly Value[],
    read: (value: Value) => number,
  ) => void;
  /** A counter that somebody else keeps, read at each scrape. */
  readonly total: (name: string, help: string, read: () => number) => void;
  /** The same with one label of known values. */
  readonly totals: <Value extends string>(
    name: string,
    help: string,
    label: string,
    values: readonly Value[],
    read: () => Readonly<Record<Value, number>>,
  ) => void;
}

export const instrumentsOf = (registry: Registry): Instruments => {
  const registers = [registry];
  return {
    counter: (name, help, labels = []) => new Counter({ name, help, labelNames: [...labels], registers }),
    gauge: (name, help, labels = [], collect) =>
      new Gauge({ name, help, labelNames: [...labels], registers, ...(collect ? { collect } : {}) }),
    histogram: (name, help, buckets, labels = []) =>
      new Histogram({ name, help, buckets: [...buckets], labelNames: [...labels], registers }),
    level(name, help, read) {
      const gauge: Gauge = new Gauge({ name, help, registers, collect: () => gauge.set(read()) });
    },
    levels(name, help, label, values, read) {
      const collect = (): void => values.forEach((value) => gauge.set({ [label]: value }, read(value)));
      const gauge: Gauge = new Gauge({ name, help, labelNames: [label], registers, collect });
    },
    totals(name, help, label, values, read) {
      const collect = (): void => {
        const totals = read();
        counter.reset();
        values.forEach((value) => counter.inc({ [label]: value }, totals[value]));
      };
      const counter: Counter = new Counter({ name, help, labelNames: [label], registers, collect });
    },
    total(name, help, read) {
      const collect = (): void => {
        counter.reset();
        counter.inc(read());
      };
      const counter: Counter = new Counter({ name, help, registers, collect });
    },
  };
};
