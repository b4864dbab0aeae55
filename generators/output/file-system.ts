import {
  closeSync,
  fchmodSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { byCodeUnit } from './text.ts';

/** What stands at a path; a symbolic link is itself, not what it leads to. */
export interface Entry {
  readonly kind: 'file' | 'folder' | 'link' | 'other';
  /** The permission bits. */
  readonly mode: number;
}

/**
 * What the writer does with files. Every call is one step that a crash can come before or after; only `create` can be
 * cut in the middle. All throw as Node does, with a `code`.
 */
export interface FileSystem {
  /** What is there, or undefined. */
  look(path: string): Entry | undefined;
  read(path: string): Uint8Array;
  /** The names in a folder, sorted. */
  list(path: string): readonly string[];
  makeFolder(path: string): void;
  /** Makes a new file (never replaces one) whose content is on the disk when the call returns. */
  create(path: string, content: Uint8Array, mode: number | undefined): void;
  rename(from: string, to: string): void;
  remove(path: string): void;
  removeFolder(path: string): void;
  /** Brings the names in a folder to the disk. */
  sync(path: string): void;
  /** Makes a symbolic link that holds `text`: a small file that is there whole or not at all. */
  link(text: string, path: string): void;
  readLink(path: string): string;
}

/** The `code` of an error of the operating system; undefined for any other error. */
export const errnoOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && 'syscall' in error && typeof error.code === 'string'
    ? error.code
    : undefined;

const PERMISSIONS = 0o777;

const kindOf = (stats: ReturnType<typeof lstatSync>): Entry['kind'] => {
  if (stats === undefined) return 'other';
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'folder';
  return stats.isSymbolicLink() ? 'link' : 'other';
};

/** Runs `use` on an open file and closes it whatever happens. */
const withFile = (path: string, flags: string, use: (file: number) => void): void => {
  const file = openSync(path, flags);
  try {
    use(file);
  } finally {
    closeSync(file);
  }
};

/** The real file system. */
export const nodeFileSystem: FileSystem = {
  look(path) {
    try {
      const stats = lstatSync(path, { throwIfNoEntry: false });
      return stats && { kind: kindOf(stats), mode: stats.mode & PERMISSIONS };
    } catch (error) {
      // A file stands where a folder above it would be, so nothing is there.
      if (errnoOf(error) === 'ENOTDIR') return undefined;
      throw error;
    }
  },
  read: (path) => readFileSync(path),
  list: (path) => readdirSync(path).toSorted(byCodeUnit),
  makeFolder: (path) => mkdirSync(path),
  create: (path, content, mode) =>
    withFile(path, 'wx', (file) => {
      writeFileSync(file, content);
      if (mode !== undefined) fchmodSync(file, mode);
      fsyncSync(file);
    }),
  rename: (from, to) => renameSync(from, to),
  remove: (path) => unlinkSync(path),
  removeFolder: (path) => rmdirSync(path),
  sync(path) {
    try {
      withFile(path, 'r', (folder) => fsyncSync(folder));
    } catch (error) {
      // Some file systems cannot do this for a folder (and some systems cannot open one); the files themselves are safe.
      if (!['EINVAL', 'EPERM', 'EISDIR', 'ENOTSUP'].includes(errnoOf(error) ?? '')) throw error;
    }
  },
  link: (text, path) => symlinkSync(text, path),
  readLink: (path) => readlinkSync(path),
};
