import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EvidenceReady, SentinelVerdict, topics } from "../shared/fleet.ts";
import { type KafkaServer, noKafka, startKafka } from "./adapters/fixture-kafka.ts";
import { type Collector, openCollector } from "./adapters/fixture-otlp.ts";
import { noS3, type S3Server, startS3, writeS3Secrets } from "./adapters/fixture-s3.ts";
import { createFleetPorts } from "./adapters/fleet.ts";
import { createKafkaBus } from "./adapters/kafka.ts";
import { createOtlpTracing } from "./adapters/otlp.ts";
import { canonicalJson } from "./engine/base/canonical-json.ts";
import { readConfig } from "./engine/base/config.ts";
import { createLogger } from "./engine/base/logging.ts";
import type { Tracing } from "./engine/base/tracing.ts";
import type { BusMessage, MessageBus } from "./engine/fleet/message-bus.ts";
import { analyst, openTestEngine, panicSupervisor, type TestEngine, temporaryHome } from "./engine/test-engine.ts";

// Evidence by a real broker and a real S3 server in, verdicts out.

const missing = noKafka() ?? noS3();
if (missing !== null) process.stdout.write(`SKIPPED: a fleet: ${missing}\n`);
const patience = 40_000;
describe.skipIf(missing !== null)("an engine of a fleet", () => {
  let kafka: KafkaServer;
  let s3: S3Server;
  let secrets: string;
  let engine: TestEngine;
  let collector: Collector;
  let tracing: Tracing;
  let outside: MessageBus;
  const told = new Map<string, BusMessage[]>();
  const keys = generateKeyPairSync("ed25519");
  const key = keys.publicKey.export({ format: "der", type: "spki" }).toString("base64");

  const environment = () => ({
    SENTINEL_KAFKA_BROKERS: kafka.brokers.join(","),
    SENTINEL_S3_ENDPOINT: s3.endpoint,
    SENTINEL_S3_BUCKETS: "evidence",
    SENTINEL_SECRETS: secrets,
  });

  beforeAll(async () => {
    [kafka, s3] = await Promise.all([startKafka(), startS3(["evidence"])]);
    secrets = mkdtempSync(join(tmpdir(), "sentinel-fleet-"));
    writeS3Secrets(secrets, s3);
    outside = createKafkaBus({ brokers: kafka.brokers, clientId: "outside", tls: null, sasl: null });
    const config = readConfig({ SENTINEL_HOME: secrets, ...environment() }, secrets);
    collector = await openCollector();
    tracing = createOtlpTracing({
      ...{ url: `${collector.origin}/v1/traces`, token: null, ratio: 1, version: "0", log: createLogger("silent") },
      delayMs: 50,
    });
    engine = await openTestEngine({
      tracing,
      fleet: await createFleetPorts(config, "node"),
      environment: environment(),
      supervisor: panicSupervisor,
    });
    const sensor = { key_id: "sensor", alg: "ed25519", key } as const;
    const trusted = [sensor, { ...sensor, key_id: "lost", revoked_at: "2026-01-01T00:00:00.000Z" }];
    await engine.engine.settings.change({ changes: { trusted_keys: [...trusted] }, base_version: 0 }, analyst);
    for (const topic of [topics.evidenceReady, topics.verdict, topics.deadLetter]) {
      told.set(topic, []);
      const take = async (message: BusMessage) => void told.get(topic)!.push(message);
      outside.subscribe({ topic, group: `outside-${topic}`, concurrency: 1, from: "start", take });
    }
  }, patience);
  afterAll(async () => {
    await engine?.close();
    await tracing?.close();
    await collector?.close();
    await outside?.close();
    await Promise.all([kafka?.close(), s3?.close()]);
    if (secrets !== undefined) rmSync(secrets, { recursive: true, force: true });
  });

  const har = (text: string) =>
    Buffer.from(
      JSON.stringify({
        log: {
          version: "1.2",
          entries: [
            {
              startedDateTime: "2026-01-31T08:15:00.000Z",
              time: 5,
              request: { method: "GET", url: `http://shop.example/search?q=${encodeURIComponent(text)}`, headers: [] },
              response: { status: 200, headers: [], content: { size: 5, text: "hello" } },
            },
          ],
        },
      }),
    );

  async function announce(
    name: string,
    bytes: Buffer,
    more: Record<string, unknown> = {},
    headers = {},
  ): Promise<void> {
    await s3.put("evidence", `${name}.har`, bytes);
    const message = {
      evidence_id: name,
      uri: `s3://evidence/${name}.har`,
      sha256: createHash("sha256").update(bytes).digest("hex"),
      size: bytes.length,
      created_at: "2026-01-31T08:16:00Z",
      ...more,
    };
    await outside.send([{ topic: topics.evidenceCreated, key: name, value: JSON.stringify(message), headers }]);
  }

  /** What `announce` says of a name, signed under the name of a key. */
  function signedBy(name: string, bytes: Buffer, key_id: string) {
    const body = {
      evidence_id: name,
      uri: `s3://evidence/${name}.har`,
      sha256: createHash("sha256").update(bytes).digest("hex"),
      size: bytes.length,
      created_at: "2026-01-31T08:16:00Z",
    };
    const value = sign(null, Buffer.from(canonicalJson(body)), keys.privateKey).toString("base64");
    return { signature: { alg: "ed25519", key_id, value } };
  }

  const of = (topic: string, name: string) =>
    told
      .get(topic)!
      .map(({ value }) => JSON.parse(value.toString()))
      .filter(({ evidence_id }) => evidence_id === name);

  test(
    "evidence that a message tells of is fetched and judged, and its verdict told",
    async () => {
      await announce("attack", har("1' union select password from users-- "), { added_later: "is left alone" });
      await expect.poll(() => of(topics.evidenceReady, "attack").length, { timeout: patience }).toBe(1);
      const ready = EvidenceReady.parse(of(topics.evidenceReady, "attack")[0]);
      expect(ready).toMatchObject({ kind: "har", requests: 1, sessions: 1, problems: 0 });
      // By another topic: in any order.
      await expect.poll(() => of(topics.verdict, "attack").length, { timeout: patience }).toBe(1);
      const [told] = of(topics.verdict, "attack").map((message) => SentinelVerdict.parse(message));
      expect(told).toMatchObject({ sha256: ready.sha256, verdict: { verdict: "simulate" } });
      const { items } = await engine.engine.evidence.list({ limit: 10 });
      expect(items[0]).toMatchObject({ file_name: "attack.har", custody: { channel: "kafka" } });
      await expect
        .poll(async () => (await engine.engine.health()).components, { timeout: patience })
        .toMatchObject({ kafka: { status: "healthy" }, s3: { status: "healthy" } });
    },
    patience,
  );

  test(
    "a message's trace goes on through its evidence's analysis to what is told of it",
    async () => {
      const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
      await announce("traced", har("1' or 2=2 -- "), {}, { traceparent: `00-${trace}-00f067aa0ba902b7-01` });
      await expect.poll(() => of(topics.evidenceReady, "traced").length, { timeout: patience }).toBe(1);
      await expect.poll(() => of(topics.verdict, "traced").length, { timeout: patience }).toBe(1);
      const traces = [topics.evidenceReady, topics.verdict].map((topic) => told.get(topic)!.at(-1)!.traceparent);
      const spans = () => collector.spans().filter(({ traceId }) => traceId === trace);
      const names = [
        ...["analysis.features", "analysis.forest", "analysis.payloads", "analysis.read"],
        ...["fleet.fetch", "fleet.intake", "job"],
      ];
      const seen = () => spans().map(({ name }) => name);
      // And of the simulation that follows where there are sandboxes, whenever that comes.
      await expect.poll(seen, { timeout: patience }).toEqual(expect.arrayContaining(names));
      const intake = spans().find(({ name }) => name === "fleet.intake")!;
      expect(intake).toMatchObject({ parentSpanId: "00f067aa0ba902b7", kind: 5 });
      expect(traces).toEqual(Array(2).fill(`00-${trace}-${intake.spanId}-01`));
      expect(collector.spans().map(({ name }) => name)).toContain("fleet.publish");
      // Neither what messages name nor what evidence says.
      for (const secret of ["traced", "s3://", "shop.example", "2=2"]) expect(collector.text()).not.toContain(secret);
    },
    2 * patience,
  );

  test(
    "the same content is fetched and told once, however often it is announced",
    async () => {
      const bytes = har("green tea");
      for (let i = 0; i < 3; i++) await announce("twice", bytes);
      // Another name for it, while it may still be judged, and one when it was.
      await announce("again", bytes);
      await announce("after", har("black tea"));
      await expect.poll(() => of(topics.evidenceReady, "after").length, { timeout: patience }).toBe(1);
      await expect.poll(() => of(topics.evidenceReady, "twice").length, { timeout: patience }).toBe(1);
      const { items } = await engine.engine.evidence.list({ limit: 10 });
      // Of two partitions either may be the first.
      expect(items.filter(({ file_name }) => ["twice.har", "again.har"].includes(file_name ?? ""))).toHaveLength(1);
      await announce("later", bytes);
      const [{ content_id, at }] = of(topics.evidenceReady, "twice");
      for (const name of ["again", "later"]) {
        await expect.poll(() => of(topics.evidenceReady, name).length, { timeout: patience }).toBeGreaterThan(0);
        expect(EvidenceReady.parse(of(topics.evidenceReady, name)[0])).toMatchObject({ content_id, at });
      }
    },
    patience,
  );

  test(
    "a signed message counts where its key is trusted and its words are the signed ones",
    async () => {
      const bytes = har("signed");
      const { signature } = signedBy("signed", bytes, "sensor");
      const { value } = signature;
      await announce("signed", bytes, { signature });
      await announce("forged", har("forged"), { signature: { alg: "ed25519", key_id: "sensor", value } });
      // Signed as it should be, by a key that was revoked.
      await announce("revoked", har("revoked"), signedBy("revoked", har("revoked"), "lost"));
      await expect.poll(() => of(topics.evidenceReady, "signed").length, { timeout: patience }).toBe(1);
      for (const name of ["forged", "revoked"]) {
        await expect.poll(() => of(topics.deadLetter, name).length, { timeout: patience }).toBe(1);
      }
    },
    patience,
  );

  test(
    "what cannot be taken is put aside with the reason, and the rest goes on",
    async () => {
      const bytes = har("bad");
      await announce("changed", bytes, { sha256: "0".repeat(64) });
      await announce("longer", bytes, { size: bytes.length + 1, sha256: "1".repeat(64) });
      await announce("elsewhere", bytes, { uri: "s3://secrets/key" });
      await announce("missing", bytes, { uri: "s3://evidence/none", sha256: "2".repeat(64) });
      await announce("oversized", bytes, { note: "x".repeat(70_000) });
      const corrupt = Buffer.from([0x7b, 0xff, 0xfe]);
      await outside.send([{ topic: topics.evidenceCreated, key: "corrupt", value: corrupt }]);
      await announce("huge", bytes, { size: 5e9, sha256: "3".repeat(64) });
      await announce("last", har("last"));
      await expect.poll(() => of(topics.evidenceReady, "last").length, { timeout: patience }).toBe(1);
      const names = () =>
        told
          .get(topics.deadLetter)!
          .map(({ value }) => (/^\{"evidence_id":"(\w+)"/.exec(value.toString()) ?? ["", "corrupt"])[1]);
      await expect
        .poll(
          () =>
            names()
              .filter((name) => name !== "forged" && name !== "revoked")
              .sort(),
          { timeout: patience },
        )
        .toEqual(["changed", "corrupt", "elsewhere", "huge", "longer", "missing", "oversized"]);
      // As it came, byte for byte.
      expect(told.get(topics.deadLetter)!.some(({ value }) => value.equals(corrupt))).toBe(true);
      const { items } = await engine.engine.evidence.list({ limit: 100 });
      expect(items.map(({ file_name }) => file_name)).not.toContain("changed.har");
      expect(engine.log()).not.toContain("union select");
    },
    patience,
  );

  test(
    "panic at one engine is panic at every other, once, and does not come back",
    async () => {
      const config = readConfig({ SENTINEL_HOME: secrets, ...environment(), SENTINEL_S3_BUCKETS: "" }, secrets);
      const other = await openTestEngine({
        fleet: await createFleetPorts(config, "other"),
        environment: environment(),
        supervisor: panicSupervisor,
      });
      try {
        const pulled = async ({ engine: one }: TestEngine) =>
          (await one.audit.log({ after: 0, limit: 500 })).entries.filter(({ kind }) => kind === "panic.pulled");
        await expect
          .poll(async () => (await other.engine.health()).components.kafka?.status, { timeout: patience })
          .toBe("healthy");
        await engine.engine.panic({}, analyst);
        await expect.poll(async () => (await pulled(other)).length, { timeout: patience }).toBe(1);
        expect((await pulled(other))[0]!.actor).toMatch(/^fleet .*: analyst$/);
        await other.engine.panic({}, analyst);
        await expect.poll(async () => (await pulled(engine)).length, { timeout: patience }).toBe(2);
        expect(await pulled(other)).toHaveLength(2);
      } finally {
        await other.close();
      }
    },
    patience,
  );

  test(
    "a panic that was pulled while the broker was away is told by the engine's next start",
    async () => {
      const home = temporaryHome();
      const openAt = async (brokers: Record<string, string>) => {
        const more = { ...environment(), SENTINEL_S3_BUCKETS: "", ...brokers };
        const fleet = await createFleetPorts(readConfig({ SENTINEL_HOME: home, ...more }, home), "away");
        return await openTestEngine({ home, fleet, environment: more, supervisor: panicSupervisor });
      };
      const pulls = async () =>
        (await engine.engine.audit.log({ after: 0, limit: 500 })).entries.filter(({ kind }) => kind === "panic.pulled");
      const before = (await pulls()).length;
      try {
        const away = await openAt({ SENTINEL_KAFKA_BROKERS: "127.0.0.1:1" });
        await away.engine.panic({}, analyst);
        await away.close();
        expect(await pulls()).toHaveLength(before);
        const back = await openAt({});
        await expect.poll(async () => (await pulls()).length, { timeout: patience }).toBe(before + 1);
        await back.close();
      } finally {
        rmSync(home, { recursive: true, force: true });
      }
    },
    patience,
  );

  test(
    "evidence that S3 keeps waiting holds up its own partition alone, also where one message is in hand at once",
    async () => {
      const trouble = await troubled(s3.endpoint, "/stuck.har");
      trouble.mode = "503";
      const more = {
        SENTINEL_S3_ENDPOINT: trouble.endpoint,
        SENTINEL_KAFKA_GROUP: "busy",
        SENTINEL_KAFKA_CONCURRENCY: "1",
      };
      const config = readConfig({ SENTINEL_HOME: secrets, ...environment(), ...more }, secrets);
      const fleet = await createFleetPorts(config, "busy");
      const other = await openTestEngine({ fleet, environment: { ...environment(), ...more } });
      const names = async () =>
        (await other.engine.evidence.list({ limit: 100 })).items.map(({ file_name }) => file_name);
      const s3Health = async () => (await other.engine.health()).components.s3;
      try {
        await announce("stuck", har("stuck"));
        await expect.poll(s3Health, { timeout: patience }).toMatchObject({ status: "degraded" });
        const beside = Array.from({ length: 24 }, (_, i) => `beside-${i}`);
        for (const name of beside) await announce(name, har(name));
        // By their keys over all partitions, and the stuck one's has few of them.
        const come = async () => (await names()).filter((name) => name.startsWith("beside-")).length;
        await expect.poll(come, { timeout: patience }).toBeGreaterThan(12);
        expect(await names()).not.toContain("stuck.har");
        expect(await s3Health()).toMatchObject({ status: "degraded" });
        trouble.mode = "well";
        await expect.poll(come, { timeout: patience }).toBe(24);
        await expect.poll(names, { timeout: patience }).toContain("stuck.har");
        await expect.poll(s3Health, { timeout: patience }).toMatchObject({ status: "healthy" });
      } finally {
        await other.close();
        await trouble.close();
      }
    },
    2 * patience,
  );

  test(
    "an S3 that answers 503, slowly, or breaks off is waited out; the evidence is fetched when it is well again",
    async () => {
      const trouble = await troubled(s3.endpoint);
      const more = {
        SENTINEL_S3_ENDPOINT: trouble.endpoint,
        SENTINEL_S3_TIMEOUT_MS: "1000",
        SENTINEL_KAFKA_GROUP: "beside",
        SENTINEL_KAFKA_CONCURRENCY: "1",
      };
      const config = readConfig({ SENTINEL_HOME: secrets, ...environment(), ...more }, secrets);
      const fleet = await createFleetPorts(config, "beside");
      const other = await openTestEngine({ fleet, environment: { ...environment(), ...more } });
      const s3Health = async () => (await other.engine.health()).components.s3;
      const names = async () =>
        (await other.engine.evidence.list({ limit: 100 })).items.map(({ file_name }) => file_name);
      try {
        for (const [mode, name] of [
          ["503", "unavailable"],
          ["slow", "slow"],
          ["breaks off", "broken"],
        ] as const) {
          // What was announced before is taken first.
          trouble.mode = "well";
          await announce(`before-${name}`, har(`before ${name}`));
          await expect.poll(names, { timeout: patience }).toContain(`before-${name}.har`);
          trouble.mode = mode;
          await announce(name, har(`${name} ${"x".repeat(300_000)}`));
          await expect.poll(s3Health, { timeout: patience, message: mode }).toMatchObject({ status: "degraded" });
          expect(await names()).not.toContain(`${name}.har`);
          trouble.mode = "well";
          await expect.poll(names, { timeout: patience }).toContain(`${name}.har`);
          await expect.poll(s3Health, { timeout: patience }).toMatchObject({ status: "healthy" });
        }
        expect(told.get(topics.deadLetter)!.map(({ value }) => value.toString())).not.toContainEqual(
          expect.stringMatching(/unavailable|slow|broken/),
        );
      } finally {
        await other.close();
        await trouble.close();
      }
    },
    4 * patience,
  );
});

/** An S3 server that is not always well, in front of one that is. @param only for objects whose place ends so */
async function troubled(endpoint: string, only = "") {
  const state = { mode: "well" as "well" | "503" | "slow" | "breaks off" };
  const server = createServer((asked, answer) => {
    const mode = asked.url?.split("?")[0]?.endsWith(only) ? state.mode : "well";
    if (mode === "503") {
      answer.writeHead(503, { "content-type": "application/xml" });
      answer.end("<Error><Code>SlowDown</Code></Error>");
      return;
    }
    const target = new URL(asked.url ?? "/", endpoint);
    // The signature is over the host that was asked.
    const forwarded = request(target, { method: asked.method, headers: asked.headers }, (got) => {
      answer.writeHead(got.statusCode ?? 502, got.headers);
      if (mode === "breaks off")
        got.once("data", (part: Buffer) => answer.write(part.subarray(0, 100), () => answer.destroy()));
      else if (mode === "slow") setTimeout(() => got.pipe(answer), 3000).unref();
      else got.pipe(answer);
    });
    forwarded.on("error", () => answer.destroy());
    asked.pipe(forwarded);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return Object.assign(state, {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  });
}
