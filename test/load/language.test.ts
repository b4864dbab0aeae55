import { expect, it } from 'vitest';
import * as tocsin from '../../generators/index.ts';
import { loadFiles } from './fixture.ts';

it('loads definitions in the real language', async () => {
  const { definitions, findings } = await loadFiles(
    {
      'definitions/systems/a.ts': `import { defineSystem, ms, percent } from 'tocsin';
export default { limit: ms(100), share: percent(95), same: defineSystem };`,
    },
    { modules: { tocsin } },
  );
  expect(findings).toEqual([]);
  expect(definitions[0]?.value).toEqual({
    limit: tocsin.ms(100),
    share: tocsin.percent(95),
    same: tocsin.defineSystem,
  });
});
