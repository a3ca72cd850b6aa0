import { expect, test } from "vitest";
import type { NewsPage } from "../queries/news.ts";
import { createArrivals } from "./arrivals.ts";

const item = (id: string) => ({ id: id.replace("+", ""), severity: "high" as const, reopened: id.endsWith("+") });
const page = (ids: string, rest = 0): NewsPage => {
  const items = ids
    .split(" ")
    .filter((id) => id !== "")
    .map(item);
  return { items, total: items.length + rest, isWhole: rest === 0 };
};

test.each<{ why: string; steps: [string, number?][]; want: string }>([
  { why: "what is there at first is no news", steps: [["b a"]], want: "" },
  { why: "what comes in front is", steps: [["b a"], ["d c b a"]], want: "d c" },
  { why: "the first ever is", steps: [[""], ["a"]], want: "a" },
  { why: "what was dealt with is none", steps: [["b a"], ["b"]], want: "" },
  { why: "what was taken back is none", steps: [["b a"], ["b"], ["b a"]], want: "" },
  { why: "what came back because it is worse is", steps: [["b a"], ["b"], ["a+ b"]], want: "a" },
  { why: "what woke up further back is", steps: [["c a"], ["c b a"]], want: "b" },
  {
    why: "what comes into sight is none",
    steps: [
      ["d c", 2],
      ["c b", 1],
    ],
    want: "",
  },
  {
    why: "what comes in front of more than is in sight is",
    steps: [
      ["d c", 2],
      ["e d", 3],
    ],
    want: "e",
  },
  {
    why: "a flood is",
    steps: [
      ["b a", 5],
      ["d c", 7],
    ],
    want: "d c",
  },
  {
    why: "a flood after some were dealt with counts what the total tells",
    steps: [
      ["b a", 5],
      ["d c", 6],
    ],
    want: "d",
  },
  { why: "all in sight dealt with is none", steps: [["d c", 2], ["b a"]], want: "" },
])("$why", ({ steps, want }) => {
  const arrivals = createArrivals();
  const found = steps.map(([ids, rest]) => arrivals(page(ids, rest)));
  expect(
    found
      .at(-1)!
      .map(({ id }) => id)
      .join(" "),
  ).toBe(want);
});
