import { QueryClient } from "@tanstack/react-query";
import { expect, test } from "vitest";
import type { Job } from "../../shared/job.ts";
import { foldMessages, markStale, mergeJobs } from "./apply.ts";

const job = (id: string, done: number): Job => ({
  id,
  kind: "import",
  subject: `${id}.har`,
  state: "running",
  step: "Reading",
  done,
  total: 10,
  unit: "entries",
  resumable: true,
  started_at: "2026-01-31T08:15:00.000Z",
  ended_at: null,
  error: null,
  result: null,
});

test("each resource is stale once, each job as it was last", () => {
  const change = foldMessages([
    { type: "verdicts", added: 3, evidence_id: "e1" },
    { type: "job", job: job("a", 1) },
    { type: "verdicts", added: 9, evidence_id: "e2" },
    { type: "job", job: job("a", 7) },
    { type: "log", seq: 12 },
  ]);
  expect(change.stale).toEqual([
    ["verdicts", "head"],
    ["verdicts", "counts"],
    ["evidence"],
    ["verdict", { evidence_id: "e1" }],
    ["alerts", "of"],
    ["search", "head"],
    ["search", "counts"],
    ["alerts", "head"],
    ["alerts", "counts"],
    ["cases"],
    ["alerts", "one"],
    ["verdict", { evidence_id: "e2" }],
    ["audit"],
  ]);
  expect(change.jobs).toEqual([job("a", 7)]);
});

test("alerts that were changed are named, unless they are many", () => {
  const one = foldMessages([
    { type: "alerts", ids: ["a", "b"] },
    { type: "alerts", ids: ["b"] },
  ]);
  expect(one.alerts).toEqual(new Set(["a", "b"]));
  expect(one.stale).toEqual([
    ["alerts", "head"],
    ["alerts", "counts"],
    ["cases"],
    ["alerts", "one", "a"],
    ["alerts", "one", "b"],
  ]);
  const many = foldMessages([
    { type: "alerts", ids: ["a"] },
    { type: "alerts", ids: null },
  ]);
  expect(many.alerts).toBeNull();
  expect(foldMessages([{ type: "evidence", evidence_id: "e" }]).alerts).toBeNull();
  expect(foldMessages([{ type: "health" }]).alerts).toEqual(new Set());
});

test("trust is read again when it changed, and when a red-team run has ended", () => {
  const run = { ...job("r", 9), kind: "red-team" };
  expect(foldMessages([{ type: "trust" }]).stale).toEqual([["trust"]]);
  expect(foldMessages([{ type: "job", job: run }]).stale).toEqual([]);
  expect(foldMessages([{ type: "job", job: { ...run, state: "cancelled" } }]).stale).toEqual([["trust"]]);
});

test("a reset makes everything stale", () => {
  expect(foldMessages([{ type: "health" }, { type: "reset" }, { type: "settings" }])).toEqual({
    stale: [[]],
    jobs: [],
    alerts: null,
  });
});

test("known jobs keep their place, new ones go in front, newest first", () => {
  const merged = mergeJobs([job("b", 0), job("a", 0)], [job("a", 5), job("c", 1), job("d", 1)]);
  expect(merged).toEqual([job("d", 1), job("c", 1), job("b", 0), job("a", 5)]);
});

test("a verdict is read again when its evidence is judged again; what else was read of it, and others, are not", () => {
  const client = new QueryClient();
  const keys = [
    ["verdict", "mine"],
    ["verdict", "mine", "requests"],
    ["verdict", "other"],
    ["verdict", "unread"],
  ];
  for (const [key, evidence_id] of [
    [keys[0], "e1"],
    [keys[1], "e1"],
    [keys[2], "e2"],
  ] as const) {
    client.setQueryData(key ?? [], { evidence_id });
  }
  const stale = () => keys.map((key) => client.getQueryState(key)?.isInvalidated);
  for (const key of foldMessages([{ type: "verdicts", added: 1, evidence_id: "e1" }]).stale) markStale(client, key);
  expect(stale()).toEqual([true, false, false, undefined]);
  for (const key of foldMessages([{ type: "verdicts", added: 0, evidence_id: "" }]).stale) markStale(client, key);
  expect(stale()).toEqual([true, false, true, undefined]);
});
