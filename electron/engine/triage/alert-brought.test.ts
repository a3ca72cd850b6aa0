import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openInlineStore } from "../store/inline-store.ts";
import { defineRead, type StoreHost, type StoreModule } from "../store/store.ts";
import { addEvidence, alertModules, ana, clock, flagged, storeSessions, withdraw } from "./fixture-alerts.ts";

/** The step that fills in when what an alert comes from was brought. */
const step = 740;
let folder: string;
let store: StoreHost | null = null;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sentinel-brought-"));
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
const tests: StoreModule = { name: "test", migrations: [], reads: [broughtAt], writes: [], projections: [] };

function open(...modules: readonly StoreModule[]): StoreHost {
  store = openInlineStore({ modules, clock, path: join(folder, "alerts.db") });
  return store;
}

test("alerts of an older store are told when the first of their evidence in view was brought", async () => {
  const older = alertModules.map((one) => ({ ...one, migrations: one.migrations.filter(({ id }) => id < step) }));
  const before = open(...older);
  await addEvidence(before, "gone", "2026-06-01T08:00:00.000Z");
  await addEvidence(before, "first", "2026-06-01T09:30:00.250Z");
  await addEvidence(before, "second", "2026-06-01T11:00:00.000Z");
  const session = (evidenceId: string, client: string) => flagged({ evidenceId, client });
  await storeSessions(
    before,
    session("second", "all"),
    session("first", "all"),
    session("gone", "all"),
    session("second", "late"),
    session("gone", "nothing left"),
    session("first", "two of one"),
    session("first", "two of one"),
  );
  const withdrawn = await withdraw(before, "gone");
  await before.close();

  const after = open(...alertModules, tests);
  const visible = ["all 09:30:00.250", "late 11:00:00.000", "two of one 09:30:00.250"];
  expect(await after.read(broughtAt, null)).toEqual(visible);
  // From then on it follows what comes into view.
  await after.undo(withdrawn, ana);
  const [, late, twoOfOne] = visible;
  const restored = ["all 08:00:00.000", late, "nothing left 08:00:00.000", twoOfOne];
  expect(await after.read(broughtAt, null)).toEqual(restored);
});
