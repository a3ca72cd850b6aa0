import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { PayloadClass } from "../../../shared/payload.ts";
import { openKeyStore } from "../store/key-store.ts";
import { createSealer, type Sealer, subjectTag } from "../store/seal.ts";
import { defineWrite, type StoreHost, type StoreModule } from "../store/store.ts";
import { ana, clock, openAlertStore } from "../triage/fixture-alerts.ts";
import { trackedFalsePositives } from "./false-positive-state.ts";
import { memoryBlobs } from "./fixture-blobs.ts";
import { generateRows } from "./fixture-rows.ts";
import { createLabels } from "./labels.ts";
import { learnModule } from "./learn-module.ts";
import { makeVersion } from "./make-version.ts";
import { readDatasetVersion } from "./read-version.ts";
import { modelModule } from "./registry/model-state.ts";
import { lacksSamples, restoreSealedSamples, restoreSplits } from "./restore-samples.ts";
import { payloadSampleId } from "./sample-identity.ts";
import { forgetSamplesOf, originOf } from "./sample-table.ts";
import { datasetEntity, keptSplits, settleHeldRows, versionMade } from "./version-state.ts";

const loseDerived = defineWrite("test.lose", (db) => (_args: null): null => {
  for (const table of ["samples", "sample_sources", "sample_splits", "import_rows"]) db.exec(`DELETE FROM ${table}`);
  return null;
});
const testModule: StoreModule = { name: "test", migrations: [], reads: [], writes: [loseDerived], projections: [] };

let folder: string;
let store: StoreHost;
let sealer: Sealer;
const blobs = memoryBlobs();
const signal = new AbortController().signal;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "sentinel-version-"));
  const ring = { current: "k", keys: { k: Buffer.alloc(32, 3) } };
  sealer = createSealer(await openKeyStore({ directory: folder, ring }));
  store = openAlertStore(learnModule, modelModule, testModule);
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

async function label(text: string, kind: PayloadClass, campaign: string | null = null): Promise<string> {
  const labels = createLabels({ store, sealer, clock });
  const id = payloadSampleId("query", text);
  const sample = { id, kind: "payload", place: "query", text, evidenceId: null, campaign, said: null } as const;
  const word = { label: kind, flagged: false, resolves: false, note: null, source: "add-sample" } as const;
  await labels.set(sample, word, ana);
  return id;
}

/** Reports a value as a false positive. @returns its id */
async function report(text: string): Promise<string> {
  const id = payloadSampleId("query", text);
  const sample = { id, kind: "payload", place: "query", text, evidenceId: null, campaign: null, said: null } as const;
  await createLabels({ store, sealer, clock }).reportFalsePositive([sample], { verdictId: null, reason: null }, ana);
  return id;
}

/** Makes a version and puts it into the log. @returns its id */
async function make(): Promise<string> {
  const { id, ...made } = await makeVersion({ store, blobs }, clock.now(), signal, () => {});
  const payload = { ...made, parent: null, by: "ana", at: clock.now(), why: null };
  const draft = { entityType: datasetEntity, entityId: id, baseVersion: 0, kind: versionMade, payload, inverse: null };
  await store.append([draft], ana, [{ write: settleHeldRows, args: id }]);
  return id;
}

describe("a version", () => {
  test("is read as it was made, in the order of the ids", async () => {
    await label("1' or 1=1", "sql_injection", "c");
    await label("green apples", "benign");
    const id = await make();
    const { version, erased } = await readDatasetVersion({ store, blobs }, id);
    expect(erased).toBe(0);
    expect(version.id).toBe(id);
    expect(version.rows.map((row) => row.id)).toEqual(version.rows.map((row) => row.id).toSorted());
    expect(version.rows.find(({ label: kind }) => kind === "sql_injection")).toMatchObject({
      text: "1' or 1=1",
      place: "query",
      source: "add-sample",
      labelledAt: clock.now(),
      isFalsePositive: false,
    });
  });

  test("has the same name for the same labels, and another for others", async () => {
    await label("one", "benign");
    const first = await makeVersion({ store, blobs }, 1, signal, () => {});
    expect((await makeVersion({ store, blobs }, 2e12, signal, () => {})).id).toBe(first.id);
    await label("one", "xss");
    expect((await makeVersion({ store, blobs }, 1, signal, () => {})).id).not.toBe(first.id);
  });

  test("whose samples were erased says so, and gives the rest", async () => {
    const gone = await label("goes away", "benign");
    await label("stays here", "xss");
    const id = await make();
    const origin = originOf.text(subjectTag(`sample ${gone}`));
    await store.write(forgetSamplesOf, { origin, limit: 10 });
    const { version, erased } = await readDatasetVersion({ store, blobs }, id);
    expect(erased).toBe(1);
    expect(version.rows.map(({ text }) => text)).toEqual(["stays here"]);
    const again = await makeVersion({ store, blobs }, 1, signal, () => {});
    expect(again.quality).toMatchObject({ erased: 1 });
  });

  test("that there is not is not found", async () => {
    await expect(readDatasetVersion({ store, blobs }, "0".repeat(64))).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  test("gives no row a split, and tracks no false positive, before its event is in the log", async () => {
    const reported = await report("an honest value");
    const plain = await label("one", "benign");
    await makeVersion({ store, blobs }, clock.now(), signal, () => {});
    expect(await store.read(keptSplits, [reported, plain])).toEqual([]);
    expect(await store.read(trackedFalsePositives, { limit: 9, champion: "" })).toMatchObject([
      { dataset_version: null },
    ]);
    const id = await make();
    expect((await store.read(keptSplits, [reported, plain])).map(({ sample }) => sample).sort()).toEqual(
      [reported, plain].sort(),
    );
    expect(await store.read(trackedFalsePositives, { limit: 9, champion: "" })).toMatchObject([
      { dataset_version: id },
    ]);
  });

  test("has what was reported since among what is learned, and it stays there", async () => {
    const texts = [...new Set(generateRows("reported", 160).map(({ text }) => text))];
    for (const text of texts) await label(text, "benign");
    const splits = async (id: string) => {
      const { version } = await readDatasetVersion({ store, blobs }, id);
      return new Map(version.rows.map((row) => [row.text, row.split]));
    };
    const before = await splits(await make());
    const held = [...before].filter(([, split]) => split !== "train").map(([text]) => text);
    expect(held.length).toBeGreaterThan(1);
    const [first, ...others] = held;
    await report(first!);
    const after = await splits(await make());
    expect(after.get(first!)).toBe("train");
    expect(others.map((text) => after.get(text))).toEqual(others.map((text) => before.get(text)));
    await label(first!, "xss");
    await label("more", "benign");
    const later = await make();
    expect((await splits(later)).get(first!)).toBe("train");
    const id = payloadSampleId("query", first!);
    const kept = await store.read(keptSplits, [id]);
    await store.write(loseDerived, null);
    await restoreSealedSamples(store, sealer, signal);
    await restoreSplits(store, blobs, signal);
    expect(await store.read(keptSplits, [id])).toEqual(kept);
  });

  test("is not made once it was broken off", async () => {
    await label("one", "benign");
    const abort = AbortSignal.abort(new Error("enough"));
    await expect(makeVersion({ store, blobs }, 1, abort, () => {})).rejects.toThrow("enough");
  });
});

test("texts and splits come back from the log and the files that it names, but for what was erased", async () => {
  const gone = await label("goes away", "benign");
  const kept = await label("stays here", "xss");
  const id = await make();
  const before = await store.read(keptSplits, [gone, kept]);
  await sealer.erase(`sample ${gone}`);
  await store.write(loseDerived, null);
  await store.rebuild();
  expect(await store.read(lacksSamples, null)).toBe(true);
  await restoreSealedSamples(store, sealer, signal);
  await restoreSplits(store, blobs, signal);
  expect(await store.read(lacksSamples, null)).toBe(false);
  expect(await store.read(keptSplits, [gone, kept])).toEqual(before);
  expect((await readDatasetVersion({ store, blobs }, id)).version.rows.map(({ text }) => text)).toEqual(["stays here"]);
});
