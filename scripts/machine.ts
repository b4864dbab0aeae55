/** How fast and how free this machine is while something else is measured on it. */
import { availableParallelism } from 'node:os';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Floor } from '../generators/exposition/regress.ts';

const EVERY_MS = 40;
const ITEMS = 400;

/** Always the same work, about a millisecond: what a request handler does, without its waiting. */
const work = (): number => {
  const items = Array.from({ length: ITEMS }, (_, index) => ({ id: (index * 7919) % ITEMS, name: `item ${index}` }));
  const copy = JSON.parse(JSON.stringify(items)) as typeof items;
  return copy.toSorted((a, b) => a.id - b.id || a.name.localeCompare(b.name)).length;
};

const quantile = (values: readonly number[], q: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(q * values.length))] ?? NaN;

/** Waits so many seconds, with a little work at fixed moments: how long it takes, and how late it is done. */
export const watchMachine = async (seconds: number): Promise<Floor> => {
  const begun = performance.now();
  const end = begun + seconds * 1000;
  const taken: number[] = [];
  const late: number[] = [];
  for (let due = begun; due < end; due = Math.max(due + EVERY_MS, performance.now())) {
    await sleep(Math.max(0, due - performance.now()));
    const started = performance.now();
    work();
    taken.push(performance.now() - started);
    late.push(performance.now() - due);
  }
  await sleep(Math.max(0, end - performance.now()));
  const median = quantile(taken, 0.5);
  return { work: median / 1000, delay: Math.max(0, quantile(late, 0.95) - median) / 1000 };
};

/** The machine in general terms: `linux x64, 2 processors, Node 20`. */
export const describeMachine = (): string =>
  `${process.platform} ${process.arch}, ${availableParallelism()} processors, Node ${process.versions.node.split('.')[0]}`;
