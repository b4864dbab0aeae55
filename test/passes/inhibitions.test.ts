import { expect, it } from 'vitest';
import { compileSystems, fullSystem } from '../support/monitor.ts';

it('keeps the warning of a threshold quiet, for the same series', () => {
  const { model } = compileSystems([fullSystem({ slos: {} })]);
  expect(model.routing.inhibitions.map(({ source, target, equal }) => ({ source, target, equal }))).toEqual([
    {
      source: [
        { name: 'system', op: '=', value: 'shop' },
        { name: 'severity', op: '=', value: 'critical' },
        { name: 'alertname', op: '=', value: 'HighErrorRate' },
      ],
      target: [
        { name: 'system', op: '=', value: 'shop' },
        { name: 'severity', op: '=', value: 'warning' },
        { name: 'alertname', op: '=', value: 'HighErrorRate' },
      ],
      equal: ['alertname', 'environment'],
    },
    {
      source: [
        { name: 'system', op: '=', value: 'shop' },
        { name: 'severity', op: '=', value: 'critical' },
        { name: 'alertname', op: '=', value: 'QueueFull' },
      ],
      target: [
        { name: 'system', op: '=', value: 'shop' },
        { name: 'severity', op: '=', value: 'warning' },
        { name: 'alertname', op: '=', value: 'QueueDeep' },
      ],
      equal: ['environment', 'instance', 'job', 'queue'],
    },
  ]);
});

it('never reaches into another system', () => {
  const { model } = compileSystems([fullSystem(), fullSystem({ id: 'bank', jobs: { app: { targets: {} } } })]);
  for (const { source, target } of model.routing.inhibitions) {
    const system = source.find(({ name }) => name === 'system');
    expect(system?.op).toBe('=');
    expect(target).toContainEqual(system);
  }
  expect(model.routing.inhibitions.length).toBeGreaterThan(4);
});
