/**
 * Picks a share of what comes, spread evenly and not drawn, so that a ratio is kept over a handful too: `isDue(0.25)` is true
 * every fourth time. A share of 0 forgets what was due.
 */
export const createEvenShare = (): ((ratio: number) => boolean) => {
  let due = 0;
  return (ratio) => {
    due = ratio === 0 ? 0 : due + ratio;
    const isDue = due >= 1;
    if (isDue) due -= 1;
    return isDue;
  };
};
