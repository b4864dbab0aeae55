import packageJson from '../package.json' with { type: 'json' };
import { UsageError } from '../generators/diagnostics/errors.ts';
import type { CommandEntry } from './command.ts';
import { COMMANDS } from './commands/index.ts';
import { nodeIo } from './io.ts';
import type { Io } from './io.ts';

/** The exit codes of design.md section 5, law 4. */
export const EXIT = { fine: 0, findings: 1, usage: 2, bug: 3 } as const;

const isHelp = (arg: string): boolean => arg === '--help' || arg === '-h';

/** The arguments that can be options: those before `--`. */
const beforeDashes = (args: readonly string[]): readonly string[] => {
  const end = args.indexOf('--');
  return end === -1 ? args : args.slice(0, end);
};

const dispatch = async (args: readonly string[], io: Io, commands: readonly CommandEntry[]): Promise<number> => {
  const [first, ...rest] = args;
  if (first === '--version') {
    io.write(`${packageJson.version}\n`);
    return EXIT.fine;
  }
  const wantsHelp = first === 'help' || (first !== undefined && isHelp(first));
  const name = wantsHelp ? rest[0] : first;
  if (name === undefined) {
    const { renderHelp } = await import('./help.ts');
    const help = renderHelp(commands.map(({ spec }) => spec));
    if (wantsHelp) io.write(help);
    else io.error(help);
    return wantsHelp ? EXIT.fine : EXIT.usage;
  }
  const command = commands.find(({ spec }) => spec.name === name);
  if (command === undefined) {
    const { didYouMean } = await import('./command.ts');
    const names = commands.map(({ spec }) => spec.name);
    throw new UsageError(`unknown command '${name}'${didYouMean(name, names)}\nSee tocsin --help.`);
  }
  if (wantsHelp || beforeDashes(rest).some(isHelp)) {
    const { renderCommandHelp } = await import('./help.ts');
    io.write(renderCommandHelp(command.spec));
    return EXIT.fine;
  }
  const { run } = await command.load();
  return run(rest, io);
};

/** Shows a failure of Tocsin itself: everything that helps to mend it. */
const reportBug = async (error: unknown, io: Io): Promise<void> => {
  const [{ inspect }, { mapStack }] = await Promise.all([import('node:util'), import('./stack-trace.ts')]);
  io.error(
    `tocsin: this is a bug in tocsin ${packageJson.version}, not in your definitions. Please report it with all of this:\n` +
      `${mapStack(inspect(error, { depth: 4 }))}\n`,
  );
};

/** The whole command line without a process: gives the exit code, never throws. */
export const runCli = async (
  args: readonly string[],
  io: Io,
  commands: readonly CommandEntry[] = COMMANDS,
): Promise<number> => {
  try {
    return await dispatch(args, io, commands);
  } catch (error) {
    if (error instanceof UsageError) {
      io.error(`tocsin: ${error.message}\n`);
      return EXIT.usage;
    }
    await reportBug(error, io);
    return EXIT.bug;
  }
};

/** The command line of this process. Sets `process.exitCode` and lets the process end by itself, so that output is not cut off. */
export const main = async (): Promise<void> => {
  const io = nodeIo();
  let isBroken = false;
  let isDone = false;
  const onBug = (error: unknown): void => {
    isBroken = true;
    process.exitCode = EXIT.bug;
    void reportBug(error, io);
  };
  process.on('uncaughtException', onBug);
  // Reached only when nothing is left that could settle the command: without this the process would end with code 0.
  process.once('beforeExit', () => {
    if (!isDone) onBug(new Error('the command ended without a result'));
  });
  const code = await runCli(process.argv.slice(2), io);
  isDone = true;
  process.exitCode = isBroken ? EXIT.bug : code;
};
