import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AlertChange, closeReasons, severities } from "../../../shared/alert.ts";
import { openKeyStore } from "../store/key-store.ts";
import { createSealer, type Sealer } from "../store/seal.ts";
import { defineRead, type StoreHost, type StoreModule } from "../store/store.ts";
import { alertPage } from "./alert-list.ts";
import { alertStandings } from "./alert-state.ts";
import { type AlertRoom, createAlerts } from "./alerts.ts";
import { addEvidence, ana, ben, clock, flagged, openAlertStore, storeSessions } from "./fixture-alerts.ts";
import { alertConditions } from "./query-sql.ts";

const runs = 25 * Number(process.env.TORTURE ?? 1);

/** Every row that decisions make, and what the queue shows of them. */
const dump = defineRead("test.decisions", (db) => (_: null) => ({
  states: db.prepare("SELECT * FROM alert_states ORDER BY alert_id").all(),
  notes: db.prepare("SELECT * FROM alert_notes ORDER BY alert_id, id").all(),
  queue: db.prepare("SELECT * FROM alerts ORDER BY n").all(),
}));
const tests: StoreModule = { name: "test", migrations: [], reads: [dump], writes: [], projections: [] };

let store: StoreHost;
let sealer: Sealer;
let folder: string;
let alerts: AlertRoom;
let ids: string[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "sentinel-alerts-"));
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
  alerts = createAlerts({ store, sealer, clock });
  await addEvidence(store, "e1");
  await storeSessions(store, ...[1, 2, 3, 4].map((i) => flagged({ client: `203.0.113.${i}` })));
  const where = alertConditions("", { now: clock.now(), by: "ana" });
  ids = (await store.read(alertPage, { where, order: "newest", after: null, limit: 10 })).map(({ id }) => id);
}

async function versioned(chosen: readonly string[]) {
  const standings = await store.read(alertStandings, chosen);
  return standings.map((standing) => ({ id: standing!.id, base_version: standing!.version }));
}

const tag = fc.constantFrom("seen", "scanner", "campaign-7");
const change: fc.Arbitrary<AlertChange> = fc.oneof(
  fc.constantFrom<AlertChange>({ status: "new" }, { status: "in_progress" }),
  fc.constantFrom(...closeReasons).map((reason): AlertChange => ({ status: "closed", reason })),
  fc.record<AlertChange, "assignee">({ assignee: fc.constantFrom("ana", "ben", null) }),
  fc.record<AlertChange, "severity">({ severity: fc.constantFrom(...severities, null) }),
  fc.array(tag, { minLength: 1, maxLength: 2 }).map((tags): AlertChange => ({ add_tags: tags })),
  fc.array(tag, { minLength: 1, maxLength: 2 }).map((tags): AlertChange => ({ remove_tags: tags })),
  fc.constantFrom<AlertChange>({ snoozed_until: "2026-06-02T09:00:00.000Z" }, { snoozed_until: null }),
);
const action = fc.record({
  which: fc.uniqueArray(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 4 }),
  change,
  note: fc.option(fc.constantFrom("seen before", "asked the **owner**")),
});

describe("decisions", () => {
  test("random ones: taken back, every row is as it was; rebuilt from the log, as it is", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 1, maxLength: 8 }), async (actions) => {
        await store.close();
        await open();
        const states: unknown[] = [];
        const events: string[] = [];
        for (const { which, change, note } of actions) {
          states.push(await store.read(dump, null));
          const chosen = await versioned(which.map((i) => ids[i]!));
          events.push(await alerts.change(chosen, AlertChange.parse(change), note, ana));
        }
        const last = await store.read(dump, null);
        await store.rebuild();
        expect(await store.read(dump, null)).toEqual(last);
        for (const [i, event] of [...events.entries()].reverse()) {
          const undone = await store.undo(event, ben);
          expect(await store.read(dump, null)).toEqual(states[i]);
          const redone = await store.undo(undone.id, ben);
          await store.undo(redone.id, ben);
          expect(await store.read(dump, null)).toEqual(states[i]);
        }
      }),
      { numRuns: runs },
    );
  });

  test("the later of two that contradict each other is refused whole, and says which alert moved", async () => {
    const seen = await versioned(ids.slice(0, 3));
    await alerts.change([seen[1]!], { assignee: "ben" }, null, ben);
    const before = await store.read(dump, null);
    const late = alerts.change(seen, { status: "closed", reason: "duplicate" }, null, ana);
    await expect(late).rejects.toMatchObject({ code: "CONFLICT", details: { entity_id: ids[1] } });
    expect(await store.read(dump, null)).toEqual(before);
  });

  test("about an alert that there is none of are refused", async () => {
    const none = [{ id: "nothing", base_version: 0 }];
    await expect(alerts.change(none, { assignee: null }, null, ana)).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(alerts.removeNote(ids[0]!, "no-note", ana)).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});

describe("notes", () => {
  test("stand with their author, come off, come back as they were, and are sealed in the log", async () => {
    const id = ids[0]!;
    const { noteId } = await alerts.addNote(id, "<script>alert(1)</script> \u202Egnp.exe", ana);
    await alerts.addNote(id, "second", ben);
    const before = await alerts.notes(id);
    expect(before.map(({ by, text }) => [by, text]).sort()).toEqual([
      ["ana", "<script>alert(1)</script> \u202Egnp.exe"],
      ["ben", "second"],
    ]);
    const removed = await alerts.removeNote(id, noteId, ben);
    expect(await alerts.notes(id)).toHaveLength(1);
    await store.undo(removed, ana);
    expect(await alerts.notes(id)).toEqual(before);
    expect(JSON.stringify(await store.read(dump, null))).not.toContain("script");
  });

  test("alone go onto whatever version there is, as one event", async () => {
    const seen = await versioned(ids);
    await alerts.change([seen[0]!], { assignee: "ben" }, null, ben);
    const event = await alerts.change(seen, null, "for all", ana);
    for (const id of ids) expect(await alerts.notes(id)).toMatchObject([{ text: "for all" }]);
    await store.undo(event, ana);
    expect(await alerts.notes(ids[0]!)).toEqual([]);
  });

  test("written with an action stand on all its alerts, and an erased one says so", async () => {
    const event = await alerts.change(await versioned(ids), { status: "in_progress" }, "one for all", ana);
    const [note] = await alerts.notes(ids[2]!);
    expect(note).toMatchObject({ by: "ana", text: "one for all" });
    await sealer.erase(`note ${note!.id}`);
    expect(await alerts.notes(ids[2]!)).toMatchObject([{ text: null }]);
    await store.undo(event, ana);
    expect(await alerts.notes(ids[2]!)).toEqual([]);
  });
});
