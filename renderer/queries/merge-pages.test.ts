import { expect, test } from "vitest";
import type { VerdictSummary } from "../../shared/verdict.ts";
import { findNewer } from "./merge-pages.ts";

const rows = (ids: string) => [...ids].map((id) => ({ id }) as VerdictSummary);
const ids = (found: ReturnType<typeof findNewer>) =>
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
