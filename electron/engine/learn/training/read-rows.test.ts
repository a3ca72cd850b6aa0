import { expect, test } from "vitest";
import { sha256 } from "../../base/ids.ts";
import { readRows } from "./read-rows.ts";

const lines = (...rows: unknown[]) =>
  rows.map((row) => (typeof row === "string" ? row : JSON.stringify(row))).join("\n");

test("good rows are taken, bad ones are told of by line, without their text", () => {
  const { dataset, problems } = readRows(
    lines(
      { text: "' or 1=1", label: "sql_injection", place: "query", split: "test" },
      "{broken secret",
      "",
      { text: "hello", label: "friendly" },
      { text: "hello", label: "benign", is_false_positive: true },
      { label: "benign" },
    ),
    "f.jsonl",
    5,
  );
  expect(
    dataset.rows.map(({ text, label, place, source, labelledAt }) => ({ text, label, place, source, labelledAt })),
  ).toEqual(
    expect.arrayContaining([
      { text: "' or 1=1", label: "sql_injection", place: "query", source: "f.jsonl", labelledAt: 5 },
      { text: "hello", label: "benign", place: null, source: "f.jsonl", labelledAt: 5 },
    ]),
  );
  expect(problems.map(({ line }) => line)).toEqual([2, 4, 6]);
  expect(JSON.stringify(problems)).not.toContain("secret");
});

/** Words that have no stretch of four letters in common. */
const unlike = (i: number) =>
  sha256(`${i}`)
    .slice(0, 12)
    .replaceAll(/\d/g, (digit) => "ghijklmnop"[Number(digit)]!);

test("the same rows in another order are the same version; splits go by text", () => {
  const rows = Array.from({ length: 200 }, (_, i) => ({ text: unlike(i), label: i % 2 ? "benign" : "xss" }));
  const a = readRows(lines(...rows), "f", 0);
  const b = readRows(lines(...rows.toReversed(), rows[3]), "f", 0);
  expect(b.dataset).toEqual(a.dataset);
  for (const split of ["train", "validation", "test"] as const) {
    expect(a.dataset.rows.filter((row) => row.split === split).length).toBeGreaterThan(5);
  }
});

test("near-duplicates, and rows of one group, are on one side; what a line names stands", () => {
  const pairs = Array.from({ length: 60 }, (_, i) => [
    `id=${i}&name=${unlike(i)}${unlike(i + 500)}`,
    `id=${i + 7}&name=${unlike(i)}${unlike(i + 500)}`,
  ]);
  const rows = [
    ...pairs.flat().map((text) => ({ text, label: "benign" })),
    ...Array.from({ length: 20 }, (_, i) => ({ text: unlike(1000 + i), label: "xss", group: "a" })),
    { text: `${pairs[0]![0]}0`, label: "benign", split: "test" },
    { text: "one side of the winter catalogue 1", label: "benign", split: "test" },
    { text: "one side of the winter catalogue 2", label: "benign", split: "train" },
    { text: "one side of the winter catalogue 3", label: "benign" },
  ];
  const { dataset, problems, refused } = readRows(lines(...rows), "f", 0);
  const find = (text: string) => dataset.rows.find((row) => row.text === text)!;
  for (const [a, b] of pairs) expect(find(a!)).toMatchObject({ split: find(b!).split, group: find(b!).group });
  expect(new Set(pairs.map(([a]) => find(a!).split)).size).toBe(3);
  expect(find(pairs[0]![0]!).split).toBe("test");
  expect(new Set(dataset.rows.filter(({ label }) => label === "xss").map(({ split }) => split)).size).toBe(1);
  expect(find("one side of the winter catalogue 2").split).toBe("train");
  expect({ refused, problems }).toEqual({
    refused: 1,
    problems: [{ line: rows.length, what: expect.stringContaining("two splits") }],
  });
});

test("lines that cannot be read are all counted, and the first hundred told", () => {
  const { problems, refused } = readRows(lines(...Array.from({ length: 130 }, () => "nothing")), "f", 0);
  expect(refused).toBe(130);
  expect(problems).toHaveLength(100);
});

test("a text with two labels is kept twice, for the training to tell of", () => {
  const { dataset } = readRows(lines({ text: "a", label: "xss" }, { text: "a", label: "benign" }), "f", 0);
  expect(dataset.rows.map(({ label }) => label).sort()).toEqual(["benign", "xss"]);
});
