import { QueryClient } from "@tanstack/react-query";
import { expect, test } from "vitest";
import { foldMessages, markStale } from "../live/apply.ts";
import { auditMembers, auditPages, pageBelow } from "./audit.ts";

test("a new entry of the log makes the log stale, and not what an entry was over", () => {
  const client = new QueryClient();
  const { queryKey: log } = auditPages();
  const { queryKey: members } = auditMembers("e1");
  for (const key of [log, members]) client.setQueryData<unknown>(key, { pages: [], pageParams: [] });
  for (const key of foldMessages([{ type: "log", seq: 12 }]).stale) markStale(client, key);
  expect(client.getQueryState(log)?.isInvalidated).toBe(true);
  expect(client.getQueryState(members)?.isInvalidated).toBe(false);
});

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
