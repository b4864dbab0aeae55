import type { CommandSpec, OptionSpec } from './command.ts';

const WIDTH = 100;

/** Breaks a paragraph into lines of at most `width` characters. */
const wrap = (text: string, width: number): readonly string[] => {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
};

/** Two columns, the second one wrapped and aligned. */
const table = (rows: readonly (readonly [string, string])[]): readonly string[] => {
  const left = Math.max(...rows.map(([name]) => name.length)) + 4;
  return rows.flatMap(([name, text]) =>
    wrap(text, WIDTH - left).map((line, i) => `${(i === 0 ? `  ${name}` : '').padEnd(left)}${line}`),
  );
};

const optionRow = (option: OptionSpec): readonly [string, string] => {
  const value = option.choices?.join('|') ?? option.value;
  const long = `--${option.name}${value === undefined ? '' : ` ${value}`}`;
  return [
    option.short === undefined ? long : `-${option.short}, ${long}`,
    option.default === undefined ? option.summary : `${option.summary} (default: ${option.default})`,
  ];
};

const HELP_ROW = ['-h, --help', 'Show this help'] as const;

/** `tocsin --help`. */
export const renderHelp = (specs: readonly CommandSpec[]): string =>
  [
    'tocsin: typed definitions of monitoring, compiled into artefacts that agree',
    '',
    'Usage: tocsin COMMAND [options]',
    '',
    'Commands:',
    ...table(specs.map((spec) => [spec.name, spec.summary])),
    '',
    'Options:',
    ...table([HELP_ROW, ['--version', 'Show the version']]),
    '',
    'tocsin COMMAND --help shows the options of a command.',
    'Exit codes: 0 fine, 1 findings, 2 wrong usage, 3 a bug in tocsin.',
    '',
  ].join('\n');

/** `tocsin COMMAND --help`. */
export const renderCommandHelp = (spec: CommandSpec): string =>
  [
    `tocsin ${spec.name}: ${spec.summary.charAt(0).toLowerCase()}${spec.summary.slice(1)}`,
    '',
    ...spec.usage.map((line, i) => `${i === 0 ? 'Usage: ' : '       '}tocsin ${spec.name} ${line}`.trimEnd()),
    '',
    ...(spec.description ?? []).flatMap((paragraph) => [...wrap(paragraph, WIDTH), '']),
    'Options:',
    ...table([...spec.options.map(optionRow), HELP_ROW]),
    ...(spec.examples.length === 0 ? [] : ['', 'Examples:', ...table(spec.examples.map((e) => [e.command, e.does]))]),
    '',
  ].join('\n');
