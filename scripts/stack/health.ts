import type { Health, RunningProcess } from './state.ts';
import { isRunning } from './processes.ts';
import { accepts } from './ports.ts';

/** Whether a process does its work. */
export const isHealthy = async (health: Health): Promise<boolean> => {
  switch (health.kind) {
    case 'running':
      return true;
    case 'tcp':
      return accepts(health.port);
    case 'http':
      try {
        const response = await fetch(health.url, { signal: AbortSignal.timeout(3000) });
        await response.arrayBuffer();
        return response.ok;
      } catch {
        return false;
      }
  }
};

/** Whether a process answers at all, be it that it is not ready: what somebody broke on purpose is not to be mended. */
export const answers = async (health: Health): Promise<boolean> =>
  health.kind === 'http'
    ? fetch(health.url, { signal: AbortSignal.timeout(3000) }).then(
        async (response) => response.arrayBuffer().then(() => true),
        () => false,
      )
    : isHealthy(health);

/** How a process stands. */
export type Condition = 'ready' | 'not answering' | 'ended';

/** How a process stands: that it is gone is not the same as that it does not answer. */
export const conditionOf = async (process: RunningProcess): Promise<Condition> => {
  if (!isRunning(process)) return 'ended';
  return (await isHealthy(process.health)) ? 'ready' : 'not answering';
};
