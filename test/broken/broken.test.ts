import { mkdtempSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Finding } from '../../generators/diagnostics/diagnostic.ts';
import { run as generate } from '../../scripts/commands/generate.ts';
import { memoryIo } from '../support/memory-io.ts';
import { METRICS, PROJECT, SYSTEM } from './base.ts';
import type { BrokenDefinition } from './cases.ts';
import { BROKEN } from './cases.ts';

const SOUND: Readonly<Record<string, string>> = {
  'project.ts': PROJECT,
  'metrics.ts': METRICS,
  'systems/shop.ts': SYSTEM,
};

let root: string;

const put = (path: string, text: string): void => {
  const place = join(root, 'definitions', path);
  mkdirSync(dirname(place), { recursive: true });
  writeFileSync(place, text);
};

const readOut = (): Readonly<Record<string, string>> =>
  Object.fromEntries(
    readdirSync(join(root, 'out'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .toSorted()
      .map((path) => [path, readFileSync(path, 'utf8')]),
  );

const generateJson = async (): Promise<{ readonly code: number; readonly findings: readonly Finding[] }> => {
  const io = memoryIo({ cwd: root });
  const code = await generate(['--format', 'json'], io);
  return { code, findings: JSON.parse(io.stdout()) as readonly Finding[] };
};

const applied = ({ edits }: BrokenDefinition): Readonly<Record<string, string>> => {
  const files: Record<string, string> = { ...SOUND };
  for (const { file, replace, by } of edits) {
    const before = files[file];
    if (replace === undefined) {
      files[file] = by;
    } else {
      if (before === undefined || (replace !== 'ALL' && !before.includes(replace)))
        throw new Error(`${file} has no ${replace}`);
      files[file] = replace === 'ALL' ? by : before.replace(replace, () => by);
    }
  }
  return files;
};

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'tocsin-broken-'));
  for (const [path, text] of Object.entries(SOUND)) put(path, text);
  expect(await generateJson()).toEqual({ code: 0, findings: [] });
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('a broken definition', () => {
  test('there are at least thirty of them, each with a name of its own', () => {
    expect(new Set(BROKEN.map(({ name }) => name)).size).toBe(BROKEN.length);
    expect(BROKEN.length).toBeGreaterThanOrEqual(30);
  });

  test.each(BROKEN.map((broken) => [broken.name, broken] as const))('%s', async (_, broken) => {
    rmSync(join(root, 'definitions'), { recursive: true, force: true });
    const files = applied(broken);
    for (const [path, text] of Object.entries(files)) put(path, text);
    const before = readOut();

    const { code, findings } = await generateJson();

    const { code: id, file, at, property, message, hint } = broken.finding;
    const found = findings.find((finding) => finding.code === id);
    expect(findings.map((finding) => `${finding.code}: ${finding.message}`).join('\n')).toContain(`${id}: ${message}`);
    expect(found).toMatchObject({
      code: id,
      severity: 'error',
      message,
      file: `definitions/${file}`,
      ...(hint === undefined ? {} : { hint }),
    });
    if (property !== undefined) expect(found?.property).toBe(property);
    const line = files[file]?.split('\n')[(found?.line ?? 0) - 1] ?? '';
    expect(line.slice((found?.column ?? 0) - 1)).toContain(at);
    expect(code).toBe(1);
    expect(readOut()).toEqual(before);
  });

  test('does not hide another one', async () => {
    rmSync(join(root, 'definitions'), { recursive: true, force: true });
    put('project.ts', PROJECT);
    put('metrics.ts', METRICS);
    put(
      'systems/shop.ts',
      SYSTEM.replace("owner: 'checkout'", "owner: 'nobody'")
        .replace('warning: count(100)', 'warning: count(1000)')
        .replace("dependsOn: ['cache']", "dependsOn: ['cash']"),
    );
    put('systems/throws.ts', 'throw new Error("first");\n');
    put('systems/broken.ts', 'export default {;\n');
    const { findings } = await generateJson();
    expect(findings.map(({ code }) => code).toSorted()).toEqual([
      'definition/unknown-reference',
      'definition/unknown-reference',
      'load/syntax',
      'load/threw',
      'threshold/levels-order',
    ]);
  });
});
