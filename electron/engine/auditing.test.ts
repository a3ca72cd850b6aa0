import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { analyst, changeSettings, openTestEngine, type TestEngine } from "./test-engine.ts";

const day = 86_400_000;
let now = Date.UTC(2026, 0, 1);
let t: TestEngine;

beforeAll(async () => {
  t = await openTestEngine({ clock: { now: () => now } });
  for (const time_zone of ["local", "utc", "local"] as const) await changeSettings(t, { time_zone });
});
afterAll(async () => await t.close());

const find = (asked: Record<string, unknown>) => t.engine.audit.find({ limit: 100, ...asked } as never);

describe("entries are found", () => {
  test("newest first, a page after the other", async () => {
    const { entries, next } = await find({ limit: 2 });
    expect(next).toBe(entries[1]!.seq);
    const older = await find({ limit: 100, before: next });
    const seqs = [...entries, ...older.entries].map(({ seq }) => seq);
    expect(seqs).toEqual(seqs.toSorted((a, b) => b - a));
    expect(seqs.length).toBe((await find({})).entries.length);
    expect(older.next).toBeNull();
  });

  test.each([
    { asked: { what: "settings" }, count: 3 },
    { asked: { what: "SETTINGS.changed" }, count: 3 },
    { asked: { what: "s_ttings" }, count: 0 },
    { asked: { who: "nobody" }, count: 0 },
    { asked: { what: "settings", from: "2000-01-01T00:00:00.000Z" }, count: 3 },
    { asked: { what: "settings", from: "2999-01-01T00:00:00.000Z" }, count: 0 },
    { asked: { what: "settings", to: "2999-01-01T00:00:00.000Z" }, count: 3 },
    { asked: { what: "settings", to: "2000-01-01T00:00:00.000Z" }, count: 0 },
  ])("by $asked: $count", async ({ asked, count }) => {
    expect((await find(asked)).entries).toHaveLength(count);
  });

  test("by who did it, in part and by role", async () => {
    expect((await find({ who: analyst.actor.slice(0, 3), what: "settings" })).entries).toHaveLength(3);
    expect((await find({ who: analyst.role, what: "settings" })).entries).toHaveLength(3);
  });
});

describe("the whole log is checked", () => {
  test("once a day by itself, and what was found is kept", async () => {
    expect(await t.engine.verifyLogIfDue()).toMatchObject({ ok: true });
    expect(await t.engine.verifyLogIfDue()).toBeNull();
    now += day;
    expect(await t.engine.verifyLogIfDue()).toMatchObject({ ok: true });
    expect(await t.engine.audit.verification()).toMatchObject({
      last: { at: new Date(now).toISOString(), by: "engine", result: { ok: true } },
    });
  });

  test("by whoever asks", async () => {
    await t.engine.audit.verify(analyst);
    expect(await t.engine.audit.verification()).toMatchObject({ last: { by: analyst.actor } });
  });
});

test("a checkpoint is of the log as it is now", async () => {
  await changeSettings(t, { time_zone: "utc" });
  const { head } = await t.engine.audit.log({ after: 0, limit: 1 });
  expect(await t.engine.audit.checkpoint()).toMatchObject({ count: head.seq, head: head.hash });
});
