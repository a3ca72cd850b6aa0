import { expect, test } from "vitest";
import type { Job } from "../../shared/job.ts";
import { endedRuns, shownRuns } from "./bulk-jobs.ts";

const now = Date.UTC(2026, 5, 2);
const job = (id: string, state: Job["state"], more: Partial<Job> = {}) => ({
  id,
  kind: "change-alerts",
  state,
  resumable: state !== "done" && state !== "running",
  ended_at: state === "running" ? null : new Date(now - 60_000).toISOString(),
  ...more,
});

test("the outcome is told of what ended and is followed here, not of what others did", () => {
  const jobs = [job("a", "running"), job("b", "done"), job("c", "cancelled"), job("d", "done", { kind: "import" })];
  expect(endedRuns(jobs, ["a", "b", "d", "new"]).map(({ id }) => id)).toEqual(["b"]);
});

test.each([
  { why: "runs", one: job("a", "running"), away: [], shown: true },
  { why: "was stopped", one: job("a", "cancelled"), away: [], shown: true },
  {
    why: "was interrupted while it was taken back",
    one: job("a", "interrupted", { kind: "undo-batch" }),
    away: [],
    shown: true,
  },
  { why: "was put away", one: job("a", "cancelled"), away: ["a"], shown: false },
  {
    why: "was stopped days ago",
    one: job("a", "failed", { ended_at: "2026-05-30T00:00:00.000Z" }),
    away: [],
    shown: false,
  },
  { why: "cannot go on", one: job("a", "failed", { resumable: false }), away: [], shown: false },
  { why: "went through", one: job("a", "done"), away: [], shown: false },
  { why: "is no change of alerts", one: job("a", "running", { kind: "import" }), away: [], shown: false },
])("a run that $why has a card: $shown", ({ one, away, shown }) => {
  expect(shownRuns([one], away, now).length === 1).toBe(shown);
});
