import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { UsageError } from '../../generators/diagnostics/errors.ts';
import { run as verify } from '../../scripts/commands/verify.ts';
import { memoryIo } from '../support/memory-io.ts';
import { freePort } from '../../scripts/stack/ports.ts';
import type { SampleProject } from './sample.ts';
import { sampleProject } from './sample.ts';

const SOUND = `# HELP http_requests_total Requests answered.
# TYPE http_requests_total counter
http_requests_total{method="GET",route="/",status="200"} 5
# HELP http_request_duration_seconds Time to answer.
# TYPE http_request_duration_seconds histogram
http_request_duration_seconds_bucket{route="/",le="0.01"} 1
http_request_duration_seconds_bucket{route="/",le="0.1"} 4
http_request_duration_seconds_bucket{route="/",le="1"} 5
http_request_duration_seconds_bucket{route="/",le="+Inf"} 5
http_request_duration_seconds_sum{route="/"} 0.2
http_request_duration_seconds_count{route="/"} 5
# HELP cache_hits_total Hits.
# TYPE cache_hits_total counter
cache_hits_total 1
# HELP cache_misses_total Misses.
# TYPE cache_misses_total counter
cache_misses_total 0
# HELP queue_depth Jobs that wait.
# TYPE queue_depth gauge
queue_depth{queue="mail"} 0
queue_depth{queue="export"} 0
`;

const serve = async (answer: RequestListener): Promise<number> => {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
};

const projectAt = (port: number): SampleProject => {
  const project = sampleProject();
  project.edit('definitions/systems/shop.ts', '127.0.0.1:8080', `127.0.0.1:${port}`);
  return project;
};

describe('verify', () => {
  test('a service that exposes what is declared', async () => {
    let accept = '';
    const port = await serve((request, response) => {
      accept = request.headers.accept ?? '';
      response.setHeader('content-type', 'text/plain; version=0.0.4').end(SOUND);
    });
    const { code, stdout, stderr } = await projectAt(port).call(
      verify,
      '--metrics',
      `http://localhost:${port}/metrics`,
    );
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toBe(`http://localhost:${port}/metrics: 5 metrics exposed, 5 declared for shop.\nNo differences.\n`);
    expect(accept).toContain('text/plain;version=0.0.4');
    expect(accept).toContain('application/openmetrics-text;version=1.0.0');
  });

  test.each(['', '/', '/?name=x'])('an address ending in %j is read at the path of its job', async (rest) => {
    const asked: string[] = [];
    const port = await serve((request, response) => {
      asked.push(request.url ?? '');
      response.setHeader('content-type', 'text/plain; version=0.0.4').end(SOUND);
    });
    const project = projectAt(port);
    const url = `http://127.0.0.1:${port}/metrics${rest.slice(1)}`;
    for (const prefix of ['', 'shop=']) {
      const { code, stdout } = await project.call(verify, '--metrics', `${prefix}http://127.0.0.1:${port}${rest}`);
      expect({ code, stdout }).toEqual({
        code: 0,
        stdout: `${url}: 5 metrics exposed, 5 declared for shop.\nNo differences.\n`,
      });
    }
    expect(asked).toEqual(Array.from({ length: 2 }, () => `/metrics${rest.slice(1)}`));
  });

  test('an address without a path stands for every job that it serves', async () => {
    const asked: string[] = [];
    const port = await serve((request, response) => {
      asked.push(request.url ?? '');
      response.setHeader('content-type', 'text/plain; version=0.0.4').end(SOUND);
    });
    const project = projectAt(port);
    project.edit(
      'definitions/systems/shop.ts',
      'jobs: {',
      `jobs: { other: { path: '/other', targets: { local: ['127.0.0.1:${port}'] } },`,
    );
    const { stdout } = await project.call(verify, '--metrics', `http://127.0.0.1:${port}`);
    expect(asked).toEqual(['/other', '/metrics']);
    expect(stdout).toContain(`http://127.0.0.1:${port}/other: 5 metrics exposed, 0 declared for other.`);
    expect(stdout).toContain(`http://127.0.0.1:${port}/metrics: 5 metrics exposed, 5 declared for shop.`);
    await expect(project.call(verify, '--metrics', `http://127.0.0.1:${port}/third`)).rejects.toThrow(
      'several jobs have the target',
    );
  });

  test('a difference is at the line of the definition, with the line of the exposition', async () => {
    const project = sampleProject();
    project.write('answer.txt', SOUND.replace('queue="mail"', 'queue="mails"'));
    const found = await project.find(verify, '--metrics', 'answer.txt', '--job', 'shop');
    expect(found).toMatchObject([
      {
        code: 'exposition/label-value',
        severity: 'error',
        file: 'definitions/metrics.ts',
        line: 17,
        hint: 'Did you mean "mail"?',
        related: [{ note: 'exposed here', file: 'answer.txt', line: 20, column: 13 }],
      },
    ]);
    expect(await project.call(verify, '--metrics', 'answer.txt', '--job', 'shop')).toMatchObject({ code: 1 });
  });

  test('a place can name its job', async () => {
    const project = sampleProject();
    project.write('answer.txt', SOUND);
    expect(await project.call(verify, '--metrics', 'shop=answer.txt')).toMatchObject({ code: 0 });
    await expect(project.call(verify, '--metrics', 'shops=answer.txt')).rejects.toThrow('there is no job "shops"');
  });

  test('a line that cannot be read is shown with carets', async () => {
    const project = sampleProject();
    project.write('answer.txt', SOUND.replace('cache_hits_total 1', 'cache_hits_total one'));
    const { code, stderr } = await project.call(verify, '--metrics', 'answer.txt', '--job', 'shop');
    expect(code).toBe(1);
    expect(stderr).toContain(
      "answer.txt:14:18: error: Prometheus would refuse the exposition: expected a number as value, not 'one'",
    );
    expect(stderr).toContain('cache_hits_total one\n');
    expect(stderr).toContain('^^^');
  });

  test('standard input, OpenMetrics, and warnings that do not fail unless they are to', async () => {
    const project = sampleProject();
    const text = `${SOUND.replaceAll(/^# (HELP|TYPE) (\w+)_total/gm, '# $1 $2')}# TYPE surprise gauge\nsurprise 1\n# EOF\n`;
    const call = async (...args: readonly string[]) => {
      const io = memoryIo({ cwd: project.root, stdin: text });
      return { code: await verify(['--metrics', '-', '--job', 'shop', ...args], io), stderr: io.stderr() };
    };
    expect(await call()).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('exposition/metric-undeclared') as string,
    });
    expect(await call('--fail-on', 'warning')).toMatchObject({ code: 1 });
  });

  test.each([
    ['a status', (_: unknown, response) => void response.writeHead(503).end(), 'it answers 503 Service Unavailable'],
    [
      'a page',
      (_: unknown, response) => void response.setHeader('content-type', 'text/html').end('<p>'),
      'it answers with text/html',
    ],
    [
      'bytes that are no text',
      (_: unknown, response) => void response.end(Buffer.from([0xff, 0xfe])),
      'the answer is not UTF-8',
    ],
    ['silence', () => undefined, 'no complete answer within 0.3 s'],
  ] as const satisfies readonly (readonly [string, RequestListener, string])[])(
    '%s is a service that cannot be scraped',
    async (_, answer, problem) => {
      const project = projectAt(await serve(answer));
      project.edit('definitions/systems/shop.ts', `shop: { targets`, `shop: { timeout: ms(300), targets`);
      const [found] = await project.find(verify, '--environment', 'local');
      expect(found).toMatchObject({ code: 'exposition/unreachable', file: 'definitions/systems/shop.ts' });
      expect(found?.message).toContain(problem);
    },
  );

  test('nobody listens', async () => {
    const port = await freePort();
    const project = projectAt(port);
    const [found] = await project.find(verify, '--environment', 'local', '--system', 'shop');
    expect(found?.message).toBe(
      `http://127.0.0.1:${port}/metrics cannot be scraped: connect ECONNREFUSED 127.0.0.1:${port}`,
    );
  });

  test.each([
    [[], 'name what is to be scraped'],
    [
      ['--metrics', 'http://127.0.0.1:1/metrics'],
      'no job has the target 127.0.0.1:1; name the job with --job JOB\nThe jobs are:\n  shop (shop): 127.0.0.1:8080',
    ],
    [['--metrics', '-', '--job', 'shops'], 'there is no job "shops"; did you mean shop?'],
    [['--metrics', 'http://:80'], 'http://:80 is no address'],
    [['--metrics', 'x.txt'], 'whose metrics are in x.txt?'],
    [['--metrics', 'x.txt', '--job', 'shop'], 'x.txt cannot be read'],
    [['--environment', 'locals'], 'there is no environment "locals"; did you mean local?'],
    [['--environment', 'local', '--system', 'shops'], 'there is no system "shops"; did you mean shop?'],
  ])('%j is wrong usage', async (args, message) => {
    const call = sampleProject().call(verify, ...args);
    await expect(call).rejects.toThrow(UsageError);
    await expect(call).rejects.toThrow(message);
  });

  test('definitions with errors are shown first', async () => {
    const project = sampleProject();
    project.edit('definitions/systems/shop.ts', "owner: 'checkout'", "owner: 'nobody'");
    expect(await project.call(verify, '--environment', 'local')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('there is no team "nobody"') as string,
    });
  });
});
