import { InvariantError } from '../diagnostics/errors.ts';
import type { Report } from '../diagnostics/report.ts';
import type { OutputFile } from './artefact.ts';
import type { Entry } from './file-system.ts';
import { encode, hasConflictMarks, hashOf, stringifyManifest } from './manifest.ts';
import { findPathFault, foldersOf } from './paths.ts';
import type { Found, OutputFolder, Survey } from './survey.ts';
import { createSurvey, ENTRY_NAMES, locate, placeOf, readManifest, reportingErrors, shownAs } from './survey.ts';
import { byCodeUnit } from './text.ts';

/** A file that is to be written; `mode` is that of the file it replaces. */
export interface Change {
  readonly path: string;
  readonly content: Uint8Array;
  readonly mode: number | undefined;
}

/** What has to be done so that the output folder holds a set of files. All lists are sorted by path. */
export interface Plan {
  readonly created: readonly Change[];
  readonly updated: readonly Change[];
  readonly unchanged: readonly string[];
  readonly deleted: readonly string[];
  /** The deleted files that stand where a new file or a folder of one will be. */
  readonly inTheWay: ReadonlySet<string>;
  /** The folders that stand where a new file will be; nothing but stale files is in them. */
  readonly foldersInTheWay: readonly string[];
  /** The folders of stale files that hold no new one; those that become empty go. */
  readonly oldFolders: readonly string[];
  /** The manifest that belongs to the new files. */
  readonly manifest: string;
  /** Whether the folder is as it should be already. */
  readonly done: boolean;
}

const WRITABLE = 0o200;

/** The files sorted, as bytes with their hash. @throws InvariantError for paths that an artefact set does not let through. */
const prepare = (
  files: readonly OutputFile[],
): ReadonlyMap<string, { readonly content: Uint8Array; readonly hash: string }> => {
  const wanted = new Map<string, { readonly content: Uint8Array; readonly hash: string }>();
  for (const { path, text } of files.toSorted((a, b) => byCodeUnit(a.path, b.path))) {
    const fault = wanted.has(path) ? 'it is there twice' : findPathFault(path);
    if (fault !== undefined) throw new InvariantError(`a file reached the writer whose path cannot be: ${fault}`, path);
    const content = encode(text);
    wanted.set(path, { content, hash: hashOf(content) });
  }
  return wanted;
};

/** Something in a folder that holds nothing itself. */
interface Leaf {
  readonly path: string;
  readonly kind: Entry['kind'];
}

/** Every file below a folder, and every folder that holds nothing. */
const listLeaves = (folder: OutputFolder, path: string): readonly Leaf[] => {
  const names = folder.files.list(placeOf(folder, path));
  if (names.length === 0) return [{ path, kind: 'folder' }];
  return names.flatMap((name) => {
    const inner = `${path}/${name}`;
    const kind = folder.files.look(placeOf(folder, inner))?.kind ?? 'other';
    return kind === 'folder' ? listLeaves(folder, inner) : [{ path: inner, kind }];
  });
};

/**
 * Compares `files` with the output folder. Whatever forbids writing goes to `report`, one finding for each path; then
 * there is no plan.
 */
export const planWrite = (folder: OutputFolder, files: readonly OutputFile[], report: Report): Plan | undefined => {
  const survey: Survey = createSurvey(folder);
  const wanted = prepare(files);
  const manifest = readManifest(folder, survey, report);
  if (manifest === undefined) return undefined;
  const { owned } = manifest;

  let isRefused = false;
  const reported = new Set<string>();
  const refuse = (path: string, add: () => void): void => {
    isRefused = true;
    if (!reported.has(path)) add();
    reported.add(path);
  };
  const refuseEntry = (path: string, entry: Entry['kind']): void =>
    refuse(path, () =>
      report.add('output/blocked', { path: shownAs(folder, path), found: ENTRY_NAMES[entry] }, locate(folder, path)),
    );
  const find = (path: string): Found | undefined => {
    const found = reportingErrors(folder, path, report, () => survey.find(path));
    if (found === undefined) isRefused = true;
    return found;
  };
  const isStale = (path: string): boolean => owned.has(path) && !wanted.has(path);
  const staleFolders = new Set([...owned.keys()].filter(isStale).flatMap(foldersOf));
  /** A stale file, or what a run that was cut off left of a folder of one. */
  const isLeftover = ({ path, kind }: Leaf): boolean =>
    (kind === 'file' && isStale(path)) || (kind === 'folder' && staleFolders.has(path));
  /** Whether the file that was found may be replaced or deleted; when not, that is reported. */
  const mayTouch = (path: string, found: Found & { readonly kind: 'file' }): boolean => {
    const hashes = owned.get(path);
    const shown = shownAs(folder, path);
    const at = locate(folder, path);
    if (hashes === undefined) refuse(path, () => report.add('output/not-owned', { path: shown }, at));
    else if (!hashes.includes(found.hash)) {
      const conflict = hasConflictMarks(new TextDecoder().decode(found.content));
      refuse(path, () => report.add('output/edited', { path: shown, conflict }, at));
    } else if ((found.mode & WRITABLE) === 0) refuse(path, () => report.add('output/read-only', { path: shown }, at));
    else return true;
    return false;
  };

  const created: Change[] = [];
  const updated: Change[] = [];
  const unchanged: string[] = [];
  const deleted: string[] = [];

  for (const [path, { content, hash }] of wanted) {
    const found = find(path);
    switch (found?.kind) {
      case undefined:
        break;
      case 'none':
        created.push({ path, content, mode: undefined });
        break;
      case 'file':
        if (found.hash === hash) unchanged.push(path);
        else if (mayTouch(path, found)) updated.push({ path, content, mode: found.mode });
        break;
      case 'folder': {
        const leaves = reportingErrors(folder, path, report, () => listLeaves(folder, path));
        if (leaves?.every(isLeftover)) created.push({ path, content, mode: undefined });
        else refuseEntry(path, 'folder');
        break;
      }
      case 'blocked':
        if (found.entry === 'file' && isStale(found.by)) created.push({ path, content, mode: undefined });
        else refuseEntry(found.by, found.entry);
        break;
    }
  }

  for (const path of [...owned.keys()].filter(isStale).toSorted(byCodeUnit)) {
    const found = find(path);
    if (found?.kind === 'file' && mayTouch(path, found)) deleted.push(path);
    // A file above it means that it is gone; anything else may lead out of the output folder.
    else if (found?.kind === 'blocked' && found.entry !== 'file') refuseEntry(found.by, found.entry);
  }
  if (isRefused) return undefined;

  const needed = new Set([...wanted.keys()].flatMap(foldersOf));
  const isInTheWay = (path: string): boolean =>
    needed.has(path) || foldersOf(path).some((parent) => wanted.has(parent));
  const oldFolders = [...staleFolders].filter((path) => !needed.has(path));
  const text = stringifyManifest(new Map([...wanted].map(([path, { hash }]) => [path, hash])));
  return {
    created,
    updated,
    unchanged,
    deleted,
    inTheWay: new Set(deleted.filter(isInTheWay)),
    foldersInTheWay: oldFolders.filter((path) => [path, ...foldersOf(path)].some((each) => wanted.has(each))),
    oldFolders,
    manifest: text,
    done: created.length + updated.length + deleted.length === 0 && manifest.text === text,
  };
};
