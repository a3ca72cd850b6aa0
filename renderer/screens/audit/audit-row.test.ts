import { expect, test } from "vitest";
import type { AuditEntry } from "../../../shared/audit.ts";
import { isLinked } from "./audit-row.tsx";

const entry = (seq: number, hash: string, prev: string) => ({ seq, hash, prev_hash: prev }) as AuditEntry;

test.each([
  { why: "names the one before it", entry: entry(8, "b", "a"), before: entry(7, "a", "z"), want: true },
  { why: "names another", entry: entry(8, "b", "x"), before: entry(7, "a", "z"), want: false },
  { why: "follows a gap", entry: entry(9, "b", "a"), before: entry(7, "a", "z"), want: false },
  { why: "is the first of the log", entry: entry(1, "b", "0"), before: undefined, want: true },
  { why: "is the last that was read", entry: entry(8, "b", "a"), before: undefined, want: null },
])("an entry that $why", ({ entry: one, before, want }) => {
  expect(isLinked(one, before)).toBe(want);
});
