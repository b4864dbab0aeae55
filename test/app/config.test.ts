import { describe, expect, it } from 'vitest';
import { readConfig } from '../stack/app/config.ts';

describe('the environment', () => {
  it('needs nothing but the system', () => {
    expect(readConfig({ SYSTEM: 'networx' })).toEqual({
      system: 'networx',
      host: '127.0.0.1',
      ports: {},
      adminPort: 0,
      clients: 5,
      logLevel: 'info',
      memoryLimitBytes: expect.any(Number) as number,
    });
  });

  it('is read as a whole', () => {
    const config = readConfig({
      SYSTEM: 'migrated-components',
      HOST: '0.0.0.0',
      PORTS: 'migrated-api=3100, migrated-websocket=0',
      DATABASE_URL: 'postgres://app@127.0.0.1:5432/app',
      REDIS_URL: 'redis://127.0.0.1:6379',
      ADMIN_PORT: '9999',
      ADMIN_TOKEN: 'let me in',
      CLIENTS: '0',
      LOG_LEVEL: 'warn',
      MEMORY_LIMIT_BYTES: '1048576',
    });
    expect(config).toEqual({
      system: 'migrated-components',
      host: '0.0.0.0',
      ports: { 'migrated-api': 3100, 'migrated-websocket': 0 },
      databaseUrl: 'postgres://app@127.0.0.1:5432/app',
      redisUrl: 'redis://127.0.0.1:6379',
      adminPort: 9999,
      adminToken: 'let me in',
      clients: 0,
      logLevel: 'warn',
      memoryLimitBytes: 1_048_576,
    });
  });

  it('counts what is empty as absent', () => {
    const config = readConfig({ SYSTEM: 'networx', ADMIN_TOKEN: '', DATABASE_URL: '', PORTS: '' });
    expect(config.adminToken).toBeUndefined();
    expect(config.databaseUrl).toBeUndefined();
    expect(config.ports).toEqual({});
  });

  it.each([
    [{}, 'SYSTEM'],
    [{ SYSTEM: 'unheard-of' }, 'SYSTEM'],
    [{ SYSTEM: 'networx', PORTS: 'networx' }, "PORTS: 'networx' is not job=port"],
    [{ SYSTEM: 'networx', PORTS: 'networx=' }, 'PORTS'],
    [{ SYSTEM: 'networx', PORTS: 'networx=70000' }, 'PORTS'],
    [{ SYSTEM: 'networx', DATABASE_URL: 'mysql://127.0.0.1/app' }, 'DATABASE_URL: expected postgres:'],
    [{ SYSTEM: 'networx', REDIS_URL: '127.0.0.1:6379' }, 'REDIS_URL'],
    [{ SYSTEM: 'networx', CLIENTS: '-1' }, 'CLIENTS'],
    [{ SYSTEM: 'networx', LOG_LEVEL: 'loud' }, 'LOG_LEVEL'],
  ])('says what is wrong with %j', (environment, message) => {
    expect(() => readConfig(environment)).toThrow(message);
  });

  it('names everything that is wrong at once', () => {
    expect(() => readConfig({ CLIENTS: 'many', ADMIN_PORT: '-5' })).toThrow(/SYSTEM[^]*ADMIN_PORT[^]*CLIENTS/);
  });
});
