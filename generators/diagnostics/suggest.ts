const MOST = 3;

/** What is left of a name when case and separators do not count: `hit_rate`, `hit-rate` and `hitRate` are one. */
const fold = (word: string): string => word.toLowerCase().replace(/[\s._:-]+/g, '');

/**
 * The least number of single-character insertions, deletions, substitutions and swaps of neighbours (no character
 * edited twice) that turns `a` into `b`; `limit + 1` when it is more than `limit`.
 */
const editDistance = (a: string, b: string, limit: number): number => {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    let least = row;
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
      );
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) cost = Math.min(cost, (beforeLast[column - 2] ?? 0) + 1);
      current.push(cost);
      least = Math.min(least, cost);
    }
    if (least > limit) return limit + 1;
    beforeLast = last;
    last = current;
  }
  return Math.min(last[b.length] ?? 0, limit + 1);
};

const sharedStart = (a: string, b: string): number => {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return length;
};

/** How far `candidate` is from `word`, lower is nearer; undefined when it is no suggestion at all. */
const score = (word: string, candidate: string): number | undefined => {
  const written = fold(word);
  const meant = fold(candidate);
  if (written === '' || meant === '') return undefined;
  if (written === meant) return 0;
  const limit = Math.min(3, Math.max(1, Math.floor(Math.max(written.length, meant.length) / 3)));
  const distance = editDistance(written, meant, limit);
  // With two letters or fewer nearly every short name is one edit away, so the first letter has to be right.
  if (distance <= limit && (written.length > 2 || written.startsWith(meant.charAt(0)))) return distance;
  const shorter = Math.min(written.length, meant.length);
  const isStart = shorter >= 3 && sharedStart(written, meant) === shorter;
  return isStart ? limit + 1 : undefined;
};

/**
 * The candidates a person probably meant when they wrote `word`, nearest first, at most three. Case and separators
 * count for nothing: where only they differ there is no other candidate. A start of at least three characters is near
 * enough. The order depends only on the names.
 */
export const suggest = (word: string, candidates: Iterable<string>): readonly string[] => {
  const near = [...new Set(candidates)]
    .filter((candidate) => candidate !== word)
    .flatMap((candidate) => {
      const distance = score(word, candidate);
      return distance === undefined ? [] : [{ candidate, distance, shared: sharedStart(fold(word), fold(candidate)) }];
    });
  const same = near.filter(({ distance }) => distance === 0);
  return (same.length > 0 ? same : near)
    .sort(
      (a, b) =>
        a.distance - b.distance ||
        b.shared - a.shared ||
        a.candidate.length - b.candidate.length ||
        (a.candidate < b.candidate ? -1 : 1),
    )
    .slice(0, MOST)
    .map(({ candidate }) => candidate);
};
