import { afterEach, beforeEach, expect, test } from "vitest";
import { type PayloadClass, payloadClasses } from "../../../../shared/payload.ts";
import type { Settings } from "../../../../shared/settings.ts";
import type { FindingRecord } from "../../detect/verdicts/verdict-record.ts";
import { defineRead, type StoreHost, type StoreModule } from "../../store/store.ts";
import { alertChanged, alertEntity } from "../../triage/alert-state.ts";
import { addEvidence, ana, ben, flagged, openAlertStore, storeSessions } from "../../triage/fixture-alerts.ts";
import { exclusionEntity, labelsExcluded } from "../label-exclusions.ts";
import { learnModule } from "../learn-module.ts";
import { modelModule } from "../registry/model-state.ts";
import { driftModule } from "./drift-tables.ts";
import { labelledTraffic } from "./labelled-payloads.ts";

const alertOf = defineRead("test.alert-of", (db) => {
  const select = db.prepare<[string], string>("SELECT alert_id FROM verdicts WHERE client = ?").pluck();
  return (client: string) => select.get(client)!;
});
const tests: StoreModule = { name: "test", migrations: [], reads: [alertOf], writes: [], projections: [] };

let store: StoreHost;
const usual = { model: "m", setErrorRate: 0.05, alike: ["0.05" as const] };

beforeEach(async () => {
  store = openAlertStore(driftModule, learnModule, modelModule, tests);
  await addEvidence(store, "e1");
});
afterEach(() => store.close());

function finding(kind: PayloadClass, attack: number, set: readonly PayloadClass[]): FindingRecord {
  return {
    request: 0,
    requestLine: "GET /login",
    host: null,
    place: "query",
    name: "id",
    span: { start: 0, end: 8 },
    text: "1' or 1=1",
    canonical: "1' or 1=1",
    decodings: [],
    class: kind,
    confidence: attack,
    probabilities: payloadClasses.map((name) => (name === "benign" ? 1 - attack : name === kind ? attack : 0)),
    family: null,
    set,
    spans: [],
    cut: false,
    outcome: "unclear",
    outcomeReason: "",
  };
}

async function decide(
  client: string,
  reason: string | null,
  baseVersion = 0,
  label: PayloadClass | null = null,
): Promise<void> {
  const set = {
    status: reason === null ? "new" : "closed",
    reason,
    severity_seen: 3,
    ...(label === null ? {} : { label }),
  };
  const id = await store.read(alertOf, client);
  const inverse = { kind: alertChanged, payload: { set: { status: "new", reason: null, severity_seen: 0 } } };
  await store.append(
    [{ entityType: alertEntity, entityId: id, baseVersion, kind: alertChanged, payload: { set }, inverse }],
    ana,
  );
}

async function attack(client: string, told: Partial<Parameters<typeof flagged>[0]> = {}): Promise<void> {
  await storeSessions(
    store,
    flagged({ client, findings: [finding("sql_injection", 0.9, ["sql_injection"])], ...told }),
  );
}

test("closed alerts are labels, an alert one, in the order in which they were decided", async () => {
  await attack("1.1.1.1");
  await attack("1.1.1.2", { findings: [finding("sql_injection", 0.7, ["sql_injection", "benign"])] });
  await attack("1.1.1.3", { findings: [finding("sql_injection", 0.8, ["xss"])] });
  // A second session of the same alert is no further label.
  await attack("1.1.1.1");
  await attack("1.1.1.4");
  await attack("1.1.1.5");
  await decide("1.1.1.3", "true_positive");
  await decide("1.1.1.2", "false_positive");
  await decide("1.1.1.1", "true_positive");
  await decide("1.1.1.4", "duplicate");
  await decide("1.1.1.5", "benign_true_positive");
  const { calibration, coverage } = await store.read(labelledTraffic, usual);
  expect(calibration).toMatchObject({ labelled: 3, error: null });
  expect(calibration.bins).toMatchObject([{ count: 3, found: 2 / 3 }]);
  expect(calibration.bins[0]!.said).toBeCloseTo(0.8, 9);
  // Of the confirmed attacks: the first that was decided is not in its set, the second is.
  expect(coverage).toMatchObject({ labelled: 2, held: 1 });
  expect(coverage!.followed.map(({ mean }) => mean)).toEqual([0, 0.5]);
});

test("a label whose labeller was taken out is none", async () => {
  await attack("1.1.1.1");
  await decide("1.1.1.1", "true_positive");
  const labelled = async () => (await store.read(labelledTraffic, usual)).calibration.labelled;
  expect(await labelled()).toBe(1);
  const payload = { labeller: "ana", since: 0, until: Date.UTC(2100, 0), by: "ben", at: 0 };
  const inverse = { kind: "labels.included", payload: {} };
  const draft = { entityType: exclusionEntity, entityId: "x", baseVersion: 0, kind: labelsExcluded, payload, inverse };
  const [event] = await store.append([draft], ben);
  expect(await store.read(labelledTraffic, usual)).toMatchObject({
    calibration: { labelled: 0 },
    coverage: { labelled: 0 },
  });
  await store.undo(event!.id, ben);
  expect(await labelled()).toBe(1);
});

test("what an attack was called when its alert was closed is what its set has to hold", async () => {
  await attack("1.1.1.1");
  await attack("1.1.1.2", { findings: [finding("sql_injection", 0.7, ["sql_injection", "xss"])] });
  await decide("1.1.1.1", "true_positive", 0, "command_injection");
  await decide("1.1.1.2", "true_positive", 0, "xss");
  const { coverage } = await store.read(labelledTraffic, usual);
  expect(coverage).toMatchObject({ labelled: 2, held: 1 });
});

test("an alert that is open again, another model's, and a forged request are no labels", async () => {
  await attack("1.1.1.1");
  await attack("1.1.1.2", { inputs: { ...flagged().inputs, modelHash: "former" } });
  await attack("1.1.1.3", { class: "csrf", findings: [finding("csrf", 0.9, ["csrf"])] });
  for (const client of ["1.1.1.1", "1.1.1.2", "1.1.1.3"]) await decide(client, "true_positive");
  expect((await store.read(labelledTraffic, usual)).calibration.labelled).toBe(1);
  await decide("1.1.1.1", null, 1);
  const now = await store.read(labelledTraffic, { ...usual, setErrorRate: null });
  expect(now).toMatchObject({ calibration: { labelled: 0 }, coverage: null });
});

test("a set that kept to another error rate says nothing of what is promised now", async () => {
  await attack("1.1.1.1");
  await attack("1.1.1.2", { inputs: { ...flagged().inputs, setErrorRate: "0.2" } });
  for (const client of ["1.1.1.1", "1.1.1.2"]) await decide(client, "true_positive");
  const coverage = async (...alike: Settings["class_set_error_rate"][]) =>
    (await store.read(labelledTraffic, { ...usual, alike })).coverage!.labelled;
  expect([await coverage("0.05"), await coverage("0.2"), await coverage("0.01")]).toEqual([1, 1, 0]);
  // Of a model that knows one rate alone all sets are alike.
  expect(await coverage("0.05", "0.2")).toBe(2);
  expect((await store.read(labelledTraffic, usual)).calibration.labelled).toBe(2);
});
