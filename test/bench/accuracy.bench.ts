import { outcomeTable, simulate } from '../slo/simulate.ts';
import { SHAPES } from '../slo/shapes.ts';
import { findTool } from '../support/tools.ts';
import type { Bench } from './bench.ts';

/** How far the rules of SLOs are from the truth, shape by shape; a minute or two, and only with promtool. */
export const bench: Bench = async () => {
  const promtool = findTool('promtool');
  if (promtool === undefined) return [];
  const outcomes = [];
  for (const shape of SHAPES) outcomes.push(await simulate(promtool, shape));
  process.stdout.write(`${outcomeTable(outcomes)}\n`);
  const worst = Math.max(...outcomes.flatMap(({ deviations }) => deviations.map(({ ours }) => ours * 100)));
  return [{ name: 'farthest from the truth over all shapes', value: worst, unit: '%', limit: 1 }];
};
