import fc from "fast-check";
import { expect, test } from "vitest";
import { activityKinds, countActivity } from "./activity.ts";

const at = (ms: number, status: number | null) => ({
  started_at: new Date(Date.UTC(2026, 0, 1) + ms).toISOString(),
  status,
});

test("requests are counted by time and by the kind of their answer", () => {
  const buckets = countActivity([at(0, 200), at(10, 404), at(20_000, 302), at(59_000, 500), at(59_000, null)]);
  expect(buckets[0]).toMatchObject({ answered: 1, refused: 1, width_ms: 2000 });
  expect(buckets.at(-1)).toMatchObject({ failed: 1, unknown: 1 });
});

test("without a clock there is nothing", () => {
  expect(countActivity([{ started_at: null, status: 200 }])).toEqual([]);
});

test("no request is lost and there are never too many bars", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(10 ** 10), fc.option(fc.integer({ min: 100, max: 599 }))), { minLength: 1 }),
      (raw) => {
        const buckets = countActivity(raw.map(([ms, status]) => at(ms, status)));
        expect(buckets.length).toBeLessThanOrEqual(61);
        expect(buckets.reduce((sum, b) => sum + activityKinds.reduce((s, k) => s + b[k], 0), 0)).toBe(raw.length);
      },
    ),
    { numRuns: 100 * Number(import.meta.env.TORTURE ?? 1) },
  );
});
