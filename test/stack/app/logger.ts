import { destination, pino, stdTimeFunctions } from 'pino';
import type { DestinationStream, Logger as PinoLogger } from 'pino';
import type { Config } from './config.ts';

export type Logger = PinoLogger;

/** What nobody may read in a log, wherever in an entry it stands (four levels deep). */
const SECRETS = ['authorization', 'cookie', 'password', 'token', 'email', 'secret', 'apiKey'];
const COOKIES = ['["set-cookie"]', '["x-api-key"]', '["proxy-authorization"]'];

const PATHS = ['', '*', '*.*', '*.*.*'].flatMap((prefix) => [
  ...SECRETS.map((name) => (prefix === '' ? name : `${prefix}.${name}`)),
  ...COOKIES.map((name) => `${prefix}${name}`),
]);

/** The levels that are counted; fatal lines count as errors, trace lines as debug. */
export type LineLevel = 'debug' | 'info' | 'warn' | 'error';

export interface LogOutput {
  /** `log.child({ correlationId })` ties together what belongs to one request. */
  readonly log: Logger;
  /** Called for every line that is written. */
  readonly onLine: (observer: (level: LineLevel) => void) => void;
}

const levelOf = (number: number): LineLevel =>
  number >= 50 ? 'error' : number >= 40 ? 'warn' : number >= 30 ? 'info' : 'debug';

/**
 * Structured logs, one JSON object a line, to standard error (standard output is for the ready line). Nothing waits for a
 * line to be written.
 */
export const createLogger = (
  { system, logLevel }: Pick<Config, 'system' | 'logLevel'>,
  stream: DestinationStream = destination({ dest: 2, sync: false, minLength: 0 }),
): LogOutput => {
  const observers: ((level: LineLevel) => void)[] = [];
  const log = pino(
    {
      level: logLevel,
      base: { system },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: PATHS, censor: '[redacted]' },
      hooks: {
        logMethod(args, method, level) {
          for (const observe of observers) observe(levelOf(level));
          method.apply(this, args);
        },
      },
    },
    stream,
  );
  return { log, onLine: (observer) => observers.push(observer) };
};
