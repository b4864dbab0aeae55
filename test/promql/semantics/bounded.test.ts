import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Expr } from '../../../generators/promql/ast.ts';
import { NO_SPAN } from '../../../generators/promql/ast.ts';
import { aggregate, binary, call, matcher, number, paren, selector, unary } from '../../../generators/promql/build.ts';
import { resultLabels, semantics, unitOf } from '../../../generators/promql/semantics/index.ts';
import { promqlArbitraries } from '../../support/promql-arbitrary.ts';
import { METRICS, parsed } from './declared.ts';

const nest = (depth: number, wrap: (expr: Expr, level: number) => Expr): Expr => {
  let expr: Expr = selector('queue_depth');
  for (let level = 0; level < depth; level += 1) expr = wrap(expr, level);
  return expr;
};

const analyse = (expr: Expr) => {
  unitOf(expr, METRICS);
  return semantics(expr, { metrics: METRICS });
};

describe('trees of any size', () => {
  it.each<[string, (expr: Expr, level: number) => Expr]>([
    ['parentheses', (expr) => paren(expr)],
    ['signs', (expr) => unary('-', expr)],
    ['sums on the left', (expr) => binary('+', expr, selector('queue_depth'))],
    ['sums on the right', (expr) => binary('+', selector('queue_depth'), expr)],
    ['quotients', (expr) => binary('/', expr, selector('queue_depth'))],
    ['aggregations', (expr) => aggregate('sum', expr, { by: ['job', 'queue'] })],
    ['functions', (expr) => call('abs', expr)],
    [
      'set operators with ever new labels',
      (expr, level) => binary('or', expr, selector('unknown', [matcher(`label_${level}`, '=', 'x')])),
    ],
    [
      'label_replace with ever new labels',
      (expr, level) =>
        call(
          'label_join',
          expr,
          { kind: 'string', value: `label_${level}`, span: NO_SPAN },
          { kind: 'string', value: '-', span: NO_SPAN },
        ),
    ],
  ])('10,000 nested %s are analysed', (_name, wrap) => {
    expect(analyse(nest(10_000, wrap)).type).toBe('vector');
  });

  it('costs time in proportion to the size', () => {
    const wrap = (expr: Expr, level: number): Expr =>
      binary(
        'or',
        aggregate('sum', expr, { without: ['route'] }),
        selector('unknown', [matcher(`label_${level}`, '=', `v${level}`)]),
      );
    const time = (depth: number): number => {
      const tree = nest(depth, wrap);
      const before = performance.now();
      analyse(tree);
      return performance.now() - before;
    };
    time(500);
    const small = Math.min(time(500), time(500));
    const large = Math.min(time(4000), time(4000));
    expect(large / small).toBeLessThan(40);
  });

  it('evaluates a shared node once', () => {
    let expr: Expr = selector('queue_depth');
    for (let level = 0; level < 200; level += 1) expr = binary('and', expr, expr);
    expect(resultLabels(analyse(expr)).must).toEqual(['instance', 'job', 'queue']);
  });

  it('forgets labels beyond a limit, and then promises nothing about them', () => {
    const names = Array.from({ length: 2000 }, (_, index) => `label_${index}`);
    const facts = analyse(
      selector(
        'unknown',
        names.map((name) => matcher(name, '=', 'x')),
      ),
    );
    expect(facts.labels.known.size).toBeLessThan(200);
    expect(facts.labels.open).toBe(true);
    expect(resultLabels(analyse(aggregate('sum', selector('unknown'), { by: names }))).open).toBe(true);
  });
});

describe('any tree', () => {
  it('is analysed without an error', () => {
    fc.assert(
      fc.property(promqlArbitraries().expr, (expr) => {
        const facts = analyse(expr);
        expect(['scalar', 'string', 'vector', 'matrix']).toContain(facts.type);
      }),
      { numRuns: 2000 },
    );
  });

  it.each<Expr>([
    call('rate', selector('queue_depth')),
    call('rate'),
    call('nonsense', number(1), selector('queue_depth')),
    call('label_replace', selector('queue_depth')),
    call('histogram_quantile', selector('queue_depth'), number(1)),
    call('vector'),
    call('scalar', number(1)),
    call('absent'),
    call('clamp', selector('queue_depth')),
    call('info'),
    binary('and', number(1), selector('queue_depth')),
    binary('>', number(1), number(2)),
    { kind: 'aggregate', op: 'topk', expr: selector('queue_depth'), span: NO_SPAN },
    { kind: 'aggregate', op: 'count_values', expr: number(1), span: NO_SPAN },
    { kind: 'aggregate', op: 'quantile', expr: { kind: 'string', value: 'x', span: NO_SPAN }, span: NO_SPAN },
  ])('that Prometheus would reject gives facts all the same: %#', (expr) => {
    expect(() => analyse(expr)).not.toThrow();
  });

  it('built and parsed gives the same facts', () => {
    const built = semantics(aggregate('sum', call('abs', selector('queue_depth')), { by: ['job'] }), {
      metrics: METRICS,
    });
    const read = semantics(parsed('sum by (job) (abs(queue_depth))'), { metrics: METRICS });
    expect(resultLabels(built)).toEqual(resultLabels(read));
    expect(built.value).toEqual(read.value);
  });
});
