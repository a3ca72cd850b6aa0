import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sha256 } from "../base/ids.ts";
import {
  addFittedRows,
  fittedIn,
  noFittedRows,
  readFittedList,
  readFittedRows,
  unknownFittedRows,
  writeFittedRows,
} from "./fitted-rows.ts";

const row = (text: string, group = text) => ({ text, group });

test("a row is known by its text and by its group, also through a file and a model that goes on", () => {
  const first = addFittedRows(noFittedRows, [row("a", "g"), row("b")]);
  const second = addFittedRows(readFittedRows(writeFittedRows(first)), [row("c")]);
  const isFitted = fittedIn(second);
  expect([row("a", "other"), row("other", "g"), row("b"), row("c")].map(isFitted)).toEqual([true, true, true, true]);
  // A text is no group, however it is spelled.
  expect([row("g", "a"), row("d")].map(isFitted)).toEqual([false, false]);
});

test("the same rows give the same bytes, in any order", () => {
  const texts = fc.array(fc.string(), { maxLength: 20 });
  fc.assert(
    fc.property(texts, (some) => {
      const rows = some.map((text) => row(text));
      const bytes = writeFittedRows(addFittedRows(noFittedRows, rows));
      expect(writeFittedRows(addFittedRows(noFittedRows, rows.toReversed()))).toEqual(bytes);
      expect(writeFittedRows(readFittedRows(bytes))).toEqual(bytes);
    }),
  );
});

test("what goes on from something unknown stays unknown", () => {
  expect(readFittedRows(writeFittedRows(addFittedRows(unknownFittedRows, [row("a")]))).isComplete).toBe(false);
  expect(readFittedRows(writeFittedRows(noFittedRows)).isComplete).toBe(true);
});

describe("is refused", () => {
  const good = writeFittedRows(addFittedRows(noFittedRows, [row("a"), row("b")]));
  const swapped = Buffer.concat([
    good.subarray(0, 16),
    good.subarray(24, 32),
    good.subarray(16, 24),
    good.subarray(32),
  ]);
  test.each([
    { why: "an empty file", bytes: Buffer.alloc(0) },
    { why: "one of another kind", bytes: Buffer.concat([Buffer.from("X"), good.subarray(1)]) },
    { why: "one that is cut off", bytes: good.subarray(0, -1) },
    { why: "one that goes on", bytes: Buffer.concat([good, Buffer.alloc(8)]) },
    { why: "one that is not sorted", bytes: swapped },
  ])("$why", ({ bytes }) => expect(() => readFittedRows(bytes)).toThrow(/damaged/));
});

test("a script's list says the same; a bad line is named", () => {
  const hashes = ["text a", "group a", "text b", "group b"].map((value) => sha256(value).slice(0, 16));
  expect(readFittedList(`${hashes.join("\n")}\n\n`)).toEqual(addFittedRows(noFittedRows, [row("a"), row("b")]));
  expect(() => readFittedList(`${hashes[0]}\nzz`)).toThrow(/line 2/);
});
