import { expect, test } from "vitest";
import { extentWords } from "./extent-words.ts";

const whole = { payloads_found: 2, values_cut: 0, requests_crowded: 0, bodies_cut: 0, bytes_missing: 0 };

test.each([
  { why: "nothing of a session that was read whole", extent: whole, want: [] },
  { why: "nothing of a verdict that did not count", extent: null, want: [] },
  {
    why: "how many payloads there are more than are kept",
    extent: { ...whole, payloads_found: 1312 },
    want: ["1,312 different payloads were found; the 2 worst are kept with the verdict."],
  },
  {
    why: "what was not looked at, and how much of it",
    extent: { ...whole, values_cut: 1, requests_crowded: 2, bodies_cut: 1, bytes_missing: 4096 },
    want: [
      "1 value longer or deeper encoded than is read: judged in part.",
      "2 requests with more than 2,000 values: what is beyond was not judged value by value.",
      "1 request body of which the evidence has only the beginning; at least 4,096 bytes were not looked at.",
    ],
  },
])("tells $why", ({ extent, want }) => {
  expect(extentWords(extent, 2)).toEqual(want);
});
