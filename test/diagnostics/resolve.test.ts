import { describe, expect, it } from 'vitest';
import type { Location, Origin } from '../../generators/diagnostics/diagnostic.ts';
import { createReport } from '../../generators/diagnostics/report.ts';
import type { Locator } from '../../generators/diagnostics/resolve.ts';
import { formatPath, resolveFindings } from '../../generators/diagnostics/resolve.ts';

const place = (file: string, line: number, column = 1): Location => ({
  file,
  line,
  column,
  endLine: line,
  endColumn: column + 3,
});

/** Knows the lines of the files it is given, by property. */
const locatorOf = (lines: Readonly<Record<string, number>> = {}): Locator => ({
  locate: ({ file, path }: Origin) => {
    const line = lines[path.join('.')];
    return line === undefined ? undefined : place(file, line);
  },
  read: () => undefined,
});

describe('formatPath', () => {
  it.each([
    [[], ''],
    [['a'], 'a'],
    [['a', 'b', 0, 'c'], 'a.b[0].c'],
    [['hit-rate', 'p99.9'], '["hit-rate"]["p99.9"]'],
    [[0, 'x'], '[0].x'],
    [['schlüssel', '$x', '_y', '1z', ''], 'schlüssel.$x._y["1z"][""]'],
    [['say "hi"\n'], '["say \\"hi\\"\\n"]'],
  ])('%j', (path, expected) => {
    expect(formatPath(path)).toBe(expected);
  });
});

describe('resolveFindings', () => {
  it('gives prose, place, property and subject', () => {
    const report = createReport();
    const at: Origin = { file: 'definitions/a.ts', path: ['x', 0], subject: 'a / x' };
    const related = [
      { note: 'first here', at: { file: 'definitions/b.ts', path: ['y'] } },
      { note: 'also here', at: place('c.yml', 7, 2) },
      { note: 'somewhere', at: { file: 'definitions/d.ts', path: ['unknown'] } },
    ];
    const fragments = [{ artefact: 'query', text: 'up', from: 0, to: 2 }];
    report.add('load/missing-file', { specifier: './b', suggestions: ['./b.ts'] }, at, { related, fragments });
    expect(resolveFindings(report.list(), locatorOf({ 'x.0': 4, y: 9 }))).toEqual([
      {
        code: 'load/missing-file',
        severity: 'error',
        message: 'there is no file "./b"',
        file: 'definitions/a.ts',
        line: 4,
        column: 1,
        endLine: 4,
        endColumn: 4,
        property: 'x[0]',
        subject: 'a / x',
        hint: 'Did you mean "./b.ts"?',
        fragments,
        related: [
          { note: 'first here', file: 'definitions/b.ts', line: 9, column: 1 },
          { note: 'also here', file: 'c.yml', line: 7, column: 2 },
          { note: 'somewhere', file: 'definitions/d.ts', line: 1, column: 1 },
        ],
      },
    ]);
  });

  it('leaves out what is not known', () => {
    const report = createReport();
    report.add('load/no-definitions', { directory: 'definitions' });
    report.add('load/threw', { message: 'x' }, { file: 'definitions/a.ts', path: [] });
    const [first, second] = resolveFindings(report.list(), locatorOf());
    expect(Object.keys(first ?? {})).toEqual(['code', 'severity', 'message', 'hint']);
    expect(Object.keys(second ?? {})).toEqual(['code', 'severity', 'message', 'file', 'hint']);
  });

  it('sorts by file, line, column and code, what has no place first, and says nothing twice', () => {
    const report = createReport();
    const add = (file: string, line: number, column: number, message = 'm'): void =>
      report.add('load/threw', { message }, place(file, line, column));
    add('b.ts', 1, 1);
    add('a.ts', 10, 1);
    add('a.ts', 9, 5);
    add('a.ts', 9, 1, 'z');
    report.add('load/syntax', { message: 'm' }, place('a.ts', 9, 1));
    add('a.ts', 9, 1, 'a');
    add('a.ts', 9, 1, 'a');
    add('B.ts', 1, 1);
    report.add('load/typecheck', { message: 'm' });
    const found = resolveFindings(report.list(), locatorOf()).map((one) => [one.file, one.line, one.column, one.code]);
    expect(found).toEqual([
      [undefined, undefined, undefined, 'load/typecheck'],
      ['B.ts', 1, 1, 'load/threw'],
      ['a.ts', 9, 1, 'load/syntax'],
      ['a.ts', 9, 1, 'load/threw'],
      ['a.ts', 9, 1, 'load/threw'],
      ['a.ts', 9, 5, 'load/threw'],
      ['a.ts', 10, 1, 'load/threw'],
      ['b.ts', 1, 1, 'load/threw'],
    ]);
  });
});
