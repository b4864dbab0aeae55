import { beforeAll, describe, expect, test } from 'vitest';
import type { Artefact } from '../../generators/output/artefact.ts';
import type { Edit, Rendered } from './rendered.ts';
import { edit, renderScenario, validate } from './rendered.ts';

const RULES = /^prometheus\/rules\/checkout\.yml$/;
const DASHBOARD = /^grafana\/dashboards\/tocsin-checkout\.json$/;
const ROUTING = /^alertmanager\/alertmanager\.yml$/;
const PROMETHEUS = /^prometheus\/prometheus\.yml$/;

let sound: Rendered;
beforeAll(async () => {
  sound = await renderScenario('request-path');
});

interface Broken extends Edit {
  readonly what: string;
  readonly name: string | RegExp;
  readonly suggestion?: string;
}

const BROKEN: readonly (readonly [string, Broken])[] = [
  [
    'a recorded series in an alert',
    {
      path: RULES,
      pointer: /\/expr$/,
      from: 'checkout:payment_latency:max',
      to: 'checkout:payment_latncy:max',
      what: 'recorded series',
      name: 'checkout:payment_latncy:max',
      suggestion: 'checkout:payment_latency:max',
    },
  ],
  [
    'a recorded series on a panel',
    {
      path: DASHBOARD,
      pointer: /\/expr$/,
      from: 'checkout:disk_full:',
      to: 'checkout:disk_ful:',
      what: 'recorded series',
      name: /^checkout:disk_ful:/,
    },
  ],
  [
    'the page of a runbook',
    {
      path: RULES,
      pointer: /\/annotations\/runbook_url$/,
      from: 'PaymentSlow.md',
      to: 'PaymentsSlow.md',
      what: 'runbook',
      name: 'https://runbooks.example.com/checkout/PaymentsSlow.md',
    },
  ],
  [
    'a runbook that is published elsewhere',
    {
      path: RULES,
      pointer: /\/annotations\/runbook_url$/,
      from: 'https://runbooks.example.com/',
      to: 'https://runbooks.example.org/',
      what: 'runbook',
      name: /example\.org/,
    },
  ],
  [
    'a dashboard',
    {
      path: RULES,
      pointer: /\/annotations\/dashboard_url$/,
      from: '/d/tocsin-checkout?',
      to: '/d/tocsin-chekout?',
      what: 'dashboard',
      name: 'tocsin-chekout',
      suggestion: 'tocsin-checkout',
    },
  ],
  [
    'a panel',
    {
      path: RULES,
      pointer: /\/annotations\/dashboard_url$/,
      from: 'viewPanel=',
      to: 'viewPanel=1',
      what: 'panel',
      name: /^1\d+$/,
    },
  ],
  [
    'a receiver of the whole tree',
    {
      path: ROUTING,
      pointer: /^\/route\/receiver$/,
      from: 'fallback',
      to: 'fallbak',
      what: 'receiver',
      name: 'fallbak',
      suggestion: 'fallback',
    },
  ],
  [
    'a receiver of an inner route',
    {
      path: ROUTING,
      pointer: /^\/route\/routes\/\d+\/routes\/\d+\/receiver$/,
      from: 'requests/critical',
      to: 'request/critical',
      what: 'receiver',
      name: 'request/critical',
      suggestion: 'requests/critical',
    },
  ],
  [
    'a rule file',
    {
      path: PROMETHEUS,
      pointer: /^\/rule_files\/0$/,
      from: 'checkout',
      to: 'chekout',
      what: 'rule file',
      name: 'rules/chekout.yml',
    },
  ],
];

interface Miss {
  readonly path: string;
  readonly what: string;
  readonly name: string;
  readonly suggestions: readonly string[];
}

const misses = (rendered: Rendered): readonly (Miss & { readonly file: string | undefined })[] =>
  validate(rendered).map(({ code, data, at }) => {
    expect(code).toBe('validate/reference');
    return { ...(data as unknown as Miss), file: at?.file };
  });

const without = ({ model, artefacts }: Rendered, isGone: (artefact: Artefact) => boolean): Rendered => {
  const left = artefacts.filter((artefact) => !isGone(artefact));
  expect(left.length).toBeLessThan(artefacts.length);
  return { model, artefacts: left };
};

describe('what one file names and another lacks', () => {
  test.each(BROKEN)('%s', (_, { what, name, suggestion, ...change }) => {
    const edited = edit(sound, change);
    const found = misses(edited).find((miss) => miss.what === what);
    expect(found).toMatchObject({ path: edited.path, file: expect.stringMatching(/^definitions\//) as string });
    expect(found?.name).toMatch(typeof name === 'string' ? new RegExp(`^${name.replaceAll('.', '\\.')}$`) : name);
    if (suggestion !== undefined) expect(found?.suggestions).toContain(suggestion);
  });

  test('nothing in a sound project', () => {
    expect(misses(sound)).toEqual([]);
  });

  test('a rule file that no Prometheus loads', () => {
    const edited = edit(sound, { path: PROMETHEUS, pointer: /^\/rule_files\/0$/, from: 'checkout', to: 'chekout' });
    expect(misses(edited).map(({ what, name }) => `${what} ${name}`)).toEqual([
      'rule file rules/chekout.yml',
      'entry for the rule file rules/checkout.yml',
    ]);
  });

  test.each([
    ['the rules', RULES, ['recorded series', 'rule file']],
    ['the dashboard', DASHBOARD, ['dashboard']],
    ['a runbook', /^runbooks\/checkout\/PaymentSlow\.md$/, ['runbook']],
  ] as const)('without %s', (_, path, what) => {
    const found = misses(without(sound, (artefact) => path.test(artefact.path)));
    expect([...new Set(found.map((miss) => miss.what))].toSorted()).toEqual(what);
  });
});
