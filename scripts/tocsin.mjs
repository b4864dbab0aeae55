#!/usr/bin/env node
// Starts the command line: from dist/ in the package, from a cached bundle of the sources in the repository.
import { existsSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

const fromSources = async () => {
  if (!existsSync(`${root}node_modules/.package-lock.json`)) await import('./setup.mjs');
  const { cachedBundle } = await import('./bundle.mjs');
  try {
    return await cachedBundle(root);
  } catch (error) {
    if (error.code !== 'EACCES' && error.code !== 'EROFS') throw error;
    // A checkout that this user cannot write to has no place for a bundle; slower, but it runs.
    const { register } = await import('tsx/esm/api');
    register();
    return `${root}scripts/cli.ts`;
  }
};

const isRepository = existsSync(`${root}scripts/cli.ts`);
const entry = isRepository ? await fromSources() : `${root}dist/cli.js`;
// Node 22 and later keep compiled code between runs.
module.enableCompileCache?.(isRepository ? `${root}node_modules/.cache/compile` : undefined);
const { main } = await import(pathToFileURL(entry).href);
await main();
