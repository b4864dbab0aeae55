import type { Delivery } from './delivery.ts';

/** Keeps the newest deliveries. */
export interface Store {
  readonly add: (delivery: Omit<Delivery, 'id' | 'at'>, size: number) => Delivery;
  /** Oldest first. */
  readonly list: () => readonly Delivery[];
  readonly clear: () => void;
  /** How many were let go to make room. */
  readonly forgotten: () => number;
}

export interface Limits {
  readonly deliveries: number;
  /** Of all messages as they arrived. */
  readonly bytes: number;
}

/** A store that lets the oldest go when there are too many, or when they are too large together. */
export const createStore = (limits: Limits, now: () => number = Date.now): Store => {
  let kept: { readonly delivery: Delivery; readonly size: number }[] = [];
  let bytes = 0;
  let count = 0;
  let forgotten = 0;
  return {
    add(delivery, size) {
      count += 1;
      const added = { id: count, at: now(), ...delivery };
      kept.push({ delivery: added, size });
      bytes += size;
      let surplus = 0;
      // The newest stays, however large.
      while (surplus < kept.length - 1 && (kept.length - surplus > limits.deliveries || bytes > limits.bytes)) {
        bytes -= kept[surplus]?.size ?? 0;
        surplus += 1;
      }
      if (surplus > 0) kept = kept.slice(surplus);
      forgotten += surplus;
      return added;
    },
    list: () => kept.map(({ delivery }) => delivery),
    clear() {
      kept = [];
      bytes = 0;
    },
    forgotten: () => forgotten,
  };
};
