import fc from "fast-check";
import { expect, test } from "vitest";
import {
  heightOnPage,
  moveWindow,
  positionAt,
  type RowWindow,
  rowsInSight,
  scrollTopAt,
  scrollTopFor,
} from "./row-window.ts";

const view = fc.record({
  scrollTop: fc.integer({ min: -50, max: 4_000_000 }),
  height: fc.integer({ min: 0, max: 1200 }),
  rowHeight: fc.constantFrom(28, 38),
  count: fc.integer({ min: 0, max: 100_000 }),
  spare: fc.integer({ min: 0, max: 10 }),
});

test("every row in sight is in the window, and nothing that is no row", () => {
  fc.assert(
    fc.property(view, (given) => {
      const { first, size } = rowsInSight(given);
      expect(first).toBeGreaterThanOrEqual(0);
      expect(first + size).toBeLessThanOrEqual(given.count);
      const seenFirst = Math.floor(Math.max(0, given.scrollTop) / given.rowHeight);
      const seenLast = Math.ceil((Math.max(0, given.scrollTop) + given.height) / given.rowHeight) - 1;
      for (let row = seenFirst; row <= Math.min(seenLast, given.count - 1); row++) {
        // Scrolled beyond the end there is nothing but the last rows.
        if (seenFirst + size > given.count) break;
        expect(row >= first && row < first + size).toBe(true);
      }
    }),
    { numRuns: 300 },
  );
});

test("elements are kept: a row that stays in sight stays in its element, and each element shows one row", () => {
  const steps = fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 40 }), (firsts, size) => {
      let window: RowWindow = moveWindow({ first: 0, slots: [] }, 0, size);
      for (const first of firsts) {
        const shown = new Map(window.slots.map((slot, i) => [window.first + i, slot]));
        const before = window.first;
        window = moveWindow(window, first, size);
        expect(window.first).toBe(first);
        expect([...window.slots].sort((a, b) => a - b)).toEqual(Array.from({ length: size }, (_, i) => i));
        if (Math.abs(first - before) > size / 2) continue;
        window.slots.forEach((slot, i) => {
          const had = shown.get(first + i);
          if (had !== undefined) expect(slot).toBe(had);
        });
      }
    }),
    { numRuns: 200 },
  );
});

test("the same window is the same object, so that nothing is drawn again", () => {
  const window = moveWindow({ first: 0, slots: [] }, 7, 5);
  expect(moveWindow(window, 7, 5)).toBe(window);
});

test.each([
  { why: "above: to its top", row: 3, scrollTop: 500, want: 114 },
  { why: "in sight: as it is", row: 15, scrollTop: 500, want: 500 },
  { why: "below: until its end is seen", row: 40, scrollTop: 500, want: 41 * 38 - 400 },
])("a row is scrolled into sight: $why", ({ row, scrollTop, want }) => {
  expect(scrollTopFor(row, { scrollTop, height: 400, rowHeight: 38 })).toBe(want);
});

test("of a million rows the page is no higher than Chromium lays out at four pixels a px, and the last row is at its end", () => {
  const [count, rowHeight, height] = [1_000_000, 46, 800];
  const all = count * rowHeight;
  expect(heightOnPage(all)).toBeLessThanOrEqual(2 ** 25 / 4);
  const scrollTop = positionAt(heightOnPage(all) - height, all);
  const { first, size } = rowsInSight({ scrollTop, height, rowHeight, count, spare: 4 });
  expect(scrollTop).toBe(all - height);
  expect(first + size).toBe(count);
});

test("every row of a long list can be scrolled to, in order; near either end as in a short one", () => {
  const place = fc.record({
    all: fc.integer({ min: 1, max: 100_000_000 }),
    part: fc.double({ min: 0, max: 1, noNaN: true }),
    further: fc.integer({ min: 1, max: 1000 }),
  });
  fc.assert(
    fc.property(place, ({ all, part, further }) => {
      const position = part * all;
      const scrollTop = scrollTopAt(position, all);
      expect(scrollTop).toBeGreaterThanOrEqual(0);
      expect(scrollTop).toBeLessThanOrEqual(heightOnPage(all));
      expect(positionAt(scrollTop, all)).toBeCloseTo(position, 4);
      expect(positionAt(scrollTop + further, all)).toBeGreaterThan(position);
      expect(positionAt(further, all)).toBe(further);
      const end = heightOnPage(all);
      expect(positionAt(end, all) - positionAt(end - 1000, all)).toBe(1000);
    }),
    { numRuns: 500 },
  );
});
