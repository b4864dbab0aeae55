/** How many requests a system answers when it is never left alone: a closed loop, with autocannon as the engine. */
import autocannon from 'autocannon';
import type { RequestPlan } from './driver.ts';

export interface Capacity {
  readonly requestsPerSecond: number;
  readonly statuses: Readonly<Record<string, number>>;
  /** Requests without an answer. */
  readonly failures: number;
}

/**
 * Every connection sends its next request as soon as the last one is answered. Its latencies are left out: each connection waits
 * for the server, so they hide every request that could not be sent meanwhile.
 */
export const measureCapacity = async (
  plans: readonly RequestPlan[],
  { seconds, connections }: { readonly seconds: number; readonly connections: number },
): Promise<Capacity> => {
  const origins = [...new Set(plans.map(({ url }) => url.origin))];
  const [origin] = origins;
  if (origin === undefined || origins.length > 1) throw new RangeError('a closed loop goes to one address only');
  const result = await autocannon({
    url: origin,
    duration: seconds,
    connections,
    timeout: 10,
    requests: plans.map(({ url, method, body, headers }) => ({
      method,
      path: `${url.pathname}${url.search}`,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })),
  });
  const statuses = Object.entries(result.statusCodeStats ?? {}).map(
    ([status, stats]) => [status, Number(stats.count)] as const,
  );
  return {
    requestsPerSecond: result.requests.average,
    statuses: Object.fromEntries(statuses),
    failures: result.errors,
  };
};
