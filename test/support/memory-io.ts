import { allowsColour } from '../../scripts/io.ts';
import type { Io } from '../../scripts/io.ts';

/** An Io that keeps what was written. */
export interface MemoryIo extends Io {
  readonly stdout: () => string;
  readonly stderr: () => string;
}

/** What a test decides about the surroundings of a command. */
export interface MemoryIoOptions {
  readonly stdin?: string | readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  readonly isTerminal?: boolean;
}

/** An Io without a process: input from a string or from chunks, output in memory. */
export const memoryIo = ({
  stdin = [],
  env = {},
  cwd = '/nowhere',
  isTerminal = false,
}: MemoryIoOptions = {}): MemoryIo => {
  const out: string[] = [];
  const err: string[] = [];
  const chunks = typeof stdin === 'string' ? [stdin] : stdin;
  return {
    stdin: {
      async *[Symbol.asyncIterator]() {
        await Promise.resolve();
        yield* chunks;
      },
    },
    write: (text) => void out.push(text),
    error: (text) => void err.push(text),
    colour: allowsColour(env, isTerminal),
    cwd,
    env,
    stdout: () => out.join(''),
    stderr: () => err.join(''),
  };
};
