import { expect, test } from "vitest";
import {
  formatFalseBlocks,
  formatMicros,
  formatPrice,
  type ImpactRow,
  sortBy,
  sortRows,
  useImpactView,
} from "./impact.ts";

const row = (key: string, told: Partial<ImpactRow> = {}): ImpactRow => ({
  key,
  route: key,
  rule: null,
  requests: 10,
  deeds: { logged: 0, tagged: 0, challenged: 0, blocked: 0 },
  false_blocks: { known: 0, judged: 0, at_most: 0 },
  times: null,
  ...told,
});
const times = (mean_us: number, p95_us: number | null = 50) => ({ timed: 1, mean_us, p95_us, max_us: mean_us });

test.each([
  [0.34, "0.34 µs"],
  [3.42, "3.4 µs"],
  [340.2, "340 µs"],
  [1234, "1.2 ms"],
  [45_000, "45 ms"],
  [2_100_000, "2.1 s"],
])("%d microseconds are %s", (us, words) => expect(formatMicros(us)).toBe(words));

test("false blocks and their price are told as what is known and the most it may be", () => {
  expect(formatFalseBlocks({ known: 2, judged: 9, at_most: 1700 })).toBe("2 to 1,700");
  expect(formatFalseBlocks({ known: 2, judged: 2, at_most: 2 })).toBe("2");
  expect(formatPrice(3, { per_request: 0.4, currency: "EUR" })).toBe("1.20 EUR");
  expect(formatPrice(1000, { per_request: 2.5, currency: "" })).toBe("2,500.00");
});

test("rows stand in the order of a column, those not timed last; alike ones by requests and name", () => {
  const rows = [
    row("/c", { times: times(5) }),
    row("/b", { requests: 20 }),
    row("/a", { times: times(9, null), false_blocks: { known: 1, judged: 1, at_most: 4 } }),
    row("/d"),
  ];
  const keys = (...args: [Parameters<typeof sortRows>[1], boolean]) => sortRows(rows, ...args).map(({ key }) => key);
  expect(keys("mean", false)).toEqual(["/a", "/c", "/b", "/d"]);
  expect(keys("p95", false)[0]).toBe("/a");
  expect(keys("name", true)).toEqual(["/a", "/b", "/c", "/d"]);
  expect(keys("name", false)).toEqual(["/d", "/c", "/b", "/a"]);
  expect(keys("false_blocks", false)[0]).toBe("/a");
  expect(keys("blocked", false)).toEqual(["/b", "/a", "/c", "/d"]);
});

test("a column is sorted with its most first, and turned round when it is chosen again", () => {
  sortBy("mean");
  expect(useImpactView.getState()).toMatchObject({ sort: "mean", isUp: false });
  sortBy("mean");
  expect(useImpactView.getState()).toMatchObject({ sort: "mean", isUp: true });
  sortBy("name");
  expect(useImpactView.getState()).toMatchObject({ sort: "name", isUp: true });
});
