import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type KafkaServer, noKafka, startKafka } from "./adapters/fixture-kafka.ts";
import { noS3, type S3Server, startS3, writeS3Secrets } from "./adapters/fixture-s3.ts";
import { createFleetPorts } from "./adapters/fleet.ts";
import { createShelf } from "./adapters/shelf.ts";
import { readConfig } from "./engine/base/config.ts";
import { writeOnnxFolder } from "./engine/detect/classifier/fixtures/onnx-folder.ts";
import { analyst, changeSettings, letDecide, openTestEngine, type TestEngine } from "./engine/test-engine.ts";

// A model that is promoted at one engine decides at all: its word through a real broker, its files through a real S3 server.

const missing = noKafka() ?? noS3();
if (missing !== null) process.stdout.write(`SKIPPED: promotions of a fleet: ${missing}\n`);
const patience = { timeout: 60_000, interval: 100 };

describe.skipIf(missing !== null)("promotions of a fleet", () => {
  let kafka: KafkaServer;
  let s3: S3Server;
  let folder: string;
  const engines: TestEngine[] = [];

  beforeAll(async () => {
    [kafka, s3] = await Promise.all([startKafka(), startS3(["shelf"])]);
    folder = mkdtempSync(join(tmpdir(), "sentinel-promotion-"));
    mkdirSync(join(folder, "secrets"));
    writeS3Secrets(join(folder, "secrets"), s3);
    const key = randomBytes(32).toString("base64");
    writeFileSync(join(folder, "secrets", "fleet_key"), key, { mode: 0o600 });
  }, 60_000);
  afterAll(async () => {
    for (const engine of engines) await engine.close();
    await Promise.all([kafka?.close(), s3?.close()]);
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  async function open(name: string): Promise<TestEngine> {
    const environment = {
      SENTINEL_KAFKA_BROKERS: kafka.brokers.join(","),
      SENTINEL_S3_ENDPOINT: s3.endpoint,
      SENTINEL_S3_SHELF: "shelf",
      SENTINEL_SECRETS: join(folder, "secrets"),
    };
    const config = readConfig({ SENTINEL_HOME: folder, ...environment }, folder);
    const engine = await openTestEngine({
      fleet: await createFleetPorts(config, name),
      shelf: await createShelf(config, { now: () => Date.now() }),
      environment,
    });
    engines.push(engine);
    return engine;
  }

  const deciding = async ({ engine }: TestEngine) => (await engine.modelServerHealth()).model.hash;
  const choice = async ({ engine }: TestEngine) => (await engine.settings.get()).settings.payload_model;

  test("what one promotes decides at all, once its files are there and their key is trusted; and back", async () => {
    const [a, b] = [await open("a"), await open("b")];
    const shipped = await deciding(b);
    writeOnnxFolder(join(folder, "onnx"));
    const id = await letDecide(a, join(folder, "onnx"));
    const promoted = await changeSettings(a, { payload_model: `model:${id}` });
    expect(await deciding(a)).toBe(id);
    // SECURITY: also the fleet's word lets no model decide whose key nobody trusts here.
    await expect
      .poll(async () => (await b.engine.health()).components.fleet_model, patience)
      .toMatchObject({ status: "degraded", detail: expect.stringContaining("The fleet decides by model:") });
    expect(await deciding(b)).toBe(shipped);
    await changeSettings(b, { trusted_model_keys: [a.engine.models.key().key] });
    await expect.poll(() => deciding(b), patience).toBe(id);
    expect((await b.engine.health()).components.fleet_model).toBeUndefined();
    const { entries } = await b.engine.audit.log({ after: 0, limit: 500 });
    expect(entries.findLast(({ kind }) => kind === "settings.changed")).toMatchObject({ actor: "fleet" });

    // One click at the first engine goes back, at both.
    await a.engine.audit.undo({ id: promoted }, analyst);
    await expect.poll(() => deciding(b), patience).toBe(shipped);
    expect(await deciding(a)).toBe(shipped);
    // And whoever promotes at the second one promotes at the first.
    await changeSettings(b, { payload_model: `model:${id}` });
    await expect.poll(() => choice(a), patience).toBe(`model:${id}`);
    // One that joins late follows, too.
    const c = await open("c");
    await changeSettings(c, { trusted_model_keys: [a.engine.models.key().key] });
    await expect.poll(() => deciding(c), patience).toBe(id);
  }, 240_000);
});
