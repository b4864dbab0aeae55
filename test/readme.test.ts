import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { COMMANDS } from '../scripts/commands/index.ts';
import { run as check } from '../scripts/commands/check.ts';
import { run as generate } from '../scripts/commands/generate.ts';
import { memoryIo } from './support/memory-io.ts';
import type { TemporaryProject } from './support/project.ts';
import { temporaryProject } from './support/project.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');

const blocks = (language: string): readonly string[] =>
  [...README.matchAll(/^```(\w*)\n(.*?)^```/gms)]
    .filter(([, name]) => name === language)
    .map(([, , text = '']) => text);

let project: TemporaryProject;
beforeEach(() => {
  project = temporaryProject();
  cpSync(join(ROOT, 'definitions'), join(project.root, 'definitions'), { recursive: true });
});
afterEach(() => project.remove());

describe('the README', () => {
  test('shows a definition that compiles, and names no property that is not there', async () => {
    const [, example = ''] = blocks('ts');
    expect(example).toContain('defineSystem');
    rmSync(join(project.root, 'definitions/systems'), { recursive: true });
    mkdirSync(join(project.root, 'definitions/systems'));
    writeFileSync(join(project.root, 'definitions/systems/shop.ts'), example);
    const io = memoryIo({ cwd: project.root });
    expect(await generate([], io), io.stderr()).toBe(0);
    expect(await check([], io), io.stderr()).toBe(0);
    expect(io.stdout()).toContain('+ out/prometheus/rules/shop.yml');
  });

  test('shows what the first edit changes', async () => {
    const before = memoryIo({ cwd: project.root });
    expect(await generate([], before), before.stderr()).toBe(0);
    const path = join(project.root, 'definitions/systems/migrated-components.ts');
    const [line = ''] = blocks('ts');
    const source = readFileSync(path, 'utf8');
    const squeeze = (text: string): string => text.replaceAll(/\s+/g, '').replaceAll(',}', '}');
    expect(squeeze(source)).toContain(squeeze(line));
    writeFileSync(path, source.replace('warning: percent(70)', 'warning: percent(75)'));

    const after = memoryIo({ cwd: project.root });
    expect(await generate([], after), after.stderr()).toBe(0);

    const shown = blocks('').find((text) => text.startsWith('~ out/'));
    const changed = after
      .stdout()
      .split('\n')
      .filter((one) => /^[+~-] /.test(one));
    expect(changed.join('\n')).toBe(shown?.trim());
    const rules = readFileSync(join(project.root, 'out/prometheus/rules/migrated-components.yml'), 'utf8');
    for (const added of blocks('diff').flatMap((text) => text.split('\n').filter((one) => one.startsWith('+ ')))) {
      expect(rules).toContain(added.slice(1).trim());
    }
  });

  test('has every command in its table, and links only to what is there', () => {
    for (const { spec } of COMMANDS) expect(README).toMatch(new RegExp(`^\\| \`${spec.name}[ \`]`, 'm'));
    const links = [...README.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, target = '']) => target);
    expect(links.length).toBeGreaterThan(5);
    for (const target of links) {
      const folder = join(ROOT, target, '..');
      expect(readdirSync(folder), target).toContain(target.replace(/\/$/, '').split('/').at(-1));
    }
  });

  test('names every folder of the top level', () => {
    const folders = readdirSync(ROOT, { withFileTypes: true })
      .filter(
        (entry) =>
          entry.isDirectory() &&
          !entry.name.startsWith('.') &&
          !['node_modules', 'dist', 'coverage'].includes(entry.name),
      )
      .map(({ name }) => name);
    for (const folder of folders) expect(README).toContain(`[${folder}/](${folder}/`);
  });
});
