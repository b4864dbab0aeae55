/** Compiles many SLOs and prints how long it took, as JSON; slo.bench.ts runs it as users run the command: from a bundle. */
import { compileModel } from '../../generators/compile.ts';
import { createReport } from '../../generators/diagnostics/report.ts';
import { percent } from '../../generators/model/quantities.ts';
import { matches, select } from '../../generators/model/query.ts';
import { sli, slo } from '../../generators/model/slo.ts';
import { createArtefactSet } from '../../generators/output/artefact-set.ts';
import { prometheus } from '../../generators/targets/prometheus/target.ts';
import { labMetrics, labSystem, PROJECT } from '../slo/project.ts';

/** Milliseconds. */
export interface CompileTimes {
  /** Definitions to the model, with every rule, alert and dashboard in it. */
  readonly model: number;
  /** The model to rule files, their queries printed. */
  readonly rules: number;
  /** Rule files to YAML text. */
  readonly text: number;
}

/** Definitions of so many SLOs, a hundred to a system. */
const definitionsOf = (count: number) => [
  { file: 'definitions/project.ts', value: PROJECT },
  ...Array.from({ length: count / 100 }, (_, system) => {
    const id = `lab-${system}`;
    const metrics = labMetrics(id);
    const total = metrics.requests_total;
    const slos = Array.from({ length: 100 }, (__, index) => {
      const indicator = sli.availability({ bad: select(total, { code: matches('5..') }), total });
      return [`slo-${index}`, slo({ title: `SLO ${index}`, objective: percent(99.9), indicator })] as const;
    });
    return { file: `definitions/systems/${id}.ts`, value: labSystem(Object.fromEntries(slos), id, metrics) };
  }),
];

const compileOnce = async (count: number): Promise<CompileTimes> => {
  const definitions = definitionsOf(count);
  const times = [performance.now()];
  const report = createReport();
  const model = compileModel(definitions, report);
  if (!model || report.hasErrors) throw new Error('the SLOs do not compile');
  times.push(performance.now());
  const set = createArtefactSet(report);
  for (const artefact of await prometheus.emit(model, report)) set.add(artefact);
  times.push(performance.now());
  set.render();
  times.push(performance.now());
  const [start = 0, built = 0, printed = 0, end = 0] = times;
  return { model: built - start, rules: printed - built, text: end - printed };
};

const [count = 1000, runs = 1] = process.argv.slice(2).map(Number);
const all: CompileTimes[] = [];
for (let run = 0; run <= runs; run += 1) all.push(await compileOnce(count));
// The first run warms up, unless it is the only one that there is time for.
process.stdout.write(JSON.stringify(runs === 0 ? all : all.slice(1)));
