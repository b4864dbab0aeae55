import { dirname } from 'node:path';
import type { Report } from '../diagnostics/report.ts';
import { createReport } from '../diagnostics/report.ts';
import type { OutputFile } from './artefact.ts';
import { errnoOf } from './file-system.ts';
import type { Processes } from './lock.ts';
import { acquireLock, nodeProcesses } from './lock.ts';
import type { OwnedFiles } from './manifest.ts';
import { encode, MANIFEST, NEXT_MANIFEST, parseManifest, stringifyManifest } from './manifest.ts';
import { foldersOf } from './paths.ts';
import type { Change, Plan } from './plan.ts';
import { planWrite } from './plan.ts';
import type { OutputFolder, OutputOptions, Survey } from './survey.ts';
import { createSurvey, hasRoot, locate, openFolder, placeOf, shownAs } from './survey.ts';
import { byCodeUnit } from './text.ts';

/**
 * How writing goes, and why a crash at any point does no harm:
 *
 * 1. Compare with the disk. If anything forbids writing, report all of it and stop; nothing was touched.
 * 2. Take the lock. Whatever a run that was cut off left behind is put in order (`recover`).
 * 3. Write the new manifest under the name NEXT_MANIFEST: from now on every file that may appear is known by its hash.
 * 4. Stage each new text in a file of its own beside its target, on the disk.
 * 5. Rename these in order, then delete what is stale, then the folders that became empty.
 * 6. Rename NEXT_MANIFEST to MANIFEST, which is the end.
 *
 * A run that finds a NEXT_MANIFEST knows that one was cut off between 3 and 6. Each file then has the hash that the one
 * or the other manifest tells; anything else was changed by hand.
 */

/** What was done. Paths are relative to the output folder, sorted. */
export interface WriteResult {
  /** Whether the output folder is now as it should be. When not, the report says why. */
  readonly complete: boolean;
  readonly created: readonly string[];
  readonly updated: readonly string[];
  readonly deleted: readonly string[];
  readonly unchanged: readonly string[];
}

/** Where to write, and for tests what to write with. */
export interface WriteOptions extends OutputOptions {
  readonly processes?: Processes;
}

/** The lock's file in the output folder; it is there only while a run writes. */
const LOCK = '.tocsin.lock';

const TEMPORARY = '.tocsin-tmp';

/** Where a file is staged: beside its target, so that renaming it never crosses a file system. */
const stagedPath = (path: string): string => {
  const [name = '', ...above] = path.split('/').toReversed();
  return [...above.toReversed(), `.${name}${TEMPORARY}`].join('/');
};

/** A step that the operating system refused. */
class StepError extends Error {
  override readonly name = 'StepError';
  readonly action: string;
  readonly path: string;
  readonly errno: string;

  constructor(action: string, path: string, errno: string, cause: unknown) {
    super(`cannot ${action} ${path}: ${errno}`, { cause });
    this.action = action;
    this.path = path;
    this.errno = errno;
  }
}

/** Runs one step; an error of the operating system becomes a StepError that says what was tried. */
const step = <T>(action: string, path: string, run: () => T): T => {
  try {
    return run();
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    throw new StepError(action, path, errno, error);
  }
};

/** Runs `run` and lets an error of the operating system pass: for steps that the next run repeats or that do no harm. */
const attempt = (run: () => void): boolean => {
  try {
    run();
    return true;
  } catch (error) {
    if (error instanceof StepError || errnoOf(error) !== undefined) return false;
    throw error;
  }
};

const byDepth = (a: string, b: string): number => b.split('/').length - a.split('/').length;

const removeIfThere = (folder: OutputFolder, path: string): void =>
  step('delete', path, () => {
    if (folder.files.look(placeOf(folder, path)) !== undefined) folder.files.remove(placeOf(folder, path));
  });

/** Deletes those of `candidates` that are empty, innermost first. */
const removeEmptyFolders = (folder: OutputFolder, candidates: readonly string[]): void => {
  for (const path of candidates.toSorted(byDepth)) {
    // One that is not empty, or is a mount point, stays; an empty folder more does no harm.
    attempt(() => folder.files.removeFolder(placeOf(folder, path)));
  }
};

/** Deletes folders that have to go, innermost first. */
const removeFolders = (folder: OutputFolder, paths: readonly string[]): void => {
  for (const path of paths.toSorted(byDepth)) {
    step('delete', path, () => {
      const place = placeOf(folder, path);
      if (folder.files.look(place)?.kind === 'folder') folder.files.removeFolder(place);
    });
  }
};

/** Puts `text` at `path` in one step. */
const replaceFile = (folder: OutputFolder, path: string, text: string): void => {
  const staged = stagedPath(path);
  step('write', path, () => folder.files.create(placeOf(folder, staged), encode(text), undefined));
  step('write', path, () => folder.files.rename(placeOf(folder, staged), placeOf(folder, path)));
  step('write', path, () => folder.files.sync(folder.root));
};

const readOwned = (survey: Survey, path: string): { readonly text: string | undefined; readonly owned: OwnedFiles } =>
  step('read', path, () => {
    const found = survey.find(path);
    if (found.kind !== 'file') return { text: undefined, owned: new Map() };
    const text = new TextDecoder().decode(found.content);
    return { text, owned: parseManifest(text).owned };
  });

/**
 * Puts in order what a run left that was cut off: deletes what it staged, and makes the manifest say which of its files
 * are there. Can itself be cut off and repeated.
 */
const recover = (folder: OutputFolder): void => {
  const { files } = folder;
  for (const path of [MANIFEST, NEXT_MANIFEST]) removeIfThere(folder, stagedPath(path));
  if (step('read', NEXT_MANIFEST, () => files.look(placeOf(folder, NEXT_MANIFEST))) === undefined) return;
  const survey = createSurvey(folder);
  const before = readOwned(survey, MANIFEST);
  const { owned: next } = readOwned(survey, NEXT_MANIFEST);
  const hashes = new Map<string, string>();
  for (const path of new Set([...before.owned.keys(), ...next.keys()])) {
    const old = before.owned.get(path) ?? [];
    const found = step('read', path, () => survey.find(path));
    const known = [...old, ...(next.get(path) ?? [])];
    const hash = found.kind === 'file' && known.includes(found.hash) ? found.hash : old[0];
    if (hash !== undefined) hashes.set(path, hash);
    // A folder above it that is no folder holds nothing that was staged.
    if (next.has(path) && (found.kind !== 'blocked' || found.by === path)) removeIfThere(folder, stagedPath(path));
  }
  const text = stringifyManifest(hashes);
  if (text !== before.text) replaceFile(folder, MANIFEST, text);
  // Those that this run needs go as well: were it cut off before it says so, nobody would know them.
  removeEmptyFolders(folder, [...new Set([...next.keys()].flatMap(foldersOf))]);
  removeIfThere(folder, NEXT_MANIFEST);
};

/** What has been done so far; filled while it is done, so that it is right after an error, too. */
interface Progress {
  readonly staged: Set<string>;
  readonly folders: string[];
  readonly written: Set<string>;
  readonly deleted: Set<string>;
}

const stage = (folder: OutputFolder, changes: readonly Change[], progress: Progress): void => {
  const { files } = folder;
  for (const { path, content, mode } of changes) {
    for (const parent of foldersOf(path)) {
      step('create', parent, () => {
        if (files.look(placeOf(folder, parent)) !== undefined) return;
        files.makeFolder(placeOf(folder, parent));
        progress.folders.push(parent);
      });
    }
    progress.staged.add(path);
    step('write', path, () => files.create(placeOf(folder, stagedPath(path)), content, mode));
  }
};

const removeFiles = (folder: OutputFolder, paths: readonly string[], progress: Progress): void => {
  for (const path of paths) {
    step('delete', path, () => folder.files.remove(placeOf(folder, path)));
    progress.deleted.add(path);
  }
};

const apply = (folder: OutputFolder, plan: Plan, progress: Progress): void => {
  const { files } = folder;
  const changes = [...plan.created, ...plan.updated].toSorted((a, b) => byCodeUnit(a.path, b.path));
  const isBelowStale = ({ path }: Change): boolean => foldersOf(path).some((parent) => plan.inTheWay.has(parent));
  replaceFile(folder, NEXT_MANIFEST, plan.manifest);
  // What can be staged is staged before the first file is touched, so that a full disk is noticed in time.
  stage(
    folder,
    changes.filter((change) => !isBelowStale(change)),
    progress,
  );
  removeFiles(folder, [...plan.inTheWay], progress);
  removeFolders(folder, plan.foldersInTheWay);
  stage(folder, changes.filter(isBelowStale), progress);
  for (const { path } of changes) {
    step('write', path, () => files.rename(placeOf(folder, stagedPath(path)), placeOf(folder, path)));
    progress.staged.delete(path);
    progress.written.add(path);
  }
  removeFiles(
    folder,
    plan.deleted.filter((path) => !plan.inTheWay.has(path)),
    progress,
  );
  removeEmptyFolders(folder, plan.oldFolders);
  const touched = new Set(
    [...changes.map(({ path }) => path), ...progress.folders, ...plan.deleted].map((path) =>
      dirname(placeOf(folder, path)),
    ),
  );
  for (const place of touched) if (files.look(place) !== undefined) step('write', '', () => files.sync(place));
  step('write', MANIFEST, () => files.rename(placeOf(folder, NEXT_MANIFEST), placeOf(folder, MANIFEST)));
  step('write', MANIFEST, () => files.sync(folder.root));
};

/** After an error: takes back what was staged, and everything else if no file was touched yet. What fails here is left to `recover`. */
const undo = (folder: OutputFolder, progress: Progress): void => {
  const left = [...progress.staged].filter((path) => !attempt(() => removeIfThere(folder, stagedPath(path))));
  if (progress.written.size + progress.deleted.size + left.length > 0) return;
  for (const path of progress.folders.toReversed()) attempt(() => folder.files.removeFolder(placeOf(folder, path)));
  for (const path of [stagedPath(NEXT_MANIFEST), NEXT_MANIFEST]) attempt(() => removeIfThere(folder, path));
};

const resultOf = (plan: Plan | undefined, progress: Progress, complete: boolean): WriteResult => {
  const done = (changes: readonly Change[]): readonly string[] =>
    changes.map(({ path }) => path).filter((path) => progress.written.has(path));
  return {
    complete,
    created: done(plan?.created ?? []),
    updated: done(plan?.updated ?? []),
    deleted: (plan?.deleted ?? []).filter((path) => progress.deleted.has(path)),
    unchanged: plan?.unchanged ?? [],
  };
};

const makeRoot = (folder: OutputFolder): void => {
  const { files, root } = folder;
  const missing: string[] = [];
  for (let place = root; files.look(place) === undefined && dirname(place) !== place; place = dirname(place))
    missing.push(place);
  for (const place of missing.toReversed()) files.makeFolder(place);
};

/** What a run that was cut off may leave in the output folder itself. */
const listLeftovers = (folder: OutputFolder): readonly string[] => {
  const own = new Set([LOCK, NEXT_MANIFEST, stagedPath(MANIFEST), stagedPath(NEXT_MANIFEST)]);
  return step('read', '', () => folder.files.list(folder.root)).filter(
    (name) => own.has(name) || name.startsWith(`${LOCK}.`),
  );
};

const writeLocked = (folder: OutputFolder, wanted: readonly OutputFile[], report: Report): WriteResult => {
  const progress: Progress = { staged: new Set(), folders: [], written: new Set(), deleted: new Set() };
  let plan: Plan | undefined;
  try {
    for (const name of listLeftovers(folder)) if (name.startsWith(`${LOCK}.`)) removeIfThere(folder, name);
    recover(folder);
    plan = planWrite(folder, wanted, report);
    if (plan === undefined) return resultOf(plan, progress, false);
    if (!plan.done) apply(folder, plan, progress);
    return resultOf(plan, progress, true);
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    const { action, path, errno } = error;
    if (plan !== undefined) undo(folder, progress);
    const partly = progress.written.size + progress.deleted.size > 0;
    report.add('output/io', { path: shownAs(folder, path), action, errno, partly }, locate(folder, path));
    return resultOf(plan, progress, false);
  }
};

const NOTHING: WriteResult = { complete: false, created: [], updated: [], deleted: [], unchanged: [] };

const writeNow = (wanted: readonly OutputFile[], options: WriteOptions, report: Report): WriteResult => {
  const folder = openFolder(options);
  if (hasRoot(folder, report) === undefined) return NOTHING;
  try {
    // Without the lock first: nothing to do is the usual case, and needs no right to write.
    const plan = planWrite(folder, wanted, createReport());
    if (plan?.done && listLeftovers(folder).length === 0) {
      return { ...NOTHING, complete: true, unchanged: plan.unchanged };
    }
    const lock = step('write', '', () => {
      makeRoot(folder);
      return acquireLock(placeOf(folder, LOCK), folder.files, options.processes ?? nodeProcesses);
    });
    if ('heldBy' in lock) {
      const { pid, host } = lock.heldBy;
      report.add('output/locked', { out: folder.label, pid, host, lock: shownAs(folder, LOCK) }, locate(folder, ''));
      return NOTHING;
    }
    try {
      return writeLocked(folder, wanted, report);
    } finally {
      attempt(lock.release);
    }
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    report.add(
      'output/io',
      { path: shownAs(folder, error.path), action: error.action, errno: error.errno, partly: false },
      locate(folder, error.path),
    );
    return NOTHING;
  }
};

/**
 * Makes the output folder hold exactly `files` among the files that the generator owns. A file that it does not own, or
 * that was changed by hand, is never touched: that is reported, and then nothing is written. There is no way to force
 * it; who wants the generated file deletes the one in the way. A symbolic link is never followed, a mode is kept.
 */
export const write = async (
  files: readonly OutputFile[],
  options: WriteOptions,
  report: Report,
): Promise<WriteResult> => Promise.resolve(writeNow(files, options, report));
