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

it('lets definitions use the names of what the loader hands them', async () => {
  const text = ['process', 'console', 'module', 'exports', 'require']
    .map((name, index) => `const ${name} = ${index};`)
    .join('\n');
  const { definitions, findings } = await loadFiles({
    'definitions/systems/a.ts': `${text}\nexport default { all: [process, console, module, exports, require] };`,
  });
  expect(findings).toEqual([]);
  expect(definitions[0]?.value).toEqual({ all: [0, 1, 2, 3, 4] });
});
