import { compile, compileModel } from '../../generators/compile.ts';
import { createReport } from '../../generators/diagnostics/report.ts';
import { createArtefactSet } from '../../generators/output/artefact-set.ts';
import { prometheus } from '../../generators/targets/prometheus/target.ts';
import { matches, select } from '../../generators/model/query.ts';
import { percent } from '../../generators/model/quantities.ts';
import { sli, slo } from '../../generators/model/slo.ts';
import { labMetrics, labSystem, PROJECT } from '../slo/project.ts';
import { outcomeTable, simulate } from '../slo/simulate.ts';
import { SHAPES } from '../slo/shapes.ts';
import { findTool } from '../support/tools.ts';
import type { Bench, Measurement } from './bench.ts';
import { medianTime } from './bench.ts';

/** Definitions of so many SLOs, a hundred to a system. */
const definitionsOf = (count: number) => [
  { file: 'definitions/project.ts', value: PROJECT },
  ...Array.from({ length: count / 100 }, (_, system) => {
    const m = labMetrics(`lab-${system}`);
    return {
      file: `definitions/systems/lab-${system}.ts`,
      value: labSystem(
        Object.fromEntries(
          Array.from({ length: 100 }, (__, index) => [
            `slo-${index}`,
            slo({
              title: `SLO ${index}`,
              objective: percent(99.9),
              indicator: sli.availability({
                bad: select(m.requests_total, { code: matches('5..') }),
                total: m.requests_total,
              }),
            }),
          ]),
        ),
        `lab-${system}`,
        m,
      ),
    };
  }),
];

const compileSlos = (count: number, runs: number): Promise<number> => {
  const definitions = definitionsOf(count);
  return medianTime(
    async () => {
      const report = createReport();
      const model = compileModel(definitions, report);
      if (!model || report.hasErrors) throw new Error('the SLOs do not compile');
      const set = createArtefactSet(report);
      for (const artefact of await prometheus.emit(model, report)) set.add(artefact);
      set.render();
    },
    { runs, warmUp: 1 },
  );
};

/** The time to compile many SLOs, and how far their rules are from the truth. */
export const bench: Bench = async () => {
  const thousand = await compileSlos(1000, 5);
  const tenThousand = await compileSlos(10_000, 1);
  const everything = await medianTime(() => compile(definitionsOf(1000), createReport()), { runs: 1, warmUp: 0 });
  const measurements: Measurement[] = [
    { name: '1,000 SLOs to rule files', value: thousand, unit: 'ms', limit: 1000 },
    { name: '10,000 SLOs to rule files', value: tenThousand, unit: 'ms' },
    { name: '10,000 against 1,000', value: tenThousand / thousand, unit: '×', limit: 15 },
    { name: '1,000 SLOs to all artefacts, validated', value: everything, unit: 'ms' },
  ];
  const promtool = findTool('promtool');
  if (promtool === undefined) return measurements;
  const outcomes = [];
  for (const shape of SHAPES) outcomes.push(await simulate(promtool, shape));
  process.stdout.write(`${outcomeTable(outcomes)}\n`);
  const worst = Math.max(...outcomes.map(({ period }) => period.ours * 100));
  return [...measurements, { name: 'farthest from the truth, all shapes', value: worst, unit: '%', limit: 1 }];
};
