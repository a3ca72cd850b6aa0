import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { type FleetRole, topics } from "../shared/fleet.ts";
import type { VerdictSummary } from "../shared/verdict.ts";
import { startKafka } from "./adapters/fixture-kafka.ts";
import { startS3, writeS3Secrets } from "./adapters/fixture-s3.ts";
import { createFleetPorts } from "./adapters/fleet.ts";
import { createKafkaBus } from "./adapters/kafka.ts";
import { readConfig } from "./engine/base/config.ts";
import type { BusMessage } from "./engine/fleet/message-bus.ts";
import type { ObjectStore } from "./engine/fleet/object-store.ts";
import {
  entryOf,
  harOf,
  openTestEngine,
  panicSupervisor,
  type TestEngine,
  temporaryHome,
  verdictsOf,
} from "./engine/test-engine.ts";

/** Milliseconds that a test waits for what others do. */
export const patience = 60_000;
export const attack = "1' union select password from users-- ";

export interface NodeOptions {
  readonly environment?: Record<string, string>;
  /** Its data directory, which stays behind it. */
  readonly home?: string;
  /** What it fetches from, made of the real one. */
  readonly objects?: (store: ObjectStore | null) => ObjectStore | null;
}

/** A real broker, a real S3 server, an engine, a desktop that follows it, and who tells them of evidence. */
export async function openFollowing() {
  const [kafka, s3] = await Promise.all([startKafka(), startS3(["evidence"])]);
  const secrets = mkdtempSync(join(tmpdir(), "sentinel-follow-"));
  const home = temporaryHome();
  writeS3Secrets(secrets, s3);
  writeFileSync(join(secrets, "fleet_key"), randomBytes(32).toString("base64"), { mode: 0o600 });
  const outside = createKafkaBus({ brokers: kafka.brokers, clientId: "outside", tls: null, sasl: null });

  async function openNode(node: string, role: FleetRole, options: NodeOptions = {}): Promise<TestEngine> {
    const environment = {
      SENTINEL_KAFKA_BROKERS: kafka.brokers.join(","),
      SENTINEL_KAFKA_ROLE: role,
      SENTINEL_S3_ENDPOINT: s3.endpoint,
      SENTINEL_S3_BUCKETS: "evidence",
      SENTINEL_SECRETS: secrets,
      ...options.environment,
    };
    const config = readConfig({ SENTINEL_HOME: secrets, ...environment }, secrets);
    const { bus, objects, keys } = (await createFleetPorts(config, node))!;
    return await openTestEngine({
      fleet: { bus, objects: options.objects === undefined ? objects : options.objects(objects), keys },
      environment,
      supervisor: panicSupervisor,
      ...(options.home === undefined ? {} : { home: options.home }),
    });
  }

  const engine = await openNode("engine", "engine");
  const told: BusMessage[] = [];
  for (const topic of [topics.verdict, topics.evidenceReady]) {
    const take = async (message: BusMessage) => void told.push(message);
    outside.subscribe({ topic, group: `outside-${topic}`, concurrency: 1, from: "start", take });
  }

  /** Evidence of a name at an engine or desktop, if it is there. */
  const evidenceAt = async ({ engine: one }: TestEngine, name: string) =>
    (await one.evidence.list({ limit: 100 })).items.find(({ file_name }) => file_name.replace(/\.har$/, "") === name);

  async function listedAt(node: TestEngine, name: string): Promise<VerdictSummary[]> {
    const evidence = await evidenceAt(node, name);
    return evidence === undefined ? [] : await verdictsOf(node, evidence.id);
  }

  const desktop = await openNode("desktop", "desktop", { home });
  const site = {
    s3,
    outside,
    engine,
    /** Of the desktop. */
    home,
    desktop,
    /** What engines told. */
    told,
    openNode,
    evidenceAt,
    listedAt,
    /** Puts a recording of one request for each text into S3, and tells engines of it. @param signed makes the signature of a message */
    async announce(
      name: string,
      texts: readonly string[],
      { host = "shop.example", signed }: { host?: string; signed?: (body: object) => object } = {},
    ): Promise<void> {
      const entries = texts.map((text, at) =>
        entryOf(`http://${host}/search?q=${encodeURIComponent(text)}`, { at, cookie: `visit=${at}` }),
      );
      const bytes = Buffer.from(harOf(entries));
      await s3.put("evidence", `${name}.har`, bytes);
      const body = {
        evidence_id: name,
        uri: `s3://evidence/${name}.har`,
        sha256: createHash("sha256").update(bytes).digest("hex"),
        size: bytes.length,
        created_at: "2026-01-31T08:16:00Z",
      };
      const message = signed === undefined ? body : { ...body, signature: signed(body) };
      await outside.send([{ topic: topics.evidenceCreated, key: name, value: JSON.stringify(message) }]);
    },
    /** The verdict of evidence of a name, once a desktop lists it. */
    async follows(name: string, node: TestEngine): Promise<VerdictSummary> {
      await expect.poll(() => listedAt(node, name).then(({ length }) => length), { timeout: patience }).toBe(1);
      return (await listedAt(node, name))[0]!;
    },
    /** @param desktop as it is now */
    async close(desktop: TestEngine): Promise<void> {
      await Promise.all([engine.close(), desktop.close()]);
      await outside.close();
      await Promise.all([kafka.close(), s3.close()]);
      for (const folder of [secrets, home]) rmSync(folder, { recursive: true, force: true });
    },
  };
  return site;
}

export type FollowingSite = Awaited<ReturnType<typeof openFollowing>>;
