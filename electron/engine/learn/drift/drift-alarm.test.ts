import { expect, test } from "vitest";
import { type Acknowledged, type DriftReason, dateReasons, isQuiet } from "./drift-alarm.ts";

const models = { behaviour: "b", payload: "p" };
const reason = (name: string, size: number, since = "2026-01-01T00:00:00.000Z"): DriftReason => ({
  kind: "feature",
  name,
  size,
  since,
  unseen: null,
});
const acknowledged: Acknowledged = {
  models,
  reasons: [
    { kind: "feature", name: "error_rate", size: 0.4 },
    { kind: "feature", name: "n_requests", size: 0.9 },
  ],
  by: "ana",
  at: "2026-01-02T00:00:00.000Z",
};

test.each([
  { why: "nothing was acknowledged", reasons: [reason("error_rate", 0.4)], known: null, quiet: false },
  { why: "it is as it was", reasons: [reason("error_rate", 0.4)], known: acknowledged, quiet: true },
  { why: "it became a little more", reasons: [reason("error_rate", 0.55)], known: acknowledged, quiet: true },
  { why: "it became worse by half", reasons: [reason("error_rate", 0.61)], known: acknowledged, quiet: false },
  { why: "another one joined", reasons: [reason("path_entropy", 0.3)], known: acknowledged, quiet: false },
  {
    why: "the same name means another number",
    reasons: [{ ...reason("error_rate", 0.3), kind: "payload_score" as const }],
    known: acknowledged,
    quiet: false,
  },
  {
    why: "another model decides",
    reasons: [reason("error_rate", 0.4)],
    known: { ...acknowledged, models: { ...models, payload: "q" } },
    quiet: false,
  },
])("quiet $quiet: $why", ({ reasons, known, quiet }) => {
  expect(isQuiet(reasons, models, known)).toBe(quiet);
});

test("a reason is dated by the first look that saw it without a break, and says which one did not", () => {
  const first = dateReasons([reason("error_rate", 0.4)], null, "t1");
  expect(first).toEqual([{ ...reason("error_rate", 0.4, "t1"), unseen: null }]);
  const second = dateReasons(
    [reason("error_rate", 0.5), reason("n_requests", 0.3)],
    { at: "t1", reasons: first },
    "t2",
  );
  expect(second.map(({ since, unseen, size }) => [since, unseen, size])).toEqual([
    ["t1", null, 0.5],
    ["t2", "t1", 0.3],
  ]);
  const gone = dateReasons([], { at: "t2", reasons: second }, "t3");
  expect(dateReasons([reason("error_rate", 0.5)], { at: "t3", reasons: gone }, "t4")[0]).toMatchObject({
    since: "t4",
    unseen: "t3",
  });
});
