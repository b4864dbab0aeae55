import { describe, expect, it } from 'vitest';
import { InvariantError, UsageError } from '../../generators/diagnostics/errors.ts';
import { runCli } from '../../scripts/cli.ts';
import { parseArguments } from '../../scripts/command.ts';
import type { CommandEntry, CommandSpec, Run } from '../../scripts/command.ts';
import { COMMANDS } from '../../scripts/commands/index.ts';
import { memoryIo } from '../support/memory-io.ts';
import type { MemoryIoOptions } from '../support/memory-io.ts';

const spec = {
  name: 'brew',
  summary: 'Make tea',
  usage: ['[LEAF ...] [--pot DIR]'],
  description: ['Water first.'],
  positionals: { min: 0, max: 2, name: 'a LEAF' },
  options: [
    { name: 'pot', short: 'p', value: 'DIR', default: 'kettle', summary: 'Where the water is' },
    { name: 'strength', value: 'HOW', choices: ['weak', 'strong'], summary: 'How strong' },
    { name: 'sugar', summary: 'With sugar' },
  ],
  examples: [{ command: 'tocsin brew assam', does: 'a cup of assam' }],
} as const satisfies CommandSpec;

const entry = (run: Run, name = 'brew'): CommandEntry => ({
  spec: { ...spec, name },
  load: () => Promise.resolve({ run }),
});

const call = async (args: readonly string[], commands?: readonly CommandEntry[], options?: MemoryIoOptions) => {
  const io = memoryIo(options);
  const code = await runCli(args, io, commands);
  return { code, stdout: io.stdout(), stderr: io.stderr() };
};

describe('help', () => {
  it.each([[['--help']], [['-h']], [['help']]])('%j lists every command on standard output', async (args) => {
    const { code, stdout, stderr } = await call(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const command of COMMANDS)
      expect(stdout).toContain(`  ${command.spec.name.padEnd(10)}${command.spec.summary}`);
  });

  it('is shown on standard error when no command is given', async () => {
    const { code, stdout, stderr } = await call([]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('Usage: tocsin COMMAND');
  });

  it.each(COMMANDS.map((command) => [command.spec.name, command.spec] as const))(
    'of %s names its options, fits a terminal, and comes in three ways',
    async (name, { options, examples }) => {
      const { code, stdout } = await call([name, '--help']);
      expect(code).toBe(0);
      for (const option of options) expect(stdout).toContain(`--${option.name}`);
      for (const example of examples) expect(stdout).toContain(example.command);
      for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(110);
      expect(await call(['help', name])).toEqual(await call([name, '-h']));
    },
  );

  it('wins over mistakes elsewhere in the line, and does not load the command', async () => {
    const broken: CommandEntry = { spec, load: () => Promise.reject(new Error('loaded')) };
    expect(await call(['brew', '--nonsense', '--help'], [broken])).toMatchObject({ code: 0, stderr: '' });
  });

  it('is not meant by an argument after --', async () => {
    const run: Run = (args) => Promise.resolve(args.includes('--help') ? 0 : 1);
    expect(await call(['brew', '--', '--help'], [entry(run)])).toMatchObject({ code: 0, stdout: '' });
  });

  it('has its exact form', async () => {
    const { stdout } = await call(['brew', '--help'], [entry(() => Promise.resolve(0))]);
    expect(stdout).toBe(
      [
        'tocsin brew: make tea',
        '',
        'Usage: tocsin brew [LEAF ...] [--pot DIR]',
        '',
        'Water first.',
        '',
        'Options:',
        '  -p, --pot DIR           Where the water is (default: kettle)',
        '  --strength weak|strong  How strong',
        '  --sugar                 With sugar',
        '  -h, --help              Show this help',
        '',
        'Examples:',
        '  tocsin brew assam  a cup of assam',
        '',
      ].join('\n'),
    );
  });
});

it('--version prints the version alone', async () => {
  expect(await call(['--version'])).toEqual({
    code: 0,
    stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as string,
    stderr: '',
  });
});

describe('an unknown command', () => {
  it.each([
    ['generat', "tocsin: unknown command 'generat'; did you mean generate?\nSee tocsin --help.\n"],
    ['chekc', "tocsin: unknown command 'chekc'; did you mean check?\nSee tocsin --help.\n"],
    ['xyzzy-plugh', "tocsin: unknown command 'xyzzy-plugh'\nSee tocsin --help.\n"],
    ['--frobnicate', "tocsin: unknown command '--frobnicate'\nSee tocsin --help.\n"],
  ])('%s', async (name, stderr) => {
    expect(await call([name])).toEqual({ code: 2, stdout: '', stderr });
  });

  it('is unknown to help too', async () => {
    expect(await call(['help', 'generat'])).toMatchObject({ code: 2, stdout: '' });
  });
});

describe('arguments', () => {
  it.each([
    [[], { pot: 'kettle', strength: undefined, sugar: false }, []],
    [['--pot', 'a', '--sugar', 'x'], { pot: 'a', strength: undefined, sugar: true }, ['x']],
    [['-p', 'a', '--strength=weak', 'x', 'y'], { pot: 'a', strength: 'weak', sugar: false }, ['x', 'y']],
    [['x', '--', '-y'], { pot: 'kettle', strength: undefined, sugar: false }, ['x', '-y']],
    [['--pot='], { pot: '', strength: undefined, sugar: false }, []],
  ])('%j are read by the spec', (args, values, positionals) => {
    expect(parseArguments(spec, args)).toEqual({ values, positionals });
  });

  it.each([
    [['--suger'], 'unknown option --suger; did you mean --sugar?'],
    [['--xyzzy-plugh'], 'unknown option --xyzzy-plugh'],
    [['-x'], 'unknown option -x; an argument that starts with a dash goes after --'],
    [['--pot'], '--pot needs a value: --pot DIR'],
    [['--sugar=much'], '--sugar is a switch and takes no value'],
    [['--strength', 'mild'], "--strength is one of weak, strong, not 'mild'"],
    [['a', 'b', 'c'], "one argument too many: 'c'"],
  ])('%j are refused: %s', (args, message) => {
    expect(() => parseArguments(spec, args)).toThrow(new UsageError(`${message}\nSee tocsin brew --help.`));
  });

  it('are required or forbidden by the spec', () => {
    const needy = { ...spec, positionals: { min: 1, max: 1, name: 'a LEAF' } } satisfies CommandSpec;
    const { positionals: _, ...plain } = spec;
    expect(() => parseArguments(needy, [])).toThrow('tocsin brew needs a LEAF');
    expect(() => parseArguments(plain, ['x'])).toThrow("tocsin brew takes no arguments, but was given 'x'");
  });

  it.each(COMMANDS.map((command) => [command.spec.name, command.spec] as const))(
    'of %s: a wrong option is a usage error before anything is done',
    (_, commandSpec) => {
      expect(() => parseArguments(commandSpec, ['--no-such-option'])).toThrow(UsageError);
    },
  );
});

describe('exit codes', () => {
  it.each([0, 1])('%i comes from the command', async (code) => {
    expect(await call(['brew'], [entry(() => Promise.resolve(code))])).toEqual({ code, stdout: '', stderr: '' });
  });

  it('2 for wrong usage, without a stack', async () => {
    const run: Run = () => Promise.reject(new UsageError('no such folder: teapot'));
    expect(await call(['brew'], [entry(run)])).toEqual({
      code: 2,
      stdout: '',
      stderr: 'tocsin: no such folder: teapot\n',
    });
  });

  it.each([
    ['an invariant', new InvariantError('no cup', 'brew / assam'), 'InvariantError: no cup (brew / assam)'],
    ['any error', new TypeError('undefined is not a cup'), 'TypeError: undefined is not a cup'],
    ['a value that is no error', { cup: 'broken' }, "{ cup: 'broken' }"],
  ])('3 for a bug: %s', async (_, thrown, shown) => {
    // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- what a careless library may do
    const { code, stdout, stderr } = await call(['brew'], [entry(() => Promise.reject(thrown))]);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(
      /^tocsin: this is a bug in tocsin \d+\.\d+\.\d+, not in your definitions\. Please report it/,
    );
    expect(stderr).toContain(shown);
    if (thrown instanceof Error) expect(stderr).toMatch(/cli\.test\.ts:\d+/);
  });

  it('3 when a command cannot be loaded', async () => {
    const broken: CommandEntry = { spec, load: () => Promise.reject(new Error('no such chunk')) };
    expect(await call(['brew'], [broken])).toMatchObject({ code: 3 });
  });
});

describe('colour', () => {
  it.each<[MemoryIoOptions, boolean]>([
    [{ isTerminal: true }, true],
    [{ isTerminal: false }, false],
    [{ isTerminal: true, env: { NO_COLOR: '1' } }, false],
    [{ isTerminal: true, env: { NO_COLOR: '' } }, true],
    [{ isTerminal: true, env: { TERM: 'dumb' } }, false],
    [{ isTerminal: false, env: { FORCE_COLOR: '1' } }, false],
  ])('%j: %s', (options, expected) => {
    expect(memoryIo(options).colour).toBe(expected);
  });
});
