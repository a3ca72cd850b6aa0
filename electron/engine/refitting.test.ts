import { renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Job } from "../../shared/job.ts";
import { systemClock } from "./base/clock.ts";
import { workerFile } from "./base/fixture-threads.ts";
import { createLogger } from "./base/logging.ts";
import { behaviourModule, deployedBehaviour } from "./detect/anomaly/deployed-behaviour.ts";
import { featureSchema } from "./detect/features/session-features.ts";
import { plainVerdict } from "./detect/verdicts/plain-verdict.ts";
import { verdictTables } from "./detect/verdicts/verdict-tables.ts";
import { evidenceModule } from "./evidence/evidence-tables.ts";
import { openModels } from "./models.ts";
import { createRefitting } from "./refitting.ts";
import { openInlineStore } from "./store/inline-store.ts";
import { jobModule } from "./store/job-table.ts";
import { createJobs } from "./store/jobs.ts";
import {
  analysed,
  analyst,
  changeSettings,
  finished,
  openTestEngine,
  shippedResources,
  type TestEngine,
  temporaryHome,
  verdictsOf,
} from "./test-engine.ts";
import { addEvidence, openAlertStore, storeSessions } from "./triage/fixture-alerts.ts";

const home = temporaryHome();
let t: TestEngine;
beforeAll(async () => {
  t = await openTestEngine({ home });
}, 60_000);
afterAll(async () => {
  await t?.close();
  rmSync(home, { recursive: true, force: true });
});

const pages = ["/", "/search?q=tea", "/product/7", "/basket", "/product/12", "/about"];

/** A morning of visitors, each from an address of its own; the same numbers give the same visits. */
function morning(
  from: number,
  to: number,
  agent = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0",
) {
  const lines: string[] = [];
  for (let i = from; i < to; i++) {
    for (let k = 0; k <= i % 5; k++) {
      const at = new Date(Date.UTC(2026, 0, 5, 8, i % 60, (i * 7 + k * 11) % 60)).toISOString();
      const time = `05/Jan/2026:${at.slice(11, 19)} +0000`;
      const address = `198.51.${100 + (i >> 8)}.${i & 255}`;
      lines.push(
        `${address} - - [${time}] "GET ${pages[(i + k) % pages.length]} HTTP/1.1" 200 ${900 + i} "-" "${agent}"`,
      );
    }
  }
  return `${lines.join("\n")}\n`;
}

const fits = async (of = t): Promise<Job[]> => (await of.engine.jobs.list()).filter(({ kind }) => kind === "refit");

/** The newest fit, once it ended; waits for one more than there were. */
async function nextFit(before: number, of = t): Promise<Job> {
  await expect.poll(async () => (await fits(of)).length, { timeout: 10_000 }).toBe(before + 1);
  return finished(of, (await fits(of))[0]!.id);
}

async function behaviourOf(evidenceId: string): Promise<string> {
  const [verdict] = await verdictsOf(t, evidenceId);
  return (await t.engine.verdicts.get({ id: verdict!.id })).provenance.anomaly_hash;
}

/** Long enough for a fit to have been started, had one been due. */
const nothingStarts = () => new Promise((resolve) => setTimeout(resolve, 300));

test("the behaviour model fits itself to this machine's sessions, once there are enough, as an event that is undone like any", async () => {
  const few = await analysed(t, morning(0, 150), "few.log");
  const shipped = await behaviourOf(few.evidence.id);
  await nothingStarts();
  expect(await fits()).toEqual([]);
  expect((await t.engine.health()).components.detector!.detail).toContain("as shipped");

  await analysed(t, morning(150, 240), "more.log");
  const fit = await nextFit(0);
  expect(fit).toMatchObject({ state: "done", subject: "Behaviour model", result: { sessions: 240 } });
  const fitted = String(fit.result!.model_hash);
  expect(fitted).not.toBe(shipped);
  expect((await t.engine.health()).components.detector!.detail).toMatch(
    new RegExp(`behaviour forest ${fitted.slice(0, 12)}, fitted 20..-..-.. to 240 sessions of this machine`),
  );

  // Later verdicts name it, earlier ones follow from the one that decided them.
  const later = await analysed(t, morning(400, 402), "later.log");
  expect(await behaviourOf(later.evidence.id)).toBe(fitted);
  const [old] = await verdictsOf(t, few.evidence.id);
  const [fresh] = await verdictsOf(t, later.evidence.id);
  for (const { id } of [old!, fresh!]) expect(await t.engine.reproduceVerdict(id)).toMatchObject({ same: true });
  expect((await t.engine.verdicts.get({ id: fresh!.id })).explanation.shap_summary.values.length).toBeGreaterThan(40);

  // A restart keeps it.
  await t.close();
  t = await openTestEngine({ home });
  expect((await t.engine.health()).components.detector!.detail).toContain(fitted.slice(0, 12));

  const { entries } = await t.engine.audit.log({ after: 0, limit: 500 });
  const event = entries.find(({ kind }) => kind === "model.fitted")!;
  expect(event).toMatchObject({ actor: "engine", undoable: true, payload: { hash: fitted, shipped, sessions: 240 } });
  await t.engine.audit.undo({ id: event.id }, analyst);
  const after = await analysed(t, morning(410, 412), "after.log");
  expect(await behaviourOf(after.evidence.id)).toBe(shipped);
  await nothingStarts();
  // What was taken back is not tried again until there is a fifth more.
  expect(await fits()).toHaveLength(1);
}, 60_000);

test("it fits again when there is a fifth more, unless that is switched off", async () => {
  await changeSettings(t, { behaviour_refit: "off" });
  await analysed(t, morning(240, 320), "off.log");
  await nothingStarts();
  expect(await fits()).toHaveLength(1);
  await changeSettings(t, { behaviour_refit: "automatic" });
  await analysed(t, morning(420, 421), "on.log");
  expect((await nextFit(1)).result).toMatchObject({ sessions: 325 });
}, 60_000);

test("a fitted model whose file is gone is said on the health page, and the shipped one decides", async () => {
  const fitted = String((await fits())[0]!.result!.model_hash);
  await t.close();
  const file = join(home, "models", `behaviour-${fitted}.json`);
  renameSync(file, `${file}.away`);
  t = await openTestEngine({ home });
  expect((await t.engine.health()).components.detector).toMatchObject({
    status: "degraded",
    detail: expect.stringContaining("cannot be read"),
  });
  const meanwhile = await analysed(t, morning(430, 431), "meanwhile.log");
  expect(await behaviourOf(meanwhile.evidence.id)).not.toBe(fitted);
  await t.close();
  renameSync(`${file}.away`, file);
  t = await openTestEngine({ home });
  expect((await t.engine.health()).components.detector!.status).toBe("healthy");
}, 60_000);

test("a fit that is cancelled deploys nothing", async () => {
  const store = openInlineStore({
    modules: [evidenceModule, verdictTables, behaviourModule, jobModule],
    clock: systemClock,
  });
  const log = createLogger("silent");
  const jobs = createJobs({ store, clock: systemClock, log, concurrency: 1 });
  const models = await openModels(join(shippedResources, "model"), join(home, "models"));
  const refitting = createRefitting({
    store,
    jobs,
    models,
    log,
    workerEntry: workerFile("refit"),
    extractorVersion: "v",
    isOn: () => Promise.resolve(true),
    isHeld: () => Promise.resolve(false),
  });
  jobs.register(refitting.job);
  const { id } = await jobs.start("refit", {}, "Behaviour model", analyst);
  await jobs.cancel(id);
  expect(await jobs.ended(id)).toMatchObject({ state: "cancelled" });
  expect(models.behaviour.hash).toBe(models.shippedBehaviour);
  expect(await store.read(deployedBehaviour, null)).toEqual({ deployed: null, version: 0 });
  await refitting.close();
  await jobs.close();
  await store.close();
}, 30_000);

test("what drifted and nobody acknowledged is not fitted to by itself", async () => {
  const store = openAlertStore(behaviourModule);
  const log = createLogger("silent");
  const jobs = createJobs({ store, clock: systemClock, log, concurrency: 1 });
  const models = await openModels(join(shippedResources, "model"), join(home, "models"));
  const open = (isHeld: boolean) =>
    createRefitting({
      store,
      jobs,
      models,
      log,
      workerEntry: workerFile("refit"),
      extractorVersion: "1",
      isOn: () => Promise.resolve(true),
      isHeld: () => Promise.resolve(isHeld),
    });
  await addEvidence(store, "e1");
  const features = new Float64Array(featureSchema.length).fill(Number.NaN);
  const session = (_: unknown, i: number) => plainVerdict({ id: `v${i}`, evidenceId: "e1", client: `c${i}`, features });
  await storeSessions(store, ...Array.from({ length: 250 }, session));
  const held = open(true);
  jobs.register(held.job);
  held.consider();
  // Waits until it has been considered.
  await held.close();
  expect(await jobs.list()).toEqual([]);
  const free = open(false);
  free.consider();
  await expect.poll(async () => (await jobs.list()).map(({ kind }) => kind), { timeout: 10_000 }).toEqual(["refit"]);
  await jobs.close();
  await free.close();
  await store.close();
}, 30_000);

test("the same sessions give the same model, in whatever order they came", async () => {
  const first = (await fits()).at(-1)!.result!.model_hash;
  const other = await openTestEngine();
  try {
    await analysed(other, morning(150, 240), "more.log");
    await analysed(other, morning(0, 150), "few.log");
    expect((await nextFit(0, other)).result).toEqual({ model_hash: first, sessions: 240 });
  } finally {
    await other.close();
  }
}, 60_000);

test("scanners of any number are no reason to fit, and change nothing", async () => {
  const other = await openTestEngine();
  try {
    const lines = morning(0, 400).replaceAll(/GET \S+/g, "GET /search?q=1%27+UNION+SELECT+name,password+FROM+users--");
    const { evidence } = await analysed(other, lines, "scan.log");
    expect((await verdictsOf(other, evidence.id)).filter(({ verdict }) => verdict === "benign")).toEqual([]);
    await nothingStarts();
    expect(await fits(other)).toEqual([]);
  } finally {
    await other.close();
  }
}, 60_000);
