import { expect, test } from "vitest";
import { changedConditions } from "./changed-conditions.ts";

const then = { extractorVersion: "7", enrichmentHash: "a", sessions: 12 };

test.each([
  { what: "nothing", now: {}, why: [] },
  { what: "the extractor", now: { extractorVersion: "8" }, why: ["this version reads features in another way"] },
  { what: "the data on addresses", now: { enrichmentHash: "b" }, why: ["the data on addresses is another one"] },
  { what: "who judged", now: { degraded: 3 }, why: ["rules judged 3 values in the model's place"] },
  { what: "what a session is", now: { sessions: 10 }, why: ["2 of its 12 sessions did not come up again"] },
])("where $what changed since, that is said", ({ now, why }) => {
  expect(changedConditions(then, { ...then, degraded: 0, ...now })).toEqual(why);
});
