import { writeFileSync } from 'node:fs';
import type { FileSystem } from '../../generators/output/file-system.ts';
import { nodeFileSystem } from '../../generators/output/file-system.ts';

/** The calls that change something: what matters is what happens before or after one of these. */
const CHANGES = ['makeFolder', 'create', 'rename', 'remove', 'removeFolder', 'sync', 'link'] as const;

/** What happens at one of the changes; `cut` makes what half a `create` leaves behind. */
export type Fault = (cut: () => void) => void;

/** The real file system, which calls `fault` in place of the change number `at` (from 0), and on every change `counted`. */
export const faultyFiles = (at: number, fault: Fault, counted: (call: string) => void = () => undefined): FileSystem => {
  let count = 0;
  const guard = (call: string, run: () => void, cut: () => void): void => {
    counted(call);
    count += 1;
    if (count - 1 === at) fault(cut);
    else run();
  };
  const nothing = (): void => undefined;
  const files = nodeFileSystem;
  return {
    ...files,
    ...Object.fromEntries(
      CHANGES.map((name) => [
        name,
        (...args: readonly never[]) => {
          const call = files[name] as (...values: readonly unknown[]) => void;
          const [path, content] = args as readonly unknown[];
          const cut =
            name === 'create' ? () => writeFileSync(String(path), (content as Uint8Array).subarray(0, 7), { flag: 'wx' }) : nothing;
          guard(name, () => call(...args), cut);
        },
      ]),
    ),
  };
};

/** A crash within this process: no error of the operating system, so nothing may catch it; after it, nothing works any more. */
export class Crash extends Error {
  override readonly name = 'Crash';
}

/** A file system that dies at the change number `at`; `wasReached` tells whether there was one. */
export const crashingFiles = (at: number): FileSystem & { readonly wasReached: () => boolean } => {
  let isDead = false;
  const base = faultyFiles(at, (cut) => {
    cut();
    isDead = true;
    throw new Crash(`crash at change ${at}`);
  });
  const entries = Object.entries(base).map(([name, call]) => [
    name,
    (...args: readonly unknown[]): unknown => {
      if (isDead) throw new Crash(`${name} after the crash`);
      return (call as (...values: readonly unknown[]) => unknown)(...args);
    },
  ]);
  return { ...(Object.fromEntries(entries) as FileSystem), wasReached: () => isDead };
};
