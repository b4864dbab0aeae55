import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Finding } from '../../generators/diagnostics/diagnostic.ts';
import { run as generate } from '../../scripts/commands/generate.ts';
import { memoryIo } from '../support/memory-io.ts';
import { BAD_INPUT, SOUND } from './bad-input.ts';

const FILE = 'systems/shop.ts';

let root: string;

const put = (path: string, text: string): void => {
  const place = join(root, 'definitions', path);
  mkdirSync(dirname(place), { recursive: true });
  writeFileSync(place, text);
};

const generateJson = async (): Promise<{ readonly code: number; readonly findings: readonly Finding[] }> => {
  const io = memoryIo({ cwd: root });
  const code = await generate(['--format', 'json'], io);
  return { code, findings: JSON.parse(io.stdout()) as readonly Finding[] };
};

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'tocsin-bad-slo-'));
  for (const [path, text] of Object.entries(SOUND)) put(path, text);
  expect(await generateJson()).toEqual({ code: 0, findings: [] });
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('a mistake in an SLO', () => {
  it('is each one of its own, and there are some that each of the known tools finds, and some that none does', () => {
    expect(new Set(BAD_INPUT.map(({ name }) => name)).size).toBe(BAD_INPUT.length);
    const count = (who: string): number => BAD_INPUT.filter(({ by }) => (by as readonly string[]).includes(who)).length;
    expect(['Sloth', 'Pyrra', 'OpenSLO', 'none of them'].map((who) => count(who) >= 15)).toEqual(Array(4).fill(true));
  });

  it.each(BAD_INPUT.map((mistake) => [mistake.name, mistake] as const))('%s', async (_, mistake) => {
    const sound = SOUND[FILE] ?? '';
    expect(sound).toContain(mistake.replace);
    const text = sound.replace(mistake.replace, () => mistake.with);
    put(FILE, text);

    const { code, findings } = await generateJson();

    const { at, hint, property, severity = 'error', ...said } = mistake.finding;
    expect(findings.map((finding) => `${finding.code}: ${finding.message}`)).toContain(`${said.code}: ${said.message}`);
    const found = findings.find((finding) => finding.code === said.code && finding.message === said.message);
    expect(found).toMatchObject({ ...said, severity, file: `definitions/${FILE}` });
    expect([found?.hint, found?.property]).toEqual([hint, property]);
    const line = text.split('\n')[(found?.line ?? 0) - 1] ?? '';
    expect(line.slice((found?.column ?? 0) - 1)).toContain(at);
    expect(code).toBe(severity === 'error' ? 1 : 0);
  });
});
