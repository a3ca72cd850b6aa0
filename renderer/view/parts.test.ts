import { expect, test } from "vitest";
import { partsOf } from "./parts.ts";

const payload = { finding: 3, base_log_odds: -4, log_odds: 2, base_rate_step: -1 };
const other = { finding: 4, base_log_odds: -1, log_odds: -1, base_rate_step: -1 };

test("a payload's parts are its stretches of the request, with their text", () => {
  const spans = [
    { finding: 4, start: 2, end: 6, contribution: 9 },
    { finding: 3, start: 10, end: 15, contribution: -1 },
    { finding: 3, start: 15, end: 20, contribution: 7 },
  ];
  expect(partsOf({ span: { start: 10, end: 20 }, text: "café' or 1" }, { spans, payloads: [other, payload] })).toEqual({
    base: -4,
    total: 2,
    parts: [
      { start: 10, end: 15, text: null, contribution: -1 },
      { start: 15, end: 20, text: null, contribution: 7 },
    ],
  });
  expect(
    partsOf({ span: { start: 10, end: 20 }, text: "café or 1" }, { spans, payloads: [payload] })?.parts.map(
      ({ text }) => text,
    ),
  ).toEqual(["café", " or 1"]);
});

test("a payload that the answer does not name has none", () => {
  const spans = [{ finding: 3, start: 0, end: 5, contribution: 1 }];
  expect(partsOf({ span: { start: 10, end: 20 }, text: "" }, { spans, payloads: [payload] })).toBeNull();
});
