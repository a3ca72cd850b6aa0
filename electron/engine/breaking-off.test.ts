import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync, readdirSync, readFileSync, rmSync, statfsSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { defaultSettings } from "../../shared/settings.ts";
import { systemClock } from "./base/clock.ts";
import { workerFile } from "./base/fixture-threads.ts";
import { createLogger } from "./base/logging.ts";
import { createMetrics } from "./base/metrics.ts";
import { createEvidence } from "./evidence/evidence.ts";
import { openDataDirectory } from "./store/data-directory.ts";
import { environmentKeySource } from "./store/master-key.ts";
import { openStore } from "./store/open-store.ts";
import {
  analysed,
  analyst,
  bring,
  bytesOf,
  entryOf,
  finished,
  harOf,
  masterKey,
  openTestEngine,
  type TestEngine,
  temporaryHome,
  verdictsOf,
} from "./test-engine.ts";

// Engines are started and stopped, and files analysed whole; a loaded machine takes its time.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

/** Six batches of an analysis, so that it can be broken off after the first. */
const entries = 3000;
const perSession = 40;

/** Visits one after the other, each closed by the silence after it, so that verdicts come while the file is still read. */
function manyVisits(): string {
  const page = `<ul>${"<li>tea, cups and pots</li>".repeat(40)}</ul>`;
  const response = { status: 200, headers: [], content: { size: page.length, mimeType: "text/html", text: page } };
  return harOf(
    Array.from({ length: entries }, (_, i) => {
      const session = Math.floor(i / perSession);
      const q = i % 97 === 5 ? "1' UNION SELECT name, password FROM users -- " : `tea ${i}`;
      const url = `https://shop.example/search?q=${encodeURIComponent(q)}`;
      const more = { at: session * 4000 + (i % perSession) * 7, cookie: `sessionid=s${session}`, response };
      return entryOf(url, more);
    }),
  );
}

const har = manyVisits();
let home: string;
let t: TestEngine;
/** Ids and scores of an analysis that nothing disturbed. */
let undisturbed: [string, number][];

const outcome = async (of: TestEngine, id: string) =>
  (await verdictsOf(of, id)).map((verdict): [string, number] => [verdict.id, verdict.score]);

beforeAll(async () => {
  const reference = await openTestEngine();
  try {
    const { evidence } = await analysed(reference, har, "visits.har");
    expect(evidence).toMatchObject({ requests: entries, sessions: entries / perSession });
    undisturbed = await outcome(reference, evidence.id);
  } finally {
    await reference.close();
  }
  home = temporaryHome();
  t = await openTestEngine({ home });
});

afterAll(async () => {
  await t?.close();
  rmSync(home, { recursive: true, force: true });
});

/** Waits until the first verdicts are stored. @returns false when the job ended before */
async function untilVerdicts(of: TestEngine, jobId: string): Promise<boolean> {
  for (;;) {
    const job = (await of.engine.jobs.list()).find(({ id }) => id === jobId);
    if (job === undefined || !["queued", "running"].includes(job.state)) return false;
    const { total } = await of.engine.verdicts.counts({ min_score: 0 });
    if (total > 0) return true;
    await sleep(3);
  }
}

const onlyEvidence = async (of: TestEngine) => (await of.engine.evidence.list({ limit: 10 })).items[0]!;

describe("cancelling", () => {
  test("takes away what was half-done; resuming comes to the same verdicts", async () => {
    const jobId = await bring(t, har, "visits.har");
    expect(await untilVerdicts(t, jobId)).toBe(true);
    const { id } = await onlyEvidence(t);
    expect((await t.engine.evidence.get({ id })).status).toBe("analysing");
    await t.engine.jobs.cancel({ id: jobId }, analyst);
    expect(await finished(t, jobId)).toMatchObject({ state: "cancelled", resumable: true });
    expect(await verdictsOf(t)).toEqual([]);
    expect(await t.engine.evidence.get({ id })).toMatchObject({
      status: "failed",
      requests: 0,
      problems: [{ code: "CANCELLED", place: "whole file" }],
    });
    await t.engine.jobs.resume({ id: jobId }, analyst);
    expect(await finished(t, jobId)).toMatchObject({ state: "done", error: null });
    expect(await t.engine.evidence.get({ id })).toMatchObject({
      status: "analysed",
      requests: entries,
      problems: [],
    });
    expect(await outcome(t, id)).toEqual(undisturbed);
  });

  test("closing the engine interrupts; the next start goes on by itself", async () => {
    const { id } = await onlyEvidence(t);
    const { version } = await t.engine.settings.get();
    await t.engine.settings.change({ changes: { payload_weight: 0.7 }, base_version: version }, analyst);
    const jobId = await bring(t, har, "visits.har");
    while ((await t.engine.evidence.get({ id })).status !== "analysing") await sleep(3);
    await t.close();
    t = await openTestEngine({ home });
    expect(await finished(t, jobId)).toMatchObject({ state: "done" });
    expect((await t.engine.evidence.get({ id })).status).toBe("analysed");
    expect(await verdictsOf(t, id)).toHaveLength(undisturbed.length);
  });
});

test("evidence that was stored just before a crash, without a job yet, is analysed at the next start", async () => {
  const folder = temporaryHome();
  const directory = await openDataDirectory({
    path: folder,
    keySource: environmentKeySource(masterKey),
    clock: systemClock,
    host: "test",
  });
  const log = createLogger("silent");
  const store = await openStore({
    directory: folder,
    nodeId: directory.nodeId,
    entries: { writer: workerFile("writer"), reader: workerFile("reader") },
    readers: 1,
    checkpointSeed: directory.checkpointSeed,
    log,
  });
  const room = createEvidence({
    store,
    blobs: directory.blobs,
    sealer: directory.sealer,
    clock: systemClock,
    log,
    metrics: createMetrics({ processMetrics: false }),
    settings: () => Promise.resolve(defaultSettings),
  });
  const one = (n: number) => bytesOf(harOf([entryOf(`https://shop.example/${n}`)]));
  const arrival = { fileName: "same name", channel: "dropped file", by: analyst };
  for (const n of [1, 2]) await room.receive(one(n), arrival);
  const withdrawn = (await room.receive(one(3), arrival)).evidence;
  await room.withdraw(withdrawn.id, withdrawn.version, analyst);
  await store.close();
  directory.close();

  const later = await openTestEngine({ home: folder });
  try {
    const jobs = await later.engine.jobs.list();
    expect(jobs.map(({ subject }) => subject)).toEqual(["same name", "same name"]);
    for (const { id } of jobs) expect(await finished(later, id)).toMatchObject({ state: "done" });
    const { items } = await later.engine.evidence.list({ limit: 10 });
    expect(items.map(({ status }) => status)).toEqual(["withdrawn", "analysed", "analysed"]);
  } finally {
    await later.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

/** A host process over the folder, and how to call it. */
async function serve(folder: string) {
  const entry = join(import.meta.dirname, "..", "headless.ts");
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  const own = { SENTINEL_HOME: folder, SENTINEL_PORT: "0", SENTINEL_MASTER_KEY: masterKey };
  const env = { PATH, NODE_COMPILE_CACHE, ...own };
  const child: ChildProcess = spawn(process.execPath, [entry, "serve", "--no-window"], {
    env,
    cwd: folder,
    stdio: "ignore",
  });
  const file = join(folder, "run", "engine.json");
  while (!existsSync(file)) {
    if (child.exitCode !== null) throw new Error(`The host ended with ${child.exitCode}.`);
    await sleep(20);
  }
  const { ui_origin, token } = JSON.parse(readFileSync(file, "utf8")) as { ui_origin: string; token: string };
  const call = (path: string, init: RequestInit = {}) =>
    fetch(`${ui_origin}/api/v1/sentinel/${path}`, {
      ...init,
      headers: { ...init.headers, Authorization: `Bearer ${token}` },
    });
  return { child, call };
}

test("kill -9 in the middle of an analysis and of an upload: nothing acknowledged is lost, nothing half-written is left", async () => {
  const folder = temporaryHome();
  const { child, call } = await serve(folder);
  let later: TestEngine | undefined;
  try {
    const settings = await call("settings", {
      method: "PUT",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ changes: { time_zone: "local" }, base_version: 0 }),
    });
    expect(settings.status).toBe(200);
    const taken = await call("evidence?file_name=visits.har", { method: "POST", body: har });
    expect(taken.status).toBe(200);
    const { job_id } = (await taken.json()) as { job_id: string };
    // Another file, of which half has come.
    const half = new ReadableStream<Uint8Array>({
      async start(controller) {
        for await (const bytes of bytesOf(har.slice(0, 2_000_000))) controller.enqueue(bytes);
      },
    });
    call("evidence?file_name=half.har", { method: "POST", body: half, duplex: "half" }).catch(() => undefined);
    const temporary = () => readdirSync(join(folder, "blobs", "tmp")).length;
    for (;;) {
      const { total } = (await (await call("verdicts/counts")).json()) as { total: number };
      if (total > 0 && temporary() > 0) break;
      await sleep(5);
    }
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(temporary()).toBe(1);

    later = await openTestEngine({ home: folder });
    expect(temporary()).toBe(0);
    expect((await later.engine.settings.get()).settings.time_zone).toBe("local");
    const job = await finished(later, job_id);
    expect(job).toMatchObject({ state: "done", subject: "visits.har" });
    const { items } = await later.engine.evidence.list({ limit: 10 });
    expect(items).toMatchObject([{ file_name: "visits.har", status: "analysed", requests: entries }]);
    expect(await outcome(later, items[0]!.id)).toEqual(undisturbed);
    expect(await later.engine.audit.verify(analyst)).toMatchObject({ ok: true });
  } finally {
    child.kill("SIGKILL");
    await later?.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

describe("a full disk", () => {
  /** Fills a file system but for some bytes, or to the last one, while others write too. @returns what frees it again */
  function fill(folder: string, leave = 0): () => void {
    const filler = join(folder, "filler");
    const file = openSync(filler, "w");
    const piece = Buffer.alloc(64 * 1024);
    try {
      for (;;) {
        const { bavail, bsize } = statfsSync(folder);
        if (leave > 0 && bavail * bsize <= leave) break;
        writeSync(file, piece);
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
    } finally {
      closeSync(file);
    }
    return () => rmSync(filler);
  }

  test("during import and during analysis is told; the engine stays up and goes on once there is room", async (context) => {
    const folder = temporaryHome();
    if (spawnSync("mount", ["-t", "tmpfs", "-o", "size=96m,mode=0700", "tmpfs", folder]).status !== 0) {
      rmSync(folder, { recursive: true });
      context.skip("needs the right to mount a tmpfs");
    }
    const full = await openTestEngine({ home: folder });
    try {
      let free = fill(folder, 2 * 1024 ** 2);
      await expect(bring(full, har, "visits.har")).rejects.toMatchObject({
        code: "DISK_FULL",
        details: { file_name: "visits.har" },
      });
      expect(readdirSync(join(folder, "blobs", "tmp"))).toEqual([]);
      expect((await full.engine.evidence.list({ limit: 10 })).items).toEqual([]);
      free();

      const jobId = await bring(full, har, "visits.har");
      expect(await untilVerdicts(full, jobId)).toBe(true);
      free = fill(folder);
      const job = await finished(full, jobId);
      expect(job).toMatchObject({ state: "failed", error: { code: "DISK_FULL" }, resumable: true });
      expect((await full.engine.health()).components.store).toMatchObject({ status: "degraded" });
      expect((await full.engine.jobs.list())[0]).toMatchObject({ id: jobId, state: "failed" });
      await expect(bring(full, harOf([entryOf("https://shop.example/")]), "more.har")).rejects.toMatchObject({
        code: "DISK_FULL",
      });
      free();

      await full.engine.jobs.resume({ id: jobId }, analyst);
      expect(await finished(full, jobId)).toMatchObject({ state: "done", error: null });
      const evidence = await onlyEvidence(full);
      expect(evidence).toMatchObject({ status: "analysed", requests: entries, problems: [] });
      expect(await outcome(full, evidence.id)).toEqual(undisturbed);
      expect(await full.engine.audit.verify(analyst)).toMatchObject({ ok: true });
    } finally {
      await full.close();
      spawnSync("umount", [folder]);
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
