import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { OutputFile } from '../../generators/output/artefact.ts';

/** Files of an output folder by path. */
export type Tree = Readonly<Record<string, string>>;

/** A tree as the writer takes it. */
export const filesOf = (tree: Tree): readonly OutputFile[] =>
  Object.entries(tree).map(([path, text]) => ({ path, text }));

/** An output folder of a test's own. */
export interface OutputTree {
  readonly out: string;
  readonly put: (path: string, text: string) => void;
  readonly remove: (path: string) => void;
  /** Everything below the folder but the manifest: files with their text, empty folders with a slash, links with an arrow. */
  readonly read: () => Tree;
  readonly dispose: () => void;
}

const readTree = (folder: string, prefix = ''): Tree =>
  Object.fromEntries(
    readdirSync(folder, { withFileTypes: true }).flatMap((entry): [string, string][] => {
      const path = `${prefix}${entry.name}`;
      if (path === '.manifest.json') return [];
      if (entry.isSymbolicLink()) return [[path, '->']];
      if (!entry.isDirectory()) return [[path, readFileSync(join(folder, entry.name), 'utf8')]];
      const inner = Object.entries(readTree(join(folder, entry.name), `${path}/`));
      return inner.length === 0 ? [[`${path}/`, '']] : inner;
    }),
  );

/** Makes an empty output folder below the system's temporary folder. */
export const outputTree = (): OutputTree => {
  const root = mkdtempSync(join(tmpdir(), 'tocsin-test-'));
  const out = join(root, 'out');
  mkdirSync(out);
  return {
    out,
    put: (path, text) => {
      mkdirSync(dirname(join(out, path)), { recursive: true });
      writeFileSync(join(out, path), text);
    },
    remove: (path) => rmSync(join(out, path), { recursive: true, force: true }),
    read: () => readTree(out),
    dispose: () => rmSync(root, { recursive: true, force: true }),
  };
};
