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

/** How a process stands. */
export type Condition = 'ready' | 'not answering' | 'ended';

/** How a process stands: that it is gone is not the same as that it does not answer. */
export const conditionOf = async (process: RunningProcess): Promise<Condition> => {
  if (!isRunning(process)) return 'ended';
  return (await isHealthy(process.health)) ? 'ready' : 'not answering';
};
