import { describe, expect, it } from 'vitest';
import type { LineLevel } from '../stack/app/logger.ts';
import { createLogger } from '../stack/app/logger.ts';

const SECRET = 'hunter2-and-more';

const recorder = (logLevel: 'debug' | 'info' = 'info') => {
  const lines: string[] = [];
  const output = createLogger({ system: 'networx', logLevel }, { write: (line) => void lines.push(line) });
  return { ...output, lines };
};

describe('the log', () => {
  it.each([
    ['a password', { password: SECRET }],
    ['a token', { token: SECRET }],
    ['an address', { email: SECRET }],
    ['the header of a request', { req: { headers: { authorization: SECRET } } }],
    ['a cookie', { headers: { cookie: SECRET } }],
    ['a cookie that is set', { res: { headers: { 'set-cookie': SECRET } } }],
    ['an API key', { request: { headers: { 'x-api-key': SECRET } } }],
    ['something deep', { a: { b: { c: { password: SECRET } } } }],
    ['a list', { users: [{ email: SECRET }, { email: SECRET }] }],
  ])('does not tell %s', (_, entry) => {
    const { log, lines } = recorder();
    log.info(entry, 'an entry');
    log.child(entry).info('a child');
    expect(lines).toHaveLength(2);
    expect(lines.join('')).not.toContain(SECRET);
    expect(lines[0]).toContain('[redacted]');
  });

  it('is one JSON object a line, with what belongs together under one id', () => {
    const { log, lines } = recorder();
    log.child({ correlationId: 'abc' }).warn({ route: '/api/items/:id' }, 'slow');
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      level: 'warn',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
      system: 'networx',
      correlationId: 'abc',
      route: '/api/items/:id',
      msg: 'slow',
    });
  });

  it('counts the lines that are written, by level, those of children too', () => {
    const { log, onLine, lines } = recorder('info');
    const levels: LineLevel[] = [];
    onLine((level) => levels.push(level));
    log.debug('not written');
    log.info('one');
    log.child({ job: 'networx' }).error('two');
    log.fatal('three');
    expect(levels).toEqual(['info', 'error', 'error']);
    expect(lines).toHaveLength(3);
  });
});
