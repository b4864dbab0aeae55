import { expect, it } from 'vitest';
import { hours, minutes } from '../../generators/index.ts';
import { compileSystems, fullSystem, projectInput } from '../support/monitor.ts';

it('routes by team, then by severity, most severe first', () => {
  const { root, groups } = compileSystems([fullSystem()]).model.routing;
  expect(root).toMatchObject({
    receiver: 'fallback',
    groupBy: ['alertname', 'system', 'component', 'environment'],
    matchers: [],
  });
  expect(root.routes.map(({ id, matchers }) => [id, matchers])).toEqual([
    ['review', [{ name: 'severity', op: '=', value: 'info' }]],
    ['checkout', [{ name: 'team', op: '=', value: 'checkout' }]],
  ]);
  expect(root.routes[1]?.routes.map(({ id, receiver }) => [id, receiver])).toEqual([
    ['checkout/critical', 'checkout/critical'],
    ['checkout/warning', 'checkout/warning'],
  ]);
  expect(groups.map(({ id, receivers }) => [id, receivers])).toEqual([
    ['fallback', ['chat']],
    ['nobody', []],
    ['checkout/critical', ['pager', 'chat']],
    ['checkout/warning', ['chat']],
  ]);
});

it.each([
  [minutes(1), minutes(30), [10_000, 60_000, 1_800_000]],
  [minutes(5), minutes(30), [30_000, 60_000, 1_800_000]],
  [minutes(15), hours(1), [60_000, 60_000, 3_600_000]],
  [minutes(30), minutes(12), [60_000, 300_000, 900_000]],
  [hours(8), hours(24), [60_000, 300_000, 86_400_000]],
])('waits a tenth of what is promised, at most a minute', (respondWithin, repeatEvery, timing) => {
  const teams = {
    checkout: {
      title: 'Checkout',
      notify: { critical: { to: ['pager'], respondWithin, repeatEvery }, warning: { to: ['chat'] } },
    },
  };
  const { root } = compileSystems([fullSystem()], projectInput({ teams })).model.routing;
  const route = root.routes[1]?.routes[0];
  expect([route?.groupWait, route?.groupInterval, route?.repeatInterval]).toEqual(timing);
});

it('reports a severity that nobody of the team is told of', () => {
  const teams = { checkout: { title: 'Checkout', notify: { critical: { to: ['pager'] } } } };
  const { findings } = compileSystems([fullSystem()], projectInput({ teams }));
  expect(findings.map((finding) => finding.split(':')[0])).toEqual(['routing/severity-unrouted']);
});
