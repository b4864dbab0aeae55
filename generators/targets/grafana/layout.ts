/** The columns of Grafana's grid. */
export const COLUMNS = 24;

/** What a panel wants: columns of 24 and grid rows. */
export interface Wish {
  readonly width: number;
  readonly height: number;
}

/** Where a panel is: columns and grid rows from the top left corner. */
export interface GridPosition {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** The height of a row's title bar. */
const TITLE_HEIGHT = 1;

/** Where a row's title bar and its panels are. */
export interface RowPosition {
  readonly title: GridPosition;
  readonly panels: readonly GridPosition[];
}

/**
 * Places the rows of a dashboard below each other. Every line of panels is as wide as the grid and as high as its
 * highest panel, so nothing overlaps and nothing is left open. The panels of a collapsed row are placed as they are
 * seen once it is opened; what follows moves up, as Grafana expects of a collapsed row.
 */
export const layoutRows = (
  rows: readonly { readonly collapsed: boolean; readonly panels: readonly Wish[] }[],
): readonly RowPosition[] => {
  let y = 0;
  return rows.map(({ collapsed, panels }) => {
    const title = { x: 0, y, w: COLUMNS, h: TITLE_HEIGHT };
    const top = y + TITLE_HEIGHT;
    const { positions, bottom } = layoutPanels(panels, top);
    y = collapsed ? top : bottom;
    return { title, panels: positions };
  });
};

const layoutPanels = (wishes: readonly Wish[], top: number): { positions: readonly GridPosition[]; bottom: number } => {
  const positions: GridPosition[] = [];
  let y = top;
  for (const line of breakLines(wishes.map(toWhole))) {
    const h = Math.max(...line.map((wish) => wish.height));
    let x = 0;
    for (const w of stretch(line.map((wish) => wish.width))) {
      positions.push({ x, y, w, h });
      x += w;
    }
    y += h;
  }
  return { positions, bottom: y };
};

const toWhole = ({ width, height }: Wish): Wish => ({
  width: Math.min(COLUMNS, Math.max(1, Math.round(width))),
  height: Math.max(1, Math.round(height)),
});

/**
 * Splits the panels into lines, in their order, so that each gets nearly the size it wants: four panels of a third of
 * the grid stand two and two, not three and one. The cheapest split is found from the end backwards.
 */
const breakLines = (wishes: readonly Wish[]): readonly (readonly Wish[])[] => {
  const best: { cost: number; next: number }[] = Array.from({ length: wishes.length + 1 }, () => ({
    cost: 0,
    next: 0,
  }));
  for (let start = wishes.length - 1; start >= 0; start -= 1) {
    let chosen = { cost: Infinity, next: wishes.length };
    for (let end = start + 1; end <= wishes.length; end += 1) {
      const cost = costOf(wishes.slice(start, end)) + (best[end]?.cost ?? 0);
      // Of equal splits the one with the longer line first.
      if (cost <= chosen.cost) chosen = { cost, next: end };
    }
    best[start] = chosen;
  }
  const lines: (readonly Wish[])[] = [];
  for (let start = 0; start < wishes.length;) {
    const next = best[start]?.next ?? wishes.length;
    lines.push(wishes.slice(start, next));
    start = next;
  }
  return lines;
};

/** How much a line's panels differ from what they want: widths squared, so that one gap counts more than two of half the size. */
const costOf = (line: readonly Wish[]): number => {
  const width = line.reduce((sum, wish) => sum + wish.width, 0);
  if (width > COLUMNS) return Infinity;
  const height = Math.max(...line.map((wish) => wish.height));
  const stretched = line.reduce((sum, wish) => sum + (height - wish.height) * wish.width, 0);
  return (COLUMNS - width) ** 2 + stretched;
};

/** Widens the panels of a line in proportion until they fill the grid; what rounding leaves goes to the largest remainders. */
const stretch = (widths: readonly number[]): readonly number[] => {
  const total = widths.reduce((sum, width) => sum + width, 0);
  const exact = widths.map((width) => (width * COLUMNS) / total);
  const whole = exact.map(Math.floor);
  const missing = COLUMNS - whole.reduce((sum, width) => sum + width, 0);
  const byRemainder = exact
    .map((width, index) => ({ index, remainder: width - Math.floor(width) }))
    .sort((a, b) => b.remainder - a.remainder || a.index - b.index);
  for (const { index } of byRemainder.slice(0, missing)) whole[index] = (whole[index] ?? 0) + 1;
  return whole;
};
