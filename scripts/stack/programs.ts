import { accessSync, constants, readdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** Where Debian keeps the programs of PostgreSQL, which are not on PATH; the newest version first. */
const postgresFolders = (): readonly string[] => {
  const base = '/usr/lib/postgresql';
  try {
    return readdirSync(base)
      .toSorted((a, b) => Number(b) - Number(a))
      .map((version) => join(base, version, 'bin'));
  } catch {
    return [];
  }
};

/** The path of a program: the set-up's own folder first, then PATH, then where distributions hide it. */
export const findProgram = (root: string, name: string, path: string | undefined): string | undefined =>
  [join(root, '.tools', 'bin'), ...(path ?? '').split(delimiter), ...postgresFolders(), '/usr/sbin', '/usr/local/sbin']
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find(isExecutable);

/** A user of this machine by name (passwd(5)). */
export const findUser = (...names: readonly string[]): { readonly uid: number; readonly gid: number } | undefined => {
  const lines = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const found = names.flatMap((wanted) => lines.filter(([name]) => name === wanted))[0];
  return found === undefined ? undefined : { uid: Number(found[2]), gid: Number(found[3]) };
};
