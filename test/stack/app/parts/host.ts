import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** Seconds since the process started, by what the processors that it may use spent them on. */
export interface CpuTimes {
  readonly user: number;
  readonly system: number;
  readonly idle: number;
}

/** The processors that the container may use: its quota, or what the system has. */
const processorsOf = (): number => {
  try {
    const [quota = '', period = ''] = readFileSync('/sys/fs/cgroup/cpu.max', 'utf8').trim().split(' ');
    const share = Number(quota) / Number(period);
    return share > 0 && Number.isFinite(share) ? Math.min(share, availableParallelism()) : availableParallelism();
  } catch {
    // No control group of version 2: the container, if there is one, has no quota that can be read.
    return availableParallelism();
  }
};

/**
 * What a container's own accounting says: the time of all threads of this process, and the rest of the time as idle. The
 * neighbours on the machine are no part of it.
 */
export const createCpuClock = (processors: number = processorsOf()): (() => CpuTimes) => {
  let idle = 0;
  let last = 0;
  return () => {
    const { user, system } = process.cpuUsage();
    const rest = process.uptime() * processors - (user + system) / 1e6;
    // Short bursts can use more than the quota: nothing is idle then, and what was used is not owed afterwards.
    idle += Math.max(0, rest - last);
    last = rest;
    return { user: user / 1e6, system: system / 1e6, idle };
  };
};
