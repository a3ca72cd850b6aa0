import { afterEach, beforeEach, expect, test } from "vitest";
import type { StoreHost } from "../store/store.ts";
import { ana, openAlertStore } from "../triage/fixture-alerts.ts";
import { falsePositiveEntity, falsePositiveReported, trackedFalsePositives } from "./false-positive-state.ts";
import { evaluationOf } from "./fixture-evaluation.ts";
import { learnModule } from "./learn-module.ts";
import { modelEntity, modelModule } from "./registry/model-state.ts";

let store: StoreHost;
const [first, second, other] = ["a", "b", "c"].map((digit) => digit.repeat(64)) as [string, string, string];

beforeEach(async () => {
  store = openAlertStore(learnModule, modelModule);
  const sealed = { kind: "payload", place: "query", evidence_id: null, campaign: null, text: "", said: null };
  const payload = { verdict_id: null, reason: null, by: "ana", at: 1, samples: [{ sample: "reported", ...sealed }] };
  await append(falsePositiveEntity, "r", 0, falsePositiveReported, payload);
});
afterEach(() => store.close());

async function append(entityType: string, entityId: string, baseVersion: number, kind: string, payload: object) {
  await store.append([{ entityType, entityId, baseVersion, kind, payload: payload as never, inverse: null }], ana);
}

async function register(id: string, parent: string | null): Promise<void> {
  const metadata = {
    ...{ id, kind: "built-in", origin: "trained", created_at: null, created_by: "ana", node_id: "", product: "" },
    ...{ parent, dataset_version: null, size_bytes: 1, training: null },
  };
  await append(modelEntity, id, 0, "payload_model.registered", { metadata, signature: { key: "", value: "" } });
}

const judge = (id: string, baseVersion: number, fixed: string[]) =>
  append(modelEntity, id, baseVersion, "payload_model.evaluated", { evaluation: { ...evaluationOf(true), fixed } });

const fixedBy = async (champion: string) =>
  (await store.read(trackedFalsePositives, { limit: 9, champion })).map(({ model_id }) => model_id);

test("what fixes a false positive decides, or what decides goes on from it", async () => {
  await register(first, null);
  await register(second, first);
  await register(other, null);
  await judge(first, 1, ["reported"]);
  await judge(other, 1, ["reported"]);
  await judge(second, 1, ["reported"]);
  expect(await fixedBy("shipped")).toEqual([null]);
  expect(await fixedBy(first)).toEqual([first]);
  expect(await fixedBy(second)).toEqual([first]);
  expect(await fixedBy(other)).toEqual([other]);
});

test("it stays fixed when the model is judged again, after the report has gone out of the gate", async () => {
  await register(first, null);
  await judge(first, 1, ["reported"]);
  await judge(first, 2, []);
  expect(await fixedBy(first)).toEqual([first]);
  await store.rebuild();
  expect(await fixedBy(first)).toEqual([first]);
});
