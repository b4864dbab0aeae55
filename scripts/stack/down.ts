/** Ends all processes of a stack, also those that its record does not know. */
import type { ProcessId } from './processes.ts';
import { endProcesses, findMarked, isRunning } from './processes.ts';
import type { StackFolder } from './state.ts';

/** What `down` did. */
export interface Down {
  /** The names of those that ran and were ended. */
  readonly ended: readonly string[];
  /** How many of them had to be killed. */
  readonly killed: number;
  /** Processes that nothing was written about: what a crash left behind, or children that went their own way. */
  readonly strays: readonly number[];
  /** Those that could not be ended. */
  readonly left: readonly number[];
}

/** Ends the stack of a folder. */
export const takeDown = async (folder: StackFolder): Promise<Down> => {
  const known = folder.read().processes.filter(isRunning);
  // What uses others first: the load, then the apps, then what they keep their data in.
  const databases = new Set(['postgres', 'redis']);
  const [users, servers] = [
    known.filter(({ name }) => !databases.has(name)),
    known.filter(({ name }) => databases.has(name)),
  ];
  const first = await endProcesses(users);
  const second = await endProcesses(servers);
  const strays: ProcessId[] = [];
  const left: ProcessId[] = [...first.left, ...second.left];
  // A stray may start another one while it is ended.
  for (let round = 0; round < 3; round += 1) {
    const found = findMarked(folder.mark).filter(({ pid }) => !left.some((one) => one.pid === pid));
    if (found.length === 0) break;
    strays.push(...found);
    left.push(...(await endProcesses(found, 3000)).left);
  }
  folder.write({ processes: folder.read().processes.filter(isRunning) });
  return {
    ended: known.map(({ name }) => name),
    killed: first.killed.length + second.killed.length,
    strays: strays.map(({ pid }) => pid),
    left: left.map(({ pid }) => pid),
  };
};
