import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { z } from "zod";
import { ReplayQuestion } from "../../shared/replay.ts";
import { enginePrincipal } from "./base/principals.ts";
import { serializeBehaviour } from "./detect/anomaly/behaviour-file.ts";
import { createHeuristicBehaviour } from "./detect/anomaly/fit-behaviour.ts";
import { sessionSuspicions } from "./detect/anomaly/session-suspicions.ts";
import { featureSchema } from "./detect/features/session-features.ts";
import { analyst, finished, openTestEngine, type TestEngine, temporaryHome, verdictsOf } from "./test-engine.ts";

let opened: TestEngine;
const home = temporaryHome();
const schema = featureSchema.map(({ name }) => name);
const heuristic = createHeuristicBehaviour(schema, sessionSuspicions);
const ofOtherFeatures = createHeuristicBehaviour(["of_another_version", ...schema.slice(1)], sessionSuspicions);

beforeAll(async () => {
  mkdirSync(join(home, "models"), { recursive: true });
  for (const model of [heuristic, ofOtherFeatures]) {
    writeFileSync(join(home, "models", `behaviour-${model.hash}.json`), serializeBehaviour(model));
  }
  opened = await openTestEngine({ home });
  const { job_ids } = await opened.engine.evidence.importSamples(enginePrincipal);
  for (const id of job_ids) await finished(opened, id);
}, 120_000);
afterAll(async () => {
  await opened.close();
  rmSync(home, { recursive: true, force: true });
});

async function replay(question: z.input<typeof ReplayQuestion>) {
  const { job_id } = await opened.engine.replays.start(ReplayQuestion.parse(question), analyst);
  const job = await finished(opened, job_id);
  expect(job.error).toBeNull();
  const replays = await opened.engine.replays.list();
  return replays.find(({ id }) => id === job_id)!;
}

const flips = async (id: string, direction: "gone" | "opened" | "other") =>
  (await opened.engine.replays.flips({ id, direction, limit: 500, after: 0 })).items;

const total = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((sum, n) => sum + n, 0);

test("asked with nothing changed, every stored verdict comes out bit for bit", async () => {
  const stored = await verdictsOf(opened);
  const { summary, ended_at } = await replay({});
  expect(ended_at).not.toBeNull();
  expect(summary).toMatchObject({
    sessions: stored.length,
    identical: stored.length,
    opened: 0,
    largest_difference: 0,
  });
  expect(summary.notes).toEqual([]);
  expect(total(summary.gone)).toBe(0);
}, 120_000);

test("another model flips verdicts both ways, and each is listed with what it was and would be", async () => {
  const { id, summary } = await replay({ payload_model: "classic" });
  const stored = await verdictsOf(opened);
  expect(summary.sessions).toBe(stored.length);
  expect(summary.identical).toBeLessThan(stored.length);
  const { matrix } = summary;
  const gone = await flips(id, "gone");
  const appeared = await flips(id, "opened");
  const other = await flips(id, "other");
  expect(gone).toHaveLength(matrix.simulate.benign + matrix.tag.benign);
  expect(appeared).toHaveLength(summary.opened);
  expect(other).toHaveLength(matrix.simulate.tag + matrix.tag.simulate);
  expect(gone.length + appeared.length + other.length).toBeGreaterThan(0);
  for (const flip of [...gone, ...appeared, ...other]) {
    const now = stored.find((verdict) => verdict.id === flip.verdict_id)!;
    expect(flip.before).toEqual({ verdict: now.verdict, score: now.score, class: now.class });
    expect(flip.after.verdict).not.toBe(now.verdict);
  }
}, 120_000);

test("another behaviour model judges the behaviour alone otherwise, and what it says is what it gives for the stored vectors", async () => {
  const { summary } = await replay({ behaviour_model: heuristic.hash });
  const stored = await Promise.all((await verdictsOf(opened)).map(({ id }) => opened.engine.verdicts.get({ id })));
  const differences = stored.map(({ context, behavioral_score }) => {
    const vector = Float64Array.from(context, ({ value }) => value ?? Number.NaN);
    return Math.abs(heuristic.score(vector) - behavioral_score);
  });
  expect(Math.max(...differences)).toBeGreaterThan(0);
  expect(summary).toMatchObject({
    sessions: stored.length,
    identical: differences.filter((difference) => difference === 0).length,
    largest_difference: Math.max(...differences),
    notes: [],
  });
  expect((await replay({ behaviour_model: "current" })).summary.identical).toBe(stored.length);
}, 120_000);

test("thresholds that nothing reaches take every alert away; each is counted by what was decided about it", async () => {
  const { items } = await opened.engine.alerts.list({ q: "", order: "newest", limit: 10 }, analyst);
  const [closed] = items;
  const change = { status: "closed", reason: "true_positive" } as const;
  const alerts = [{ id: closed!.id, base_version: closed!.version }];
  await opened.engine.alerts.change({ alerts, change }, analyst);
  const { id, summary } = await replay({ tag_threshold: 1, simulate_threshold: 1 });
  const flagged = (await verdictsOf(opened)).filter(({ verdict }) => verdict !== "benign");
  expect(total(summary.gone)).toBe(flagged.length);
  expect(summary.gone.true_positive).toBe(closed!.sessions);
  const listed = await flips(id, "gone");
  expect(listed.filter(({ decision }) => decision === "true_positive")).toHaveLength(closed!.sessions);
}, 120_000);

test("only the sessions of the period are judged", async () => {
  const stored = (await verdictsOf(opened))
    .flatMap(({ started_at }) => (started_at === null ? [] : [started_at]))
    .sort();
  const from = stored[3]!;
  const to = stored.at(-3)!;
  const { summary } = await replay({ from, to });
  expect(summary.sessions).toBe(stored.filter((at) => at >= from && at < to).length);
}, 120_000);

test.each([
  {
    why: "a period that ends before it begins",
    of: { from: "2026-01-02T00:00:00.000Z", to: "2026-01-01T00:00:00.000Z" },
  },
  { why: "thresholds in the wrong order", of: { tag_threshold: 0.9, simulate_threshold: 0.5 } },
  { why: "a model that is not kept", of: { payload_model: "a".repeat(64) } },
  { why: "a behaviour model that is not kept", of: { behaviour_model: "a".repeat(64) } },
  { why: "a behaviour model for other features", of: { behaviour_model: ofOtherFeatures.hash } },
])("$why is refused in words", async ({ of }) => {
  const start = opened.engine.replays.start(ReplayQuestion.parse(of), analyst);
  await expect(start).rejects.toMatchObject({
    code: expect.stringMatching(/INPUT_INVALID|NOT_FOUND|MODEL_UNREADABLE/),
  });
});

test("the models that can be asked are those that are shipped and kept", async () => {
  const models = await opened.engine.replays.models();
  expect(models.payload.map(({ model }) => model)).toEqual(expect.arrayContaining(["built-in", "classic"]));
  expect(models.behaviour.map(({ hash }) => hash)).toContain(heuristic.hash);
  expect(models.behaviour.filter(({ label }) => label === "Shipped model, decides now")).toHaveLength(1);
});

test("one that is cancelled keeps what it found, and goes on from there", async () => {
  const { job_id } = await opened.engine.replays.start(
    ReplayQuestion.parse({ tag_threshold: 1, simulate_threshold: 1 }),
    analyst,
  );
  await opened.engine.jobs.cancel({ id: job_id }, analyst).catch(() => undefined);
  const cancelled = await finished(opened, job_id);
  if (cancelled.state === "cancelled") await opened.engine.jobs.resume({ id: job_id }, analyst);
  expect(await finished(opened, job_id)).toMatchObject({ state: "done" });
  const { summary } = (await opened.engine.replays.list()).find(({ id }) => id === job_id)!;
  const stored = await verdictsOf(opened);
  expect(summary.sessions).toBe(stored.length);
  const flagged = stored.filter(({ verdict }) => verdict !== "benign");
  expect(await flips(job_id, "gone")).toHaveLength(flagged.length);
}, 120_000);

test("evidence that is withdrawn takes its flips along", async () => {
  const { id } = await replay({ tag_threshold: 1, simulate_threshold: 1 });
  const before = await flips(id, "gone");
  const verdicts = await verdictsOf(opened);
  const gone = verdicts.find((verdict) => verdict.id === before[0]!.verdict_id)!.evidence_id;
  const { version } = await opened.engine.evidence.get({ id: gone });
  await opened.engine.evidence.withdraw({ id: gone, base_version: version }, analyst);
  const left = await flips(id, "gone");
  expect(left.length).toBeLessThan(before.length);
  const ids = new Set(verdicts.filter(({ evidence_id }) => evidence_id === gone).map((verdict) => verdict.id));
  expect(left.some(({ verdict_id }) => ids.has(verdict_id))).toBe(false);
}, 120_000);
