import { readdirSync, readFileSync } from 'node:fs';

/** The expressions of corpus/: those of the five systems and realistic ones, apart by empty lines. */
export function readCorpus(): readonly string[] {
  const folder = new URL('corpus/', import.meta.url);
  return readdirSync(folder)
    .flatMap((name) => readFileSync(new URL(name, folder), 'utf8').split(/\n{2,}/))
    .map((text) => text.trim())
    .filter((text) => text !== '');
}
