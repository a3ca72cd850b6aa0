import { expect, test } from "vitest";
import { createRuleClassifier } from "../../engine/detect/classifier/rules.ts";
import type { Corpus } from "./corpus.ts";
import { type Column, compareDetectors, comparedColumns, type Detector, ownDetector } from "./others.ts";
import type { ListedPayload } from "./payload-lists.ts";
import type { Sample } from "./sample.ts";
import { missedTargets } from "./targets.ts";

const value = (text: string, family: Sample["family"]): ListedPayload => ({
  text,
  family,
  label: family,
  source: "a list",
  kind: family,
  place: null,
  name: "",
  split: "test",
});
const attacks = [value("1 or 1=1", "sql_injection"), value("'--", "sql_injection")];
const ordinary = [value("Anna", "benign"), value("1 or more", "benign")];

/** Flags what has a figure. */
const figures: Detector = {
  name: "figures",
  judge: (values) => ({ flagged: values.map(({ text }) => /\d/.test(text)), seconds: values.length * 2e-6 }),
};

test("a detector's row has F1 where there are both, else the share that it flags, and its time", () => {
  const columns: Column[] = [
    { title: "F1", attacks, ordinary },
    { title: "recall", attacks, ordinary: [] },
    { title: "flagged", attacks: [], ordinary },
  ];
  const rows = compareDetectors([figures], columns).split("\n");
  expect(rows.find((row) => row.startsWith("| figures"))).toBe("| figures | 0.5000 | 50.00 % | 50.00 % | 2.0 µs |");
  expect(missedTargets(rows.join("\n"))).toEqual([]);
});

test("what a fit may have seen, and what is no attack by itself, is left out", () => {
  const corpus = { lists: attacks, heldoutTexts: [], heldoutRecorded: [] } as unknown as Corpus;
  const unseen = value("<svg onload=alert(1)>", "xss");
  const lists = [...attacks, unseen, value("select", "sql_injection"), ordinary[0]!];
  const columns = comparedColumns(corpus, lists);
  const found = columns.find(({ title }) => title.startsWith("recall, 1 of unseen lists"));
  expect(found?.attacks).toEqual([unseen]);
  expect(columns.some(({ title }) => title.startsWith("flagged"))).toBe(false);
});

test("a classifier flags what it does not call benign", () => {
  const { flagged } = ownDetector("rule tier", createRuleClassifier()).judge([
    value("1' UNION SELECT password FROM users-- -", "sql_injection"),
    ordinary[0]!,
  ]);
  expect(flagged).toEqual([true, false]);
});
