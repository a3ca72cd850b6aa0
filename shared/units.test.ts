import { expect, test } from "vitest";
import { Instant } from "./units.ts";

test("an instant of another form is refused with words that show the right one", () => {
  expect(Instant.safeParse("2026-01-31T08:15:00.000Z").success).toBe(true);
  const { error } = Instant.safeParse("2026-01-31T08:15:00Z");
  expect(error?.issues[0]?.message).toContain("2026-01-31T08:15:00.000Z");
});
