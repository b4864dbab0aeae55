import type { Milliseconds } from '../../model/model.ts';

/** An interval as Grafana reads it, in one unit only: 90s, not 1m30s. */
export const intervalText = (interval: Milliseconds): string =>
  interval % 1000 === 0 ? `${interval / 1000}s` : `${interval}ms`;
