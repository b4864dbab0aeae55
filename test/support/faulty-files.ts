import type { FileSystem } from '../../generators/output/file-system.ts';

/** The calls that change something: what matters is what happens before or after one of these. */
const CHANGES = ['makeFolder', 'create', 'rename', 'remove', 'removeFolder', 'sync', 'link'] as const;

/** What happens in place of one of the changes; `cut` leaves what half a `create` does. */
export type Fault = (cut: () => void, call: string) => void;

/** `files`, with `fault` in place of the change number `at` (from 0). */
export const faultyFiles = (files: FileSystem, at: number, fault: Fault): FileSystem => {
  let count = 0;
  const faulty = CHANGES.map((name) => [
    name,
    (...args: readonly unknown[]): void => {
      count += 1;
      if (count - 1 !== at) {
        (files[name] as (...values: readonly unknown[]) => void)(...args);
        return;
      }
      const [path, content] = args;
      fault(() => {
        if (name === 'create') files.create(String(path), (content as Uint8Array).subarray(0, 7), undefined);
      }, name);
    },
  ]);
  return { ...files, ...(Object.fromEntries(faulty) as Partial<FileSystem>) };
};

/** A crash within this process: no error of the operating system, so nothing may catch it. */
export class Crash extends Error {
  override readonly name = 'Crash';
}

/** `files`, which die at the change number `at` and do nothing any more; `isDead` tells whether there was such a change. */
export const crashingFiles = (
  files: FileSystem,
  at: number,
): { readonly io: FileSystem; readonly isDead: () => boolean } => {
  let isDead = false;
  const base = faultyFiles(files, at, (cut) => {
    cut();
    isDead = true;
    throw new Crash(`crash at change ${at}`);
  });
  const calls = Object.entries(base).map(([name, call]) => [
    name,
    (...args: readonly unknown[]): unknown => {
      if (isDead) throw new Crash(`${name} after the crash`);
      return (call as (...values: readonly unknown[]) => unknown)(...args);
    },
  ]);
  return { io: Object.fromEntries(calls) as FileSystem, isDead: () => isDead };
};
