import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Alert } from "../../../../shared/alert.ts";
import type { SiemOutput } from "../../../../shared/siem.ts";
import { plainAlert } from "../../report/fixture-case.ts";
import type { EventRow, StoreHost } from "../../store/store.ts";
import { alertIdOfVerdict } from "../../triage/alert-list.ts";
import { addEvidence, flagged, openAlertStore, storeSessions, withdraw } from "../../triage/fixture-alerts.ts";
import type { SiemAnswer, SiemDocument, SiemSender } from "./sender.ts";
import { type TellingSources, tellAlerts } from "./tell-alerts.ts";
import { siemModule, toldAlerts } from "./told-table.ts";

const output: SiemOutput = {
  ...{ name: "soc", format: "webhook", address: "https://siem.example", secret: "" },
  ...{ min_severity: "medium", on: true },
};
const key = "soc";

let store: StoreHost;
let alerts: Map<string, Alert>;
let sources: TellingSources;
let sent: SiemDocument[];

beforeEach(() => {
  store = openAlertStore(siemModule);
  alerts = new Map();
  sent = [];
  sources = {
    ...{ store, node: "node-1", version: "0.1.0" },
    alerts: async (ids) => ids.flatMap((id) => alerts.get(id) ?? []),
  };
});
afterEach(() => store.close());

function senderOf(answer: (document: SiemDocument) => SiemAnswer): SiemSender {
  return {
    async send(documents) {
      return documents.map((document) => {
        const said = answer(document);
        if (said.state === "taken") sent.push(document);
        return said;
      });
    },
    probe: () => Promise.resolve(""),
    clockSkewSeconds: () => null,
    close: () => undefined,
  };
}

const later: SiemAnswer = { state: "later", reason: "busy" };
const taken: SiemAnswer = { state: "taken" };

/** An entry of the log that changed an alert. */
function changed(id: string, seq: number): EventRow {
  const at = "2026-06-01T09:00:00.000Z";
  return {
    ...{ seq, id: `e${seq}`, entity_type: "alert", entity_id: id, base_version: 0, version: 1, kind: "alert.changed" },
    ...{
      payload: { set: {} },
      inverse: null,
      batch_id: null,
      actor: "ana",
      role: "analyst",
      node_id: "n",
      origin: null,
    },
    ...{ state: "confirmed", at, prev_hash: "", hash: "" },
  } as EventRow;
}

const put = (alert: Alert) => void alerts.set(alert.id, alert);
const tell = (events: readonly EventRow[], sender: SiemSender) => tellAlerts(events, { output, key, sender, sources });
const alertOf = ({ text }: SiemDocument) => (JSON.parse(text) as { data: Alert }).data;

test("whatever is rejected on the way, each is taken once in the end", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.boolean(), { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 1, max: 30 }),
      async (fails, count) => {
        await store.close();
        store = openAlertStore(siemModule);
        sources = { ...sources, store };
        [alerts, sent] = [new Map(), []];
        const events = Array.from({ length: count }, (_, i) => {
          put(plainAlert({ id: `a${i}` }));
          return changed(`a${i}`, i + 1);
        });
        const left = [...fails];
        const sender = senderOf(() => (left.shift() === true ? later : taken));
        for (let round = 0; round <= fails.length; round++) {
          const problem = await tell(events, sender).catch((error: Error) => error.message);
          if (problem === null) break;
        }
        expect(sent.map((document) => alertOf(document).id).sort()).toEqual([...alerts.keys()].sort());
      },
    ),
    { numRuns: 15 },
  );
});

test("the same state is not told twice, a new one is, by the id of its entry", async () => {
  const sender = senderOf(() => taken);
  put(plainAlert({}));
  await tell([changed("a1", 1), changed("a1", 2)], sender);
  await tell([changed("a1", 3)], sender);
  put(plainAlert({ status: "closed", reason: "duplicate" }));
  await tell([changed("a1", 4)], sender);
  expect(sent.map(({ id }) => id)).toEqual(["a1.e2", "a1.e4"]);
});

test("what was told of hears to its end, however mild it becomes; what was always mild is not told", async () => {
  const sender = senderOf(() => taken);
  put(plainAlert({ id: "a1", severity: "high" }));
  put(plainAlert({ id: "a2", severity: "low" }));
  await tell([changed("a1", 1), changed("a2", 2)], sender);
  put(plainAlert({ id: "a1", severity: "low" }));
  await tell([changed("a1", 3)], sender);
  expect(sent.map((document) => [alertOf(document).id, alertOf(document).severity])).toEqual([
    ["a1", "high"],
    ["a1", "low"],
  ]);
});

test("a server that takes nothing is not asked for the rest", async () => {
  let asked = 0;
  const events = Array.from({ length: 450 }, (_, i) => {
    put(plainAlert({ id: `a${i}` }));
    return changed(`a${i}`, i + 1);
  });
  const sender = senderOf(() => {
    asked++;
    return later;
  });
  await expect(tell(events, sender)).rejects.toMatchObject({ code: "UNAVAILABLE", message: "busy" });
  expect(asked).toBe(200);
});

test("nothing is kept of what an alert said once it is gone", async () => {
  await addEvidence(store, "e1");
  const session = flagged();
  await storeSessions(store, session);
  const id = (await store.read(alertIdOfVerdict, session.id))!;
  put(plainAlert({ id }));
  const sender = senderOf(() => taken);
  await tell([changed(id, 1)], sender);
  const digest = async () => (await store.read(toldAlerts, { output: key, ids: [id] }))[0]?.digest;
  expect(await digest()).toMatch(/^[0-9a-f]{64}$/);
  await withdraw(store, "e1");
  expect(await digest()).toBe("");
});
