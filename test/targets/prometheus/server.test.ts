import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import type { Model } from '../../../generators/model/model.ts';
import { prometheus } from '../../../generators/targets/prometheus/target.ts';
import { emitWith, writeTexts } from '../../support/artefacts.ts';
import { freePort } from '../../../scripts/stack/ports.ts';
import { runProcess } from '../../support/project.ts';
import { sampleModel } from '../../support/sample-model.ts';
import { requireTool } from '../../support/tools.ts';

interface Configuration {
  readonly global: Readonly<Record<string, unknown>>;
  readonly rule_files: readonly string[];
  readonly alerting?: unknown;
  readonly scrape_configs: readonly {
    readonly job_name: string;
    readonly static_configs: readonly { readonly targets: readonly string[] }[];
  }[];
}

const configuration = async (path: string, model: Model = sampleModel): Promise<Configuration> =>
  parseYaml((await emitWith([prometheus], model)).texts.get(path) ?? '') as Configuration;

describe('prometheus.yml', () => {
  it('has the times of the project and the labels of the environment', async () => {
    const { global } = await configuration('prometheus/prometheus.yml');
    expect(global).toEqual({
      scrape_interval: '15s',
      scrape_timeout: '10s',
      evaluation_interval: '15s',
      external_labels: { cluster: 'compose', region: 'on' },
    });
    expect((await configuration('prometheus/prometheus.local.yml')).global).not.toHaveProperty('external_labels');
  });

  it('names every rule file, relative to itself', async () => {
    expect((await configuration('prometheus/prometheus.yml')).rule_files).toEqual([
      'rules/shop.yml',
      'rules/hostile.yml',
    ]);
  });

  it('scrapes the jobs that have targets in the environment', async () => {
    const jobs = async (path: string) =>
      (await configuration(path)).scrape_configs.map(({ job_name, static_configs }) => [
        job_name,
        ...(static_configs[0]?.targets ?? []),
      ]);
    expect(await jobs('prometheus/prometheus.yml')).toEqual([
      ['shop-api', 'shop-api:4000'],
      ['browser', 'shop-web:3000'],
      ['prometheus', 'other-prometheus:9090'],
      ['alertmanager', 'alertmanager:9093'],
    ]);
    expect(await jobs('prometheus/prometheus.local.yml')).toEqual([
      ['shop-api', '127.0.0.1:4000', '127.0.0.1:4001'],
      ['alertmanager', '127.0.0.1:19093', '127.0.0.1:29093'],
    ]);
  });

  it('scrapes as the job says', async () => {
    const { scrape_configs: jobs } = await configuration('prometheus/prometheus.yml');
    expect(jobs[1]).toEqual({
      job_name: 'browser',
      scrape_interval: '30s',
      scrape_timeout: '10s',
      metrics_path: '/api/metrics',
      scheme: 'https',
      static_configs: [{ targets: ['shop-web:3000'] }],
    });
  });

  it('watches itself where the others reach it, behind a path too, unless a system has a job of that name', async () => {
    const self = async (model: Model) =>
      (await configuration('prometheus/prometheus.local.yml', model)).scrape_configs.find(
        ({ job_name }) => job_name === 'prometheus',
      );
    expect(await self(sampleModel)).toBeUndefined();
    const systems = sampleModel.systems.map((system) => ({ ...system, jobs: [] }));
    expect(await self({ ...sampleModel, systems })).toEqual({
      job_name: 'prometheus',
      scrape_interval: '15s',
      scrape_timeout: '10s',
      metrics_path: '/metrics-store/metrics',
      scheme: 'https',
      static_configs: [{ targets: ['prometheus.example.com:443'] }],
    });
  });

  it('needs no Alertmanager', async () => {
    const environments = sampleModel.project.environments.map((environment) => ({ ...environment, alertmanagers: [] }));
    const found = await configuration('prometheus/prometheus.yml', {
      ...sampleModel,
      project: { ...sampleModel.project, environments },
    });
    expect(found).not.toHaveProperty('alerting');
    expect(found.scrape_configs.map(({ job_name }) => job_name)).not.toContain('alertmanager');
  });

  it('is accepted by promtool with its rule files', async () => {
    const promtool = requireTool('promtool');
    const folder = writeTexts((await emitWith([prometheus], sampleModel)).texts);
    try {
      for (const file of ['prometheus.yml', 'prometheus.local.yml']) {
        // From elsewhere: the rule files are relative to the configuration.
        const { code, stdout, stderr } = await runProcess(
          promtool,
          ['check', 'config', join(folder.root, 'prometheus', file)],
          { cwd: '/' },
        );
        expect(code, `${stdout}${stderr}`).toBe(0);
        expect(stdout).toContain('2 rule files found');
      }
    } finally {
      folder.remove();
    }
  });

  it('is loaded by Prometheus, and every rule is healthy', async () => {
    const program = requireTool('prometheus');
    const quick = {
      ...sampleModel,
      project: { ...sampleModel.project, evaluationInterval: 1000 },
      ruleGroups: sampleModel.ruleGroups.map((group) => ({ ...group, interval: 1000 })),
    };
    const folder = writeTexts((await emitWith([prometheus], quick)).texts);
    const address = `127.0.0.1:${await freePort()}`;
    const server = spawn(
      program,
      ['--config.file=prometheus/prometheus.yml', '--storage.tsdb.path=data', `--web.listen-address=${address}`],
      {
        cwd: folder.root,
        stdio: 'ignore',
      },
    );
    const ended = once(server, 'exit');
    try {
      const rules = await waitForRules(address);
      expect(rules.map(({ health, lastError }) => [health, lastError])).toEqual(rules.map(() => ['ok', undefined]));
      expect(rules).toHaveLength(13);
    } finally {
      server.kill('SIGKILL');
      await ended;
      folder.remove();
    }
  });
});

interface LoadedRule {
  readonly health: string;
  readonly lastError?: string;
}

const waitForRules = async (address: string): Promise<readonly LoadedRule[]> => {
  for (let attempt = 0; attempt < 150; attempt += 1) {
    const answer = await fetch(`http://${address}/api/v1/rules`).then(
      (response) => (response.ok ? response.json() : undefined),
      () => undefined,
    );
    const groups =
      (
        answer as
          { readonly data?: { readonly groups: readonly { readonly rules: readonly LoadedRule[] }[] } } | undefined
      )?.data?.groups ?? [];
    const rules = groups.flatMap((group) => group.rules);
    if (rules.length > 0 && rules.every(({ health }) => health !== 'unknown')) return rules;
    await sleep(100);
  }
  throw new Error('Prometheus did not evaluate its rules in 15 seconds');
};
