import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { payloadClasses } from "../../../../shared/payload.ts";
import { verdictKinds } from "../../../../shared/verdict.ts";
import { systemClock } from "../../base/clock.ts";
import { evidenceModule } from "../../evidence/evidence-tables.ts";
import { instantWithin } from "../../evidence/measures.ts";
import { openInlineStore } from "../../store/inline-store.ts";
import type { StoreHost } from "../../store/store.ts";
import { plainVerdict } from "./plain-verdict.ts";
import { countVerdicts } from "./verdict-counts.ts";
import type { VerdictQuery } from "./verdict-query.ts";
import type { LottedVerdict, VerdictRecord } from "./verdict-record.ts";
import { deleteVerdictsOf, storeVerdicts, verdictTables } from "./verdict-tables.ts";

let store: StoreHost;
beforeEach(() => {
  store = openInlineStore({ modules: [evidenceModule, verdictTables], clock: systemClock });
});
afterEach(() => store.close());

const minute = 60_000;

type Counted = Pick<VerdictRecord, "evidenceId" | "verdict" | "class" | "score" | "startedAt">;

const recordOf = (id: string, counted: Counted): LottedVerdict => plainVerdict({ id, ...counted });

const startedAt = fc.option(
  fc.oneof(
    fc.integer({ min: -3 * minute, max: 3 * minute }),
    fc.integer({ min: -400 * 86_400_000, max: 400 * 86_400_000 }),
  ),
);
const verdicts = fc.array(
  fc.record({
    evidenceId: fc.constantFrom("a", "b"),
    verdict: fc.constantFrom(...verdictKinds),
    class: fc.constantFrom(...payloadClasses),
    score: fc.double({ min: 0, max: 1, noNaN: true }),
    startedAt,
  }),
  { maxLength: 25 },
);
const moment = fc.integer({ min: -4, max: 4 }).map((minutes) => minutes * minute);
const queries: fc.Arbitrary<VerdictQuery> = fc.record(
  {
    minScore: fc.constantFrom(0, 0, 0.5),
    verdict: fc.constantFrom(...verdictKinds),
    class: fc.constantFrom(...payloadClasses),
    evidenceId: fc.constantFrom("a", "b"),
    after: fc.oneof(moment, fc.integer({ min: -minute, max: minute })),
    before: fc.oneof(moment, fc.integer({ min: -minute, max: minute })),
  },
  { requiredKeys: ["minScore"] },
);

function matching(stored: readonly Counted[], query: VerdictQuery): Counted[] {
  return stored.filter(
    (one) =>
      one.score >= query.minScore &&
      (query.verdict ?? one.verdict) === one.verdict &&
      (query.class ?? one.class) === one.class &&
      (query.evidenceId ?? one.evidenceId) === one.evidenceId &&
      (query.after === undefined || (one.startedAt !== null && one.startedAt >= query.after)) &&
      (query.before === undefined || (one.startedAt !== null && one.startedAt < query.before)),
  );
}

test("what is kept counts what is stored, after any storing, storing again and removing", async () => {
  let next = 0;
  await fc.assert(
    fc.asyncProperty(verdicts, verdicts, queries, async (first, second, query) => {
      for (const evidenceId of ["a", "b"]) await store.write(deleteVerdictsOf, { evidenceId, limit: 1000 });
      const batch = first.map((counted) => recordOf(`v${next++}`, counted));
      await store.write(storeVerdicts, batch);
      await store.write(storeVerdicts, [...batch.slice(0, 3), ...second.map((one) => recordOf(`v${next++}`, one))]);
      await store.write(deleteVerdictsOf, { evidenceId: "a", limit: 4 });
      const ofA = [...first, ...second].filter(({ evidenceId }) => evidenceId === "a").slice(4);
      const left = [...ofA, ...[...first, ...second].filter(({ evidenceId }) => evidenceId === "b")];

      const wanted = matching(left, query);
      const counts = await store.read(countVerdicts, query);
      expect(counts.total).toBe(wanted.length);
      for (const kind of verdictKinds) {
        expect(counts.byVerdict[kind]).toBe(wanted.filter(({ verdict }) => verdict === kind).length);
      }
      for (const name of payloadClasses) {
        expect(counts.byClass[name]).toBe(wanted.filter((one) => one.class === name).length);
      }
      const timed = wanted.filter((one) => one.startedAt !== null);
      for (const { startMs, widthMs, counts: bar } of counts.timeline) {
        const inBar = timed.filter(({ startedAt: at }) => at! >= startMs && at! < startMs + widthMs);
        for (const kind of verdictKinds) expect(bar[kind]).toBe(inBar.filter((one) => one.verdict === kind).length);
      }
      const drawn = counts.timeline.flatMap(({ counts: bar }) => Object.values(bar)).reduce((a, b) => a + b, 0);
      expect(drawn).toBe(timed.length);
      expect(counts.timeline.length).toBeLessThanOrEqual(62);
    }),
    { numRuns: 60 * Number(process.env.TORTURE ?? 1) },
  );
});

test("bars are as narrow as the range allows, from a second up", async () => {
  const at = (ms: number, i: number) =>
    recordOf(`w${i}`, { evidenceId: "a", verdict: "tag", class: "xss", score: 0.6, startedAt: ms });
  const widthOf = async (ms: number) => {
    await store.write(deleteVerdictsOf, { evidenceId: "a", limit: 10 });
    await store.write(storeVerdicts, [0, ms].map(at));
    return (await store.read(countVerdicts, { minScore: 0 })).timeline[0]?.widthMs;
  };
  expect(await widthOf(20_000)).toBe(1000);
  expect(await widthOf(4 * minute)).toBe(5000);
  expect(await widthOf(50 * minute)).toBe(minute);
  expect(await widthOf(86_400_000)).toBe(3_600_000);
});

test("bars begin and end in a year of four digits, whatever time evidence may claim", async () => {
  const bounds = [Date.parse("1970-01-01T00:00:00.000Z"), Date.parse("2199-12-31T23:59:59.999Z")];
  expect(bounds.map(instantWithin)).toEqual(bounds);
  expect([bounds[0]! - 1, bounds[1]! + 1].map(instantWithin)).toEqual([null, null]);
  await store.write(deleteVerdictsOf, { evidenceId: "a", limit: 10 });
  const claimed = [...bounds, Date.parse("2026-01-01T00:00:00.000Z")].map((startedAt, i) =>
    recordOf(`y${i}`, { evidenceId: "a", verdict: "tag", class: "xss", score: 0.6, startedAt }),
  );
  await store.write(storeVerdicts, claimed);
  const { timeline } = await store.read(countVerdicts, { minScore: 0 });
  expect(timeline.length).toBeGreaterThan(1);
  for (const { startMs, widthMs } of timeline) {
    for (const ms of [startMs, startMs + widthMs]) expect(new Date(ms).toISOString()).toMatch(/^\d{4}-/);
  }
});
