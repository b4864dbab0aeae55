import type { Dirent } from 'node:fs';
import { readdir, readFile, realpath } from 'node:fs/promises';

/** What a folder holds under a name. */
export interface DirectoryEntry {
  readonly name: string;
  readonly kind: 'file' | 'directory' | 'link' | 'other';
}

/** The disk as loading sees it; paths are absolute. Every function rejects as node:fs does. */
export interface LoadIo {
  list(directory: string): Promise<readonly DirectoryEntry[]>;
  read(file: string): Promise<string>;
  /** Where a path leads when every link on the way is followed. */
  realPath(path: string): Promise<string>;
}

const kindOf = (entry: Dirent): DirectoryEntry['kind'] => {
  if (entry.isSymbolicLink()) return 'link';
  if (entry.isDirectory()) return 'directory';
  return entry.isFile() ? 'file' : 'other';
};

/** The real disk. */
export const nodeLoadIo: LoadIo = {
  list: async (directory) => {
    const entries = await readdir(directory, { withFileTypes: true });
    return entries.map((entry) => ({ name: entry.name, kind: kindOf(entry) }));
  },
  read: (file) => readFile(file, 'utf8'),
  realPath: (path) => realpath(path),
};

/** Whether an error of the disk says that there is nothing at the path. */
export const isAbsent = (error: unknown): boolean => {
  const { code } = error as { readonly code?: string };
  return code === 'ENOENT' || code === 'ENOTDIR';
};

/** What an error of the disk says, without the path that the finding names already. */
export const reasonOf = (error: unknown): string => {
  const { code, message } = error as { readonly code?: string; readonly message?: string };
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: 'there is nothing there',
    EACCES: 'permission denied',
    EPERM: 'permission denied',
    EISDIR: 'it is a folder',
    ENOTDIR: 'it is not a folder',
    ELOOP: 'its links lead in a circle',
  };
  return reasons[code ?? ''] ?? code ?? message ?? String(error);
};
