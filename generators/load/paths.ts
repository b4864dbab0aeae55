import { isAbsolute, relative, sep } from 'node:path';

/** A path as findings and definitions name it: relative to the root, with forward slashes. */
export const relativePath = (root: string, path: string): string => relative(root, path).split(sep).join('/');

/** Whether `path` is `directory` or in it; both absolute. Links are not followed. */
export const isInside = (directory: string, path: string): boolean => {
  const way = relative(directory, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
};
