import { expect, test } from "vitest";
import { fuseRanks } from "./fuse-ranks.ts";

test("what two rankings agree on comes before what one of them has first", () => {
  expect(
    fuseRanks([
      [7, 3],
      [5, 3],
    ]).map(({ item }) => item),
  ).toEqual([3, 7, 5]);
});

test("scores are those of the paper; of equal ones the last stored comes first", () => {
  expect(fuseRanks([[1], [2, 1]])).toEqual([
    { item: 1, score: 1 / 61 + 1 / 62 },
    { item: 2, score: 1 / 61 },
  ]);
  expect(fuseRanks([[4], [9]]).map(({ item }) => item)).toEqual([9, 4]);
  expect(fuseRanks([[], []])).toEqual([]);
});
