import { expect, test } from "vitest";
import { describeDeed, describeInTheWay, nameEvent } from "./deed-words.ts";

test.each([
  { kind: "alert.changed", entities: 1, want: "a decision about an alert" },
  { kind: "alert.changed", entities: 1200, want: "a decision about 1,200 alerts" },
  { kind: "label.set", entities: 3, want: "a label, 3 times" },
  { kind: "of_later.made", entities: 1, want: '"of later made"' },
  { kind: "constructor", entities: 1, want: '"constructor"' },
])("what was taken back is said in words: $kind, $entities", ({ kind, entities, want }) => {
  expect(describeDeed(kind, entities)).toBe(want);
});

/** What the engine is made of, its tests left out. */
const sources = Object.entries(
  import.meta.glob<string>("../../electron/engine/**/*.ts", { query: "?raw", import: "default", eager: true }),
).flatMap(([path, text]) => (/\.test\.ts$|\/fixture|\/test-engine\.ts$/.test(path) ? [] : [text]));

/** What has the form of a kind and is none: files, and findings of the scanner of echoes. */
const noKind = /\.(?:bin|txt|json|jsonl|db)$|^echo\./;

/** Kinds of the log: those that projections list, those of drafts, and those with a name of their own. */
function findKinds(): string[] {
  const kind = "[a-z_]+\\.[a-z_]+";
  const lists = "\\bkinds: \\[[^\\]]*\\]|\\w+Kinds\\w* = (?:\\[[^\\]]*\\]|\\{[^}]*\\})";
  const single = `\\bkind: "${kind}"|\\bconst \\w+ = "${kind}"|\\b(?:changeNow|draftOf|note|draft)\\([^)]*?"${kind}"`;
  const parts = sources.join("\n").matchAll(new RegExp(`${lists}|${single}`, "g"));
  const found = [...parts].flatMap(([part]) => [...part.matchAll(/"([a-z_]+\.[a-z_]+)"/g)].map(([, each]) => each!));
  return [...new Set(found)].filter((each) => !noKind.test(each)).sort();
}

test("every kind of the log has words", () => {
  const kinds = findKinds();
  expect(kinds).toEqual(expect.arrayContaining(["evidence.brought_again", "panic.pulled", "rule.saved", "label.set"]));
  expect(kinds.filter((kind) => nameEvent(kind) === null)).toEqual([]);
});

test("an entry of the log is named in plain words", () => {
  expect(nameEvent("evidence.brought_again")).toBe("Evidence was brought again");
  expect(nameEvent("alert.changed")).toBe("A decision about an alert");
  expect(nameEvent("of_later.made")).toBeNull();
  expect(nameEvent("constructor")).toBeNull();
});

test("an import that a key does not undo says what does", () => {
  expect(describeInTheWay("evidence.added")).toMatch(/import evidence\..*withdraw it/);
  expect(describeInTheWay("evidence.erased")).toMatch(/erase evidence, which cannot be undone/);
});
