import { describe, expect, test } from 'vitest';
import { parseWithVariables } from '../../generators/promql/grafana.ts';

describe('a query with variables of Grafana', () => {
  test.each([
    ['rate(x[$__rate_interval])'],
    ['rate(x[${__rate_interval}])'],
    ['rate(x[$__range])'],
    ['max_over_time(x[$__range:$__interval])'],
    ['sum by ($label) (x{job="$job", instance=~"${instance:regex}"})'],
    ['topk($limit, x)'],
    ['x > $threshold'],
    ['$metric{a="b"}'],
    ['x{service="[[service]]"}'],
    ['x offset 5m'],
  ])('%s is right', (text) => {
    expect(parseWithVariables(text).errors).toEqual([]);
  });

  test('an error is where it is in the text as it was written', () => {
    const text = 'sum(rate(x{job=~"${job:regex}"}[$__rate_interval])) by (a,,b)';
    const [error] = parseWithVariables(text).errors;
    expect(text.slice(error?.from, error?.to)).toBe(',');
    expect(error?.from).toBe(text.indexOf(',,') + 1);
  });

  test('a query without variables is read as it is', () => {
    expect(parseWithVariables('sum(').errors).not.toEqual([]);
    expect(parseWithVariables('sum(x)').errors).toEqual([]);
  });
});
