import { expect, test } from "vitest";
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

test("the same rows in another order are the same version; splits go by text", () => {
  const rows = Array.from({ length: 200 }, (_, i) => ({ text: `value ${i}`, label: i % 2 ? "benign" : "xss" }));
  const a = readRows(lines(...rows), "f", 0);
  const b = readRows(lines(...rows.toReversed(), rows[3]), "f", 0);
  expect(b.dataset).toEqual(a.dataset);
  for (const split of ["train", "validation", "test"] as const) {
    expect(a.dataset.rows.filter((row) => row.split === split).length).toBeGreaterThan(5);
  }
});

test("a text with two labels is kept twice, for the training to tell of", () => {
  const { dataset } = readRows(lines({ text: "a", label: "xss" }, { text: "a", label: "benign" }), "f", 0);
  expect(dataset.rows.map(({ label }) => label).sort()).toEqual(["benign", "xss"]);
});
