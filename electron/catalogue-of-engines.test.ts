import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { createCatalogue } from "./adapters/catalogue.ts";
import { catalogueSchema, noPostgres, type PostgresServer, startPostgres } from "./adapters/fixture-postgres.ts";
import { readConfig } from "./engine/base/config.ts";
import { createLogger } from "./engine/base/logging.ts";
import { writeOnnxFolder } from "./engine/detect/classifier/fixtures/onnx-folder.ts";
import { analyst, letDecide, openTestEngine, type TestEngine } from "./engine/test-engine.ts";

const missing = noPostgres();
if (missing !== null) process.stdout.write(`SKIPPED: engines with a catalogue in PostgreSQL: ${missing}\n`);
const patience = { timeout: 30_000, interval: 50 };
const log = createLogger("silent", { write() {} });

describe.skipIf(missing !== null)("engines that share a catalogue", () => {
  let server: PostgresServer;
  let folder: string;
  let database: string;
  let environment: Record<string, string>;
  const engines: TestEngine[] = [];

  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server?.close());
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "sentinel-catalogue-"));
    mkdirSync(join(folder, "secrets"));
    database = await server.makeDatabase();
    await server.asOwner(catalogueSchema(), database);
    const { user, password } = await server.makeUser();
    await server.asOwner(`GRANT sentinel_engine TO ${user}`);
    writeFileSync(join(folder, "secrets", "postgres_password"), `${password}\n`, { mode: 0o600 });
    environment = {
      SENTINEL_POSTGRES_HOST: "127.0.0.1",
      SENTINEL_POSTGRES_PORT: String(server.port),
      SENTINEL_POSTGRES_DATABASE: database,
      SENTINEL_POSTGRES_USER: user,
      SENTINEL_SECRETS: join(folder, "secrets"),
    };
  });
  afterEach(async () => {
    for (const one of engines.splice(0)) await one.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function open(): Promise<TestEngine> {
    const config = readConfig({ SENTINEL_HOME: folder, ...environment }, folder);
    const opened = await openTestEngine({ catalogue: (nodeId) => createCatalogue(config, nodeId, log) });
    engines.push(opened);
    return opened;
  }

  const shared = async ({ engine }: TestEngine) => (await engine.models.elsewhere()).catalogue!;

  test("what one registers, judges and promotes, the others see; who promotes second is told", async () => {
    const [a, b] = [await open(), await open()];
    const [one, two] = [join(folder, "one"), join(folder, "two")];
    writeOnnxFolder(one);
    writeOnnxFolder(two, { maxTokens: 48 });
    const first = await letDecide(a, one);
    await vi.waitFor(async () => expect((await shared(b)).models[0]?.evaluations).toHaveLength(1), patience);
    expect((await shared(b)).models).toEqual([
      expect.objectContaining({
        metadata: expect.objectContaining({ id: first, kind: "onnx" }),
        signed_with: a.engine.models.key().key,
      }),
    ]);
    // Seen, and not taken: the other engine's registry is its own.
    expect((await b.engine.models.list()).models).toHaveLength(1);
    await a.engine.models.setAlias({ id: first, alias: "champion", on: true }, analyst);
    await vi.waitFor(async () => {
      expect((await shared(b)).aliases).toEqual([expect.objectContaining({ alias: "champion", model_id: first })]);
    }, patience);
    const second = await letDecide(b, two);
    await b.engine.models.setAlias({ id: second, alias: "champion", on: true }, analyst);
    await vi.waitFor(async () => {
      expect((await shared(b)).conflict).toMatch(
        new RegExp(`made ${first.slice(0, 12)} the champion; here it is ${second.slice(0, 12)}`),
      );
    }, patience);
    expect((await b.engine.health()).components.catalogue).toMatchObject({ status: "degraded" });
    expect((await shared(a)).aliases).toEqual([expect.objectContaining({ model_id: first })]);
    expect(b.engine.modelServerHealth().model.hash).toBe(second);
    // The first gives way: the shipped model decides there again, and the second is told of once more.
    await a.engine.models.setAlias({ id: (await shippedOf(a))!, alias: "champion", on: true }, analyst);
    await vi.waitFor(async () => expect((await shared(a)).aliases[0]).toMatchObject({ model_id: null }), patience);
    await b.engine.models.setAlias({ id: (await shippedOf(b))!, alias: "champion", on: true }, analyst);
    await b.engine.models.setAlias({ id: second, alias: "champion", on: true }, analyst);
    await vi.waitFor(async () => {
      expect((await shared(a)).aliases[0]).toMatchObject({ model_id: second });
      expect((await shared(b)).conflict).toBeNull();
    }, patience);
    const { models } = await a.engine.models.list();
    const version = models.find(({ metadata }) => metadata.id === first)!.version;
    await a.engine.models.withdraw({ id: first, base_version: version }, analyst);
    await vi.waitFor(async () => {
      expect((await shared(b)).models.map(({ metadata }) => metadata.id)).toEqual([second]);
    }, patience);
  }, 120_000);

  // SECURITY: whoever may write to the database may not make up models.
  test("a row that nobody signed is not shown, and is counted", async () => {
    const a = await open();
    const source = join(folder, "one");
    writeOnnxFolder(source);
    await a.engine.models.addFolder({ folder: source }, analyst);
    await vi.waitFor(async () => expect((await shared(a)).models).toHaveLength(1), patience);
    await server.asOwner(
      `INSERT INTO sentinel.models (id, registered, node_id)
       SELECT repeat('e', 64), replace(registered::text, id, repeat('e', 64))::json, 'other' FROM sentinel.models`,
      database,
    );
    expect(await shared(a)).toMatchObject({ models: [expect.anything()], refused: 1 });
  }, 60_000);

  test("a database that is away is said so, and is caught up with", async () => {
    await server.kill();
    const a = await open();
    const source = join(folder, "one");
    writeOnnxFolder(source);
    await a.engine.models.addFolder({ folder: source }, analyst);
    await vi.waitFor(async () => {
      expect((await a.engine.health()).components.catalogue).toMatchObject({ status: "degraded" });
    }, patience);
    expect(await shared(a)).toMatchObject({ models: [], problem: expect.stringContaining("does not answer") });
    await server.start();
    await vi.waitFor(async () => expect((await shared(a)).models).toHaveLength(1), patience);
    expect(a.log()).not.toContain(environment.SENTINEL_POSTGRES_USER);
  }, 60_000);

  async function shippedOf({ engine }: TestEngine): Promise<string | undefined> {
    return (await engine.models.list()).models.find(({ signature }) => signature === null)?.metadata.id;
  }
});

test.each([
  { why: "without its secret", environment: {}, told: /postgres_password is not mounted/ },
  { why: "with a file that is not there", environment: { SENTINEL_POSTGRES_CA_FILE: "/nowhere/ca" }, told: /CA_FILE/ },
])("a catalogue is refused: $why", async ({ environment, told }) => {
  const folder = mkdtempSync(join(tmpdir(), "sentinel-catalogue-"));
  try {
    if ("SENTINEL_POSTGRES_CA_FILE" in environment)
      writeFileSync(join(folder, "postgres_password"), "x", { mode: 0o600 });
    const all = {
      SENTINEL_HOME: folder,
      SENTINEL_SECRETS: folder,
      SENTINEL_POSTGRES_HOST: "127.0.0.1",
      ...environment,
    };
    await expect(createCatalogue(readConfig(all, folder), "node", log)).rejects.toMatchObject({
      code: "SETTING_INVALID",
      message: expect.stringMatching(told),
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
