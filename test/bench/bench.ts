/** One figure of a benchmark. */
export interface Measurement {
  readonly name: string;
  readonly value: number;
  readonly unit: 'ms' | 'µs' | 'MB' | '1/s' | '×' | '%';
  /** What it may be at most (for 1/s: at least); a benchmark beyond it fails. */
  readonly limit?: number;
}

/** What a `*.bench.ts` exports as `bench`. */
export type Bench = () => Promise<readonly Measurement[]>;

/** The median time of `runs` calls in milliseconds, after `warmUp` calls that do not count. */
export const medianTime = async (
  call: () => unknown,
  { runs = 10, warmUp = 2 }: { readonly runs?: number; readonly warmUp?: number } = {},
): Promise<number> => {
  const times: number[] = [];
  for (let i = -warmUp; i < runs; i += 1) {
    const started = performance.now();
    await call();
    if (i >= 0) times.push(performance.now() - started);
  }
  return times.toSorted((a, b) => a - b)[Math.floor(runs / 2)] ?? 0;
};
