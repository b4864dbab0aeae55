import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { compileModel } from '../generators/compile.ts';
import { createReport } from '../generators/diagnostics/report.ts';
import * as tocsin from '../generators/index.ts';
import { load } from '../generators/load/load.ts';
import type { Definition } from '../generators/model/definition.ts';
import type { Model, System } from '../generators/model/model.ts';
import * as promql from '../generators/promql/index.ts';
import { alertsIn } from './stack/local-project.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** One line of a table of docs/seeds.md. */
interface Row {
  readonly system: string;
  readonly said: string;
  readonly isFault: boolean;
  /** Places in definitions. */
  readonly places: readonly string[];
  /** What does it: `alert CacheUnavailable: down`. */
  readonly references: readonly string[];
}

const inBackticks = (text: string): readonly string[] =>
  [...text.matchAll(/`([^`]+)`/g)].map(([, inner = '']) => inner);

const readRows = (text: string): readonly Row[] =>
  text
    .split(/^## /m)
    .slice(1)
    .flatMap((section) => {
      const system = section.slice(0, section.indexOf('\n')).trim();
      let isFault = false;
      return section
        .split('\n')
        .filter((line) => line.startsWith('|'))
        .flatMap((line): Row[] => {
          const [said = '', places = '', references = ''] = line.slice(1).split('|');
          const first = said.trim();
          if (/^-+$/.test(first)) return [];
          if (first === 'The seed' || first === 'Fault of the seed') {
            isFault = first !== 'The seed';
            return [];
          }
          return [{ system, said: first, isFault, places: inBackticks(places), references: inBackticks(references) }];
        });
    });

const ROWS = readRows(readFileSync(join(ROOT, 'docs/seeds.md'), 'utf8'));

const definitions = new Map<string, Definition>();
let model: Model | undefined;

beforeAll(async () => {
  const report = createReport();
  const loaded = await load(
    { root: ROOT, definitions: 'definitions', modules: { tocsin, 'tocsin/promql': promql } },
    report,
  );
  model = compileModel(loaded.definitions, report);
  expect(report.hasErrors).toBe(false);
  for (const { value } of loaded.definitions) {
    const definition = value as Definition;
    definitions.set(definition.kind === 'project' ? 'project' : definition.input.id, definition);
  }
});

const systemOf = (id: string): System => {
  const found = model?.systems.find((system) => system.id === id);
  if (!found) throw new Error(`there is no system ${id}`);
  return found;
};

/** Whether a definition says something there: `components.cache.levels.hitRate`. What calls give holds its input. */
const isDefined = (system: string, place: string): boolean => {
  const [first = '', ...rest] = place.split('.');
  const [file, path] = first === 'project' ? ['project', rest] : [system, [first, ...rest]];
  let value: unknown = definitions.get(file)?.input;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return false;
    const inner = 'kind' in value && 'input' in value ? value.input : value;
    value = (inner as Readonly<Record<string, unknown>>)[key];
  }
  return value !== undefined;
};

const rulesOf = (system: string) =>
  (model?.ruleGroups ?? []).filter((group) => group.system === system).flatMap(({ rules }) => rules);

const sourcesBelow = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));

/** Whether the sample app's system serves a path: it stands in its sources, or in the part that serves all metrics. */
const isServed = (system: string, path: string): boolean => {
  if (path === '/metrics') return systemOf(system).jobs.some((job) => job.path === path);
  const literal = new RegExp(`['"\`]${path.replaceAll(/[.*+?^$()|[\]{}\\]/g, String.raw`\$&`)}['"\`?]`);
  return sourcesBelow(join(ROOT, 'test/stack/app/systems', system)).some((text) => literal.test(text));
};

/** Whether what a reference names is there, by its first word. */
const LOOK_UPS: Readonly<Record<string, (system: string, name: string) => boolean>> = {
  alert: (system, name) => {
    const [alert, level] = name.split(': ');
    return rulesOf(system).some(
      (rule) =>
        rule.kind === 'alerting' &&
        rule.alert === alert &&
        (level === undefined || rule.annotations['threshold'] === level),
    );
  },
  series: (system, name) => rulesOf(system).some((rule) => rule.kind === 'recording' && rule.record === name),
  panel: (system, name) => {
    const [row = '', panel = ''] = name.split(' / ');
    return (model?.dashboards ?? [])
      .filter((dashboard) => dashboard.system === system)
      .flatMap(({ rows }) => rows)
      .some(({ title, panels }) => title === row && panels.some((one) => one.title === panel));
  },
  endpoint: isServed,
  metric: (system, name) => systemOf(system).metrics.some((metric) => metric.name === name),
  job: (system, name) => systemOf(system).jobs.some(({ id }) => id === name),
  slo: (system, name) => systemOf(system).slos.some(({ id }) => id === name),
  workload: (system, name) => systemOf(system).workloads.some(({ id }) => id === name),
  receiver: (_, name) => (model?.project.receivers ?? []).some(({ id }) => id === name),
  severity: (_, name) => (model?.project.severities ?? []).some(({ id }) => id === name),
  file: (_, name) => existsSync(join(ROOT, name)),
};

const isThere = (system: string, reference: string): boolean => {
  const at = reference.indexOf(' ');
  return LOOK_UPS[reference.slice(0, at)]?.(system, reference.slice(at + 1)) ?? false;
};

describe('the table of the seeds', () => {
  it('has a part for every system, each with its faults', () => {
    const systems = model?.systems.map(({ id }) => id) ?? [];
    expect([...new Set(ROWS.map(({ system }) => system))].toSorted()).toEqual(systems.toSorted());
    expect([...new Set(ROWS.filter(({ isFault }) => isFault).map(({ system }) => system))].toSorted()).toEqual(
      systems.toSorted(),
    );
  });

  it('says for every line where it is defined and what does it', () => {
    const poor = ROWS.filter(({ places, references }) => places.length === 0 || references.length === 0);
    expect(poor.map(({ system, said }) => `${system}: ${said}`)).toEqual([]);
  });

  it('names places that are defined', () => {
    const missing = ROWS.flatMap(({ system, places }) =>
      places.filter((place) => !isDefined(system, place)).map((place) => `${system}: ${place}`),
    );
    expect(missing).toEqual([]);
  });

  it('names alerts, levels, series, panels, endpoints and receivers that are there', () => {
    const missing = ROWS.flatMap(({ system, references }) =>
      references.filter((reference) => !isThere(system, reference)).map((reference) => `${system}: ${reference}`),
    );
    expect(missing).toEqual([]);
  });

  it.each([
    'alert CacheGone',
    'alert CacheUnavailable: above 5 %',
    'series migrated_components:cache_hit_rate:sum',
    'panel Cache / Query time, p95',
    'endpoint /health/nowhere',
    'metric cache_gone',
    'job cache',
    'slo cache-latency',
    'workload migrated-components',
    'receiver nobody',
    'severity urgent',
    'file docs/seeds.txt',
  ])('would not accept `%s`', (reference) => {
    expect(isThere('migrated-components', reference)).toBe(false);
  });

  it('has every alert of the model, and every SLO with its alerts', () => {
    if (!model) throw new Error('there is no model');
    const named = new Set(
      ROWS.flatMap(({ system, references }) =>
        references.map((reference) => `${system} ${reference.replace(/^(alert [^:]+):.*/, '$1')}`),
      ),
    );
    // What the monitoring says about itself is a line of no seed.
    const ofSystems = alertsIn(model).filter(({ source: { kind } }) => kind === 'threshold' || kind === 'slo');
    const found = ofSystems.map(({ system, alert, source }) =>
      source.kind === 'slo' ? `${system} slo ${source.id}` : `${system} alert ${alert}`,
    );
    expect([...new Set(found)].filter((one) => !named.has(one))).toEqual([]);
  });
});
