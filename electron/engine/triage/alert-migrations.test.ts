import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openInlineStore } from "../store/inline-store.ts";
import { defineRead, defineWrite, type StoreHost, type StoreModule } from "../store/store.ts";
import { draftChange } from "./alert-changes.ts";
import { alertStandings } from "./alert-state.ts";
import { addEvidence, alertModules, ana, clock, flagged, storeSessions, withdraw } from "./fixture-alerts.ts";

let folder: string;
let store: StoreHost | null = null;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sentinel-migrations-"));
});
afterEach(async () => {
  await store?.close();
  rmSync(folder, { recursive: true, force: true });
});

const broughtAt = defineRead("test.brought", (db) => (_: null) => {
  const rows = db.prepare<[], { client: string; at: string }>(
    "SELECT client, strftime('%H:%M:%f', brought / 1000.0, 'unixepoch') AS at FROM alerts ORDER BY client",
  );
  return rows.all().map(({ client, at }) => `${client} ${at}`);
});
const severities = defineRead("test.severities", (db) => (_: null) => {
  const rows = db.prepare<[], { id: string; severity: number }>("SELECT id, severity FROM alerts ORDER BY client");
  return rows.all();
});
/** As an older version did where evidence was withdrawn. */
const loseSeverities = defineWrite("test.lose_severities", (db) => (_: null) => {
  db.exec("UPDATE alerts SET severity = severity_found");
});
const tests: StoreModule = {
  name: "test",
  migrations: [],
  reads: [broughtAt, severities],
  writes: [loseSeverities],
  projections: [],
};

/** As they were before a step. */
const before = (step: number) =>
  alertModules.map((one) => ({ ...one, migrations: one.migrations.filter(({ id }) => id < step) }));

function open(...modules: readonly StoreModule[]): StoreHost {
  store = openInlineStore({ modules, clock, path: join(folder, "alerts.db") });
  return store;
}

test("alerts of an older store are told when the first of their evidence in view was brought", async () => {
  const older = open(...before(740));
  await addEvidence(older, "gone", "2026-06-01T08:00:00.000Z");
  await addEvidence(older, "first", "2026-06-01T09:30:00.250Z");
  await addEvidence(older, "second", "2026-06-01T11:00:00.000Z");
  const session = (evidenceId: string, client: string) => flagged({ evidenceId, client });
  await storeSessions(
    older,
    session("second", "all"),
    session("first", "all"),
    session("gone", "all"),
    session("second", "late"),
    session("gone", "nothing left"),
    session("first", "two of one"),
    session("first", "two of one"),
  );
  const withdrawn = await withdraw(older, "gone");
  await older.close();

  const after = open(...alertModules, tests);
  const visible = ["all 09:30:00.250", "late 11:00:00.000", "two of one 09:30:00.250"];
  expect(await after.read(broughtAt, null)).toEqual(visible);
  // From then on it follows what comes into view.
  await after.undo(withdrawn, ana);
  const [, late, twoOfOne] = visible;
  const restored = ["all 08:00:00.000", late, "nothing left 08:00:00.000", twoOfOne];
  expect(await after.read(broughtAt, null)).toEqual(restored);
});

test("alerts of an older store have the severity again that somebody set, and others what was found", async () => {
  const older = open(...before(770), tests);
  await addEvidence(older, "e1");
  await storeSessions(older, flagged({ client: "left alone" }), flagged({ client: "raised" }));
  const [, raised] = await older.read(severities, null);
  const [standing] = await older.read(alertStandings, [raised!.id]);
  const set = { severity: 3, set_seen: 1 };
  await older.append([draftChange([{ id: raised!.id, base_version: 0 }], [standing!], { set })], ana);
  await older.write(loseSeverities, null);
  await older.close();

  const after = open(...alertModules, tests);
  expect((await after.read(severities, null)).map(({ severity }) => severity)).toEqual([1, 3]);
});
