import type { Location, Related } from '../diagnostics/diagnostic.ts';
import { printable } from '../diagnostics/printable.ts';
import type { Report } from '../diagnostics/report.ts';
import type { OutputFile } from './artefact.ts';
import { encode, hasConflictMarks, hashOf, MANIFEST, manifestOf, NEXT_MANIFEST } from './manifest.ts';
import { foldersOf } from './paths.ts';
import type { OutputFolder, OutputOptions } from './survey.ts';
import {
  createSurvey,
  ENTRY_NAMES,
  hasRoot,
  locate,
  openFolder,
  placeOf,
  readManifest,
  reportingErrors,
  shownAs,
} from './survey.ts';

/** Lines that an excerpt shows on either side of a difference, and of each side of the difference itself. */
const CONTEXT_LINES = 2;
const CHANGED_LINES = 4;

/** A line longer than this is cut in an excerpt. */
const MAX_LINE = 160;

/** The first difference of two texts. */
interface Difference {
  /** The first line that differs in the old text, from 1. */
  readonly line: number;
  /** That place in the manner of a unified diff, without the names of the files. */
  readonly excerpt: string;
}

const countCommon = (a: readonly string[], b: readonly string[]): number => {
  const end = Math.min(a.length, b.length);
  let count = 0;
  while (count < end && a[count] === b[count]) count += 1;
  return count;
};

const showLine = (line: string): string => {
  const visible = printable(line);
  return visible.length > MAX_LINE ? `${visible.slice(0, MAX_LINE)}...` : visible;
};

/** The first place where `after` differs from `before`: up to the next line that both have again, or a few lines. */
export const findDifference = (before: string, after: string): Difference => {
  const old = before.split('\n');
  const fresh = after.split('\n');
  const start = countCommon(old, fresh);
  const [oldRest, freshRest] = [old.slice(start), fresh.slice(start)];
  const tail = countCommon(oldRest.toReversed(), freshRest.toReversed());
  const removed = oldRest.slice(0, oldRest.length - tail);
  const added = freshRest.slice(0, freshRest.length - tail);
  // Where both sides soon agree again the excerpt ends, although more differences follow.
  const meeting = removed.findIndex(
    (line, index) =>
      index > 0 && index <= CHANGED_LINES && line.trim() !== '' && added.slice(0, CHANGED_LINES + 1).includes(line),
  );
  const oldShown = meeting === -1 ? removed : removed.slice(0, meeting);
  const freshShown = meeting === -1 ? added : added.slice(0, added.indexOf(removed[meeting] ?? ''));
  const mark = (sign: string, lines: readonly string[]): readonly string[] => [
    ...lines.slice(0, CHANGED_LINES).map((line) => `${sign}${showLine(line)}`),
    ...(lines.length > CHANGED_LINES ? [`${sign}... (${lines.length - CHANGED_LINES} more)`] : []),
  ];
  const from = Math.max(0, start - CONTEXT_LINES);
  return {
    line: start + 1,
    excerpt: [
      `@@ line ${start + 1} @@`,
      ...mark(' ', old.slice(from, start)),
      ...mark('-', oldShown),
      ...mark('+', freshShown),
    ].join('\n'),
  };
};

const relateDifference = (at: Location, { excerpt }: Difference): { readonly related: readonly Related[] } => ({
  related: [{ note: `the first difference (- as it is, + as it is generated):\n${excerpt}`, at }],
});

/** Reports what in the output folder nobody generated. */
const findForeign = (folder: OutputFolder, known: ReadonlySet<string>, report: Report): void => {
  const folders = new Set([...known].flatMap(foldersOf));
  const visit = (path: string): void => {
    const names = reportingErrors(folder, path, report, () => folder.files.list(placeOf(folder, path))) ?? [];
    for (const name of names.filter((each) => !each.startsWith('.'))) {
      const inner = path === '' ? name : `${path}/${name}`;
      const isFolder = reportingErrors(
        folder,
        inner,
        report,
        () => folder.files.look(placeOf(folder, inner))?.kind === 'folder',
      );
      if (folders.has(inner)) {
        // What else stands there has been reported as in the way.
        if (isFolder) visit(inner);
      } else if (!known.has(inner))
        report.add('output/foreign', { path: shownAs(folder, inner) }, locate(folder, inner));
    }
  };
  visit('');
};

/**
 * Reports how the output folder differs from `files`: files that are missing, that are as generated once but not now,
 * that were changed by hand, that nothing generates any more, and that were never generated. Changes nothing.
 */
export const verify = (files: readonly OutputFile[], options: OutputOptions, report: Report): void => {
  const folder = openFolder(options);
  const isThere = hasRoot(folder, report);
  if (isThere === false) report.add('output/missing', { path: folder.label }, locate(folder, ''));
  if (!isThere) return;
  const survey = createSurvey(folder);
  const manifest = readManifest(folder, survey, report);
  const owned = manifest?.owned ?? new Map<string, readonly string[]>();
  const wanted = new Set(files.map(({ path }) => path));
  const isStale = (path: string): boolean => owned.has(path) && !wanted.has(path);
  const blocked = new Set<string>();
  let isSame = true;

  for (const { path, text } of files) {
    const found = reportingErrors(folder, path, report, () => survey.find(path));
    const shown = shownAs(folder, path);
    if (found?.kind === 'file' && found.hash === hashOf(encode(text))) continue;
    isSame = false;
    switch (found?.kind) {
      case undefined:
        break;
      case 'none':
        report.add('output/missing', { path: shown }, locate(folder, path));
        break;
      case 'file': {
        const present = new TextDecoder('utf-8', { ignoreBOM: true }).decode(found.content);
        const difference = findDifference(present, text);
        const at = locate(folder, path, difference.line);
        const more = relateDifference(at, difference);
        const hashes = owned.get(path);
        if (hashes === undefined) report.add('output/not-owned', { path: shown }, at, more);
        else if (hashes.includes(found.hash)) report.add('output/stale', { path: shown }, at, more);
        else report.add('output/edited', { path: shown, conflict: hasConflictMarks(present) }, at, more);
        break;
      }
      case 'folder':
      case 'blocked': {
        const [by, entry] = found.kind === 'folder' ? [path, 'folder' as const] : [found.by, found.entry];
        if (entry === 'file' && isStale(by)) report.add('output/missing', { path: shown }, locate(folder, path));
        else if (!blocked.has(by)) {
          blocked.add(by);
          report.add('output/blocked', { path: shownAs(folder, by), found: ENTRY_NAMES[entry] }, locate(folder, by));
        }
        break;
      }
    }
  }

  for (const path of [...owned.keys()].filter(isStale)) {
    const found = reportingErrors(folder, path, report, () => survey.find(path));
    if (found?.kind !== 'file') continue;
    isSame = false;
    report.add('output/orphaned', { path: shownAs(folder, path) }, locate(folder, path));
  }

  const isUnfinished = reportingErrors(folder, NEXT_MANIFEST, report, () => survey.find(NEXT_MANIFEST).kind !== 'none');
  if (isUnfinished) report.add('output/unfinished', { out: folder.label }, locate(folder, NEXT_MANIFEST));
  // Only when nothing else is wrong: the manifest differs whenever a file does.
  if (isSame && manifest !== undefined && manifest.text !== manifestOf(files)) {
    const code = manifest.text === undefined ? 'output/missing' : 'output/stale';
    report.add(code, { path: shownAs(folder, MANIFEST) }, locate(folder, MANIFEST));
  }
  findForeign(folder, new Set([...wanted, ...owned.keys()]), report);
};
