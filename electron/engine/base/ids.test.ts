import { expect, test } from "vitest";
import { contentId, uuidv7 } from "./ids.ts";

test("identifiers are sorted as they were made, within a millisecond, too", () => {
  let now = Date.parse("2026-01-31T08:15:00.000Z");
  const clock = { now: () => now };
  const ids: string[] = [];
  for (let ms = 0; ms < 3; ms++, now++) for (let i = 0; i < 2000; i++) ids.push(uuidv7(clock));
  expect([...ids].sort()).toEqual(ids);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(Number.parseInt(ids[0]!.replaceAll("-", "").slice(0, 12), 16)).toBe(Date.parse("2026-01-31T08:15:00.000Z"));
});

test("more in a millisecond than are counted, and a clock that goes back, still give different ones", () => {
  let now = 2_000_000_000_000;
  const clock = { now: () => now };
  const ids = Array.from({ length: 10_000 }, () => uuidv7(clock));
  now -= 315_576_000_000;
  ids.push(uuidv7(clock));
  expect(new Set(ids).size).toBe(ids.length);
});

test("lists of parts that read the same when they are joined have different identifiers", () => {
  expect(contentId("ab", "c")).not.toBe(contentId("a", "bc"));
  expect(contentId("a", 1)).toBe(contentId("a", "1"));
});
