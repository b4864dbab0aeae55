import Fuse from 'fuse.js';
import { z } from 'zod';
import type { Fault } from '../faults/fault.ts';
import { defineFault, parameter } from '../faults/fault.ts';
import type { Part } from '../part.ts';
import { pause, stopwatch } from '../time.ts';

export interface Document {
  readonly id: string;
  readonly title: string;
  readonly body: string;
}

export interface SearchOptions {
  readonly documents: readonly Document[];
  /** Searches whose best answer is known: words, and the id of the document they should find. */
  readonly known: readonly { readonly words: string; readonly id: string }[];
  readonly onSearch?: (search: { seconds: number; results: number }) => void;
}

/** Full-text search over an index in memory. */
export interface Search extends Part {
  /** The best documents first. */
  readonly find: (words: string, limit?: number) => Promise<readonly Document[]>;
  /** Documents in the index. */
  readonly size: () => number;
  /** How well the known searches do, 0 to 1: the mean of one over the place of the document that should be first. */
  readonly relevance: () => number;
  readonly add: (document: Document) => void;
}

/** Beyond this place a result is as good as not found. */
const DEEPEST = 10;

/** Builds an index with Fuse.js. */
export const openSearch = ({ documents, known, onSearch }: SearchOptions): Search => {
  const options = {
    keys: [
      { name: 'title', weight: 2 },
      { name: 'body', weight: 1 },
    ],
    threshold: 0.35,
    ignoreLocation: true,
    minMatchCharLength: 3,
  };
  const all = [...documents];
  let index = new Fuse(all, options);
  const knobs = { extraLatency: 0, isIrrelevant: false };
  const ranked = (words: string, limit: number): readonly Document[] => {
    const results = index.search(words, knobs.isIrrelevant ? {} : { limit }).map(({ item }) => item);
    if (!knobs.isIrrelevant) return results;
    // What does not match at all comes first.
    const found = new Set(results.map(({ id }) => id));
    return [...all.filter(({ id }) => !found.has(id)), ...results.reverse()].slice(0, limit);
  };

  const faults: readonly Fault[] = [
    defineFault({
      id: 'search-slow',
      sentence: 'Every search waits before it looks anything up.',
      parameters: { ms: parameter.ms(1500) },
      start({ ms }) {
        knobs.extraLatency = ms;
        return () => void (knobs.extraLatency = 0);
      },
    }),
    defineFault({
      id: 'search-irrelevant',
      sentence: 'The ranking is turned round: what fits least comes first.',
      parameters: {},
      start() {
        knobs.isIrrelevant = true;
        return () => void (knobs.isIrrelevant = false);
      },
    }),
    defineFault({
      id: 'search-empty',
      sentence: 'The index loses its documents, and is built again at the end.',
      parameters: { left: z.number().int().min(0).default(0).describe('Documents that are left.') },
      start({ left }) {
        index = new Fuse(all.slice(0, left), options);
        return () => void (index = new Fuse(all, options));
      },
    }),
  ];

  return {
    faults,
    async find(words, limit = DEEPEST) {
      const elapsed = stopwatch();
      await pause(knobs.extraLatency);
      const results = ranked(words, limit);
      onSearch?.({ seconds: elapsed(), results: results.length });
      return results;
    },
    size: () => index.getIndex().size(),
    relevance() {
      const scores = known.map(({ words, id }) => {
        const place = ranked(words, DEEPEST).findIndex((document) => document.id === id);
        return place < 0 ? 0 : 1 / (place + 1);
      });
      return scores.length === 0 ? 1 : scores.reduce((sum, score) => sum + score, 0) / scores.length;
    },
    add(document) {
      all.push(document);
      index.add(document);
    },
    stop() {
      index = new Fuse<Document>([], options);
    },
  };
};
