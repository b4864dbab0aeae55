import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ROUTING_CODES } from '../../generators/diagnostics/routing-codes.ts';
import type { Code } from '../../generators/diagnostics/codes.ts';
import { CODES } from '../../generators/diagnostics/codes.ts';
import { createReport } from '../../generators/diagnostics/report.ts';
import type { Report } from '../../generators/diagnostics/report.ts';
import { resolveFindings } from '../../generators/diagnostics/resolve.ts';
import type { RouteMatcher, RouteNode } from '../../generators/model/model.ts';
import type { Artefact } from '../../generators/output/artefact.ts';
import { checkRouting } from '../../generators/passes/check-routing.ts';
import { validateTemplates } from '../../generators/validate/templates.ts';
import { openProject } from '../../scripts/project.ts';
import { METRICS, PROJECT, SYSTEM } from '../broken/base.ts';
import { memoryIo } from '../support/memory-io.ts';
import { temporaryProject } from '../support/project.ts';
import { sampleModel } from '../support/sample-model.ts';
import { ROUTING_CASES } from './routing-cases.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const say = (report: Report): readonly string[] =>
  report.list().map(({ code, data }) => `${code}: ${(CODES[code].message as (data: unknown) => string)(data)}`);

describe('a project whose routing is wrong', () => {
  it.each(ROUTING_CASES.map((one) => [one.name, one] as const))('%s', async (_, { edits, code, severity, message }) => {
    const project = temporaryProject();
    try {
      const text = edits.reduce((before, [replace, by]) => {
        expect(before).toContain(replace);
        return before.replace(replace, () => by);
      }, PROJECT);
      project.write('definitions/project.ts', text);
      project.write('definitions/metrics.ts', METRICS);
      project.write('definitions/systems/shop.ts', SYSTEM);
      const { report, locator } = await openProject('definitions', memoryIo({ cwd: project.root }));
      const findings = resolveFindings(report.list(), locator);
      expect(findings.map((finding) => `${finding.code}: ${finding.message}`)).toContain(`${code}: ${message}`);
      const found = findings.find((finding) => finding.code === code && finding.message === message);
      expect(found?.severity).toBe(severity);
      if (code in ROUTING_CODES) expect(found?.hint).toBeTruthy();
      expect(found?.file).toMatch(/^definitions\//);
      expect(found?.line).toBeGreaterThan(0);
    } finally {
      project.remove();
    }
  });

  it('the sound project is sound', async () => {
    const project = temporaryProject();
    try {
      project.write('definitions/project.ts', PROJECT);
      project.write('definitions/metrics.ts', METRICS);
      project.write('definitions/systems/shop.ts', SYSTEM);
      const { report } = await openProject('definitions', memoryIo({ cwd: project.root }));
      expect(say(report)).toEqual([]);
    } finally {
      project.remove();
    }
  });
});

const is = (name: string, value: string): RouteMatcher => ({ name, op: '=', value });
const route = (id: string, matchers: readonly RouteMatcher[], more: Partial<RouteNode> = {}): RouteNode => ({
  id,
  receiver: 'core-critical',
  matchers,
  groupBy: [],
  groupWait: 1000,
  groupInterval: 60_000,
  repeatInterval: 3_600_000,
  continue: false,
  routes: [],
  origin: { file: 'definitions/project.ts', path: [] },
  ...more,
});

/** The findings about the sample with another tree, only those of one kind. */
const findingsOf = (code: Code, routes: readonly RouteNode[]): readonly string[] => {
  const report = createReport();
  const root = route('root', [], { receiver: 'fallback', routes });
  checkRouting.run({ ...sampleModel, routing: { ...sampleModel.routing, root, inhibitions: [] } }, report);
  return say(report).filter((text) => text.startsWith(`${code}:`));
};

/** Findings that no definition can cause, because the generator does not make such trees. */
const BY_HAND: readonly (readonly [Code, string, () => readonly string[], string])[] = [
  [
    'routing/route-contradictory',
    'a route that asks for what its parent forbids',
    () =>
      findingsOf('routing/route-contradictory', [
        route('a', [is('severity', 'critical')], { routes: [route('b', [is('severity', 'warning')])] }),
      ]),
    'nothing can match the route "b": what it and its parents ask of "severity" cannot hold at once',
  ],
  [
    'routing/alert-default',
    'an alert that only the fallback is told of',
    () => findingsOf('routing/alert-default', [route('a', [is('team', 'nobody')])]),
    'only the fallback is told of PerformanceDegradation (critical)',
  ],
  [
    'routing/alert-default',
    'an alert that depends on a label of its series',
    () => findingsOf('routing/alert-default', [route('a', [is('route', '/pay'), is('severity', 'critical')])]),
    'only the fallback is told of PerformanceDegradation (critical) when its label "route" has a value that no route names',
  ],
];

/** Notification texts that Alertmanager would trip over. */
const templateFindings = (...artefacts: readonly Artefact[]): readonly string[] => {
  const report = createReport();
  validateTemplates(artefacts, sampleModel, report);
  return say(report);
};
const file = {
  target: 'alertmanager',
  origins: new Map([['', { file: 'definitions/project.ts', path: [] }]]),
} as const;
const template = (text: string): Artefact => ({
  ...file,
  path: 'alertmanager/templates/x.tmpl',
  format: 'go-template',
  text,
});
const config = (text: string): Artefact => ({
  ...file,
  path: 'alertmanager/alertmanager.yml',
  format: 'yaml',
  value: { receivers: [{ name: 'x', slack_configs: [{ text }] }] },
});
const TEMPLATES: readonly (readonly [Code, string, () => readonly string[], string])[] = [
  [
    'routing/template-undefined',
    'a template that no file defines',
    () => templateFindings(template('{{ define "my.text" }}x{{ end }}'), config('{{ template "my.txt" . }}')),
    'alertmanager/alertmanager.yml uses the template "my.txt", which no file defines',
  ],
  [
    'routing/template-annotation',
    'a text that prints an annotation nobody sets',
    () => templateFindings(template('{{ define "my.text" }}{{ .CommonAnnotations.runbook }}{{ end }}')),
    'alertmanager/templates/x.tmpl prints the annotation "runbook", which no alert has',
  ],
];

describe('a tree that no definition gives', () => {
  it.each(BY_HAND)('%s: %s', (code, _, findings, message) => {
    expect(findings()).toContain(`${code}: ${message}`);
  });

  it('is not blamed for what Alertmanager can do with all annotations at once', () => {
    const text = '{{ (.Annotations.Remove $.CommonAnnotations.Names).SortedPairs }}{{ .CommonAnnotations.Values }}';
    expect(templateFindings(template(text))).toEqual([]);
  });

  it('is not blamed for what may be', () => {
    const fine = [
      route('a', [{ name: 'severity', op: '=~', value: 'crit.*' }]),
      route('b', [{ name: 'severity', op: '=~', value: 'critical|warning' }]),
      route('c', [is('severity', 'info')]),
    ];
    expect(findingsOf('routing/route-shadowed', fine)).toEqual([]);
    expect(findingsOf('routing/route-contradictory', fine)).toEqual([]);
  });
});

describe('the text of a notification', () => {
  it.each(TEMPLATES)('%s: %s', (code, _, findings, message) => {
    expect(findings()).toContain(`${code}: ${message}`);
  });

  it('may use what Alertmanager brings along', () => {
    expect(templateFindings(config('{{ template "slack.default.text" . }}{{ .CommonAnnotations.summary }}'))).toEqual(
      [],
    );
  });
});

describe('every finding about routing', () => {
  it.each(Object.keys(ROUTING_CODES))('%s has a failing example and a page', (code) => {
    const examples = [
      ...ROUTING_CASES.map((one) => one.code),
      ...BY_HAND.map(([one]) => one),
      ...TEMPLATES.map(([one]) => one),
    ];
    expect(examples).toContain(code);
    const path = join(ROOT, 'docs/findings', `${code}.md`);
    expect(existsSync(path), path).toBe(true);
    const page = readFileSync(path, 'utf8');
    expect(page).toContain(`# ${code}\n`);
    for (const part of ['## Why', '## What to do', '```']) expect(page).toContain(part);
  });
});
