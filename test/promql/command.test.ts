import { describe, expect, it } from 'vitest';
import { runCli } from '../../scripts/cli.ts';
import { memoryIo } from '../support/memory-io.ts';
import type { MemoryIoOptions } from '../support/memory-io.ts';

const call = async (args: readonly string[], options?: MemoryIoOptions) => {
  const io = memoryIo(options);
  const code = await runCli(['promql', ...args], io);
  return { code, stdout: io.stdout(), stderr: io.stderr() };
};

/** The answers to a batch, one per line. */
const answers = async (action: string, input: string | readonly string[], ...options: readonly string[]) => {
  const { stdout, stderr, code } = await call([action, '--stdin', ...options], { stdin: input });
  expect(stderr).toBe('');
  expect(stdout === '' || stdout.endsWith('\n')).toBe(true);
  return { code, lines: stdout.split('\n').slice(0, -1) };
};

const lines = (...texts: readonly string[]): string => texts.map((text) => `${JSON.stringify(text)}\n`).join('');

describe('promql --stdin', () => {
  it('answers each line in order', async () => {
    expect(await answers('check', lines('up', '1', '"a"', 'up[5m]', 'sum(foo bar'))).toEqual({
      code: 1,
      lines: [
        '{"valid":true,"type":"vector"}',
        '{"valid":true,"type":"scalar"}',
        '{"valid":true,"type":"string"}',
        '{"valid":true,"type":"matrix"}',
        '{"valid":false,"errors":[' +
          '{"message":"unexpected identifier \\"bar\\" in aggregation","from":8,"to":11},' +
          '{"message":"no arguments for aggregate expression provided","from":0,"to":0},' +
          '{"message":"unclosed left parenthesis","from":11,"to":11}]}',
      ],
    });
  });

  it('formats', async () => {
    expect(await answers('format', lines('sum(rate(x[5m]))by(job)', '1+'))).toEqual({
      code: 1,
      lines: [
        '{"valid":true,"formatted":"sum by (job) (rate(x[5m]))"}',
        '{"valid":false,"errors":[{"message":"unexpected end of input","from":2,"to":2}]}',
      ],
    });
  });

  it('parses', async () => {
    const { code, lines: out } = await answers('parse', lines('-Inf'));
    expect(code).toBe(0);
    expect(JSON.parse(out[0] ?? '')).toEqual({
      valid: true,
      ast: { kind: 'number', value: '-Inf', raw: '-Inf', span: { from: 0, to: 4 } },
    });
  });

  it('goes on after a line that is no JSON string', async () => {
    const refused = '{"valid":false,"errors":[{"message":"the line is not a JSON string","from":0,"to":0}]}';
    expect(await answers('check', `up\n1\n\n{"a":1}\n"up"\r\n"up`)).toEqual({
      code: 1,
      lines: [refused, refused, refused, refused, '{"valid":true,"type":"vector"}', refused],
    });
  });

  it('answers what has arrived, however it is cut', async () => {
    const input = `${lines('up', 'rate(up[5m])', '"日本😀"')}"up"`;
    const whole = await answers('check', input);
    expect(whole.lines).toHaveLength(4);
    expect(await answers('check', [...input])).toEqual(whole);
    expect(await answers('check', '')).toEqual({ code: 0, lines: [] });
  });

  it('judges by an older version', async () => {
    const { code, lines: out } = await answers(
      'check',
      lines('up', 'mad_over_time(up[5m])'),
      '--target-prometheus',
      '2.42',
    );
    expect(code).toBe(1);
    expect(out).toEqual([
      '{"valid":true,"type":"vector"}',
      '{"valid":false,"errors":[{"message":"the function mad_over_time needs Prometheus 2.49 or later, the target is 2.42","from":0,"to":13}]}',
    ]);
  });

  it('survives a deep expression', async () => {
    const deep = `${'('.repeat(20_000)}1${')'.repeat(20_000)}`;
    for (const action of ['check', 'format', 'parse']) {
      const { lines: out } = await answers(action, lines(deep));
      expect(out[0]?.startsWith('{"valid":true,')).toBe(true);
    }
  });
});

describe('promql EXPR', () => {
  it('says what a valid expression gives', async () => {
    expect(await call(['check', 'up', '1 + 1', 'up[5m]', '"a"'])).toEqual({
      code: 0,
      stdout: 'valid: an instant vector\nvalid: a scalar\nvalid: a range vector\nvalid: a string\n',
      stderr: '',
    });
  });

  it('says which flags it needs', async () => {
    const { stdout } = await call(['check', 'mad_over_time(up[5m]) + fill(0) mad_over_time(up[1h])']);
    expect(stdout).toBe(
      'valid: an instant vector\n' +
        '  the function mad_over_time needs --enable-feature=promql-experimental-functions\n' +
        '  a fill modifier needs --enable-feature=promql-binop-fill-modifiers\n',
    );
  });

  it('points at errors', async () => {
    const { code, stdout } = await call(['check', 'rate(up)\n> 1']);
    expect(code).toBe(1);
    expect(stdout).toBe(
      'error: expected type range vector in call to function "rate", got instant vector\n' +
        '  1 | rate(up)\n' +
        '    |      ^^\n' +
        '  2 | > 1\n',
    );
  });

  it('paints errors on a terminal only', async () => {
    const colour = (await call(['check', '('], { isTerminal: true })).stdout;
    expect(colour).toContain('\u001b[31merror\u001b[39m');
    expect((await call(['check', '('], { isTerminal: true, env: { NO_COLOR: '1' } })).stdout).not.toContain('\u001b');
  });

  it('formats and parses', async () => {
    expect((await call(['format', 'sum(x)by(y)', 'a'])).code).toBe(0);
    expect((await call(['format', 'sum(x)by(y)'])).stdout).toBe('sum by (y) (x)\n');
    expect(JSON.parse((await call(['parse', 'up'])).stdout)).toEqual({
      kind: 'vector',
      name: 'up',
      matchers: [],
      span: { from: 0, to: 2 },
    });
  });

  it('takes an expression that starts with a dash after --', async () => {
    expect((await call(['check', '--', '-up'])).stdout).toBe('valid: an instant vector\n');
  });
});

describe('wrong usage', () => {
  it.each([
    [['check'], 'needs an EXPR, or --stdin'],
    [['chek', 'up'], 'did you mean check?'],
    [['check', '--stdin', 'up'], 'come from standard input'],
    [['check', 'up', '--target-prometheus', 'new'], "is a version such as 2.42, or latest, not 'new'"],
    [[], 'needs one of check, format, parse'],
  ])('%j ends with code 2', async (args, message) => {
    const { code, stdout, stderr } = await call(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });
});
