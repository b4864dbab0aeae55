import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AlertingRule, Inhibition, RouteMatcher, RouteNode } from '../../generators/model/model.ts';
import { canInhibit, canMatch, findRoutes, labelsOf } from '../../generators/model/routing.ts';
import { alertmanager } from '../../generators/targets/alertmanager/target.ts';
import { emitWith, writeTexts } from '../support/artefacts.ts';
import { runProcess } from '../support/project.ts';
import { sampleModel } from '../support/sample-model.ts';
import { requireTool } from '../support/tools.ts';

const known = (labels: Readonly<Record<string, string>>, ...open: readonly string[]) => ({
  known: labels,
  open: new Set(open),
});
const matcher = (name: string, op: RouteMatcher['op'], value: string): RouteMatcher => ({ name, op, value });
const origin = { file: 'definitions/project.ts', path: [] } as const;

describe('canMatch', () => {
  it.each<[RouteMatcher, string | undefined, boolean]>([
    [matcher('a', '=', 'x'), 'x', true],
    [matcher('a', '=', 'x'), 'xx', false],
    [matcher('a', '=', ''), undefined, true],
    [matcher('a', '!=', 'x'), undefined, true],
    [matcher('a', '!=', 'x'), 'x', false],
    [matcher('a', '=~', 'x|y'), 'y', true],
    [matcher('a', '=~', 'x|y'), 'xy', false],
    [matcher('a', '=~', '.*'), undefined, true],
    [matcher('a', '!~', 'x.*'), 'xyz', false],
    [matcher('a', '!~', 'x.*'), undefined, true],
    [matcher('a', '=~', '('), 'x', false],
    [matcher('a', '=~', '(?i)X'), 'x', true],
    [matcher('a', '=~', 'x.y'), 'x\ny', false],
    [matcher('a', '=~', '(?s)x.y'), 'x\ny', true],
  ])('%j with %j is %s', (one, value, expected) => {
    expect(canMatch([one], known(value === undefined ? {} : { a: value }))).toBe(expected);
  });

  it('takes an open label for anything', () => {
    expect(canMatch([matcher('a', '=', 'x'), matcher('b', '!=', 'y')], known({}, 'a', 'b'))).toBe(true);
  });
});

describe('labelsOf', () => {
  it('knows what the rule sets and leaves open what the series bring', () => {
    const rule = {
      alert: 'A',
      labels: { team: 'core' },
      resultLabels: ['instance', 'team'],
    } as unknown as AlertingRule;
    expect(labelsOf(rule)).toEqual(known({ alertname: 'A', team: 'core' }, 'instance'));
  });
});

describe('canInhibit', () => {
  const inhibition = (equal: readonly string[]): Inhibition => ({
    source: [matcher('severity', '=~', 'critical|both')],
    target: [matcher('severity', '=~', 'warning|both')],
    equal,
    reason: '',
    origin,
  });
  const critical = known({ severity: 'critical', system: 'a' }, 'pod');
  const warning = known({ severity: 'warning', system: 'a' });
  const other = known({ severity: 'warning', system: 'b' });
  const both = known({ severity: 'both', system: 'a' });

  it.each([
    ['source and target match', [], critical, warning, true],
    ['the sides are swapped', [], warning, critical, false],
    ['equal labels are equal', ['system'], critical, warning, true],
    ['equal labels differ', ['system'], critical, other, false],
    ['an equal label is missing on both sides', ['nowhere'], critical, warning, true],
    ['an equal label is open on one side', ['pod'], critical, other, true],
    ['both alerts match both sides', [], both, both, false],
    ['only the target matches both sides', [], critical, both, true],
  ] as const)('%s', (_, equal, source, target, expected) => {
    expect(canInhibit(inhibition(equal), source, target)).toBe(expected);
  });
});

/** What amtool says who is told, by the names of receivers in order. */
const askAmtool = async (
  root: RouteNode,
  sets: readonly Readonly<Record<string, string>>[],
): Promise<readonly string[]> => {
  const amtool = requireTool('amtool');
  const collect = (node: RouteNode): readonly string[] => [node.receiver, ...node.routes.flatMap(collect)];
  const groups = [...new Set(collect(root))].map((id) => ({ id, receivers: [], origin }));
  const { texts } = await emitWith([alertmanager], { ...sampleModel, routing: { root, groups, inhibitions: [] } });
  const folder = writeTexts(texts);
  try {
    const answers: string[] = [];
    for (const labels of sets) {
      const pairs = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
      const args = ['config', 'routes', 'test', '--config.file=alertmanager/alertmanager.yml', ...pairs];
      const { stdout, stderr, code } = await runProcess(amtool, args, { cwd: folder.root });
      expect(code, `${stdout}${stderr}`).toBe(0);
      answers.push(stdout.trim());
    }
    return answers;
  } finally {
    folder.remove();
  }
};

const receiversOf = (root: RouteNode, labels: Readonly<Record<string, string>>): string =>
  findRoutes(root, known(labels))
    .map(({ receiver }) => receiver)
    .join(',');

describe('findRoutes agrees with amtool', () => {
  it('on the sample', async () => {
    const sets: Record<string, string>[] = sampleModel.ruleGroups
      .flatMap(({ rules }) => rules)
      .flatMap((rule) => (rule.kind === 'alerting' ? [{ ...rule.labels, alertname: rule.alert }] : []));
    sets.push({ alertname: 'X', team: 'core', severity: 'error' }, { alertname: 'Y', team: 'nobody knows' });
    const { root } = sampleModel.routing;
    expect(sets.map((labels) => receiversOf(root, labels))).toEqual(await askAmtool(root, sets));
  });

  it('on trees of any shape', async () => {
    const value = fc.constantFrom('x', 'y', 'z');
    const anyMatcher = fc.record({
      name: fc.constantFrom('a', 'b', 'c'),
      op: fc.constantFrom('=', '!=', '=~', '!~'),
      value: fc.oneof(value, fc.constantFrom('x|y', '.*', '.+', '[yz]', '', '(?i)X', '[[:alpha:]]', '\\pL')),
    });
    let count = 0;
    const node = (depth: number): fc.Arbitrary<RouteNode> =>
      fc
        .record({
          matchers: fc.array(anyMatcher, { minLength: 1, maxLength: 2 }),
          continue: fc.boolean(),
          routes: depth === 0 ? fc.constant([]) : fc.array(node(depth - 1), { maxLength: 3 }),
        })
        .map((rest) => ({
          ...rest,
          id: '',
          receiver: `r${(count += 1)}`,
          groupBy: [],
          groupWait: 1000,
          groupInterval: 1000,
          repeatInterval: 1000,
          origin,
        }));
    const root = fc.array(node(2), { minLength: 1, maxLength: 4 }).map((routes): RouteNode => ({
      id: 'root',
      receiver: 'root',
      matchers: [],
      continue: false,
      routes,
      groupBy: [],
      groupWait: 1000,
      groupInterval: 1000,
      repeatInterval: 1000,
      origin,
    }));
    const labels = fc.dictionary(fc.constantFrom('a', 'b', 'c'), value, { minKeys: 1, noNullPrototype: true });
    const seed = Math.floor(Math.random() * 2 ** 31);
    for (const [tree, sets] of fc.sample(fc.tuple(root, fc.array(labels, { minLength: 6, maxLength: 6 })), {
      numRuns: 12,
      seed,
    })) {
      expect(
        sets.map((one) => receiversOf(tree, one)),
        `seed ${seed}: ${JSON.stringify(tree)}`,
      ).toEqual(await askAmtool(tree, sets));
    }
  });
});
