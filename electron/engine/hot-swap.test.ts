import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { PayloadPrediction } from "../../shared/payload.ts";
import { loadClassifier } from "./detect/classifier/payload-model.ts";
import type { PayloadClassifier } from "./detect/payload.ts";
import { generateRows } from "./learn/fixture-rows.ts";
import type { DatasetRow } from "./learn/sample.ts";
import {
  analysed,
  analyst,
  bytesOf,
  entryOf,
  finished,
  harOf,
  openTestEngine,
  shippedResources,
  type TestEngine,
  verdictsOf,
} from "./test-engine.ts";
import { toPrediction } from "./verdict-views.ts";

const rows = generateRows("hot swap", 240);
/** The shipped model takes it for an attack, the trained one does not. */
const falsePositive = "order 7 OR 8=three";
const reported = Array.from(
  { length: 12 },
  (_, i): DatasetRow => ({
    ...rows[0]!,
    text: `order ${i + 1} OR ${i + 2}=three`,
    label: "benign",
    place: "form",
    split: "train",
    group: `order ${i}`,
    isFalsePositive: true,
  }),
);

let opened: TestEngine;
beforeAll(async () => {
  opened = await openTestEngine();
}, 60_000);
afterAll(() => opened.close());

async function startTraining(seed: string): Promise<string> {
  const lines = [...rows, ...reported].map(({ text, label, place, split, group, isFalsePositive }) =>
    JSON.stringify({ text, label, place, split, group, is_false_positive: isFalsePositive }),
  );
  const options = { file_name: "rows.jsonl", seed, start: "scratch" } as const;
  return (await opened.engine.models.trainRows(bytesOf(lines.join("\n")), options, analyst)).job_id;
}

async function modelOf(jobId: string): Promise<string> {
  const job = await finished(opened, jobId);
  expect(job.error).toBeNull();
  return (job.result as { model_id: string }).model_id;
}

/** One answer, and the switches that had begun before it was asked for and that had ended once it was there. */
interface Answer {
  readonly texts: readonly string[];
  readonly predictions: readonly PayloadPrediction[];
  readonly from: number;
  readonly to: number;
}

test("while it serves as fast as it can, training and swapping models drops no prediction and mixes no two models", async () => {
  const { engine } = opened;
  const shipped = engine.modelServerHealth().model.hash;
  const trained = await modelOf(await startTraining("first"));
  const { models } = await engine.models.list();
  const { version, may_decide } = models.find(({ metadata }) => metadata.id === trained)!;
  if (!may_decide)
    await engine.models.override({ id: trained, reason: "for the load", base_version: version }, analyst);

  /** What decided, switch after switch; how many have begun, and how many have ended. */
  const deciding = [shipped];
  let [begun, ended] = [0, 0];
  async function swap(act: () => Promise<unknown>, to: string): Promise<void> {
    begun++;
    deciding.push(to);
    await act();
    ended++;
  }

  let isDone = false;
  let asked = 0;
  const answers: Answer[] = [];
  async function predict(size: number): Promise<void> {
    while (!isDone) {
      const texts = Array.from({ length: size }, () => `${rows[asked++ % rows.length]!.text} ${asked % 5000}`);
      const from = ended;
      const said = await engine.predictPayload(size === 1 ? { payload: texts[0]! } : { payloads: texts });
      answers.push({ texts, predictions: [said].flat(), from, to: begun });
      await setImmediate();
    }
  }
  let files = 0;
  const sessions: { hash: string; isFlagged: boolean; from: number; to: number }[] = [];
  async function analyse(): Promise<void> {
    while (!isDone) {
      const from = ended;
      const entries = Array.from({ length: 20 }, (_, i) =>
        entryOf(`http://shop.example/?q=${encodeURIComponent(falsePositive)}`, {
          at: 3600 * i,
          cookie: `v=${files}-${i}`,
        }),
      );
      const { evidence } = await analysed(opened, harOf(entries), `load-${files++}.har`);
      for (const { id, verdict } of await verdictsOf(opened, evidence.id)) {
        const { decisions } = await engine.verdicts.decisions({ id });
        sessions.push({ hash: decisions[0]!.model_hash, isFlagged: verdict !== "benign", from, to: begun });
      }
    }
  }

  const load = [predict(1), predict(1), predict(40), analyse()];
  const retraining = await startTraining("second");
  for (let i = 0; i < 6; i++) {
    let event = "";
    await swap(async () => {
      event = (await engine.models.setAlias({ id: trained, alias: "champion", on: true }, analyst)).event_id;
    }, trained);
    await expect.poll(() => sessions.length, { timeout: 60_000 }).toBeGreaterThan(20 * i);
    // Back, the one way and the other.
    if (i % 2 === 0) await swap(() => engine.audit.undo({ id: event }, analyst), shipped);
    else await swap(() => engine.models.setAlias({ id: shipped, alias: "champion", on: true }, analyst), shipped);
  }
  expect(await modelOf(retraining)).not.toBe(trained);
  isDone = true;
  await Promise.all(load);

  const open = (path: string) => loadClassifier(readFileSync(path));
  const alone: Record<string, PayloadClassifier> = {
    [shipped]: open(join(shippedResources, "model/payload.bin")),
    [trained]: open(join(opened.home, "models", `payload-${trained}.bin`)),
  };
  const seen = new Set<string>();
  for (const { texts, predictions, from, to } of answers) {
    expect(predictions).toHaveLength(texts.length);
    const hashes = new Set(predictions.map(({ model_hash }) => model_hash));
    expect(hashes.size).toBe(1);
    const [hash] = [...hashes] as [string];
    expect(deciding.slice(from, to + 1)).toContain(hash);
    seen.add(hash);
    for (const [i, { model_hash: _, ...said }] of predictions.entries()) {
      expect(said).toEqual(toPrediction(alone[hash]!.classify(texts[i]!)));
    }
  }
  expect(seen).toEqual(new Set([shipped, trained]));
  expect(answers.length).toBeGreaterThan(100);
  const flags = new Map(
    [shipped, trained].map((hash) => [hash, alone[hash]!.classify(falsePositive).class !== "benign"]),
  );
  expect([...flags.values()]).toEqual([true, false]);
  for (const { hash, isFlagged, from, to } of sessions) {
    expect(deciding.slice(from, to + 1)).toContain(hash);
    expect(isFlagged).toBe(flags.get(hash));
  }
  expect(sessions.length).toBe(20 * files);
}, 300_000);
