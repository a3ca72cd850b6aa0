import { expect, test } from "vitest";
import { around, diffLines } from "./line-diff.ts";

const show = (left: string, right: string) =>
  diffLines(left, right).map(({ text, in: where }) => `${{ both: " ", left: "-", right: "+" }[where]}${text}`);

test("lines of two texts stand in one order", () => {
  expect(show("a\nb\nc", "a\nx\nc\nd")).toEqual([" a", "-b", "+x", " c", "+d"]);
  expect(show("", "a")).toEqual(["-", "+a"]);
  expect(show("same", "same")).toEqual([" same"]);
});

test("what is the same is left out but for what stands around a difference", () => {
  const lines = diffLines("1\n2\n3\n4\n5\n6", "1\n2\n3\nx\n5\n6");
  expect(around(lines, 1).map((line) => line?.text ?? "…")).toEqual(["…", "3", "4", "x", "5", "…"]);
});

test("long texts are compared at their beginning only", () => {
  const long = Array.from({ length: 5_000 }, (_, i) => `${i}`).join("\n");
  expect(diffLines(long, long)).toHaveLength(400);
});
