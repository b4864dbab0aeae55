/** The entry of the process: environment in, a line of JSON out when everything answers, an orderly end on SIGTERM. */
import { createLogger } from './logger.ts';
import { readConfig } from './config.ts';
import { startApp } from './app.ts';
import { SYSTEMS } from './systems/index.ts';

const fail = (message: string): void => {
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
};

const run = async (): Promise<void> => {
  const config = readConfig(process.env);
  const output = createLogger(config);
  const { log } = output;
  const system = SYSTEMS.find(({ id }) => id === config.system);
  if (!system) throw new Error(`nobody plays the system '${config.system}'`);

  // What nobody caught is a bug: say so and end, instead of going on in an unknown state.
  const crash = (kind: string) => (error: unknown) => {
    log.fatal({ err: error }, kind);
    log.flush(() => process.kill(process.pid, 'SIGKILL'));
  };
  process.on('uncaughtException', crash('uncaught exception'));
  process.on('unhandledRejection', crash('unhandled rejection'));

  const app = await startApp(system, config, output);
  let isEnding = false;
  const end = async (signal: string): Promise<void> => {
    if (isEnding) return;
    isEnding = true;
    log.info({ signal }, 'ending');
    await app.stop();
    log.info('ended');
    await new Promise<void>((resolve) => log.flush(() => resolve()));
  };
  // An orderly end is an exit with 0, whatever library still holds a socket or a timer.
  process.on('SIGTERM', () => void end('SIGTERM').then(() => process.exit(0)));
  process.on('SIGINT', () => void end('SIGINT').then(() => process.exit(0)));
  process.stdout.write(`${JSON.stringify(app.ready)}\n`);
};

run().catch((error: unknown) => {
  fail(
    error instanceof Error ? (process.env['LOG_LEVEL'] === 'debug' ? (error.stack ?? '') : error.message) : 'failed',
  );
});
