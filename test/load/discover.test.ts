import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createReport } from '../../generators/diagnostics/report.ts';
import type { LoadIo } from '../../generators/load/io.ts';
import { nodeLoadIo } from '../../generators/load/io.ts';
import { discover } from '../../generators/load/discover.ts';
import type { Files } from './fixture.ts';
import { writeProject } from './fixture.ts';

const run = async (files: Files, definitions = 'definitions', io: LoadIo = nodeLoadIo) => {
  const root = writeProject(files);
  const report = createReport();
  const found = await discover({ root, definitions: join(root, definitions) }, io, report);
  const findings = report.list().map(({ code, at, data }) => [code, at?.file, Object.values(data)[0] as unknown]);
  return { found, findings };
};

describe('discover', () => {
  it.each<[name: string, files: readonly string[], expected: readonly string[]]>([
    [
      'the project and its systems',
      ['project.ts', 'systems/b.ts', 'systems/a.ts'],
      ['project.ts', 'systems/a.ts', 'systems/b.ts'],
    ],
    [
      'code-unit order, not the order of a language',
      ['systems/ä.ts', 'systems/z.ts', 'systems/Z.ts', 'systems/a-b.ts', 'systems/a/b.ts'],
      ['systems/Z.ts', 'systems/a-b.ts', 'systems/a/b.ts', 'systems/z.ts', 'systems/ä.ts'],
    ],
    ['systems without a project', ['systems/a.ts'], ['systems/a.ts']],
    [
      'helpers, tests and types left out',
      [
        'project.ts',
        'teams.ts',
        'shared/x.ts',
        'systems/a.test.ts',
        'systems/a.d.ts',
        'systems/.#a.ts',
        'systems/README.md',
        'systems/data.json',
      ],
      ['project.ts'],
    ],
    [
      'names with spaces and other signs',
      ['systems/a b (1).ts', "systems/it's #1%.ts"],
      ['systems/a b (1).ts', "systems/it's #1%.ts"],
    ],
  ])('%s', async (_, files, expected) => {
    const { found, findings } = await run(Object.fromEntries(files.map((file) => [`definitions/${file}`, ''])));
    expect(found).toEqual(expected.map((file) => `definitions/${file}`));
    expect(findings).toEqual([]);
  });

  it.each<[name: string, files: Files, definitions: string, findings: readonly (readonly unknown[])[]]>([
    ['no folder', {}, 'definitions', [['load/no-definitions', undefined, 'definitions']]],
    [
      'an empty folder',
      { 'definitions/notes.md': '' },
      'definitions',
      [['load/no-definitions', undefined, 'definitions']],
    ],
    ['a file for a folder', { definitions: '' }, 'definitions', [['load/no-definitions', undefined, 'definitions']]],
    ['a folder outside', { 'package.json': '' }, '../elsewhere', [['load/outside-root', undefined, '../elsewhere']]],
    [
      'a link to a folder outside',
      { definitions: { link: '/' } },
      'definitions',
      [['load/outside-root', undefined, 'definitions']],
    ],
    [
      'a system that is a link to the outside',
      { 'definitions/project.ts': '', 'definitions/systems/a.ts': { link: '/etc/hosts' } },
      'definitions',
      [['load/outside-root', 'definitions/systems/a.ts', 'definitions/systems/a.ts']],
    ],
    [
      'systems that is a link to the outside',
      { 'definitions/project.ts': '', 'definitions/systems': { link: '../../..' } },
      'definitions',
      [['load/outside-root', 'definitions/systems', 'definitions/systems']],
    ],
    [
      'a link that leads nowhere',
      { 'definitions/project.ts': '', 'definitions/systems/a.ts': { link: './gone.ts' } },
      'definitions',
      [['load/unreadable', 'definitions/systems/a.ts', 'definitions/systems/a.ts']],
    ],
    [
      'links that lead in a circle',
      {
        'definitions/project.ts': '',
        'definitions/systems/a.ts': { link: './b.ts' },
        'definitions/systems/b.ts': { link: './a.ts' },
      },
      'definitions',
      [
        ['load/unreadable', 'definitions/systems/a.ts', 'definitions/systems/a.ts'],
        ['load/unreadable', 'definitions/systems/b.ts', 'definitions/systems/b.ts'],
      ],
    ],
    [
      'a system in another language',
      { 'definitions/project.ts': '', 'definitions/systems/a.js': '', 'definitions/systems/b.yaml': '' },
      'definitions',
      [
        ['load/not-loaded', 'definitions/systems/a.js', '.js'],
        ['load/not-loaded', 'definitions/systems/b.yaml', '.yaml'],
      ],
    ],
  ])('reports %s', async (_, files, definitions, findings) => {
    const result = await run(files, definitions);
    expect(result.findings).toEqual(findings);
    expect(result.found).toEqual('definitions/project.ts' in files ? ['definitions/project.ts'] : []);
  });

  it('follows links inside the project, and no link for ever', async () => {
    const { found, findings } = await run({
      'shared/c.ts': '',
      'definitions/systems/a.ts': { link: '../../shared/c.ts' },
      'definitions/systems/b': { link: '../../shared' },
      'definitions/systems/loop': { link: '..' },
      'definitions/systems/self': { link: '.' },
    });
    expect(found).toEqual(['definitions/systems/a.ts', 'definitions/systems/b/c.ts']);
    expect(findings).toEqual([]);
  });

  it('does not depend on the order in which the disk lists a folder', async () => {
    const files = { 'definitions/project.ts': '', 'definitions/systems/a.ts': '', 'definitions/systems/b/c.ts': '' };
    const backwards: LoadIo = { ...nodeLoadIo, list: async (path) => [...(await nodeLoadIo.list(path))].reverse() };
    expect((await run(files, 'definitions', backwards)).found).toEqual(Object.keys(files));
  });

  it('reports a folder that may not be read and goes on', async () => {
    const io: LoadIo = {
      ...nodeLoadIo,
      list: (path) =>
        path.endsWith('secret')
          ? Promise.reject(Object.assign(new Error('EACCES'), { code: 'EACCES' }))
          : nodeLoadIo.list(path),
    };
    const { found, findings } = await run(
      { 'definitions/systems/a.ts': '', 'definitions/systems/secret/b.ts': '' },
      'definitions',
      io,
    );
    expect(found).toEqual(['definitions/systems/a.ts']);
    expect(findings).toEqual([['load/unreadable', 'definitions/systems/secret', 'definitions/systems/secret']]);
  });
});
