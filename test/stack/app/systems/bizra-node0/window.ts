/** The newest samples of something that is measured again and again, with their quantiles. */
export interface SampleWindow {
  readonly add: (value: number) => void;
  /** All 0 while there is no sample. */
  readonly distribution: () => Distribution;
  /** Samples a second, over the last 10 seconds. */
  readonly rate: () => number;
}

export interface Distribution {
  readonly min: number;
  readonly max: number;
  readonly average: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

const RATE_OVER = 10_000;

/** Keeps the newest `size` samples. */
export const createWindow = (size = 1000): SampleWindow => {
  const values: number[] = [];
  const times: number[] = [];
  let next = 0;
  return {
    add(value) {
      values[next] = value;
      times[next] = Date.now();
      next = (next + 1) % size;
    },
    distribution() {
      if (values.length === 0) return { min: 0, max: 0, average: 0, p50: 0, p95: 0, p99: 0 };
      const sorted = [...values].sort((a, b) => a - b);
      const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
      return {
        min: at(1 / sorted.length),
        max: at(1),
        average: sorted.reduce((sum, value) => sum + value, 0) / sorted.length,
        p50: at(0.5),
        p95: at(0.95),
        p99: at(0.99),
      };
    },
    rate() {
      const now = Date.now();
      const recent = times.filter((time) => now - time < RATE_OVER);
      // A window that is full of younger samples says how many there are in the time that it spans.
      const span = recent.length === size ? Math.max(1, now - Math.min(...recent)) : RATE_OVER;
      return (recent.length / span) * 1000;
    },
  };
};

/** The share of what came true, of the last seconds. */
export interface RatioWindow {
  readonly add: (isTrue: boolean) => void;
  /** Undefined while nothing happened. */
  readonly ratio: () => number | undefined;
}

/** Counts second by second and forgets what is older than `seconds`. */
export const createRatioWindow = (seconds = 10): RatioWindow => {
  const counts = new Map<number, { all: number; yes: number }>();
  const second = (): number => Math.floor(Date.now() / 1000);
  return {
    add(isTrue) {
      const now = second();
      const count = counts.get(now) ?? { all: 0, yes: 0 };
      count.all += 1;
      if (isTrue) count.yes += 1;
      counts.set(now, count);
      for (const past of counts.keys()) if (past <= now - seconds) counts.delete(past);
    },
    ratio() {
      const oldest = second() - seconds;
      let [all, yes] = [0, 0];
      for (const [at, count] of counts) {
        if (at <= oldest) continue;
        all += count.all;
        yes += count.yes;
      }
      return all === 0 ? undefined : yes / all;
    },
  };
};
