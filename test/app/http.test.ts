import { pino } from 'pino';
import { Counter, Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Fault } from '../stack/app/faults/fault.ts';
import type { HttpPart } from '../stack/app/parts/http.ts';
import { createHttp, HttpError, httpFaults } from '../stack/app/parts/http.ts';
import type { AnsweredRequest } from '../stack/app/system.ts';

const log = pino({ level: 'silent' });

let part: HttpPart;
let url: string;
let answered: AnsweredRequest[];
let failures: unknown[];
beforeEach(async () => {
  answered = [];
  failures = [];
  const registry = new Registry();
  new Counter({ name: 'things_total', help: 'Things.', registers: [registry] }).inc(3);
  part = createHttp(
    {
      job: 'api',
      registry,
      bodyLimit: 1000,
      onRequest: (request) => answered.push(request),
      onError: (error) => failures.push(error),
    },
    { metricsPath: '/metrics', log },
  );
  part.server.get('/api/things/:id', (request, reply) => reply.send({ id: (request.params as { id: string }).id }));
  part.server.post('/api/things', (_request, reply) => reply.code(201).send({}));
  part.server.get('/health/live', (_request, reply) => reply.send({ status: 'healthy' }));
  part.server.get('/api/broken', () => {
    throw new Error('the secret of the inside');
  });
  part.server.get('/api/refused', () => {
    throw new HttpError(409, 'somebody was faster');
  });
  url = `http://127.0.0.1:${await part.open('127.0.0.1', 0)}`;
});
afterEach(() => part.stop());

const start = (id: string, parameters: unknown) => {
  const fault = httpFaults([part]).find((one) => one.id === id) as Fault;
  return fault.start(parameters);
};

describe('the HTTP server', () => {
  it('reports requests by template, never by path', async () => {
    for (const path of ['/api/things/1', '/api/things/2/', '/api/nothing/3', '/wp-login.php'])
      await (await fetch(url + path)).arrayBuffer();
    expect(answered.map(({ method, route, status }) => `${method} ${route} ${status}`)).toEqual([
      'GET /api/things/:id 200',
      'GET /api/things/:id 200',
      'GET unmatched 404',
      'GET unmatched 404',
    ]);
    for (const { seconds } of answered) expect(seconds).toBeGreaterThan(0);
  });

  it('serves its metrics, and does not count being asked for them', async () => {
    const answer = await fetch(`${url}/metrics`);
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await answer.text()).toContain('things_total 3');
    expect(answered).toEqual([]);
  });

  it.each([
    ['abc-123', 'abc-123'],
    ['<script>', undefined],
    ['x'.repeat(65), undefined],
  ])('gives a request that calls itself %j an id', async (given, expected) => {
    const answer = await fetch(`${url}/api/things/1`, { headers: { 'x-request-id': given } });
    const id = answer.headers.get('x-request-id');
    if (expected === undefined) expect(id).toMatch(/^[0-9a-f-]{36}$/);
    else expect(id).toBe(expected);
  });

  it('tells nothing of its inside when it fails', async () => {
    const answer = await fetch(`${url}/api/broken`);
    expect(answer.status).toBe(500);
    expect(await answer.json()).toEqual({ error: 'internal error', requestId: answer.headers.get('x-request-id') });
    expect(failures).toHaveLength(1);
    const refused = await fetch(`${url}/api/refused`);
    expect([refused.status, await refused.json()]).toMatchObject([409, { error: 'somebody was faster' }]);
    expect(failures).toHaveLength(1);
  });

  it('takes no body that is too large or is none', async () => {
    const post = async (body: string) => {
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(`${url}/api/things`, { method: 'POST', headers, body });
      return answer.status;
    };
    expect(await post('{}')).toBe(201);
    expect(await post(JSON.stringify('x'.repeat(1000)))).toBe(413);
    expect(await post('{')).toBe(400);
  });

  it('fails a share of the requests on demand, but not those of monitoring', async () => {
    const stop = await start('errors', { ratio: 1 });
    expect((await fetch(`${url}/api/things/1`)).status).toBe(500);
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    expect((await fetch(`${url}/metrics`)).status).toBe(200);
    await stop();
    expect((await fetch(`${url}/api/things/1`)).status).toBe(200);
    const stopOne = await start('errors', { ratio: 1, route: '/api/refused' });
    expect((await fetch(`${url}/api/things/1`)).status).toBe(200);
    expect((await fetch(`${url}/api/refused`)).status).toBe(500);
    await stopOne();
  });

  it('is slow on demand, and its report says so', async () => {
    const stop = await start('latency', { ms: 60 });
    await (await fetch(`${url}/api/things/1`)).arrayBuffer();
    await stop();
    await (await fetch(`${url}/api/things/1`)).arrayBuffer();
    expect(answered[0]?.seconds).toBeGreaterThanOrEqual(0.055);
    expect(answered[1]?.seconds).toBeLessThan(0.05);
  });

  it('leaves whoever asks for metrics without an answer on demand', async () => {
    const stop = await start('exporter-silent', {});
    await expect(fetch(`${url}/metrics`, { signal: AbortSignal.timeout(100) })).rejects.toThrow('timeout');
    expect((await fetch(`${url}/api/things/1`)).status).toBe(200);
    await stop();
    expect((await fetch(`${url}/metrics`)).status).toBe(200);
  });

  it('is flooded on demand, about as much as it is told', async () => {
    const stop = await start('request-flood', { perSecond: 500, path: '/api/things/1' });
    await new Promise((resolve) => setTimeout(resolve, 600));
    await stop();
    const { length } = answered;
    expect(length).toBeGreaterThan(100);
    expect(length).toBeLessThan(450);
    expect(new Set(answered.map(({ route, status }) => `${route} ${status}`))).toEqual(
      new Set(['/api/things/:id 200']),
    );
  });

  it('answers what is under way before it ends', async () => {
    part.trouble.latency = { ms: 150, route: undefined };
    const answer = fetch(`${url}/api/things/7`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await part.stop();
    expect(await (await answer).json()).toEqual({ id: '7' });
    await expect(fetch(`${url}/api/things/1`)).rejects.toThrow();
  });
});
