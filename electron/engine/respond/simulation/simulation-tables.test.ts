import { expect, test } from "vitest";
import { systemClock } from "../../base/clock.ts";
import { verdictTables } from "../../detect/verdicts/verdict-tables.ts";
import { evidenceModule } from "../../evidence/evidence-tables.ts";
import { openInlineStore } from "../../store/inline-store.ts";
import { defineWrite } from "../../store/store.ts";
import { playedPayloads, simulationModule } from "./simulation-tables.ts";

/** A payload as it was stored before the application's calls were. */
const before = { n: 0, confirmed: false, clean: null, attack: { status: 200, took_ms: 1, text: "", problem: "" } };
const storeOld = defineWrite("test.store_old", (db) => () => {
  db.exec(`INSERT INTO simulations (id, evidence_id, session, verdict_id, application, automatic, actor, state, reason, payloads,
    confirmed, asked_at, details) VALUES ('s', 'e', 'a', 'v', 'shop', 0, 'ada', 'done', '', 1, 0, '', '{}')`);
  db.prepare("INSERT INTO simulation_payloads (simulation, n, confirmed, result) VALUES ('s', 0, 0, ?)").run(
    JSON.stringify(before),
  );
  return null;
});

test("a payload of before calls were kept is read as one of which they are not known", async () => {
  const old = { name: "test", migrations: [], reads: [], writes: [storeOld], projections: [] };
  const store = openInlineStore({
    modules: [evidenceModule, verdictTables, simulationModule, old],
    clock: systemClock,
  });
  try {
    await store.write(storeOld, null);
    expect(await store.read(playedPayloads, "s")).toEqual([
      { ...before, attack: { ...before.attack, trace: [], calls: null } },
    ]);
  } finally {
    await store.close();
  }
});
