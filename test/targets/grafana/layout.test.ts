import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { GridPosition, Wish } from '../../../generators/targets/grafana/layout.ts';
import { COLUMNS, layoutRows } from '../../../generators/targets/grafana/layout.ts';

const open = (...panels: readonly Wish[]) => ({ collapsed: false, panels });
const size = (width: number, height = 8): Wish => ({ width, height });

/** The panels of one row as `x,y wxh`. */
const drawn = (...panels: readonly Wish[]): readonly string[] =>
  (layoutRows([open(...panels)])[0]?.panels ?? []).map(({ x, y, w, h }) => `${x},${y} ${w}x${h}`);

describe('layoutRows', () => {
  test.each([
    {
      name: 'fills a line from left to right',
      panels: [size(8), size(8), size(8)],
      expected: ['0,1 8x8', '8,1 8x8', '16,1 8x8'],
    },
    { name: 'widens what leaves a gap', panels: [size(8), size(8)], expected: ['0,1 12x8', '12,1 12x8'] },
    { name: 'widens in proportion', panels: [size(4, 6), size(12, 6)], expected: ['0,1 6x6', '6,1 18x6'] },
    {
      name: 'breaks four thirds evenly',
      panels: [size(8), size(8), size(8), size(8)],
      expected: ['0,1 12x8', '12,1 12x8', '0,9 12x8', '12,9 12x8'],
    },
    { name: 'does not put 18 and 12 on one line', panels: [size(18), size(12)], expected: ['0,1 24x8', '0,9 24x8'] },
    {
      name: 'gives every panel of a line the same height',
      panels: [size(12, 4), size(12, 8)],
      expected: ['0,1 12x8', '12,1 12x8'],
    },
    {
      name: 'keeps low panels together',
      panels: [size(6, 4), size(6, 4), size(12), size(12)],
      expected: ['0,1 12x4', '12,1 12x4', '0,5 12x8', '12,5 12x8'],
    },
    {
      name: 'gives what rounding leaves to the first of equals',
      panels: [size(5), size(5), size(5), size(5), size(3)],
      expected: ['0,1 6x8', '6,1 5x8', '11,1 5x8', '16,1 5x8', '21,1 3x8'],
    },
    { name: 'bounds wishes', panels: [size(99, 0), size(-3, 2)], expected: ['0,1 24x1', '0,2 24x2'] },
  ])('$name', ({ panels, expected }) => expect(drawn(...panels)).toEqual(expected));

  test('places what follows a collapsed row as if the row had no panels, and its panels as if it were open', () => {
    const [hidden, next] = layoutRows([{ collapsed: true, panels: [size(24), size(24)] }, open(size(24, 4))]);
    expect(hidden?.panels.map(({ y }) => y)).toEqual([1, 9]);
    expect(next?.title).toEqual({ x: 0, y: 1, w: 24, h: 1 });
    expect(next?.panels).toEqual([{ x: 0, y: 2, w: 24, h: 4 }]);
  });

  const wishes = fc.array(
    fc.record({ width: fc.integer({ min: 1, max: 24 }), height: fc.integer({ min: 1, max: 12 }) }),
    {
      minLength: 1,
      maxLength: 14,
    },
  );

  test('covers the grid without a gap and without an overlap, whatever is wished', () => {
    fc.assert(
      fc.property(fc.array(wishes, { minLength: 1, maxLength: 4 }), (rows) => {
        const placed = layoutRows(rows.map((panels) => open(...panels)));
        const boxes: readonly GridPosition[] = placed.flatMap(({ title, panels }) => [title, ...panels]);
        const height = Math.max(...boxes.map(({ y, h }) => y + h));
        const cells = new Map<string, number>();
        for (const { x, y, w, h } of boxes) {
          for (let row = y; row < y + h; row += 1) {
            for (let column = x; column < x + w; column += 1) {
              const cell = `${column},${row}`;
              cells.set(cell, (cells.get(cell) ?? 0) + 1);
            }
          }
        }
        expect([...cells.values()].every((times) => times === 1)).toBe(true);
        expect(cells.size).toBe(COLUMNS * height);
        expect(placed.map(({ panels }) => panels.length)).toEqual(rows.map((panels) => panels.length));
      }),
    );
  });

  test('keeps the order: each panel stands after the one before', () => {
    fc.assert(
      fc.property(wishes, (panels) => {
        const places = layoutRows([open(...panels)])[0]?.panels ?? [];
        places.slice(1).forEach((place, index) => {
          const before = places[index];
          expect(before && (place.y > before.y || (place.y === before.y && place.x > before.x))).toBe(true);
        });
      }),
    );
  });
});
