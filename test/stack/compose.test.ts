import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import packageJson from '../../package.json' with { type: 'json' };
import { compileModel } from '../../generators/compile.ts';
import { createReport } from '../../generators/diagnostics/report.ts';
import type { Environment, Model } from '../../generators/model/model.ts';
import { runProcess } from '../support/project.ts';
import { missingNote } from '../support/summary-reporter.ts';
import { readConfig, SYSTEM_IDS } from './app/config.ts';
import { loadDefinitions } from './local-project.ts';

interface Service {
  readonly image: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly pull_policy?: string;
  readonly restart: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly networks: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly mem_limit: string;
  readonly cpus: number;
  readonly read_only?: boolean;
  readonly security_opt?: readonly string[];
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const compose = parseYaml(read('docker-compose.yml'), { merge: true }) as Compose;
const services = Object.entries(compose.services);
const service = (name: string): Service => {
  const found = compose.services[name];
  if (!found) throw new Error(`there is no service ${name}`);
  return found;
};
/** What is built here; every other image is pulled. */
const SAMPLE = 'tocsin-sample:local';
const samples = services.filter(([, { image }]) => image === SAMPLE);
const split = (address: string): readonly [host: string, port: number] => {
  const end = address.lastIndexOf(':');
  return [address.slice(0, end), Number(address.slice(end + 1))];
};
const portsIn = (text: unknown): Readonly<Record<string, number>> =>
  Object.fromEntries(
    String(text)
      .split(',')
      .map((pair) => pair.split('='))
      .map(([job = '', port]) => [job, Number(port)]),
  );

let model: Model;
let environment: Environment;
beforeAll(async () => {
  const report = createReport();
  const compiled = compileModel(await loadDefinitions(report), report);
  const found = compiled?.project.environments.find(({ id }) => id === 'compose');
  if (!compiled || !found) throw new Error('the definitions have no environment called compose');
  model = compiled;
  environment = found;
});

describe('docker-compose.yml agrees with the repository', () => {
  it('mounts folders that are there, and volumes that it declares', () => {
    for (const [name, { volumes = [] }] of services) {
      for (const [source = '', target = ''] of volumes.map((volume) => volume.split(':'))) {
        expect(target, name).toMatch(/^\//);
        if (source.startsWith('./'))
          expect(statSync(join(ROOT, source)).isDirectory(), `${name}: ${source}`).toBe(true);
        else expect(Object.keys(compose.volumes), name).toContain(source);
      }
    }
  });

  it('builds the sample image once, before whatever else is started from it', () => {
    const builders = services.filter(([, { build }]) => build !== undefined);
    expect(builders.map(([name, { image }]) => [name, image])).toEqual([['inbox', SAMPLE]]);
    const waitsFor = (name: string): readonly string[] =>
      Object.keys(service(name).depends_on ?? {}).flatMap((other) => [other, ...waitsFor(other)]);
    expect(samples.length).toBe(SYSTEM_IDS.length + 2);
    for (const [name, { pull_policy: policy, build }] of samples) {
      expect(policy, name).toBe('never');
      if (!build) expect(waitsFor(name), name).toContain('inbox');
    }
  });

  it('builds from files that are there, and copies only what .dockerignore lets through', () => {
    const allowed = read('.dockerignore').split('\n');
    const { context = '', dockerfile = '' } = service('inbox').build ?? {};
    const copied = [...read(join(context, dockerfile)).matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(
      ([, paths = '']) => paths.split(' '),
    );
    expect(copied.length).toBeGreaterThan(3);
    for (const path of copied) {
      expect(existsSync(join(ROOT, context, path)), path).toBe(true);
      expect(allowed).toContain(`!${path}`);
    }
    expect(allowed).toContain('*');
    expect(allowed.filter((line) => line.startsWith('!')).toSorted()).toEqual(
      copied.map((path) => `!${path}`).toSorted(),
    );
  });

  it('runs the image as an ordinary user, on one pinned version of the Node that is required', () => {
    const stages = read('test/stack/app/Dockerfile')
      .split(/^(?=FROM )/m)
      .slice(1);
    expect(stages.length).toBe(2);
    const bases = stages.map((stage) => /^FROM (\S+)/.exec(stage)?.[1] ?? '');
    expect(new Set(bases).size).toBe(1);
    expect(bases[0]).toMatch(/^node:\d+\.\d+\.\d+-alpine$/);
    expect(/\d+/.exec(bases[0] ?? '')?.[0]).toBe(/\d+/.exec(packageJson.engines.node)?.[0]);
    const instructions = [...(stages[1] ?? '').matchAll(/^([A-Z]+) (.*)$/gm)].map(
      ([, name, value]) => `${name} ${value}`,
    );
    // Nothing is installed or run where it ends up, and what is started belongs to somebody else.
    expect(instructions.filter((one) => /^(RUN|ADD|USER)/.test(one))).toEqual(['USER node']);
    expect(instructions.findIndex((one) => one.startsWith('USER'))).toBeLessThan(
      instructions.findIndex((one) => one.startsWith('CMD')),
    );
  });

  it('starts programs that the image holds', () => {
    const image = read('scripts/bundle.mjs');
    for (const [name, { command }] of samples) {
      const program = command?.at(-1) ?? 'main.js';
      expect(image, name).toMatch(new RegExp(`\\b${program.replace('.js', '')}: 'test/stack/`));
    }
  });

  it('mounts what Prometheus, Alertmanager and Grafana are told to read', () => {
    const mounted = (name: string, path: string): string => {
      const volume = service(name).volumes?.find((one) => path.startsWith(`${one.split(':')[1]}/`)) ?? '';
      const [source = '', target = ''] = volume.split(':');
      return join(ROOT, source, path.slice(target.length));
    };
    for (const name of ['prometheus', 'alertmanager']) {
      const config = service(name).command?.find((one) => one.startsWith('--config.file='));
      expect(existsSync(mounted(name, config?.slice('--config.file='.length) ?? '')), name).toBe(true);
    }
    const [provider] = (
      parseYaml(read('out/grafana/provisioning/dashboards/tocsin.yml')) as {
        readonly providers: readonly { readonly options: { readonly path: string } }[];
      }
    ).providers;
    expect(service('grafana').volumes).toContain(`./out/grafana/dashboards:${provider?.options.path}:ro`);
  });

  it('keeps metrics for as long as the definitions want', () => {
    expect(service('prometheus').command).toContain(
      `--storage.tsdb.retention.time=${model.project.retention / 86_400_000}d`,
    );
  });
});

describe('docker-compose.yml agrees with the definitions', () => {
  it('has an app for each system, which listens where its jobs are scraped', () => {
    const apps = services.filter(([name]) => name.startsWith('app-'));
    expect(apps.map(([, { environment: env }]) => String(env?.['SYSTEM'])).toSorted()).toEqual(
      model.systems.map(({ id }) => id).toSorted(),
    );
    for (const { id, jobs } of model.systems) {
      const { environment: env = {}, networks } = service(`app-${id}`);
      const targets = jobs.map((job) => [job.id, job.targets['compose']] as const);
      const ports = portsIn(env['PORTS']);
      expect(targets.map(([job, target]) => [job, target?.map(split)])).toEqual(
        Object.entries(ports).map(([job, port]) => [job, [[`app-${id}`, port]]]),
      );
      expect(networks.filter((network) => service('prometheus').networks.includes(network))).not.toEqual([]);
    }
  });

  it('publishes the ports of the jobs where the local stack has them', () => {
    for (const { id, jobs } of model.systems) {
      const inside = portsIn(service(`app-${id}`).environment?.['PORTS']);
      const published = jobs.map((job) => `${job.targets['local']?.[0]}:${inside[job.id]}`);
      expect(service(`app-${id}`).ports?.toSorted()).toEqual(published.toSorted());
    }
  });

  it('gives the apps an environment that they read', () => {
    const config = read('test/stack/app/config.ts');
    for (const id of SYSTEM_IDS) {
      const { environment: env = {} } = service(`app-${id}`);
      const texts = Object.fromEntries(
        Object.entries(env).map(([name, value]) => [name, String(value).replace(/^\$\{\w+:-\}$/, '')]),
      );
      expect(Object.keys(texts).filter((name) => !config.includes(`  ${name}: `))).toEqual([]);
      const { system, ports, host, databaseUrl = '', redisUrl = '', adminToken } = readConfig(texts);
      expect([system, host, adminToken]).toEqual([id, '0.0.0.0', undefined]);
      expect(ports).toEqual(portsIn(env['PORTS']));
      expect(new URL(databaseUrl).pathname).toBe(`/${id}`);
      expect(read('test/stack/postgres/databases.sql')).toContain(`CREATE DATABASE "${id}";`);
      for (const url of [databaseUrl, redisUrl]) {
        const { hostname, password } = new URL(url);
        expect(password).toBe('');
        expect(service(hostname).networks).toEqual(['data']);
      }
    }
    const redis = SYSTEM_IDS.map((id) => service(`app-${id}`).environment?.['REDIS_URL']);
    expect(new Set(redis).size).toBe(redis.length);
  });

  it('sends the load to every job, on a network of its own', () => {
    const { environment: env = {}, networks } = service('load');
    expect(String(env['SYSTEMS']).split(',').toSorted()).toEqual(model.systems.map(({ id }) => id).toSorted());
    expect(portsIn(env['PORTS'])).toEqual(
      Object.assign({}, ...SYSTEM_IDS.map((id) => portsIn(service(`app-${id}`).environment?.['PORTS']))),
    );
    for (const id of SYSTEM_IDS) {
      expect(service(String(env['HOST']).replace('{system}', id)).networks).toEqual(
        expect.arrayContaining([...networks]),
      );
    }
  });

  it('has Prometheus, Alertmanager and the inbox where the environment says', () => {
    const { alertmanagers, prometheusUrl, inbox } = environment;
    expect(alertmanagers).toEqual(['alertmanager:9093']);
    expect(prometheusUrl).toBe('http://prometheus:9090');
    const { environment: env = {}, networks } = service('inbox');
    expect(inbox).toEqual({ url: `http://inbox:${env['HTTP_PORT']}`, smtp: `inbox:${env['SMTP_PORT']}` });
    for (const name of ['alertmanager', 'prometheus', 'grafana']) expect(service(name).networks).toEqual(networks);
    expect(Object.keys(env).filter((name) => !read('test/stack/inbox/main.ts').includes(`  ${name}: `))).toEqual([]);
    const loadNames = Object.keys(service('load').environment ?? {});
    expect(loadNames.filter((name) => !read('test/stack/services/load.ts').includes(`  ${name}: `))).toEqual([]);
  });
});

describe('docker-compose.yml is careful', () => {
  it.each(services)('with %s', (name, one) => {
    const { image, ports = [], networks, healthcheck, depends_on: needs = {} } = one;
    // A tag that moves is another program tomorrow.
    if (image !== SAMPLE) expect(image).toMatch(/^[a-z/]+:v?\d+\.\d+(\.\d+)?(-alpine)?$/);
    expect(ports.filter((port) => !/^127\.0\.0\.1:\d+:\d+$/.test(port))).toEqual([]);
    expect(one.mem_limit).toMatch(/^\d+[mg]$/);
    expect(one.cpus).toBeGreaterThan(0);
    expect(one.security_opt).toEqual(['no-new-privileges:true']);
    expect(one.read_only).toBe(true);
    expect(one.restart).toBe('unless-stopped');
    expect(networks.filter((network) => !(network in compose.networks))).toEqual([]);
    // Only a network with a way out can publish a port.
    if (ports.length > 0)
      expect(networks.filter((network) => compose.networks[network]?.internal !== true)).not.toEqual([]);
    expect(healthcheck === undefined).toBe(name === 'load');
    for (const [other, { condition }] of Object.entries(needs)) {
      expect(condition).toBe('service_healthy');
      expect(service(other).healthcheck).toBeDefined();
    }
    const asked = /:(\d+)\//.exec(healthcheck?.test.at(-1) ?? '')?.[1];
    if (ports.length > 0) expect(ports.map((port) => port.split(':')[2])).toContain(asked);
  });

  it.each(['prometheus', 'alertmanager'])('gives messages links to %s that this machine can follow', (name) => {
    const [published = ''] = service(name).ports ?? [];
    expect(service(name).command).toContain(`--web.external-url=http://${published.replace(/:\d+$/, '')}`);
  });

  it('publishes no port twice', () => {
    const published = services.flatMap(([, { ports = [] }]) => ports.map((port) => port.split(':')[1]));
    expect(new Set(published).size).toBe(published.length);
  });

  it('holds no secret', () => {
    const variables = services.flatMap(([, { environment: env = {} }]) => Object.entries(env));
    const secrets = variables.filter(([name]) => /PASSWORD|SECRET|TOKEN|KEY/.test(name));
    // Taken from whoever starts it; without one there is no admin endpoint.
    expect([...new Set(secrets.map((pair) => pair.join('=')))]).toEqual(['ADMIN_TOKEN=${ADMIN_TOKEN:-}']);
  });

  it('is accepted by docker-compose', async ({ skip }) => {
    // The plugin of docker, or the program of its own that Debian ships. No engine has to run for this.
    for (const [program = '', ...args] of [['docker', 'compose'], ['docker-compose']]) {
      const run = (...more: readonly string[]) => runProcess(program, [...args, ...more], { cwd: ROOT });
      const version = await run('version').catch(() => undefined);
      if (version?.code !== 0) continue;
      const ended = await run('--file', 'docker-compose.yml', 'config', '--quiet');
      expect(ended, ended.stderr).toMatchObject({ code: 0 });
      return;
    }
    // Not one of the programs that set-up provides: without it the rest of this file has to do, in CI too.
    skip(missingNote('docker-compose'));
  });
});
