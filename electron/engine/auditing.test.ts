import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Auditing, createAuditing } from "./auditing.ts";
import { systemClock } from "./base/clock.ts";
import { createLogger } from "./base/logging.ts";
import { openInlineStore } from "./store/inline-store.ts";
import { settingsModule } from "./store/settings.ts";
import { verificationModule } from "./store/verification-table.ts";
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

describe("an action over many", () => {
  const members = Array.from({ length: 5000 }, (_, i) => ({
    id: `thing ${i}`,
    base_version: 0,
    ...(i === 7 && { set: 7 }),
  }));
  let id: string;
  beforeAll(async () => {
    const store = openInlineStore({ modules: [settingsModule, verificationModule], clock: systemClock });
    const bulk = { entityType: "thing", entityId: "*", baseVersion: 0, kind: "thing.set" };
    const inverse = { kind: "thing.set", payload: { members, to: "new" } };
    const [event] = await store.append([{ ...bulk, payload: { members, to: "open" }, inverse }], analyst);
    await store.append([{ ...bulk, entityId: "one", payload: { to: "open" }, inverse: null }], analyst);
    id = event!.id;
    auditing = createAuditing({ store, clock: systemClock, log: createLogger("silent"), onChecked: () => {} });
    close = () => store.close();
  });
  afterAll(async () => {
    auditing.close();
    await close();
  });
  let auditing: Auditing;
  let close: () => Promise<void>;

  test("is listed with their number alone, by both lists", async () => {
    const { entries } = await auditing.routes.log({ after: 0, limit: 10, brief: "1" });
    expect(entries).toMatchObject([
      { entity_id: "*", members: 5000, payload: { to: "open" }, undoable: true },
      { entity_id: "one", payload: { to: "open" }, undoable: false },
    ]);
    expect(JSON.stringify(entries).length).toBeLessThan(2000);
    expect(entries[1]).not.toHaveProperty("members");
    const found = await auditing.routes.find({ limit: 10, what: "thing" });
    expect(found.entries).toEqual(entries.toReversed());
    const whole = await auditing.routes.log({ after: 0, limit: 10 });
    expect((whole.entries[0]!.payload as { members: unknown[] }).members).toEqual(members);
  });

  test("tells them a page at a time, with what it says of each alone", async () => {
    const page = await auditing.routes.members({ id, offset: 6, limit: 3 });
    expect(page).toEqual({
      total: 5000,
      items: [
        { id: "thing 6", base_version: 0, own: null },
        { id: "thing 7", base_version: 0, own: { set: 7 } },
        { id: "thing 8", base_version: 0, own: null },
      ],
    });
    expect((await auditing.routes.members({ id, offset: 4999, limit: 3 })).items).toHaveLength(1);
    const { entries } = await auditing.routes.log({ after: 1, limit: 1 });
    expect(await auditing.routes.members({ id: entries[0]!.id, offset: 0, limit: 3 })).toEqual({ total: 0, items: [] });
    await expect(auditing.routes.members({ id: "none", offset: 0, limit: 3 })).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
  });
});
