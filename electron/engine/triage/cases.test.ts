import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CaseChange, CaseItemDraft } from "../../../shared/case.ts";
import { eventsOfBatch, eventsOfEntity } from "../store/event-table.ts";
import { openKeyStore } from "../store/key-store.ts";
import { createSealer, type Sealer } from "../store/seal.ts";
import { defineRead, type StoreHost, type StoreModule } from "../store/store.ts";
import { alertPage, countAlerts } from "./alert-list.ts";
import { alertStandings } from "./alert-state.ts";
import { createAlerts } from "./alerts.ts";
import { alertsOfCase, tallyCases, valuesOfCase } from "./case-alerts.ts";
import { describeCaseEvent } from "./case-history.ts";
import { caseEntity, caseFamily, casePage, itemsOfCase, topCases } from "./case-state.ts";
import { type CaseRoom, createCases } from "./cases.ts";
import { addEvidence, ana, ben, clock, flagged, openAlertStore, storeSessions } from "./fixture-alerts.ts";
import { alertConditions } from "./query-sql.ts";

const runs = 20 * Number(process.env.TORTURE ?? 1);

const dump = defineRead("test.casework", (db) => (_: null) => ({
  cases: db.prepare("SELECT * FROM cases ORDER BY id").all(),
  items: db.prepare("SELECT * FROM case_items ORDER BY case_id, id").all(),
  states: db.prepare("SELECT * FROM alert_states ORDER BY alert_id").all(),
  queue: db.prepare("SELECT * FROM alerts ORDER BY n").all(),
}));
const tests: StoreModule = { name: "test", migrations: [], reads: [dump], writes: [], projections: [] };

let store: StoreHost;
let sealer: Sealer;
let folder: string;
let cases: CaseRoom;
let ids: string[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "sentinel-cases-"));
  const ring = { current: "k", keys: { k: Buffer.alloc(32, 3) } };
  sealer = createSealer(await openKeyStore({ directory: folder, ring }));
  await open();
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

async function open(): Promise<void> {
  store = openAlertStore(tests);
  cases = createCases({ store, sealer, clock });
  await addEvidence(store, "e1");
  await storeSessions(store, ...[1, 2, 3, 4].map((i) => flagged({ client: `203.0.113.${i}` })));
  ids = (await queue("")).map(({ id }) => id);
}

async function queue(q: string) {
  const where = alertConditions(q, { now: clock.now(), by: "ana" });
  const rows = await store.read(alertPage, { where, order: "newest", after: null, limit: 10 });
  expect((await store.read(countAlerts, where)).total).toBe(rows.length);
  return rows;
}

async function versioned(chosen: readonly string[]) {
  const standings = await store.read(alertStandings, chosen);
  return standings.map((standing) => ({ id: standing!.id, base_version: standing!.version }));
}

const plain = { title: "Scanner", summary: "", severity: null, assignee: null, tags: [] };
const despite = { despiteOpenTasks: true };

async function openWith(chosen: readonly string[], title = "Scanner"): Promise<string> {
  return (await cases.open({ ...plain, title, alerts: await versioned(chosen) }, ana)).id;
}

const one = async (id: string) => (await store.read(caseFamily, id))[0]!;

/** Takes a batch back, newest event first. */
async function takeBack(batchId: string): Promise<void> {
  for (const id of await store.read(eventsOfBatch, batchId)) await store.undo(id, ben);
}

type Act = (known: string[]) => Promise<string | null>;
const which = fc.nat(9);
const pick = (known: readonly string[], i: number) => (known.length === 0 ? null : known[i % known.length]!);
const change = fc.constantFrom<CaseChange>(
  { title: "Another" },
  { summary: "**found**" },
  { status: "closed", outcome: "true_positive" },
  { status: "open" },
  { severity: "critical" },
  { assignee: "ben", add_tags: ["wave-2"] },
  { merged_into: null },
);
const draft = fc.constantFrom<CaseItemDraft>(
  { kind: "task", text: "Ask the owner", done: false, assignee: null },
  { kind: "note", text: "seen before" },
  { kind: "entry", text: "the shop was down", at: "2026-06-01T09:00:00.000Z" },
  { kind: "observable", type: "hash", value: "d41d8cd9", text: "dropped file" },
);
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.uniqueArray(fc.integer({ min: 0, max: 3 }), { maxLength: 4 }).map(
    (chosen): Act =>
      async (known) => {
        const alerts = await versioned(chosen.map((i) => ids[i]!));
        const opened = await cases.open({ ...plain, alerts }, ana);
        known.push(opened.id);
        return opened.batchId;
      },
  ),
  fc.tuple(which, change, fc.boolean()).map(
    ([i, given, withAlerts]): Act =>
      async (known) => {
        const id = pick(known, i);
        if (id === null) return null;
        const close = withAlerts ? { ...despite, alerts: "duplicate" as const } : despite;
        return (await cases.change(id, (await one(id)).version, CaseChange.parse(given), close, ana)).batchId;
      },
  ),
  fc.tuple(which, which).map(
    ([i, j]): Act =>
      async (known) => {
        const [into, id] = [pick(known, i), pick(known, j)];
        if (into === null || id === null) return null;
        return (await cases.merge(into, [{ id, base_version: (await one(id)).version }], ana)).batchId;
      },
  ),
);

describe("a case", () => {
  test("random work: taken back, every row is as it was; rebuilt from the log, as it is", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 1, maxLength: 8 }), fc.array(draft), async (acts, drafts) => {
        await store.close();
        await open();
        const known: string[] = [];
        const states: unknown[] = [];
        const undo: (() => Promise<unknown>)[] = [];
        const step = async (work: () => Promise<(() => Promise<unknown>) | null>) => {
          const before = await store.read(dump, null);
          // What is refused leaves no trace.
          const back = await work().catch((error: { code?: string }) => {
            expect(["CONFLICT", "INPUT_INVALID"]).toContain(error.code);
            return null;
          });
          if (back === null) expect(await store.read(dump, null)).toEqual(before);
          else {
            states.push(before);
            undo.push(back);
          }
        };
        for (const [i, each] of acts.entries()) {
          await step(async () => {
            const batch = await each(known);
            return batch === null ? null : () => takeBack(batch);
          });
          const item = drafts[i];
          const caseId = pick(known, i);
          if (item === undefined || caseId === null) continue;
          await step(async () => {
            const { eventId } = await cases.saveItem(caseId, { baseVersion: 0 }, CaseItemDraft.parse(item), ana);
            return () => store.undo(eventId, ben);
          });
        }
        const last = await store.read(dump, null);
        await store.rebuild();
        expect(await store.read(dump, null)).toEqual(last);
        for (const [i, back] of [...undo.entries()].reverse()) {
          await back();
          expect(await store.read(dump, null)).toEqual(states[i]);
        }
      }),
      { numRuns: runs },
    );
  });

  test("takes alerts: they are found by it, new ones are in progress, closed ones stay closed", async () => {
    const alerts = createAlerts({ store, sealer, clock });
    await alerts.change(await versioned([ids[0]!]), { status: "closed", reason: "duplicate" }, null, ana);
    const id = await openWith(ids.slice(0, 3));
    expect((await queue(`case:${id}`)).map((row) => row.id)).toEqual(ids.slice(0, 3));
    expect((await queue("case:none")).map((row) => row.id)).toEqual(ids.slice(3));
    expect((await queue(`-case:${id}`)).map((row) => row.id)).toEqual(ids.slice(3));
    expect((await queue(`case:${id}`)).map(({ status }) => status)).toEqual(["closed", "in_progress", "in_progress"]);
    expect(await store.read(tallyCases, [id])).toMatchObject([{ alerts: 3, open_alerts: 2, sessions: 3 }]);
    await alerts.change(await versioned([ids[1]!]), { case_id: null }, null, ana);
    expect(await store.read(alertsOfCase, { caseId: id, limit: 10 })).toHaveLength(2);
  });

  test("that is taken back leaves its alerts in none", async () => {
    const { id, batchId } = await cases.open({ ...plain, alerts: await versioned(ids) }, ana);
    const [, opening] = await store.read(eventsOfBatch, batchId);
    await store.undo(opening!, ana);
    expect(await queue("case:none")).toHaveLength(4);
    expect(await store.read(topCases, [id])).toEqual(new Map());
  });

  test("merged into another is seen there at any depth, and as it was once it is taken out", async () => {
    const [a, b, c] = [await openWith([ids[0]!]), await openWith([ids[1]!]), await openWith([ids[2]!])];
    const mergeInto = async (into: string, id: string) =>
      await cases.merge(into, [{ id, base_version: (await one(id)).version }], ana);
    await cases.saveItem(c, { baseVersion: 0 }, { kind: "task", text: "Look", done: false, assignee: null }, ana);
    await mergeInto(b, c);
    await mergeInto(a, b);
    expect((await queue(`case:${a}`)).map((row) => row.id)).toEqual(ids.slice(0, 3));
    expect(await store.read(topCases, [a, b, c])).toEqual(new Map([a, b, c].map((id) => [id, a])));
    expect(await store.read(tallyCases, [a])).toMatchObject([{ alerts: 3, tasks: 1, open_tasks: 1 }]);
    expect(await store.read(itemsOfCase, a)).toMatchObject([{ case_id: c }]);
    expect(await store.read(casePage, { status: null, before: null, limit: 9 })).toHaveLength(1);
    await expect(mergeInto(b, a)).rejects.toMatchObject({ code: "CONFLICT" });
    await expect(mergeInto(a, a)).rejects.toMatchObject({ code: "INPUT_INVALID" });
    await expect(cases.mustTakeAlerts(b)).rejects.toMatchObject({ code: "CONFLICT" });
    await cases.change(b, (await one(b)).version, { merged_into: null }, despite, ana);
    expect((await queue(`case:${a}`)).map((row) => row.id)).toEqual([ids[0]]);
    expect((await queue(`case:${b}`)).map((row) => row.id)).toEqual([ids[1], ids[2]]);
  });

  test("and its other half never go round in a circle, whatever is taken back and done again", async () => {
    const [a, b] = [await openWith([ids[0]!]), await openWith([ids[1]!])];
    const mergeInto = async (into: string, id: string) =>
      await cases.merge(into, [{ id, base_version: (await one(id)).version }], ana);
    const first = await mergeInto(b, a);
    const undone: string[] = [];
    for (const id of await store.read(eventsOfBatch, first.batchId)) undone.push((await store.undo(id, ana)).id);
    await mergeInto(a, b);
    for (const id of undone.toReversed()) await expect(store.undo(id, ana)).rejects.toMatchObject({ code: "CONFLICT" });
    expect(await store.read(topCases, [a, b])).toEqual(new Map([a, b].map((id) => [id, a])));
    // What others were merged into cannot be taken back under them.
    const [opening] = await store
      .read(eventsOfEntity, { entityType: caseEntity, entityId: a, limit: 50 })
      .then((all) => all.toReversed());
    await expect(store.undo(opening!.id, ana)).rejects.toMatchObject({ code: "CONFLICT" });
  });

  test("with open tasks is only closed when that is meant, and closes its alerts with it", async () => {
    const id = await openWith(ids.slice(0, 2));
    const task = { kind: "task", text: "Ask the owner", done: false, assignee: null } as const;
    const saved = await cases.saveItem(id, { baseVersion: 0 }, task, ana);
    const close = { status: "closed", outcome: "true_positive" } as const;
    const early = cases.change(id, 1, close, { despiteOpenTasks: false }, ana);
    await expect(early).rejects.toMatchObject({ code: "CONFLICT", message: expect.stringContaining("One task") });
    await cases.saveItem(id, { id: saved.id, baseVersion: 1 }, { ...task, done: true }, ben);
    const { batchId } = await cases.change(id, 1, close, { alerts: "true_positive", despiteOpenTasks: false }, ana);
    expect(await one(id)).toMatchObject({ status: "closed", outcome: "true_positive" });
    expect((await queue(`case:${id}`)).map(({ reason }) => reason)).toEqual(["true_positive", "true_positive"]);
    await expect(cases.mustTakeAlerts(id)).rejects.toMatchObject({ code: "CONFLICT" });
    await takeBack(batchId);
    expect(await queue(`case:${id} status:in_progress`)).toHaveLength(2);
    expect(await one(id)).toMatchObject({ status: "open", outcome: null, closed_at: null });
  });

  test("changed by two: the later is told, nothing is overwritten", async () => {
    const id = await openWith([]);
    await cases.change(id, 1, { title: "First" }, despite, ana);
    const late = cases.change(id, 1, { title: "Second" }, despite, ben);
    await expect(late).rejects.toMatchObject({ code: "CONFLICT" });
    const { id: note } = await cases.saveItem(id, { baseVersion: 0 }, { kind: "note", text: "one" }, ana);
    await cases.saveItem(id, { id: note, baseVersion: 1 }, { kind: "note", text: "two" }, ana);
    const lateNote = cases.saveItem(id, { id: note, baseVersion: 1 }, { kind: "note", text: "three" }, ben);
    await expect(lateNote).rejects.toMatchObject({ code: "CONFLICT" });
    const turned = { kind: "task", text: "four", done: false, assignee: null } as const;
    const other = cases.saveItem(id, { id: note, baseVersion: 2 }, turned, ben);
    await expect(other).rejects.toMatchObject({ code: "INPUT_INVALID" });
    await expect(cases.removeItem(id, { id: "none", baseVersion: 1 }, ana)).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
  });

  test("keeps what is written sealed, in the log as in its tables", async () => {
    const id = await openWith([], "Jane Doe's laptop");
    await cases.saveItem(id, { baseVersion: 0 }, { kind: "note", text: "jane@example.org" }, ana);
    const text = JSON.stringify(await store.read(dump, null));
    expect(text).not.toMatch(/Jane|jane@/);
    await sealer.erase(`case ${id}`);
    expect(await sealer.unseal((await one(id)).text)).toBeNull();
  });

  test("knows which values its alerts share, and says in words what was done", async () => {
    const id = await openWith(ids);
    const values = await store.read(valuesOfCase, { caseId: id, limit: 2 });
    expect(values.filter(({ column }) => column === "client")).toHaveLength(2);
    expect(values).toContainEqual({ column: "host", value: "shop.example", alerts: 4 });
    const { eventId } = await cases.change(id, 1, { assignee: "ben", severity: "high" }, despite, ana);
    const undone = await store.undo(eventId!, ana);
    expect(describeCaseEvent(undone)).toBe("took it from its assignee, set its severity");
  });
});
