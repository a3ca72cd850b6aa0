import { expect, test } from "vitest";
import { findNewer, flattenPages, mergeInFront, type Newer } from "./merge-pages.ts";

const rows = (ids: string) => [...ids].map((id) => ({ id }));
const ids = (found: Newer<{ id: string }>) =>
  found.kind === "rows" ? found.rows.map(({ id }) => id).join("") : `changed ${found.atLeast}`;

test.each([
  { why: "nothing is new", listed: "cba", head: "cba", more: false, want: "" },
  { why: "two rows are new", listed: "cba", head: "edcba", more: false, want: "ed" },
  { why: "new rows fill the head but one", listed: "cba", head: "fedc", more: true, want: "fed" },
  { why: "more is new than the head shows", listed: "cba", head: "zyx", more: true, want: "changed 3" },
  { why: "a listed row was withdrawn", listed: "dcba", head: "dba", more: false, want: "changed 0" },
  { why: "the newest row was withdrawn", listed: "dcba", head: "cba", more: false, want: "changed 3" },
  { why: "the oldest row was withdrawn", listed: "dcba", head: "dcb", more: false, want: "changed 0" },
  { why: "everything was withdrawn", listed: "cba", head: "", more: false, want: "changed 0" },
  { why: "the list was empty", listed: "", head: "ba", more: false, want: "ba" },
])("$why", ({ listed, head, more, want }) => {
  expect(ids(findNewer(rows(listed), { items: rows(head), next: more ? "cursor" : null }))).toBe(want);
});

test("a row that moves to the front leaves its old place", () => {
  const pages = [
    { items: rows("ba"), next: "x", askedAt: 1 },
    { items: rows("zy"), next: null, askedAt: 2 },
  ];
  expect(mergeInFront(rows("cz"), 3, pages)).toEqual([
    { items: rows("cz"), next: null, askedAt: 3 },
    { items: rows("ba"), next: "x", askedAt: 1 },
    { items: rows("y"), next: null, askedAt: 2 },
  ]);
});

test("pages are one list: a further one is put behind the rows that are known, which are not looked at again", () => {
  let looked = 0;
  const page = (text: string) => ({
    get items() {
      looked++;
      return rows(text);
    },
    next: "x",
    askedAt: 1,
  });
  const [first, second, third] = [page("fed"), page("cb"), page("a")];
  const two = flattenPages({ pages: [], rows: [] }, [first, second]);
  expect(two.rows).toEqual(rows("fedcb"));
  looked = 0;
  const three = flattenPages(two, [first, second, third]);
  expect(three.rows).toEqual(rows("fedcba"));
  expect(two.rows).toEqual(rows("fedcb"));
  expect(looked).toBe(1);
  expect(flattenPages(three, three.pages)).toBe(three);
  expect(flattenPages(three, [second, third]).rows).toEqual(rows("cba"));
  expect(flattenPages(three, [first]).rows).toEqual(rows("fed"));
});
