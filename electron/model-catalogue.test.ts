import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { ModelMetadata } from "../shared/model.ts";
import { catalogueSchema, noPostgres, type PostgresServer, startPostgres } from "./adapters/fixture-postgres.ts";
import { createPostgres, type Postgres, type PostgresOptions } from "./adapters/postgres.ts";
import { createPostgresCatalogue } from "./adapters/postgres-catalogue.ts";
import { issueCertificate, makeAuthority } from "./cli/issue-certificate.ts";
import { createLogger } from "./engine/base/logging.ts";
import type { Principal } from "./engine/base/principals.ts";
import { evaluationOf } from "./engine/learn/fixture-evaluation.ts";
import type { ModelCatalogue } from "./engine/learn/registry/model-catalogue.ts";
import { signStatement } from "./engine/learn/registry/model-signature.ts";
import { modelModule, type Registered } from "./engine/learn/registry/model-state.ts";
import { createStoreCatalogue } from "./engine/learn/registry/store-catalogue.ts";
import { openInlineStore } from "./engine/store/inline-store.ts";

const missing = noPostgres();
if (missing !== null) process.stdout.write(`SKIPPED: the catalogue in PostgreSQL: ${missing}\n`);
const by: Principal = { actor: "ada", role: "admin", caller: "ui" };
const seed = Buffer.alloc(32, 3);

function modelOf(digit: string): Registered {
  const metadata: ModelMetadata = {
    ...{ id: digit.repeat(64), kind: "built-in", origin: "trained", created_at: "2026-01-01T00:00:00.000Z" },
    ...{ created_by: "ada 'quoted' \u2028", node_id: "a", product: "Sentinel", parent: null, dataset_version: "v1" },
    ...{ size_bytes: 12, training: null },
  };
  return { metadata, signature: signStatement(seed, "sentinel-model", metadata) };
}

interface Opened {
  /** Catalogues of one content: where engines can share it, of two engines. */
  readonly nodes: readonly ModelCatalogue<"challenger">[];
  close(): Promise<void>;
}

let server: PostgresServer;
const opened: Opened[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

function openOwn(): Opened {
  let now = Date.UTC(2026, 5, 1);
  const store = openInlineStore({ modules: [modelModule], clock: { now: () => now++ } });
  return { nodes: [createStoreCatalogue({ store, nodeId: "a", shipped: [] })], close: () => store.close() };
}

const log = createLogger("silent", { write() {} });
const optionsOf = (more: Pick<PostgresOptions, "database" | "user" | "password"> & Partial<PostgresOptions>) => ({
  ...{ host: "127.0.0.1", port: server.port, ca: null, timeoutMs: 5_000, log },
  ...more,
});

/** A database with the schema, and a user of an engine. */
async function prepare(): Promise<Pick<PostgresOptions, "database" | "user" | "password">> {
  const database = await server.makeDatabase();
  await server.asOwner(catalogueSchema(), database);
  const user = await server.makeUser();
  await server.asOwner(`GRANT sentinel_engine TO ${user.user}`);
  return { database, ...user };
}

async function openShared(): Promise<Opened> {
  const access = await prepare();
  const connections = ["a", "b"].map(() => createPostgres(optionsOf(access)));
  return {
    nodes: connections.map((one, i) => createPostgresCatalogue(one, ["a", "b"][i]!)),
    close: async () => void (await Promise.all(connections.map((one) => one.close()))),
  };
}

beforeAll(async () => {
  if (missing === null) server = await startPostgres();
}, 60_000);
afterAll(() => server?.close());

describe.each([
  { name: "an engine's own", open: async () => openOwn(), skipped: false },
  { name: "in PostgreSQL", open: openShared, skipped: missing !== null },
])("a catalogue of models, $name", ({ open, skipped }) => {
  let first: ModelCatalogue<"challenger">;
  let second: ModelCatalogue<"challenger">;
  beforeEach(async () => {
    if (skipped) return;
    const one = await open();
    opened.push(one);
    first = one.nodes[0]!;
    second = one.nodes.at(-1)!;
  });
  const check = test.skipIf(skipped);

  check("a model is registered once, by its hash, and comes back as it was signed", async () => {
    expect(await first.find(modelOf("1").metadata.id)).toBeNull();
    expect(await first.register(modelOf("1"), by)).toEqual(expect.any(String));
    expect(await second.register({ ...modelOf("1"), signature: modelOf("2").signature }, by)).toBeNull();
    const found = await second.find(modelOf("1").metadata.id);
    expect(found).toMatchObject({ ...modelOf("1"), nodeId: "a", evaluations: [], withdrawn: false, version: 1 });
    expect(found!.registeredAt).toMatch(/^20\d\d-.*Z$/);
  });

  check("of several that register it at once one does, and all go on", async () => {
    const all = await Promise.all([first, second, first, second].map((one) => one.register(modelOf("1"), by)));
    expect(all.filter((one) => one !== null)).toHaveLength(1);
    expect((await first.list(10)).models).toHaveLength(1);
  });

  check("they are listed newest first, so many as are asked for", async () => {
    for (const digit of ["1", "2", "3"]) await first.register(modelOf(digit), by);
    expect((await second.list(2)).models.map(({ metadata }) => metadata.id[0])).toEqual(["3", "2"]);
  });

  check("how a model did is told, the last time of an engine", async () => {
    const { id } = modelOf("1").metadata;
    await expect(first.evaluate(id, evaluationOf(true), by)).rejects.toMatchObject({ code: "NOT_FOUND" });
    await first.register(modelOf("1"), by);
    await first.evaluate(id, evaluationOf(false), by);
    await first.evaluate(id, evaluationOf(true), by);
    expect((await second.find(id))!.evaluations).toEqual([{ nodeId: "a", evaluation: evaluationOf(true) }]);
    expect((await second.find(id))!.version).toBe(3);
  });

  check("a withdrawn model is not listed, has no alias, and comes back by being registered", async () => {
    const { id } = modelOf("1").metadata;
    await first.register(modelOf("1"), by);
    await expect(first.withdraw(id, 0, by)).rejects.toMatchObject({ code: "CONFLICT" });
    await first.withdraw(id, 1, by);
    expect((await second.list(10)).models).toEqual([]);
    expect(await second.find(id)).toMatchObject({ withdrawn: true, version: 2 });
    await expect(second.withdraw(id, 2, by)).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(second.setAlias("challenger", { from: null, to: id }, by)).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
    await expect(second.evaluate(id, evaluationOf(true), by)).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect(await second.register(modelOf("1"), by)).not.toBeNull();
    expect(await first.find(id)).toMatchObject({ withdrawn: false, version: 3 });
  });

  check("an alias goes from one model to another, and a model that has it stays", async () => {
    const [one, two] = [modelOf("1").metadata.id, modelOf("2").metadata.id];
    await first.register(modelOf("1"), by);
    await first.register(modelOf("2"), by);
    expect((await second.alias("challenger")).modelId).toBeNull();
    await first.setAlias("challenger", { from: null, to: one }, by);
    await expect(second.setAlias("challenger", { from: null, to: two }, by)).rejects.toMatchObject({
      code: "CONFLICT",
    });
    expect((await second.alias("challenger")).modelId).toBe(one);
    await expect(second.withdraw(one, 1, by)).rejects.toMatchObject({ code: "CONFLICT" });
    await second.setAlias("challenger", { from: one, to: two }, by);
    await first.withdraw(one, 1, by);
    await first.setAlias("challenger", { from: two, to: null }, by);
    expect((await first.alias("challenger")).modelId).toBeNull();
    const nobody = second.setAlias("challenger", { from: null, to: "9".repeat(64) }, by);
    await expect(nobody).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  check("of those who give an alias at once exactly one does, each time", async () => {
    const ids = ["1", "2", "3", "4"].map((digit) => modelOf(digit).metadata.id);
    for (const digit of ["1", "2", "3", "4"]) await first.register(modelOf(digit), by);
    let from: string | null = null;
    for (let round = 0; round < 20; round++) {
      const others: string[] = ids.filter((id) => id !== from);
      const tries = await Promise.allSettled(
        others.map((to, i) => (i % 2 === 0 ? first : second).setAlias("challenger", { from, to }, by)),
      );
      const won: number[] = tries.flatMap(({ status }, i) => (status === "fulfilled" ? [i] : []));
      expect(won).toHaveLength(1);
      for (const one of tries) if (one.status === "rejected") expect(one.reason).toMatchObject({ code: "CONFLICT" });
      from = (await first.alias("challenger")).modelId;
      expect(from).toBe(others[won[0]!]);
    }
  });
});

describe.skipIf(missing !== null)("PostgreSQL", () => {
  let access: Awaited<ReturnType<typeof prepare>>;
  const connections: Postgres[] = [];
  beforeEach(async () => {
    access = await prepare();
  });
  afterEach(async () => {
    for (const one of connections.splice(0)) await one.close();
  });

  function open(more: Partial<PostgresOptions> = {}, nodeId = "a") {
    const connection = createPostgres(optionsOf({ ...access, ...more }));
    connections.push(connection);
    return createPostgresCatalogue(connection, nodeId);
  }

  test("each engine's judgement stands beside the others', and every change says who made it", async () => {
    const { id } = modelOf("1").metadata;
    await open().register(modelOf("1"), by);
    await open().evaluate(id, evaluationOf(true), by);
    await open({}, "b").evaluate(id, evaluationOf(false), { ...by, actor: "bob" });
    const { evaluations } = (await open().find(id))!;
    expect(evaluations.map(({ nodeId, evaluation }) => [nodeId, evaluation.passed])).toEqual([
      ["a", true],
      ["b", false],
    ]);
    await open({}, "b").setAlias("champion", { from: null, to: id }, by);
    expect((await open().alias("champion")).set).toMatchObject({ nodeId: "b" });
    const { rows } = await server.asOwner(
      "SELECT node_id, actor, kind FROM sentinel.model_changes ORDER BY id",
      access.database,
    );
    expect(rows.map(({ node_id, actor, kind }) => `${node_id} ${actor} ${kind}`)).toEqual([
      "a ada registered",
      "a ada evaluated",
      "b bob evaluated",
      "b ada alias_set",
    ]);
  });

  test("a server that goes away is said so, and is gone on with when it is back", async () => {
    const catalogue = open({ timeoutMs: 1_000 });
    await catalogue.register(modelOf("1"), by);
    await server.kill();
    await expect(catalogue.list(1)).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringContaining("does not answer"),
    });
    await server.start();
    expect((await catalogue.list(1)).models).toHaveLength(1);
    // One that ends in the middle of a transaction leaves nothing of it.
    const other = createPostgres(optionsOf(access));
    connections.push(other);
    const broken = other.inTransaction(async (client) => {
      await client.query("UPDATE sentinel.models SET withdrawn = true");
      await server.kill();
      await client.query("SELECT 1");
    });
    await expect(broken).rejects.toMatchObject({ code: "UNAVAILABLE" });
    await server.start();
    expect((await catalogue.list(1)).models).toHaveLength(1);
  }, 60_000);

  test.each([
    { why: "a wrong password", more: { password: "wrong" }, told: /refuses the user or the password/ },
    { why: "a database without the schema", more: { database: "postgres" }, told: /resources\/postgres/ },
    { why: "a database that is not there", more: { database: "none" }, told: /answers 3D000/ },
  ])("$why is told as what can be mended, without the password", async ({ more, told }) => {
    const failure = await open(more)
      .list(1)
      .then(
        () => null,
        (error: Error & { code: string }) => error,
      );
    expect(failure).toMatchObject({ code: "UNAVAILABLE", message: expect.stringMatching(told) });
    expect(failure!.message).not.toContain(access.password);
  });

  test("a user without the role is refused, and so is a newer schema", async () => {
    const stranger = await server.makeUser();
    const refused = { code: "UNAVAILABLE", message: expect.stringContaining("sentinel_engine") };
    await expect(open(stranger).list(1)).rejects.toMatchObject(refused);
    await server.asOwner("INSERT INTO sentinel.schema_version (version) VALUES (2)", access.database);
    await expect(open().list(1)).rejects.toMatchObject({ code: "DATA_NEWER" });
  });

  test("a row that a newer engine wrote is left out, and counted", async () => {
    await open().register(modelOf("1"), by);
    await open().register(modelOf("2"), by);
    await server.asOwner(`UPDATE sentinel.models SET registered = '{"v": 2}' WHERE id LIKE '1%'`, access.database);
    const { models, unreadable } = await open().list(10);
    expect(models.map(({ metadata }) => metadata.id[0])).toEqual(["2"]);
    expect(unreadable).toBe(1);
    await expect(open().find(modelOf("1").metadata.id)).rejects.toMatchObject({ code: "DATA_NEWER" });
  });

  // SECURITY: an engine that was taken over rewrites no history and removes nothing.
  test.each([
    "DELETE FROM sentinel.models",
    "TRUNCATE sentinel.models",
    "DELETE FROM sentinel.model_aliases",
    "UPDATE sentinel.model_changes SET actor = 'nobody'",
    "UPDATE sentinel.schema_version SET version = 0",
    "CREATE TABLE sentinel.mine (id int)",
    "DROP TABLE sentinel.models",
    "COPY sentinel.models TO PROGRAM 'true'",
  ])("an engine's user may not: %s", async (sql) => {
    const connection = createPostgres(optionsOf(access));
    connections.push(connection);
    await expect(connection.inTransaction((client) => client.query(sql))).rejects.toMatchObject({
      code: "UNAVAILABLE",
    });
    expect((await open().list(1)).models).toEqual([]);
  });
});

describe.skipIf(missing !== null)("PostgreSQL over TLS", () => {
  const day = 86_400_000;
  let tls: PostgresServer;
  let ca: string;
  let access: { database: string; user: string; password: string };
  beforeAll(async () => {
    const authority = await makeAuthority({ now: Date.now(), lastsMs: day });
    const subject = { kind: "server", names: ["127.0.0.1"] } as const;
    const { certificate, key } = await issueCertificate({ authority, subject, now: Date.now(), lastsMs: day });
    ca = authority.certificate;
    tls = await startPostgres({ certificate, key });
    const database = await tls.makeDatabase();
    await tls.asOwner(catalogueSchema(), database);
    const user = await tls.makeUser();
    await tls.asOwner(`GRANT sentinel_engine TO ${user.user}`);
    access = { database, ...user };
  }, 60_000);
  afterAll(() => tls?.close());

  async function ask(more: Partial<PostgresOptions>) {
    const all = { host: "127.0.0.1", port: tls.port, ca, timeoutMs: 5_000, log, ...access, ...more };
    const connection = createPostgres(all);
    try {
      return await connection.inTransaction(
        async (client) => (await client.query("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")).rows[0],
      );
    } finally {
      await connection.close();
    }
  }

  test("is spoken to whom the certificate names, by the authority that is trusted", async () => {
    expect(await ask({})).toEqual({ ssl: true });
    // SECURITY: neither another authority's certificate, nor one for another name, nor a server that has none.
    const other = (await makeAuthority({ now: Date.now(), lastsMs: day })).certificate;
    await expect(ask({ ca: other })).rejects.toMatchObject({ code: "UNAVAILABLE" });
    await expect(ask({ host: "localhost" })).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringMatching(/altnames|does not match/i),
    });
    await expect(ask({ port: server.port })).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringMatching(/SSL/),
    });
  });
});
