import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Model } from '../../../generators/model/model.ts';
import { runProcess } from '../../support/project.ts';
import { patientPromtool, requireTool } from '../../support/tools.ts';

const OUT = fileURLToPath(new URL('../../../out', import.meta.url));
const TESTS = readdirSync(join(OUT, 'tests'));

describe('the generated rule tests of the examples', () => {
  it('are of every system and every SLO', () => {
    const { systems } = JSON.parse(readFileSync(join(OUT, 'model.json'), 'utf8')) as Model;
    expect(TESTS).toEqual(systems.map(({ id }) => `${id}-slos.yml`).toSorted());
    for (const { id, slos } of systems) {
      const text = readFileSync(join(OUT, 'tests', `${id}-slos.yml`), 'utf8');
      expect(slos.length, id).toBeGreaterThanOrEqual(2);
      for (const slo of slos) expect(text).toContain(`name: "${slo.id}: everything fails"`);
    }
  });

  it.each(TESTS)(
    'are passed: %s',
    async (name) => {
      const { code, stdout, stderr } = await runProcess(
        requireTool('promtool'),
        ['test', 'rules', join(OUT, 'tests', name)],
        { cwd: OUT, env: patientPromtool() },
      );
      expect(`${stdout}${stderr}`).toContain('SUCCESS');
      expect(code).toBe(0);
    },
    300_000,
  );
});
