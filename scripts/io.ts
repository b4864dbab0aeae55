import { isatty } from 'node:tty';

/** What a command may use of the process it runs in. Tests hand in one that lives in memory. */
export interface Io {
  /** Standard input, decoded. Ends early when nobody reads the output any more. */
  readonly stdin: AsyncIterable<string>;
  /** Writes a result to standard output. */
  readonly write: (text: string) => void;
  /** Writes a message or progress to standard error. */
  readonly error: (text: string) => void;
  /** Whether results may carry colour: a terminal that has not been told NO_COLOR. */
  readonly colour: boolean;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Whether `env` and the stream allow colour (no-color.org: any value but the empty one forbids it). */
export const allowsColour = (env: Io['env'], isTerminal: boolean): boolean =>
  isTerminal && !env['NO_COLOR'] && env['TERM'] !== 'dumb';

/** The process's own streams. A reader that goes away (`tocsin ... | head`) ends the output quietly, as it does for other tools. */
export const nodeIo = (): Io => {
  const { stdin, stdout, stderr, env } = process;
  let closed = false;
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    closed = true;
    stdin.destroy();
  });
  stderr.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });

  async function* readStdin(): AsyncGenerator<string> {
    stdin.setEncoding('utf8');
    try {
      for await (const chunk of stdin) yield String(chunk);
    } catch (error) {
      if (!closed) throw error;
    }
  }

  return {
    stdin: { [Symbol.asyncIterator]: readStdin },
    write(text) {
      if (!closed) stdout.write(text);
    },
    error(text) {
      stderr.write(text);
    },
    colour: allowsColour(env, isatty(stdout.fd)),
    cwd: process.cwd(),
    env,
  };
};
