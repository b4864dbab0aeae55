/** The load of one system as a process: `node --import tsx test/stack/load/main.ts --system networx --seconds 60`. Ends by itself. */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { describeLoad, measureSystem, startLoad } from './load.ts';
import type { LoadedSystem } from './profiles.ts';
import { LOADED_SYSTEMS, PROFILES } from './profiles.ts';
import { renderReport } from './report.ts';
import type { ScenarioName } from './scenarios.ts';
import { SCENARIO_NAMES, SCENARIOS, toK6Scenario } from './scenarios.ts';

const HELP = `load --system SYSTEM [--scenario NAME] [--seconds N] [--rate PER_SECOND] [--ports JOB=PORT,...]

  --system     ${LOADED_SYSTEMS.join(', ')}
  --scenario   ${SCENARIO_NAMES.join(', ')} (default steady), or capacity: as many requests as are answered
  --seconds    how long requests are sent (default 60)
  --rate       requests a second in the steady state (default: the system's own)
  --ports      where the system's jobs listen (default: the local ports)
  --host       another machine (default 127.0.0.1); needs --allow-host
  --format     text or json (default text)
  --report     also write the report as JSON to this file
  --max-error-ratio   the share of errors above which the exit code is 1 (default 1: never)
  --k6         print the scenario for k6 and send nothing

${SCENARIO_NAMES.map((name) => `  ${name.padEnd(12)} ${SCENARIOS[name].summary}`).join('\n')}
`;

class Usage extends Error {}

const oneOf = <T extends string>(what: string, value: string | undefined, known: readonly T[]): T => {
  const found = known.find((one) => one === value);
  if (found === undefined) throw new Usage(`${what} is one of ${known.join(', ')}, not '${value ?? ''}'`);
  return found;
};

const positive = (what: string, value: string): number => {
  const number = Number(value);
  if (!(number > 0)) throw new Usage(`${what} is a number above 0, not '${value}'`);
  return number;
};

const portsOf = (system: LoadedSystem, text: string | undefined): Readonly<Record<string, number>> => {
  const given = (text ?? '').split(',').filter((pair) => pair !== '');
  return {
    ...PROFILES[system].ports,
    ...Object.fromEntries(
      given.map((pair) => {
        const [job = '', port = ''] = pair.split('=');
        if (!/^\d{1,5}$/.test(port) || job === '') throw new Usage(`--ports takes JOB=PORT,..., not '${pair}'`);
        return [job, Number(port)];
      }),
    ),
  };
};

const run = async (): Promise<number> => {
  const { values } = parseArgs({
    options: {
      help: { type: 'boolean', short: 'h' },
      system: { type: 'string' },
      scenario: { type: 'string', default: 'steady' },
      seconds: { type: 'string', default: '60' },
      rate: { type: 'string' },
      ports: { type: 'string' },
      host: { type: 'string', default: '127.0.0.1' },
      'allow-host': { type: 'boolean', default: false },
      format: { type: 'string', default: 'text' },
      report: { type: 'string' },
      'max-error-ratio': { type: 'string', default: '1' },
      k6: { type: 'boolean', default: false },
    },
  });
  if (values.help === true) {
    process.stdout.write(HELP);
    return 0;
  }
  const system = oneOf('--system', values.system, LOADED_SYSTEMS);
  const scenario = oneOf<ScenarioName | 'capacity'>('--scenario', values.scenario, [...SCENARIO_NAMES, 'capacity']);
  const format = oneOf('--format', values.format, ['text', 'json']);
  const common = {
    system,
    ports: portsOf(system, values.ports),
    seconds: positive('--seconds', values.seconds),
    host: values.host,
    allowHost: values['allow-host'],
  };
  const print = (result: object, text: string): void => {
    const json = `${JSON.stringify(result, undefined, 2)}\n`;
    process.stdout.write(format === 'json' ? json : text);
    if (values.report !== undefined) writeFileSync(values.report, json);
  };
  if (scenario === 'capacity') {
    const capacity = await measureSystem(common);
    const counts = Object.entries(capacity.statuses).map(([status, count]) => `${status}: ${count}`);
    print(
      capacity,
      `${system}: ${capacity.requestsPerSecond.toFixed(0)} requests a second; statuses: ${counts.join(', ')}; without an answer: ${capacity.failures}\n`,
    );
    return 0;
  }
  const options = {
    ...common,
    scenario,
    ...(values.rate === undefined ? {} : { rate: positive('--rate', values.rate) }),
  };
  if (values.k6) {
    process.stdout.write(`${JSON.stringify(toK6Scenario(describeLoad(options)), undefined, 2)}\n`);
    return 0;
  }
  const load = await startLoad(options);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void load.stop());
  const report = await load.done;
  print(report, renderReport(report));
  return report.errors / Math.max(1, report.requests) > Number(values['max-error-ratio']) ? 1 : 0;
};

const isUsage = (error: unknown): error is Error =>
  error instanceof Usage ||
  error instanceof RangeError ||
  (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'));

try {
  process.exitCode = await run();
} catch (error) {
  if (!isUsage(error)) throw error;
  process.stderr.write(`load: ${error.message}\n\n${HELP}`);
  process.exitCode = 2;
}
