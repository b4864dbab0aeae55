import { beforeAll, describe, expect, test } from 'vitest';
import { parseQuery } from '../../generators/validate/promql.ts';
import type { Rendered } from './rendered.ts';
import { edit, renderScenario, validate } from './rendered.ts';

const RULES = /^prometheus\/rules\/checkout\.yml$/;
const DASHBOARD = /^grafana\/dashboards\/tocsin-checkout\.json$/;
const EXPR = /\/expr$/;

let sound: Rendered;
beforeAll(async () => {
  sound = await renderScenario('request-path');
});

test('what a sound project gives is in order', () => {
  expect(validate(sound)).toEqual([]);
});

describe('a query that Prometheus would refuse', () => {
  test.each([
    ['in a rule: syntax', RULES, 'max by (provider) (', 'max by (provider) ((', /unclosed left parenthesis/],
    ['in a rule: a function that is not there', RULES, 'max by (provider) (', 'maxx(', /unknown function .*"maxx"/],
    ['in a rule: types', RULES, '[5m]', '', /expected type range vector/],
    ['in a rule: a pattern', RULES, 'status=~"5.."', 'status=~"5(."', /missing closing \)/],
    // Prometheus does not know Grafana's variables.
    ['in a rule: a variable', RULES, '[5m]', '[$__rate_interval]', /duration|unexpected/],
    ['in a panel: syntax', DASHBOARD, ')', '', /unclosed left parenthesis/],
    ['in a panel: types', DASHBOARD, '[$__rate_interval]', '', /expected type range vector/],
  ])('%s', (_, path, from, to, message) => {
    const edited = edit(sound, { path, pointer: EXPR, from, to });
    const found = validate(edited);
    expect(found.map(({ code }) => code)).toEqual(found.map(() => 'validate/promql'));
    const [first] = found.filter(({ data }) => message.test((data as { readonly message: string }).message));
    expect(first?.data).toMatchObject({ path: edited.path, pointer: edited.pointer });
    // The definition that it comes from, and the query with the place.
    expect(first?.at?.file).toMatch(/^definitions\//);
    const [fragment, line] = first?.fragments ?? [];
    expect(fragment).toMatchObject({ artefact: `out/${edited.path}`, text: edited.text });
    expect(fragment?.from).toBeLessThanOrEqual(edited.text.length);
    expect(line?.artefact).toMatch(new RegExp(`${edited.path.replaceAll('.', '\\.')}:\\d+$`));
    expect(line?.text).toContain('expr');
  });

  test('is only refused by versions that are too old for it', () => {
    const query = 'histogram_avg(up)';
    expect(parseQuery(query, 'rule', '2.42').errors).not.toEqual([]);
    expect(parseQuery(query, 'rule', '3.0').errors).toEqual([]);
    const tooNew = edit(sound, { path: RULES, pointer: EXPR, from: 'max by (provider) (', to: 'histogram_avg(' });
    expect(validate(tooNew).map(({ code }) => code)).toContain('validate/promql');
  });

  test('in a panel may have variables where a rule may not', () => {
    for (const query of ['rate(up[$__rate_interval])', 'up{job="$job"}', 'rate(up[${interval}])']) {
      expect(parseQuery(query, 'panel', '2.42').errors, query).toEqual([]);
    }
    expect(parseQuery('rate(up[$__rate_interval])', 'rule', '2.42').errors).not.toEqual([]);
  });

  test('hides what is said about references, which could be wrong for that reason', () => {
    const twice = edit(
      edit(sound, { path: RULES, pointer: EXPR, from: 'max by (provider) (', to: 'max by (provider) ((' }),
      { path: /^alertmanager\//, pointer: /\/receiver$/, from: 'fallback', to: 'fallbak' },
    );
    expect(new Set(validate(twice).map(({ code }) => code))).toEqual(new Set(['validate/promql']));
  });
});
