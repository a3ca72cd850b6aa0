import { expect, test } from "vitest";
import { canResume, deedOf } from "./jobs.ts";

const failed = (code: string) => ({ resumable: true, state: "failed", error: { code, message: "" } }) as const;

test.each([
  { why: "failed for a reason that may have passed", job: failed("UNAVAILABLE"), want: true },
  { why: "was refused for what it was given", job: failed("INPUT_INVALID"), want: false },
  { why: "expanded beyond reason", job: failed("INPUT_TOO_LARGE"), want: false },
  { why: "could not read its evidence", job: failed("EVIDENCE_UNREADABLE"), want: false },
  { why: "found no room on the disk", job: failed("DISK_FULL"), want: true },
  { why: "was interrupted", job: { ...failed(""), state: "interrupted", error: null } as const, want: true },
  { why: "is done", job: { ...failed(""), state: "done", error: null } as const, want: false },
  { why: "cannot go on", job: { ...failed("UNAVAILABLE"), resumable: false }, want: false },
])("a job that $why: $want", ({ job, want }) => {
  expect(canResume(job)).toBe(want);
});

test("a job says what it does where its subject alone does not", () => {
  expect(deedOf({ kind: "train-payload" })).toBe("Training");
  expect(deedOf({ kind: "analyse" })).toBeUndefined();
});
