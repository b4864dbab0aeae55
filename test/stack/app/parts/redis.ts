import { Redis } from 'ioredis';
import type { Logger } from '../logger.ts';

/** A connection to a Redis that fails fast instead of keeping commands for later. Rejects when it cannot be had. */
export const openRedis = async (url: string, log: Logger): Promise<Redis> => {
  const client = new Redis(url, {
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    commandTimeout: 1000,
    connectTimeout: 2000,
    retryStrategy: (times) => Math.min(100 * times, 1000),
  });
  let lastWords = '';
  client.on('error', (error: Error) => {
    // It tries again and again; one line for every new reason.
    if (error.message !== lastWords) log.warn({ err: error }, 'redis');
    lastWords = error.message;
  });
  try {
    await client.connect();
  } catch (error) {
    client.disconnect();
    throw error;
  }
  return client;
};

/** Ends a connection, in order where it still is one. */
export const closeRedis = async (client: Redis): Promise<void> => {
  try {
    await client.quit();
  } catch {
    // It may be disconnected already, and then there is nothing to say goodbye to.
    client.disconnect();
  }
};
