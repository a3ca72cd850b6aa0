import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Job } from "../../shared/job.ts";
import { ModelEntry } from "../../shared/model.ts";
import { writeOnnxFolder } from "./detect/classifier/fixtures/onnx-folder.ts";
import { generateRows } from "./learn/fixture-rows.ts";
import type { DatasetRow } from "./learn/sample.ts";
import {
  analyst,
  bytesOf,
  changeSettings,
  finished,
  never,
  openTestEngine,
  type TestEngine,
  temporaryHome,
} from "./test-engine.ts";

const patience = 180_000;
let home: string;
let test1: TestEngine;

beforeEach(async () => {
  home = temporaryHome();
  test1 = await openTestEngine({ home });
});
afterEach(async () => {
  await test1.close();
  rmSync(home, { recursive: true, force: true });
});

const rows = generateRows("engine", 900);
/** Enough where it does not matter how good the model is. */
const few = rows.filter((_, i) => i % 4 === 0);
const toLines = (given: readonly DatasetRow[]) =>
  given
    .map(({ text, label, place, split, group, isFalsePositive }) =>
      JSON.stringify({ text, label, place, split, group, is_false_positive: isFalsePositive }),
    )
    .join("\n");

async function startTraining({ engine }: TestEngine, given: readonly DatasetRow[], seed = "s") {
  return await engine.models.trainRows(
    bytesOf(toLines(given)),
    { file_name: "rows.jsonl", seed, start: "champion" },
    analyst,
  );
}

async function train(on: TestEngine, given: readonly DatasetRow[], seed = "s"): Promise<Job> {
  const { job_id } = await startTraining(on, given, seed);
  const job = await finished(on, job_id);
  expect(job.error).toBeNull();
  return job;
}
const idOf = (job: Job) => (job.result as { model_id: string }).model_id;

async function entryOf({ engine }: TestEngine, id: string): Promise<ModelEntry> {
  const entry = (await engine.models.list()).models.find(({ metadata }) => metadata.id === id);
  expect(entry).toBeDefined();
  return ModelEntry.parse(entry);
}

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

test(
  "a false positive is labelled, a model trained, judged, made champion, and taken back",
  async () => {
    const { engine } = test1;
    const before = await engine.predictPayload({ payload: falsePositive });
    expect(before).toMatchObject({ class: "sql_injection" });
    const shipped = (await engine.models.list()).models[0]!;
    expect(shipped).toMatchObject({ metadata: { origin: "shipped" }, aliases: ["champion"] });

    const job = await train(test1, [...rows, ...reported]);
    const id = idOf(job);
    const entry = await entryOf(test1, id);
    expect(entry.metadata).toMatchObject({ origin: "trained", parent: shipped.metadata.id, created_by: "analyst" });
    expect(entry.metadata.training!.curve.at(-1)).toMatchObject({ fold: null });
    expect(entry.evaluation!.gates.find(({ name }) => name === "false_positives")).toMatchObject({
      verdict: "passed",
      rows: 12,
    });
    expect((await engine.models.card({ id })).markdown).toContain(id);

    // Ninety test rows are too few for a false-positive rate of 5 %; an admin may say so.
    if (!entry.may_decide) {
      await expect(engine.models.setAlias({ id, alias: "champion", on: true }, analyst)).rejects.toMatchObject({
        code: "GATES_FAILED",
      });
      await expect(changeSettings(test1, { payload_model: `model:${id}` })).rejects.toMatchObject({
        code: "GATES_FAILED",
      });
      await engine.models.override({ id, reason: "few test rows in this test", base_version: entry.version }, analyst);
    }
    const { event_id } = await engine.models.setAlias({ id, alias: "champion", on: true }, analyst);
    expect((await entryOf(test1, id)).aliases).toEqual(["champion"]);
    expect(await engine.predictPayload({ payload: falsePositive })).toMatchObject({ class: "benign" });
    expect(await engine.predictPayload({ payload: "' UNION SELECT password FROM users--" })).toMatchObject({
      class: "sql_injection",
    });

    // It decides after a restart, too.
    await test1.close();
    test1 = await openTestEngine({ home });
    expect(await test1.engine.predictPayload({ payload: falsePositive })).toMatchObject({ class: "benign" });
    await test1.engine.audit.undo({ id: event_id }, analyst);
    expect(await test1.engine.predictPayload({ payload: falsePositive })).toEqual(before);
    expect((await entryOf(test1, shipped.metadata.id)).aliases).toEqual(["champion"]);
  },
  patience,
);

describe("training", () => {
  test(
    "the same rows and seed give the same model; it is registered once",
    async () => {
      const first = await train(test1, few);
      const again = await train(test1, few.toReversed());
      expect(idOf(again)).toBe(idOf(first));
      expect(again.result).toMatchObject({ registered: false });
    },
    patience,
  );

  test(
    "is told epoch by epoch, and cancelled",
    async () => {
      const { job_id } = await startTraining(test1, few);
      while (test1.engine.models.curve({ id: job_id }).epochs.length === 0)
        await new Promise((go) => setTimeout(go, 20));
      await test1.engine.jobs.cancel({ id: job_id }, analyst);
      const job = await finished(test1, job_id);
      expect(job).toMatchObject({ state: "cancelled", resumable: true });
      expect((await test1.engine.models.list()).models).toHaveLength(1);
      expect(readdirSync(join(home, "models")).filter((name) => name.startsWith("payload-"))).toHaveLength(1);
      // Resumed, it ends as if nothing had been.
      await test1.engine.jobs.resume({ id: job_id }, analyst);
      const resumed = await finished(test1, job_id);
      expect(resumed.error).toBeNull();
      expect(idOf(await train(test1, few))).toBe(idOf(resumed));
    },
    patience,
  );

  test(
    "on a file cannot be resumed once the engine was closed, and says so instead of failing",
    async () => {
      const { job_id, refused } = await startTraining(test1, few);
      expect(refused).toBe(0);
      while (test1.engine.models.curve({ id: job_id }).epochs.length === 0)
        await new Promise((go) => setTimeout(go, 20));
      await test1.close();
      test1 = await openTestEngine({ home });
      const job = (await test1.engine.jobs.list()).find(({ id }) => id === job_id);
      expect(job).toMatchObject({ state: "interrupted", resumable: false });
      await expect(test1.engine.jobs.resume({ id: job_id }, analyst)).rejects.toMatchObject({ code: "CONFLICT" });
    },
    patience,
  );

  test.each([
    {
      why: "ordinary text only",
      given: rows.filter(({ label }) => label === "benign"),
      says: "at least 5 ordinary values and 5 attacks",
    },
    {
      why: "attacks only",
      given: rows.filter(({ label }) => label !== "benign"),
      says: "at least 5 ordinary values and 5 attacks",
    },
  ])(
    "of $why fails in words",
    async ({ given, says }) => {
      const { job_id } = await startTraining(test1, given);
      const job = await finished(test1, job_id);
      expect(job).toMatchObject({
        state: "failed",
        error: { code: "INPUT_INVALID", message: expect.stringContaining(says) },
      });
    },
    patience,
  );

  test("a file without any row is refused at once, with its lines", async () => {
    const source = bytesOf('{"text": "a"}\nnothing');
    await expect(
      test1.engine.models.trainRows(source, { file_name: "f", seed: "s", start: "champion" }, analyst),
    ).rejects.toMatchObject({ code: "INPUT_INVALID", details: { refused: 2, problems: [{ line: 1 }, { line: 2 }] } });
  });

  test(
    "contradicting labels are left out by row, and told",
    async () => {
      const twice = { ...few[0]!, label: few[0]!.label === "xss" ? ("sql_injection" as const) : ("xss" as const) };
      const job = await train(test1, [...few, twice]);
      expect(job.result).toMatchObject({ left_out: [{ reason: "contradiction" }, { reason: "contradiction" }] });
    },
    patience,
  );
});

test(
  "a model whose file was changed cannot be chosen, and does not stop the start",
  async () => {
    const id = idOf(await train(test1, few));
    const entry = await entryOf(test1, id);
    if (!entry.may_decide) {
      await test1.engine.models.override(
        { id, reason: "few test rows in this test", base_version: entry.version },
        analyst,
      );
    }
    const path = join(home, "models", `payload-${id}.bin`);
    const bytes = readFileSync(path);
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(path, bytes);
    await expect(test1.engine.models.setAlias({ id, alias: "champion", on: true }, analyst)).rejects.toMatchObject({
      code: "MODEL_UNREADABLE",
    });
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(path, bytes);
    await test1.engine.models.setAlias({ id, alias: "champion", on: true }, analyst);
    await test1.close();
    writeFileSync(path, bytes.subarray(1));
    test1 = await openTestEngine({ home });
    await test1.engine.predictPayload({ payload: "x" });
    expect(test1.engine.modelServerHealth()).toMatchObject({ status: "degraded", model: { kind: "built-in" } });
  },
  patience,
);

test(
  "an ONNX folder becomes a candidate like any other",
  async () => {
    const folder = join(home, "export");
    writeOnnxFolder(folder);
    const { id, event_id } = await test1.engine.models.addFolder({ folder }, analyst);
    expect(event_id).not.toBeNull();
    rmSync(folder, { recursive: true });
    expect(await entryOf(test1, id)).toMatchObject({ metadata: { kind: "onnx", origin: "folder" }, may_decide: false });
    await expect(test1.engine.models.evaluate({ id, dataset_version: null }, analyst)).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
  },
  patience,
);

test(
  "a model is not judged on rows that it, or one that it goes on from, was given to learn",
  async () => {
    const { engine } = test1;
    const labelled = few.map(({ text, label, place }) => JSON.stringify({ text, label, place })).join("\n");
    const imported = { file_name: "labelled.jsonl", format: "jsonl" } as const;
    const { job_id } = await engine.datasets.import(bytesOf(labelled), imported, analyst, never);
    expect((await finished(test1, job_id)).error).toBeNull();
    const made = await finished(test1, (await engine.datasets.make({}, analyst)).job_id);
    const dataset_version = (made.result as { dataset_version: string }).dataset_version;

    const heldOut = async (id: string) => {
      const judging = await engine.models.evaluate({ id, dataset_version }, analyst);
      expect((await finished(test1, judging.job_id)).error).toBeNull();
      const { evaluation } = await entryOf(test1, id);
      return { evaluation: evaluation!, gate: evaluation!.gates.find(({ name }) => name === "held_out")! };
    };
    // Given to learn from, whatever the version holds out.
    const seen = idOf(
      await train(
        test1,
        few.map((row) => ({ ...row, split: "train" })),
      ),
    );
    const { evaluation, gate } = await heldOut(seen);
    expect(evaluation.figures.rows).toBe(0);
    expect(gate).toMatchObject({ verdict: "passed", figure: { value: 1 } });
    expect(evaluation.gates.filter(({ verdict }) => verdict === "failed").map(({ name }) => name)).toEqual(
      expect.arrayContaining(["precision", "recall", "fpr", "f1"]),
    );

    // The next one goes on from it.
    const entry = await entryOf(test1, seen);
    await engine.models.override({ id: seen, reason: "for the test", base_version: entry.version }, analyst);
    await engine.models.setAlias({ id: seen, alias: "champion", on: true }, analyst);
    const next = idOf(await train(test1, generateRows("others", 200), "t"));
    expect((await entryOf(test1, next)).metadata.parent).toBe(seen);
    expect((await heldOut(next)).evaluation.figures.rows).toBe(0);
  },
  patience,
);

test(
  "labels that the cross-validation doubts are told with their texts, and labelled again",
  async () => {
    const { engine } = test1;
    // Several: the test split is not cross-validated.
    const wrong = few.filter(({ label }) => label === "benign").slice(0, 6);
    const labelled = few.map((row) => ({ ...row, label: wrong.includes(row) ? "sql_injection" : row.label }));
    const lines = labelled.map(({ text, label, place }) => JSON.stringify({ text, label, place })).join("\n");
    const imported = { file_name: "labelled.jsonl", format: "jsonl" } as const;
    const { job_id } = await engine.datasets.import(bytesOf(lines), imported, analyst, never);
    expect((await finished(test1, job_id)).error).toBeNull();
    expect((await finished(test1, (await engine.datasets.make({}, analyst)).job_id)).error).toBeNull();
    const training = await engine.models.train({ dataset_version: null, seed: "s", start: "champion" }, analyst);
    const job = await finished(test1, training.job_id);
    expect(job.error).toBeNull();
    // Texts can be erased: a job's result holds none.
    for (const { text } of wrong) expect(JSON.stringify(job.result)).not.toContain(JSON.stringify(text));
    const { count, rows: doubted } = await engine.models.doubts({ id: job.id });
    const { models } = await engine.models.list();
    expect(models[0]!.metadata.training).toMatchObject({ doubted: count });
    expect(count).toBe(doubted.length);
    const [found] = doubted.filter((row) => wrong.some(({ text }) => row.text === text));
    expect(found!.probability).toBeLessThan(0.5);
    expect(found).toMatchObject({
      label: "sql_injection",
      likely: "benign",
      source: "labelled.jsonl",
    });
    const { event_id } = await engine.labels.set(
      { sample_id: found!.sample_id, label: "benign", flagged: false, resolves: false },
      analyst,
    );
    expect(event_id).toBeDefined();
    expect(await engine.models.doubts({ id: job_id })).toEqual({ count: 0, rows: [] });
  },
  patience,
);

test(
  "a model goes to another engine in one file, and only from a trusted key",
  async () => {
    const id = idOf(await train(test1, few));
    const file = Buffer.concat(await Array.fromAsync(await test1.engine.models.export({ id }, analyst)));
    const other = await openTestEngine();
    try {
      await expect(other.engine.models.import(bytesOf(file), analyst)).rejects.toMatchObject({
        code: "MODEL_KEY_UNKNOWN",
      });
      await changeSettings(other, { trusted_model_keys: [test1.engine.models.key().key] });
      expect(await other.engine.models.import(bytesOf(file), analyst)).toMatchObject({ id });
      expect((await entryOf(other, id)).metadata).toEqual((await entryOf(test1, id)).metadata);
      // What it was fitted to goes along.
      const fitted = (of: TestEngine) => readFileSync(join(of.home, "models", `fitted-${id}.bin`));
      expect(fitted(other)).toEqual(fitted(test1));
    } finally {
      await other.close();
    }
  },
  patience,
);
