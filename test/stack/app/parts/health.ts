import type { FastifyInstance } from 'fastify';
import { stopwatch, within } from '../time.ts';

export type HealthStatus = 'healthy' | 'degraded' | 'unhealthy';

export interface HealthCheck {
  readonly name: string;
  /** Resolves when all is well, may say that it is only degraded, rejects when it is not. */
  readonly run: () => Promise<CheckAnswer | void> | CheckAnswer | void;
  /** Slower than this many milliseconds is degraded. */
  readonly degradedOverMs?: number;
  /** No answer within this is unhealthy, 2000 by default. */
  readonly timeoutMs?: number;
  /** When the service can do without it, its failure only degrades the whole. */
  readonly isOptional?: boolean;
}

export interface CheckAnswer {
  readonly status?: HealthStatus;
  readonly detail?: Readonly<Record<string, unknown>>;
}

export interface CheckResult extends CheckAnswer {
  readonly status: HealthStatus;
  readonly latencyMs: number;
  readonly error?: string;
}

export interface HealthReport {
  readonly status: HealthStatus;
  readonly timestamp: string;
  readonly uptimeSeconds: number;
  readonly checks: Readonly<Record<string, CheckResult>>;
}

export interface Health {
  /** Runs the named checks, or all of them, side by side; never rejects. */
  readonly report: (names?: readonly string[]) => Promise<HealthReport>;
}

export interface HealthEndpoint {
  readonly checks: 'all' | readonly string[];
  /** The status code of a degraded answer: 200 for probes that would take the instance away, 503 for monitors. */
  readonly degradedIs?: 200 | 503;
  /** Adds to the body of the answer. */
  readonly body?: () => Readonly<Record<string, unknown>>;
}

const RANK: Readonly<Record<HealthStatus, number>> = { healthy: 0, degraded: 1, unhealthy: 2 };
const worst = (statuses: readonly HealthStatus[]): HealthStatus =>
  statuses.reduce<HealthStatus>((a, b) => (RANK[b] > RANK[a] ? b : a), 'healthy');

const runCheck = async ({ run, degradedOverMs, timeoutMs = 2000 }: HealthCheck): Promise<CheckResult> => {
  const seconds = stopwatch();
  const latency = () => Math.round(seconds() * 1_000_000) / 1000;
  try {
    const late = () => new Error(`no answer within ${timeoutMs} ms`);
    const answer = await within(timeoutMs, Promise.resolve().then(run), late);
    const latencyMs = latency();
    const isSlow = degradedOverMs !== undefined && latencyMs > degradedOverMs;
    return {
      status: worst([answer?.status ?? 'healthy', isSlow ? 'degraded' : 'healthy']),
      latencyMs,
      ...(answer?.detail ? { detail: answer.detail } : {}),
    };
  } catch (error) {
    return { status: 'unhealthy', latencyMs: latency(), error: error instanceof Error ? error.message : 'failed' };
  }
};

/** @throws when two checks have one name. */
export const createHealth = (checks: readonly HealthCheck[]): Health => {
  const names = new Set(checks.map(({ name }) => name));
  if (names.size < checks.length) throw new Error('two health checks have the same name');
  return {
    report: async (wanted) => {
      const chosen = checks.filter(({ name }) => wanted?.includes(name) ?? true);
      const results = await Promise.all(chosen.map(async (check) => ({ check, result: await runCheck(check) })));
      const status = worst(
        results.map(({ check, result }) =>
          check.isOptional && result.status === 'unhealthy' ? 'degraded' : result.status,
        ),
      );
      return {
        status,
        timestamp: new Date().toISOString(),
        uptimeSeconds: Math.round(process.uptime()),
        checks: Object.fromEntries(results.map(({ check, result }) => [check.name, result])),
      };
    },
  };
};

/** Health endpoints by path: 200 or 503, `no-store`, the report as the body. */
export const addHealthRoutes = (
  server: FastifyInstance,
  health: Health,
  endpoints: Readonly<Record<string, HealthEndpoint>>,
): void => {
  for (const [path, { checks, degradedIs = 200, body }] of Object.entries(endpoints))
    server.get(path, async (_request, reply) => {
      const report = await health.report(checks === 'all' ? undefined : checks);
      const status = report.status === 'healthy' ? 200 : report.status === 'degraded' ? degradedIs : 503;
      return reply
        .code(status)
        .header('cache-control', 'no-store')
        .send({ ...report, ...body?.() });
    });
};
