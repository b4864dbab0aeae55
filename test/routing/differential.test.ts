import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RouteMatcher, RouteNode } from '../../generators/model/model.ts';
import { findRoutes } from '../../generators/model/routing.ts';
import { alertmanager } from '../../generators/targets/alertmanager/target.ts';
import { emitWith, writeTexts } from '../support/artefacts.ts';
import { runProcess } from '../support/project.ts';
import { sampleModel } from '../support/sample-model.ts';
import { requireTool } from '../support/tools.ts';

/** Trees that stand side by side in one configuration, so that one call of amtool asks all of them. */
const FOREST = 50;
const FORESTS = 8;
/** Label sets that each tree is asked for: 8 forests of 50 trees with 8 label sets are 3,200 comparisons. */
const LABEL_SETS = 8;

const origin = { file: 'definitions/project.ts', path: [] } as const;
const TIMING = { groupBy: [], groupWait: 1000, groupInterval: 1000, repeatInterval: 1000, origin } as const;

const value = fc.constantFrom('x', 'y', 'z', 'x y', 'é', '"', '\\');
const pattern = fc.constantFrom(
  'x|y',
  '.*',
  '.+',
  '[yz]',
  '',
  '(?i)X',
  '[[:alpha:]]',
  '\\pL',
  'x.y',
  '(x|y)?',
  'a{0}',
  '\\\\|"',
  '[^x]',
  '(?:x)|(?P<n>z)',
);
const LABELS = ['a', 'b', 'c', 'alertname'] as const;

const matcher: fc.Arbitrary<RouteMatcher> = fc.oneof(
  fc.record({
    name: fc.constantFrom(...LABELS),
    op: fc.constantFrom<RouteMatcher['op']>('=', '!='),
    value: fc.oneof(value, fc.constant('')),
  }),
  fc.record({
    name: fc.constantFrom(...LABELS),
    op: fc.constantFrom<RouteMatcher['op']>('=~', '!~'),
    value: fc.oneof(pattern, fc.constantFrom('x', 'y', 'z')),
  }),
);

interface Sketch {
  readonly matchers: readonly RouteMatcher[];
  readonly continue: boolean;
  readonly routes: readonly Sketch[];
}

const sketch = (depth: number): fc.Arbitrary<Sketch> =>
  fc.record({
    matchers: fc.array(matcher, { minLength: 0, maxLength: 2 }),
    continue: fc.boolean(),
    routes: depth === 0 ? fc.constant([]) : fc.array(sketch(depth - 1), { maxLength: 3 }),
  });

/** A tree whose receivers have names that no other tree has. */
const grow = ({ matchers, continue: goesOn, routes }: Sketch, name: string): RouteNode => ({
  ...TIMING,
  id: name,
  receiver: name,
  matchers,
  continue: goesOn,
  routes: routes.map((child, index) => grow(child, `${name}.${index}`)),
});

const namesOf = (node: RouteNode): readonly string[] => [node.receiver, ...node.routes.flatMap(namesOf)];

const askAmtool = async (
  amtool: string,
  root: RouteNode,
  sets: readonly Readonly<Record<string, string>>[],
): Promise<readonly string[]> => {
  const groups = namesOf(root).map((id) => ({ id, receivers: [], origin }));
  const model = { ...sampleModel, routing: { root, groups, inhibitions: [] } };
  const folder = writeTexts((await emitWith([alertmanager], model)).texts);
  try {
    return await Promise.all(
      sets.map(async (labels) => {
        const pairs = Object.entries(labels).map(([name, one]) => `${name}=${JSON.stringify(one)}`);
        const args = ['config', 'routes', 'test', '--config.file=alertmanager/alertmanager.yml', ...pairs];
        const { stdout, stderr, code } = await runProcess(amtool, args, { cwd: folder.root });
        expect(code, `${stdout}${stderr}`).toBe(0);
        return stdout.trim();
      }),
    );
  } finally {
    folder.remove();
  }
};

describe('our router', () => {
  it('agrees with Alertmanager on thousands of trees and label sets', async () => {
    const amtool = requireTool('amtool');
    const seed = Math.floor(Math.random() * 2 ** 31);
    const forests = fc.sample(
      fc.tuple(
        fc.array(fc.array(sketch(2), { minLength: 1, maxLength: 4 }), { minLength: FOREST, maxLength: FOREST }),
        fc.array(fc.dictionary(fc.constantFrom(...LABELS), value, { minKeys: 1, noNullPrototype: true }), {
          minLength: LABEL_SETS,
          maxLength: LABEL_SETS,
        }),
      ),
      { numRuns: FORESTS, seed },
    );
    let compared = 0;
    for (const [trees, sets] of forests) {
      // Every tree takes every alert and passes it on to the next tree.
      const roots = trees.map((routes, index) => ({
        ...grow({ matchers: [], continue: true, routes }, `t${index}`),
        continue: true,
      }));
      const root = { ...grow({ matchers: [], continue: false, routes: [] }, 'root'), routes: roots };
      const answers = await askAmtool(amtool, root, sets);
      sets.forEach((labels, index) => {
        const told = (answers[index] ?? '').split(',');
        for (const tree of roots) {
          const ours = findRoutes(tree, { known: labels, open: new Set() }).map(({ receiver }) => receiver);
          const theirs = told.filter((name) => name === tree.receiver || name.startsWith(`${tree.receiver}.`));
          expect(ours, `seed ${seed}: ${JSON.stringify(labels)} in ${JSON.stringify(tree)}`).toEqual(theirs);
          compared += 1;
        }
      });
    }
    expect(compared).toBeGreaterThanOrEqual(2000);
  });
});
