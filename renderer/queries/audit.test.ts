import { expect, test } from "vitest";
import { pageBelow } from "./audit.ts";

test("pages from the head down cover every entry exactly once", () => {
  const seen: number[] = [];
  for (let upper = 951; upper > 1; ) {
    const { after, limit } = pageBelow(upper);
    for (let seq = after + limit; seq > after; seq--) seen.push(seq);
    expect(limit).toBeLessThanOrEqual(500);
    upper = after + 1;
  }
  expect(seen).toEqual(Array.from({ length: 950 }, (_, i) => 950 - i));
});
