/**
 * A pure function that remembers its answers: for what is asked again and again with few different arguments, such as
 * names and durations. Past `limit` arguments it forgets all of them, so it never grows without bound.
 */
export const remember = <K extends string | number, V>(fn: (key: K) => V, limit = 10_000): ((key: K) => V) => {
  const known = new Map<K, V>();
  return (key) => {
    const found = known.get(key);
    if (found !== undefined || known.has(key)) return found as V;
    if (known.size >= limit) known.clear();
    const made = fn(key);
    known.set(key, made);
    return made;
  };
};
