import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { PayloadClass } from "../../shared/payload.ts";
import type { Principal } from "./base/principals.ts";
import { readModel } from "./detect/classifier/model-file.ts";
import { loadClassifier } from "./detect/classifier/payload-model.ts";
import type { PayloadClassifier } from "./detect/payload.ts";
import { applyUpdate } from "./learn/federated/combine-updates.ts";
import { hashOfFrame } from "./learn/federated/federated-task.ts";
import { loadShippedBase } from "./learn/federated/fixture-base.ts";
import { inventPeer } from "./learn/federated/fixture-update.ts";
import { mechanism, normOf } from "./learn/federated/local-update.ts";
import { createPublicFrame, type PublicFrame } from "./learn/federated/public-frame.ts";
import { readUpdateFile } from "./learn/federated/update-file.ts";
import { generateRows } from "./learn/fixture-rows.ts";
import { createRandom } from "./learn/training/random.ts";
import { analyst, bytesOf, changeSettings, finished, never, openTestEngine, type TestEngine } from "./test-engine.ts";

// Three engines are started; a loaded machine takes its time.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const random = createRandom("federating");
const word = () => Array.from({ length: random.between(6, 10) }, () => random.pick([..."aeioubcdlmnprst"])).join("");
/** Ordinary values of three applications, each of which looks like an attack of its own. */
const applications = [
  () => `${word()} OR ${random.below(900)}=${random.below(900)} ${word()}`,
  () => `javascript: ${word()} ${word()}()`,
  () => `cat ${word()}.txt; ls ${word()}`,
];
const secret = "zq7-secret-marker";

interface Row {
  readonly text: string;
  readonly label: PayloadClass;
}
const ordinary = (application: number, count: number): Row[] =>
  Array.from({ length: count }, () => ({ text: applications[application]!(), label: "benign" }));

const union = applications.flatMap((_, i) => ordinary(i, 60));
const attacks = generateRows("attacks of everybody", 500).filter(({ label }) => label !== "benign");

const mean = (counts: readonly number[]): number => counts.reduce((sum, n) => sum + n, 0) / counts.length;

let engines: TestEngine[];
let base: string;
let frame: PublicFrame;

async function run(on: TestEngine, started: Promise<{ job_id: string }>) {
  const job = await finished(on, (await started).job_id);
  expect(job.error).toBeNull();
  return job.result as Record<string, unknown>;
}

async function giveRows(on: TestEngine, rows: readonly Row[]): Promise<void> {
  const lines = rows.map((row) => JSON.stringify(row)).join("\n");
  const input = { file_name: "rows.jsonl", format: "jsonl" } as const;
  await run(on, on.engine.datasets.import(bytesOf(lines), input, analyst, never));
  await run(on, on.engine.datasets.make({}, analyst));
}

async function make(on: TestEngine, epsilon: number): Promise<string> {
  return String((await run(on, on.engine.federation.make({ epsilon, dataset_version: null }, analyst))).update_id);
}

async function take(on: TestEngine, id: string): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of await on.engine.federation.file({ id }, analyst)) pieces.push(piece);
  return Buffer.concat(pieces);
}

const bring = ({ engine }: TestEngine, bytes: Uint8Array) => engine.federation.import(bytesOf(bytes), analyst);

const hostilePeer = inventPeer("hostile");
const honestPeer = inventPeer("honest");
const ofBase = () => ({ base, frame: hashOfFrame(frame) });

function countFlagged(classifier: PayloadClassifier, rows: readonly { text: string }[]): number {
  return rows.filter(({ text }) => classifier.score(text).class !== "benign").length;
}

beforeAll(async () => {
  frame = createPublicFrame(loadShippedBase());
  engines = await Promise.all(applications.map(() => openTestEngine()));
  const keys = engines.map(({ engine }) => engine.models.key().key);
  for (const [i, one] of engines.entries()) {
    const own = generateRows(`site ${i}`, 400).map(({ text, label }) => ({ text, label }));
    const marked = [1, 2, 3].map((n) => ({ text: `${secret}-${n}' OR 1=1--`, label: "sql_injection" as const }));
    await giveRows(one, [...own, ...marked, ...ordinary(i, 110)]);
    const trusted_model_keys = [...keys.filter((_, k) => k !== i), hostilePeer.key, honestPeer.key];
    await changeSettings(one, { trusted_model_keys });
  }
  base = (await engines[0]!.engine.federation.get()).base!.id;
});
afterAll(async () => {
  await Promise.all(engines.map((one) => one.close()));
});

test("three engines with different rows make updates; one combines them to a candidate that is better than they are alone", async () => {
  const [one] = engines as [TestEngine];
  const ids = await Promise.all(engines.map((each) => make(each, 4)));
  const files = await Promise.all(engines.map((each, i) => take(each, ids[i]!)));
  for (const [i, file] of files.entries()) {
    // SECURITY: no text, no hash of rows, nothing that names the dataset.
    const { updates } = await engines[i]!.engine.federation.get();
    expect(file.includes(secret)).toBe(false);
    expect(file.includes(updates[0]!.dataset_version!)).toBe(false);
    expect(file.length).toBeLessThan(3000);
    if (i > 0) await bring(one, file);
  }
  const { model_id, judged_by } = await run(one, one.engine.federation.combine({ updates: ids }, analyst));
  const judged = await finished(one, String(judged_by));
  expect(judged.error).toBeNull();
  const entry = (await one.engine.models.list()).models.find(({ metadata }) => metadata.id === model_id)!;
  expect(entry.metadata).toMatchObject({ origin: "combined", parent: base, training: null });
  expect(entry.metadata.federated!.updates.map(({ id }) => id)).toEqual([...ids].sort());
  expect(entry.aliases).toEqual([]);
  expect(entry.evaluation!.gates.find(({ name }) => name === "held_out")).toMatchObject({ verdict: "passed" });
  expect((await one.engine.models.card({ id: entry.metadata.id })).markdown).toContain("Combined from");

  const bytes = readFileSync(join(one.home, "models", `payload-${model_id}.bin`));
  const combined = loadClassifier(bytes);
  const before = createShipped();
  const alone = files.map((file) => {
    const { weights } = readUpdateFile(file);
    return loadClassifier(applyUpdate(loadShippedBase(), frame, weights, "alone"));
  });
  const flagged = countFlagged(combined, union);
  // The privacy noise is drawn from the system: a single engine may be lucky, and their mean is what is compared.
  expect(flagged).toBeLessThan(countFlagged(before, union) * 0.65);
  expect(flagged).toBeLessThan(mean(alone.map((own) => countFlagged(own, union))));
  // What it knew of attacks, it still knows.
  expect(countFlagged(combined, attacks)).toBeGreaterThan(attacks.length * 0.93);
  expect(readModel(bytes).header.temperature).toBe(loadShippedBase().header.temperature);

  // Engine 1 decides with it, and the next update is of the next round.
  await one.engine.models
    .override({ id: entry.metadata.id, reason: "few rows in this test", base_version: entry.version }, analyst)
    .catch(() => null);
  await one.engine.models.setAlias({ id: entry.metadata.id, alias: "champion", on: true }, analyst);
  expect((await one.engine.federation.get()).base).toEqual({
    id: entry.metadata.id,
    round: 2,
    is_of_own_rows: false,
  });
  await one.engine.audit.undoLast({}, analyst);

  // A fifth of hostile engines changes it within bounds: it still knows the attacks, and does not let everything pass.
  const honest = files.map((file) => readUpdateFile(file).weights);
  const evil = honest[0]!.map((_, j) => -honest.reduce((sum, weights) => sum + weights[j]!, 0));
  const scaled = evil.map((x) => (x * mechanism.norm * 0.999) / normOf(evil));
  const { id: hostile } = await bring(one, hostilePeer.write(ofBase(), scaled));
  const { id: peer } = await bring(
    one,
    honestPeer.write(
      ofBase(),
      honest[1]!.map((x) => x * 0.9),
    ),
  );
  const attacked = await run(one, one.engine.federation.combine({ updates: [...ids, hostile, peer] }, analyst));
  const poisoned = (await one.engine.models.list()).models.find(({ metadata }) => metadata.id === attacked.model_id)!;
  const share = poisoned.metadata.federated!.updates.find(({ id }) => id === hostile)!.share;
  expect(share).toBeLessThan(0.12);
  const model = loadClassifier(readFileSync(join(one.home, "models", `payload-${attacked.model_id}.bin`)));
  expect(countFlagged(model, union)).toBeLessThan(countFlagged(before, union));
  expect(countFlagged(model, attacks)).toBeGreaterThan(attacks.length * 0.93);
});

const createShipped = () =>
  loadClassifier(readFileSync(join(import.meta.dirname, "..", "..", "resources", "model", "payload.bin")));

describe("the privacy budget", () => {
  test("is spent by what is made, told before and after, and refused once it is spent; it cannot be undone", async () => {
    const [, two] = engines as [TestEngine, TestEngine];
    const { budget } = await two.engine.federation.get();
    expect(budget).toMatchObject({ epsilon: 8, delta: 1e-6, updates: 1 });
    expect(budget.spent).toBeGreaterThan(3.9);
    expect(budget.spent).toBeLessThanOrEqual(4);
    // What two cost together is less than the sum, and not nothing.
    expect(budget.left).toBeGreaterThan(4);
    expect(budget.left).toBeLessThan(8);
    const asked = two.engine.federation.make({ epsilon: 7.9, dataset_version: null }, analyst);
    await expect(asked).rejects.toMatchObject({ code: "PRIVACY_BUDGET_SPENT" });
    await make(two, 1);
    expect((await two.engine.federation.get()).budget.updates).toBe(2);
    const last = (await two.engine.audit.log({ after: 0, limit: 500, brief: "0" })).entries.findLast(
      ({ kind }) => kind === "privacy_budget.spent",
    );
    await expect(two.engine.audit.undo({ id: last!.id }, analyst)).rejects.toMatchObject({ code: "NOT_UNDOABLE" });
  });

  test("is the admin's to change, and none is none", async () => {
    const [, two] = engines as [TestEngine, TestEngine];
    const approver: Principal = { ...analyst, role: "approver" };
    const { version } = await two.engine.settings.get();
    const change = two.engine.settings.change({ changes: { federated_epsilon: 20 }, base_version: version }, approver);
    await expect(change).rejects.toMatchObject({ code: "FORBIDDEN" });
    const eventId = await changeSettings(two, { federated_epsilon: 0 });
    const asked = two.engine.federation.make({ epsilon: 0.1, dataset_version: null }, analyst);
    await expect(asked).rejects.toMatchObject({ code: "PRIVACY_BUDGET_SPENT" });
    await two.engine.audit.undo({ id: eventId }, analyst);
  });

  test("a cancelled update spends nothing", async () => {
    const [, , three] = engines as [TestEngine, TestEngine, TestEngine];
    const before = (await three.engine.federation.get()).budget;
    const { job_id } = await three.engine.federation.make({ epsilon: 0.5, dataset_version: null }, analyst);
    await three.engine.jobs.cancel({ id: job_id }, analyst);
    expect((await finished(three, job_id)).state).toBe("cancelled");
    expect((await three.engine.federation.get()).budget).toEqual(before);
  });
});

describe("an update that is brought", () => {
  const small = () => new Float64Array(198).fill(0.001);
  test("of this engine, of a stranger, of another base, frame or round, or twice, is refused in words", async () => {
    const [, , three] = engines as [TestEngine, TestEngine, TestEngine];
    const own = (await three.engine.federation.get()).updates.find(({ is_own }) => is_own)!;
    const refusals: [Uint8Array, code: string, says: string][] = [
      [await take(three, own.id), "UPDATE_REFUSED", "this engine made it"],
      [inventPeer("stranger").write(ofBase(), small()), "MODEL_KEY_UNKNOWN", "is not trusted here"],
      [honestPeer.write(ofBase(), small(), { base: "e".repeat(64) }), "UPDATE_REFUSED", "is no model of this engine"],
      [honestPeer.write(ofBase(), small(), { frame: "e".repeat(64) }), "UPDATE_REFUSED", "another frame"],
      [honestPeer.write(ofBase(), small(), { round: 7 }), "UPDATE_REFUSED", "it is of round 7"],
    ];
    for (const [bytes, code, says] of refusals) {
      await expect(bring(three, bytes)).rejects.toMatchObject({ code, message: expect.stringContaining(says) });
    }
    const file = honestPeer.write(ofBase(), small());
    const { id, event_id } = await bring(three, file);
    await expect(bring(three, file)).rejects.toMatchObject({ message: expect.stringContaining("taken in before") });
    const another = honestPeer.write(ofBase(), small(), { groups: 1 });
    await expect(bring(three, another)).rejects.toMatchObject({ message: expect.stringContaining("gave another") });
    // Taken back, it is gone, and the other may come.
    await three.engine.audit.undo({ id: event_id }, analyst);
    const listed = async () => (await three.engine.federation.get()).updates.map((one) => one.id);
    expect(await listed()).not.toContain(id);
    await bring(three, another);
    await three.engine.audit.undoLast({}, analyst);
    await bring(three, file);
    expect(await listed()).toContain(id);
  });

  test("of too few engines, or two of one, are not combined", async () => {
    const [, two, three] = engines as [TestEngine, TestEngine, TestEngine];
    const own = (await two.engine.federation.get()).updates.filter(({ is_own }) => is_own).map(({ id }) => id);
    const combine = (on: TestEngine, updates: string[]) => on.engine.federation.combine({ updates }, analyst);
    await expect(combine(two, own)).rejects.toMatchObject({ message: expect.stringContaining("of one engine") });
    await expect(combine(two, own.slice(0, 1))).rejects.toMatchObject({
      message: expect.stringContaining("at least 3 engines"),
    });
    await expect(combine(three, ["d".repeat(64)])).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});
