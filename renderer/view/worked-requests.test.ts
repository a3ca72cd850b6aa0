import { expect, test } from "vitest";
import { findWorked } from "./worked-requests.ts";

test("of each request the surest success is told, also of a payload that is named for another one", () => {
  const found = findWorked([
    { request: 1, outcome: "likely_failed", repeats: [{ request: 2, outcome: "succeeded", outcome_reason: "" }] },
    { request: 2, outcome: "likely_succeeded" },
    { request: 3, outcome: "likely_succeeded" },
    { request: 3, outcome: "unclear" },
    { request: 4, outcome: "not_available" },
  ]);
  expect([...found]).toEqual([
    [2, "succeeded"],
    [3, "likely_succeeded"],
  ]);
});
