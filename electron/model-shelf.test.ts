import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { noS3, type S3Server, startS3, writeS3Secrets } from "./adapters/fixture-s3.ts";
import { createShelf } from "./adapters/shelf.ts";
import { readConfig } from "./engine/base/config.ts";
import { writeOnnxFolder } from "./engine/detect/classifier/fixtures/onnx-folder.ts";
import {
  analyst,
  changeSettings,
  finished,
  openTestEngine,
  type TestEngine,
  temporaryHome,
} from "./engine/test-engine.ts";

const missing = noS3();
if (missing !== null) process.stdout.write(`SKIPPED: models on a shelf: ${missing}\n`);
const patience = { timeout: 30_000, interval: 50 };
const hash = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

describe.skipIf(missing !== null)("models on the shelf that engines share", () => {
  let s3: S3Server;
  let folder: string;
  let bucket: string;
  const engines: TestEngine[] = [];

  beforeAll(async () => {
    s3 = await startS3([]);
  }, 60_000);
  afterAll(() => s3?.close());
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "sentinel-shelf-"));
    mkdirSync(join(folder, "secrets"));
    writeS3Secrets(join(folder, "secrets"), s3);
    bucket = `shelf-${randomBytes(4).toString("hex")}`;
    await s3.makeBucket(bucket);
  });
  afterEach(async () => {
    for (const one of engines.splice(0)) await one.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function open({ home, isShared = true }: { home?: string; isShared?: boolean } = {}): Promise<TestEngine> {
    const environment = {
      SENTINEL_S3_ENDPOINT: s3.endpoint,
      SENTINEL_S3_SHELF: bucket,
      SENTINEL_SECRETS: join(folder, "secrets"),
    };
    const config = readConfig({ SENTINEL_HOME: folder, ...environment }, folder);
    const opened = await openTestEngine({
      shelf: isShared ? await createShelf(config, { now: () => Date.now() }) : null,
      ...(home === undefined ? {} : { home }),
    });
    engines.push(opened);
    return opened;
  }

  async function close(opened: TestEngine): Promise<void> {
    engines.splice(engines.indexOf(opened), 1);
    await opened.close();
  }

  async function addModel({ engine }: TestEngine): Promise<string> {
    const source = join(folder, "onnx");
    writeOnnxFolder(source);
    return (await engine.models.addFolder({ folder: source }, analyst)).id;
  }

  const shelved = async ({ engine }: TestEngine) => (await engine.models.elsewhere()).shelf!.models;
  const trust = async (to: TestEngine, from: TestEngine) =>
    await changeSettings(to, { trusted_model_keys: [from.engine.models.key().key] });

  test("what one registers, another fetches once it trusts the key; it is judged there anew", async () => {
    const [a, b] = [await open(), await open()];
    const id = await addModel(a);
    await vi.waitFor(async () => expect(await shelved(a)).toHaveLength(1), patience);
    const address = expect.stringMatching(new RegExp(`^s3://${bucket}/models/${id}/[0-9a-f]{64}\\.sntlmdl$`));
    expect(await shelved(a)).toEqual([expect.objectContaining({ id, address, here: true })]);
    expect(await shelved(b)).toEqual([expect.objectContaining({ id, address, here: false })]);
    const refused = await finished(b, (await b.engine.models.fetch({ id }, analyst)).job_id);
    expect(refused).toMatchObject({ state: "failed", error: { code: "MODEL_KEY_UNKNOWN" } });
    expect((await shelved(b))[0]?.here).toBe(false);
    // What was asked for once is fetched once the key is trusted.
    await trust(b, a);
    const fetched = async () =>
      (await b.engine.jobs.list()).find(({ kind, state }) => kind === "fetch-model" && state === "done");
    await vi.waitFor(async () => expect(await fetched()).toBeDefined(), patience);
    const job = (await fetched())!;
    expect(job).toMatchObject({ unit: "bytes", result: { model_id: id } });
    expect(job.done).toBe(job.total);
    const { models } = await b.engine.models.list();
    expect(models.find(({ metadata }) => metadata.id === id)).toMatchObject({ may_decide: false, evaluation: null });
    expect((await shelved(b))[0]?.here).toBe(true);
    // Who took it in, and that it was put there, is in the log of each.
    const kinds = async ({ engine }: TestEngine) =>
      (await engine.audit.log({ after: 0, limit: 50 })).entries.map(({ kind }) => kind);
    expect(await kinds(a)).toContain("payload_model.shelved");
    expect(await kinds(b)).toContain("payload_model.registered");
    expect(await shelved(a)).toHaveLength(1);
    expect((await a.engine.health()).components.shelf).toMatchObject({ status: "healthy" });
  }, 60_000);

  test("a model that is registered without its files is fetched by itself, and never as anything else", async () => {
    const a = await open({ isShared: false });
    const id = await addModel(a);
    // As the event of another engine leaves it: known, trusted, and without files.
    const home = temporaryHome();
    const before = await open({ home, isShared: false });
    await trust(before, a);
    const file = Buffer.concat(await Array.fromAsync(await a.engine.models.export({ id }, analyst)));
    await before.engine.models.import(
      (async function* () {
        yield file;
      })(),
      analyst,
    );
    await close(before);
    const files = join(home, "models", `onnx-${id}`);
    rmSync(files, { recursive: true });
    // What lies there first is damaged, under the name that it should have.
    const broken = Buffer.from(file);
    broken[broken.length - 1]! ^= 1;
    await s3.put(bucket, `models/${id}/${hash(broken)}.sntlmdl`, broken);
    await s3.put(bucket, `models/${id}/${"0".repeat(64)}.sntlmdl`, file);
    await s3.put(bucket, "models/readme.txt", Buffer.from("no model"));
    // The server tells times in seconds; the oldest is tried first.
    await setTimeout(1100);
    await s3.put(bucket, `models/${id}/${hash(file)}.sntlmdl`, file);
    const b = await open({ home });
    await vi.waitFor(() => expect(existsSync(files)).toBe(true), patience);
    await vi.waitFor(async () => expect((await b.engine.models.elsewhere()).missing).toEqual([]), patience);
    const job = (await b.engine.jobs.list()).find(({ kind }) => kind === "fetch-model");
    expect(job).toMatchObject({ subject: expect.stringContaining(id.slice(0, 12)) });
    expect(readFileSync(join(files, "config.json"))).toEqual(readFileSync(join(folder, "onnx", "config.json")));
    await close(b);
    rmSync(home, { recursive: true, force: true });
  }, 60_000);

  test("what was refused for its key is fetched once the key is trusted, also where that is while it is fetched", async () => {
    const a = await open();
    const id = await addModel(a);
    await vi.waitFor(async () => expect(await shelved(a)).toHaveLength(1), patience);
    const b = await open();
    await trust(b, a);
    await finished(b, (await b.engine.models.fetch({ id }, analyst)).job_id);
    const files = join(b.home, "models", `onnx-${id}`);
    const refused = async () =>
      (await b.engine.jobs.list()).filter(({ error }) => error?.code === "MODEL_KEY_UNKNOWN").length;
    for (const isMeanwhile of [false, true, true]) {
      const before = await refused();
      rmSync(files, { recursive: true });
      await changeSettings(b, { trusted_model_keys: [] });
      // Looked for by the keys of then, and refused; once the job before has ended.
      await vi.waitFor(() => b.engine.models.fetch({ id }, analyst), patience);
      if (!isMeanwhile) await vi.waitFor(async () => expect(await refused()).toBe(before + 1), patience);
      await trust(b, a);
      await vi.waitFor(async () => expect((await b.engine.models.elsewhere()).missing).toEqual([]), patience);
    }
  }, 60_000);

  test("only what holds is taken, and nothing is kept of the rest", async () => {
    const [a, b] = [await open({ isShared: false }), await open()];
    await trust(b, a);
    const id = await addModel(a);
    const file = Buffer.concat(await Array.fromAsync(await a.engine.models.export({ id }, analyst)));
    const other = "1".repeat(64);
    // A whole model of a trusted key, in the place of another one; and one that is cut off.
    await s3.put(bucket, `models/${other}/${hash(file)}.sntlmdl`, file);
    const cut = file.subarray(0, -10);
    await s3.put(bucket, `models/${id}/${hash(cut)}.sntlmdl`, cut);
    for (const wanted of [other, id]) {
      const job = await finished(b, (await b.engine.models.fetch({ id: wanted }, analyst)).job_id);
      expect(job).toMatchObject({ state: "failed", error: { code: "MODEL_REFUSED" } });
    }
    const none = await finished(b, (await b.engine.models.fetch({ id: "2".repeat(64) }, analyst)).job_id);
    expect(none).toMatchObject({ state: "failed", error: { code: "NOT_FOUND" } });
    expect(existsSync(join(b.home, "models", `onnx-${id}`))).toBe(false);
    expect((await b.engine.models.list()).models).toHaveLength(1);
  }, 60_000);

  test("one whose place has other content holds up no other, and is told", async () => {
    const home = temporaryHome();
    const before = await open({ home, isShared: false });
    const id = await addModel(before);
    const file = Buffer.concat(await Array.fromAsync(await before.engine.models.export({ id }, analyst)));
    await close(before);
    await s3.put(bucket, `models/${id}/${hash(file)}.sntlmdl`, Buffer.from("something else"));
    const b = await open({ home });
    writeOnnxFolder(join(folder, "other"), { maxTokens: 48 });
    const other = (await b.engine.models.addFolder({ folder: join(folder, "other") }, analyst)).id;
    await vi.waitFor(async () => expect((await shelved(b)).map((one) => one.id)).toContain(other), patience);
    expect((await b.engine.health()).components.shelf).toMatchObject({
      status: "degraded",
      detail: expect.stringContaining("Other content has the key"),
    });
    await close(b);
    rmSync(home, { recursive: true, force: true });
  }, 60_000);

  test("one that waits for what is not there yet can be cancelled", async () => {
    const a = await open({ isShared: false });
    const home = temporaryHome();
    const before = await open({ home, isShared: false });
    const id = await addModel(before);
    await close(before);
    rmSync(join(home, "models", `onnx-${id}`), { recursive: true });
    const b = await open({ home });
    const job = await vi.waitFor(async () => {
      const found = (await b.engine.jobs.list()).find(({ kind, step }) => kind === "fetch-model" && step !== null);
      expect(found?.step).toBe("waiting until it is put there");
      return found!;
    }, patience);
    await b.engine.jobs.cancel({ id: job.id }, analyst);
    expect((await finished(b, job.id)).state).toBe("cancelled");
    await close(b);
    await close(a);
    rmSync(home, { recursive: true, force: true });
  }, 60_000);

  test("a shelf that is away is said so, and is caught up with", async () => {
    const real = bucket;
    bucket = `later-${randomBytes(4).toString("hex")}`;
    const a = await open();
    await addModel(a);
    await vi.waitFor(async () => {
      expect((await a.engine.health()).components.shelf).toMatchObject({ status: "degraded" });
    }, patience);
    expect((await a.engine.models.elsewhere()).shelf).toMatchObject({ models: [], problem: expect.any(String) });
    await s3.makeBucket(bucket);
    await vi.waitFor(async () => expect(await shelved(a)).toHaveLength(1), patience);
    bucket = real;
  }, 60_000);
});

test.each([
  { why: "without its secrets", environment: { SENTINEL_S3_SHELF: "bucket" }, told: /s3_access_key is not mounted/ },
  { why: "a lock without it", environment: { SENTINEL_S3_SHELF_LOCK: "compliance" }, told: /SENTINEL_S3_SHELF_LOCK/ },
  { why: "reports without it", environment: { SENTINEL_S3_SHELF_REPORTS: "true" }, told: /SENTINEL_S3_SHELF_REPORTS/ },
])("a shelf is refused: $why", async ({ environment, told }) => {
  const config = readConfig({ SENTINEL_HOME: "/nowhere", SENTINEL_SECRETS: "/nowhere", ...environment }, "/nowhere");
  await expect(createShelf(config, { now: () => 0 })).rejects.toMatchObject({
    code: "SETTING_INVALID",
    message: expect.stringMatching(told),
  });
});
