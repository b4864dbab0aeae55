import type { Health, RunningProcess } from './state.ts';
import { isRunning } from './processes.ts';
import { accepts } from './ports.ts';

const isSuccess = (status: number): boolean => status >= 200 && status < 300;

/** Whether a process is there for who asks, and what it says by HTTP is what is wanted. */
const responds = async (health: Health, isWanted: (status: number) => boolean): Promise<boolean> => {
  switch (health.kind) {
    case 'running':
      return true;
    case 'tcp':
      return accepts(health.port);
    case 'http':
      try {
        const response = await fetch(health.url, { signal: AbortSignal.timeout(3000) });
        await response.arrayBuffer();
        return isWanted(response.status);
      } catch {
        return false;
      }
  }
};

/** Whether a process does its work. */
export const isHealthy = (health: Health): Promise<boolean> => responds(health, isSuccess);

/** Whether a process answers at all, be it that it is not ready: what somebody broke on purpose is not to be mended. */
export const answers = (health: Health): Promise<boolean> => responds(health, () => true);

/** How a process stands. */
export type Condition = 'ready' | 'not answering' | 'ended';

/** How a process stands: that it is gone is not the same as that it does not answer. */
export const conditionOf = async (process: RunningProcess): Promise<Condition> => {
  if (!isRunning(process)) return 'ended';
  return (await isHealthy(process.health)) ? 'ready' : 'not answering';
};
