import { expect, test } from "vitest";
import { describeLost } from "./lost.ts";

const lost = (seq: number, entity_type: string, count: number, actor: string | null) => ({
  seq,
  at: "2026-01-31T08:00:00.000Z",
  entity_type,
  count,
  because: actor === null ? null : { node_id: "n", actor, at: "2026-01-31T08:00:00.000Z" },
});

test("says what was lost to whom, together, until it was put away", () => {
  const all = [lost(9, "alert", 1200, "Ada"), lost(8, "waf_rule", 1, "Bo"), lost(4, "alert", 1, "Ada")];
  expect(describeLost(all, 5)).toEqual({
    words: "Ada, Bo decided before you: your change of 1,200 alerts and 1 rule was taken back.",
    last: 9,
  });
  expect(describeLost(all, 9)).toBeNull();
  expect(describeLost([lost(3, "new_thing", 2, null)], 0)?.words).toBe(
    "Somebody at another engine decided before you: your change of 2 new_thing was taken back.",
  );
});
