import { describe, expect, test } from 'vitest';
import type { Panel } from '../../../generators/model/model.ts';
import { viewPanel } from '../../../generators/targets/grafana/panel.ts';
import { panel, requests } from './sample.ts';

const PLACE = { x: 0, y: 0, w: 8, h: 8 };
const critical = (value: number) => ({ value, severity: 'critical', color: 'red' });
const warning = (value: number) => ({ value, severity: 'warning', color: 'orange' });
const view = (changes: Partial<Panel>) => viewPanel(panel(changes), PLACE, undefined);
const steps = (changes: Partial<Panel>): string =>
  view(changes)
    .steps.map(({ value, color }) => `${value ?? ''}${color}`)
    .join(' ');

describe('thresholds of a chart', () => {
  test.each([
    { direction: 'above', levels: [critical(0.5), warning(0.2)], expected: 'transparent 0.2orange 0.5red' },
    { direction: 'atLeast', levels: [critical(0.5), warning(0.2)], expected: 'transparent 0.2orange 0.5red' },
    // Grafana draws the line at 0.5 in the colour below it, for the range above 0.7 is transparent.
    { direction: 'below', levels: [critical(0.5), warning(0.7)], expected: 'red 0.5orange 0.7transparent' },
    { direction: 'atMost', levels: [critical(0.5), warning(0.7)], expected: 'red 0.5orange 0.7transparent' },
    { direction: 'below', levels: [warning(50)], expected: 'orange 50transparent' },
    { direction: undefined, levels: [], expected: 'transparent' },
    { direction: 'above', levels: [critical(5), warning(5)], expected: 'transparent 5red' },
    { direction: 'above', levels: [critical(0)], expected: 'transparent 0red' },
  ] as const)('$direction $levels.length', ({ direction, levels, expected }) =>
    expect(steps({ direction, levels, unit: 'count' })).toBe(expected),
  );
});

describe('thresholds of a value', () => {
  test.each([
    {
      name: 'good is green',
      changes: { direction: 'above', levels: [critical(0.5), warning(0.2)], unit: 'ratio' },
      expected: 'green 0.2orange 0.5red',
    },
    {
      name: 'small is bad',
      changes: { direction: 'below', levels: [critical(50), warning(70)], unit: 'count' },
      expected: 'red 50orange 70green',
    },
    { name: 'nothing to judge', changes: { levels: [] }, expected: 'text' },
    {
      name: 'a healthy zero is not red',
      changes: { direction: 'above', levels: [critical(0)], unit: 'count' },
      expected: 'green 1e-9red',
    },
    {
      name: 'exactly at the level is not above it',
      changes: { direction: 'above', levels: [critical(20)], unit: 'count' },
      expected: 'green 20.00000002red',
    },
    {
      name: 'exactly at the level is bad where it is meant',
      changes: { direction: 'atLeast', levels: [critical(1)], unit: 'count' },
      expected: 'green 1red',
    },
    {
      name: 'at most includes the level',
      changes: { direction: 'atMost', levels: [critical(3)], unit: 'count' },
      expected: 'red 3.000000003green',
    },
  ] as const)('$name', ({ changes, expected }) => expect(steps({ kind: 'stat', ...changes })).toBe(expected));
});

describe('the axis of a chart', () => {
  test.each([
    {
      name: 'has the highest line inside',
      changes: { levels: [critical(0.5), warning(0.2)], min: 0 },
      expected: [undefined, 0.55],
    },
    { name: 'is rounded to two digits', changes: { levels: [critical(1234)], min: 0 }, expected: [undefined, 1400] },
    { name: 'is free of rounding noise', changes: { levels: [critical(0.1)], min: 0 }, expected: [undefined, 0.11] },
    {
      name: 'stops at what is possible',
      changes: { levels: [critical(0.99)], min: 0, max: 1 },
      expected: [undefined, 1],
    },
    {
      name: 'reaches to what is possible where large values are good',
      changes: { direction: 'below', levels: [critical(0.5)], min: 0, max: 1 },
      expected: [undefined, 1],
    },
    {
      name: 'does not hide a line beyond what was thought possible',
      changes: { levels: [critical(2)], min: 0, max: 1 },
      expected: [undefined, 2.2],
    },
    { name: 'starts at zero', changes: { levels: [critical(10)], min: undefined }, expected: [0, 11] },
    {
      name: 'goes below zero for a line there',
      changes: { levels: [critical(-10)], min: undefined },
      expected: [-11, -9],
    },
    { name: 'has room around a line at zero', changes: { levels: [critical(0)], min: 0 }, expected: [undefined, 0.1] },
    { name: 'is left alone without levels', changes: { levels: [], min: 0 }, expected: [undefined, undefined] },
  ] as const)('$name', ({ changes, expected }) => {
    const { softMin, softMax } = view({ direction: 'above', ...changes });
    expect([softMin, softMax]).toEqual(expected);
  });

  test('a chart has no hard upper limit, a gauge has', () => {
    expect(view({ max: 1 }).max).toBeUndefined();
    expect(view({ kind: 'gauge', max: 1 }).max).toBe(1);
  });
});

describe('names of a state', () => {
  test.each([
    { direction: undefined, levels: [], expected: ['0 down red', '1 up green'] },
    { direction: 'below', levels: [critical(1)], expected: ['0 down red', '1 up green'] },
    { direction: 'atLeast', levels: [warning(1)], expected: ['0 no green', '1 yes orange'] },
  ] as const)('$direction', ({ direction, levels, expected }) => {
    const { names } = view({ kind: 'state-timeline', unit: 'state', direction, levels });
    expect(names.map(({ value, text, color }) => `${value} ${text} ${color}`)).toEqual(expected);
  });

  test('other units have none', () => expect(view({ kind: 'stat' }).names).toEqual([]));
});

test('queries are lettered and printed', () => {
  const queries = Array.from({ length: 28 }, () => ({ expr: requests, legend: '' }));
  const { queries: drawn, hasLegend } = view({ queries });
  expect(drawn.map(({ refId }) => refId).filter((_, index) => [0, 1, 25, 26, 27].includes(index))).toEqual([
    'A',
    'B',
    'Z',
    'AA',
    'AB',
  ]);
  expect(drawn[0]?.expr).toBe('sum(rate(http_requests_total{job="shop"}[5m]))');
  expect(hasLegend).toBe(true);
});

test.each([
  { legend: '', expected: false },
  { legend: 'all', expected: false },
  { legend: '{{route}}', expected: true },
])('the legend "$legend" is shown: $expected', ({ legend, expected }) =>
  expect(view({ queries: [{ expr: requests, legend }] }).hasLegend).toBe(expected),
);
