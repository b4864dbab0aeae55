/** Why an entry left without being asked to. */
export type EvictionReason = 'space' | 'expired';

export interface LruStore {
  readonly get: (key: string) => string | undefined;
  /** Entries larger than the whole store are not kept. */
  readonly set: (key: string, value: string, ttlMs: number) => void;
  readonly delete: (key: string) => boolean;
  readonly clear: () => void;
  /** Drops what has expired, oldest use first, at most `most` entries looked at. */
  readonly sweep: (most?: number) => void;
  readonly usedBytes: () => number;
  readonly size: () => number;
}

interface Entry {
  readonly value: string;
  readonly bytes: number;
  readonly expires: number;
}

/** A string takes up to two bytes a character; an entry of a Map with its object takes about this much beside them. */
const ENTRY_BYTES = 120;
const bytesOf = (key: string, value: string): number => 2 * (key.length + value.length) + ENTRY_BYTES;

/** Strings in memory up to a limit in bytes; what was used longest ago goes first. */
export const createLru = (
  limitBytes: number,
  onEviction: (reason: EvictionReason) => void,
  now: () => number = Date.now,
): LruStore => {
  // A Map keeps the order of insertion: an entry that is used is put in again, so that the first one is the oldest.
  const entries = new Map<string, Entry>();
  let used = 0;
  const drop = (key: string, entry: Entry) => {
    entries.delete(key);
    used -= entry.bytes;
  };
  return {
    get: (key) => {
      const entry = entries.get(key);
      if (!entry) return undefined;
      if (entry.expires <= now()) {
        drop(key, entry);
        onEviction('expired');
        return undefined;
      }
      entries.delete(key);
      entries.set(key, entry);
      return entry.value;
    },
    set: (key, value, ttlMs) => {
      const old = entries.get(key);
      if (old) drop(key, old);
      const bytes = bytesOf(key, value);
      if (bytes > limitBytes) return;
      entries.set(key, { value, bytes, expires: now() + ttlMs });
      used += bytes;
      while (used > limitBytes) {
        const oldest = entries.entries().next().value;
        if (!oldest) return;
        drop(...oldest);
        onEviction('space');
      }
    },
    delete: (key) => {
      const entry = entries.get(key);
      if (entry) drop(key, entry);
      return entry !== undefined;
    },
    clear: () => {
      entries.clear();
      used = 0;
    },
    sweep: (most = 1000) => {
      const time = now();
      let looked = 0;
      for (const [key, entry] of entries) {
        looked += 1;
        if (looked > most) return;
        if (entry.expires > time) continue;
        drop(key, entry);
        onEviction('expired');
      }
    },
    usedBytes: () => used,
    size: () => entries.size,
  };
};
