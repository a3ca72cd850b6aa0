import { expect, test } from "vitest";
import { groupCases } from "./group-cases.ts";

const outcome = (id: string, category: string, held = true) => {
  return { id, category, title: id, worker: "obedient", held, wrong: held ? [] : ["It was sent."] };
};

test("failures come first, in each category and among the categories; the rest stays in its order", () => {
  const groups = groupCases([
    outcome("a1", "a"),
    outcome("b1", "b"),
    outcome("c1", "c"),
    outcome("c2", "c", false),
    outcome("a2", "a"),
    outcome("c3", "c", false),
    outcome("b2", "b", false),
  ]);
  expect(groups.map(({ category, failed, cases }) => [category, failed, cases.map(({ id }) => id)])).toEqual([
    ["c", 2, ["c2", "c3", "c1"]],
    ["b", 1, ["b2", "b1"]],
    ["a", 0, ["a1", "a2"]],
  ]);
});

test("nothing is grouped into nothing", () => {
  expect(groupCases([])).toEqual([]);
});
