import { join, resolve } from 'node:path';
import type { Location } from '../diagnostics/diagnostic.ts';
import type { Report } from '../diagnostics/report.ts';
import { createReport } from '../diagnostics/report.ts';
import type { Entry, FileSystem } from './file-system.ts';
import { errnoOf, nodeFileSystem } from './file-system.ts';
import type { Manifest } from './manifest.ts';
import { hashOf, MANIFEST, parseManifest } from './manifest.ts';
import { foldersOf } from './paths.ts';

/** The output folder: where it is, and what it is called in findings. */
export interface OutputFolder {
  readonly root: string;
  readonly label: string;
  readonly files: FileSystem;
}

/** What the writer and the verifier are told about the output folder. */
export interface OutputOptions {
  /** The output folder, absolute or relative to the working directory. */
  readonly out: string;
  /** What findings call it; `out` itself when absent. */
  readonly label?: string;
  readonly io?: FileSystem;
}

/** What is at a path of the output folder. */
export type Found =
  | { readonly kind: 'none' }
  | { readonly kind: 'file'; readonly content: Uint8Array; readonly hash: string; readonly mode: number }
  | { readonly kind: 'folder' }
  /** Something that is neither a file nor a folder, there or at a folder above it; or a file at a folder above it. */
  | { readonly kind: 'blocked'; readonly by: string; readonly entry: Entry['kind'] };

/** How findings call what stands in the way. */
export const ENTRY_NAMES: Readonly<Record<Entry['kind'], string>> = {
  file: 'a file',
  folder: 'a folder',
  link: 'a symbolic link',
  other: 'a special file',
};

/** Reads the output folder without following symbolic links. What it learns about folders it asks only once. */
export interface Survey {
  /** @throws an error of the operating system. */
  find(path: string): Found;
}

/** The output folder that `options` name. */
export const openFolder = ({ out, label = out, io = nodeFileSystem }: OutputOptions): OutputFolder => ({
  root: resolve(out),
  label: label.replace(/(?<=.)\/+$/, ''),
  files: io,
});

/** The place of a path of the output folder in the operating system. */
export const placeOf = ({ root }: OutputFolder, path: string): string => join(root, ...path.split('/'));

/** What findings call a path of the output folder. */
export const shownAs = ({ label }: OutputFolder, path: string): string => (path === '' ? label : `${label}/${path}`);

/** The first line of a file of the output folder, or the line that is given. */
export const locate = (folder: OutputFolder, path: string, line = 1): Location => ({
  file: shownAs(folder, path),
  line,
  column: 1,
  endLine: line,
  endColumn: 1,
});

/** A survey of `folder` as it is now. */
export const createSurvey = (folder: OutputFolder): Survey => {
  const { files } = folder;
  const above = new Map<string, Entry | undefined>();
  const lookAbove = (path: string): Entry | undefined => {
    if (!above.has(path)) above.set(path, files.look(placeOf(folder, path)));
    return above.get(path);
  };

  return {
    find(path) {
      for (const parent of foldersOf(path)) {
        const entry = lookAbove(parent);
        if (entry === undefined) return { kind: 'none' };
        if (entry.kind !== 'folder') return { kind: 'blocked', by: parent, entry: entry.kind };
      }
      const place = placeOf(folder, path);
      const entry = files.look(place);
      if (entry === undefined) return { kind: 'none' };
      if (entry.kind === 'folder') return { kind: 'folder' };
      if (entry.kind !== 'file') return { kind: 'blocked', by: path, entry: entry.kind };
      const content = files.read(place);
      return { kind: 'file', content, hash: hashOf(content), mode: entry.mode };
    },
  };
};

/** Runs `use`; an error of the operating system becomes a finding about `path`, and nothing is given. */
export const reportingErrors = <T>(folder: OutputFolder, path: string, report: Report, use: () => T): T | undefined => {
  try {
    return use();
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    report.add(
      'output/io',
      { path: shownAs(folder, path), action: 'read', errno, partly: false },
      locate(folder, path),
    );
    return undefined;
  }
};

/** Whether the output folder is there, perhaps by a symbolic link; undefined when something else is, which is reported. */
export const hasRoot = (folder: OutputFolder, report: Report): boolean | undefined => {
  const { files, root } = folder;
  const entry = reportingErrors(folder, '', report, () => ({ found: files.look(root) }));
  if (entry === undefined) return undefined;
  const { found } = entry;
  if (found === undefined || found.kind === 'folder') return found !== undefined;
  if (found.kind === 'link' && reportingErrors(folder, '', createReport(), () => files.list(root)) !== undefined)
    return true;
  report.add('output/blocked', { path: folder.label, found: ENTRY_NAMES[found.kind] }, locate(folder, ''));
  return undefined;
};

/** The manifest and its text, both empty when there is none; undefined when it cannot be read at all, which is reported. */
export const readManifest = (
  folder: OutputFolder,
  survey: Survey,
  report: Report,
): (Manifest & { readonly text: string | undefined }) | undefined => {
  const found = reportingErrors(folder, MANIFEST, report, () => survey.find(MANIFEST));
  switch (found?.kind) {
    case undefined:
      return undefined;
    case 'none':
      return { owned: new Map(), text: undefined };
    case 'file': {
      const text = new TextDecoder().decode(found.content);
      const manifest = parseManifest(text);
      const path = shownAs(folder, MANIFEST);
      if (manifest.problem !== undefined)
        report.add('output/manifest', { path, problem: manifest.problem }, locate(folder, MANIFEST));
      return { ...manifest, text };
    }
    case 'folder':
    case 'blocked': {
      const entry = found.kind === 'folder' ? 'folder' : found.entry;
      report.add(
        'output/blocked',
        { path: shownAs(folder, MANIFEST), found: ENTRY_NAMES[entry] },
        locate(folder, MANIFEST),
      );
      return undefined;
    }
  }
};
