import type { ChildProcess } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { AuditEntry } from "../shared/audit.ts";
import { SentinelVerdict, topics } from "../shared/fleet.ts";
import { type KafkaServer, noKafka, startKafka } from "./adapters/fixture-kafka.ts";
import { noS3, type S3Server, startS3 } from "./adapters/fixture-s3.ts";
import { createKafkaBus } from "./adapters/kafka.ts";
import type { MessageBus } from "./engine/fleet/message-bus.ts";
import { withRetries } from "./engine/fleet/retries.ts";
import { startFleetEngine, writeFleetSecrets } from "./fixture-fleet-engine.ts";

// Engines and the broker are killed at random moments; in the end every verdict was told, and those told twice are the same.

const missing = noKafka() ?? noS3();
if (missing !== null) process.stdout.write(`SKIPPED: crashes of a fleet: ${missing}\n`);
const kills = 2 * Number(process.env.TORTURE ?? 1);
const patience = 120_000 + kills * 30_000;
/** Messages that an engine takes at once (`SENTINEL_KAFKA_CONCURRENCY`). */
const inHand = 4;
const never = new AbortController().signal;

let kafka: KafkaServer;
let s3: S3Server;
let folder: string;
let outside: MessageBus;
const engines = new Map<string, ChildProcess>();

beforeAll(async () => {
  if (missing !== null) return;
  folder = mkdtempSync(join(tmpdir(), "sentinel-crashes-"));
  [kafka, s3] = await Promise.all([startKafka(), startS3(["evidence"])]);
  outside = createKafkaBus({ brokers: kafka.brokers, clientId: "outside", tls: null, sasl: null });
  writeFleetSecrets(folder, s3);
  writeFileSync(join(folder, "token"), token, { mode: 0o600 });
}, patience);
afterAll(async () => {
  await Promise.all([...engines.keys()].map(kill));
  await outside?.close();
  await Promise.all([kafka?.close(), s3?.close()]);
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
}, patience);

const token = randomBytes(24).toString("hex");
const ports = new Map<string, number>();

async function start(name: string): Promise<void> {
  const port = ports.get(name) ?? (await freePort());
  ports.set(name, port);
  const more = { SENTINEL_PORT: String(port), SENTINEL_TOKEN_FILE: join(folder, "token") };
  engines.set(name, await startFleetEngine({ kafka, s3, folder }, name, "fatal", more));
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function ask(name: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
  const response = await fetch(`http://127.0.0.1:${ports.get(name)}/api/v1/sentinel/${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(10_000),
  });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return (await response.json()) as Record<string, unknown>;
}

/** Entries of an engine's log. */
async function logged(name: string): Promise<AuditEntry[]> {
  const all: AuditEntry[] = [];
  for (let after = 0; ; ) {
    const { entries } = (await ask(name, `sandbox/audit-log?after=${after}&limit=500&brief=1`)) as {
      entries: AuditEntry[];
    };
    all.push(...entries);
    if (entries.length === 0) return all;
    after = entries.at(-1)!.seq;
  }
}

/** Somebody decides at an engine that may be killed any moment. @returns what was acknowledged */
async function decide(name: string, text: string): Promise<string | null> {
  const told = { payload: text, reason: "known scanner" };
  return await ask(name, "dataset/add-false-positive", told).then(
    ({ id }) => String(id),
    (error: unknown) => {
      // Refused is not killed.
      if (/^4\d\d /.test(String((error as Error).message))) throw error;
      return null;
    },
  );
}

async function kill(name: string): Promise<void> {
  const engine = engines.get(name);
  if (engine === undefined || engine.exitCode !== null || engine.signalCode !== null) return;
  engine.kill("SIGKILL");
  await once(engine, "exit");
}

function har(text: string): Buffer {
  const request = { method: "GET", url: `http://shop.example/search?q=${encodeURIComponent(text)}`, headers: [] };
  const response = { status: 200, headers: [], content: { size: 5, text: "hello" } };
  const entry = { startedDateTime: "2026-01-31T08:15:00.000Z", time: 5, request, response };
  return Buffer.from(JSON.stringify({ log: { version: "1.2", entries: [entry] } }));
}

async function announce(name: string): Promise<void> {
  const bytes = har(`1' union select ${name} from users-- `);
  await s3.put("evidence", `${name}.har`, bytes);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const uri = `s3://evidence/${name}.har`;
  const message = { evidence_id: name, uri, sha256, size: bytes.length, created_at: "2026-01-31T08:16:00Z" };
  const sent = { topic: topics.evidenceCreated, key: name, value: JSON.stringify(message) };
  await withRetries(() => outside.send([sent]), never);
}

test.skipIf(missing !== null)(
  `no verdict and no decision is lost in ${kills} crashes of engines and of the broker`,
  async () => {
    const told = new Map<string, Set<string>>();
    let messages = 0;
    outside.subscribe({
      topic: topics.verdict,
      group: "outside",
      concurrency: 4,
      from: "start",
      async take({ value }) {
        const { evidence_id, verdict } = SentinelVerdict.parse(JSON.parse(value.toString()));
        const name = evidence_id ?? "";
        messages++;
        told.set(name, (told.get(name) ?? new Set()).add(`${verdict.verdict_id} ${verdict.final_score}`));
      },
    });
    await Promise.all([start("one"), start("two")]);
    const names: string[] = [];
    const decided: (string | null)[] = [];
    for (let i = 0; i < kills; i++) {
      const deciding = ["one", "two"].flatMap((name) =>
        Array.from({ length: 5 }, (_, n) => decide(name, `' or ${i} = ${n} at ${name} --`)),
      );
      for (let n = 0; n < 10; n++) {
        names.push(`e${i}x${n}`);
        await announce(names.at(-1)!);
      }
      await setTimeout(Math.random() * 700);
      if (i % 4 === 1) {
        await kafka.kill();
        await setTimeout(Math.random() * 500);
        await kafka.start();
      } else {
        const name = i % 2 === 0 ? "one" : "two";
        await kill(name);
        await start(name);
      }
      decided.push(...(await Promise.all(deciding)));
    }
    await expect
      .poll(() => names.filter((name) => !told.has(name)), { timeout: patience - 30_000, interval: 200 })
      .toEqual([]);
    // Told twice, by one engine after a crash or by two of them, it is the same verdict by its id and its score.
    for (const name of names) expect(told.get(name)!.size).toBe(1);

    // Both engines have come to the same, and whatever was acknowledged is in it.
    const state = async (name: string) => {
      const { waiting, offset, hash } = await ask(name, "fleet/decisions?hash=1");
      return { waiting, offset, hash };
    };
    const isSame = async () => {
      const [one, two] = [await state("one"), await state("two")];
      return one.waiting === 0 && one.hash === two.hash && one.offset === two.offset;
    };
    await expect.poll(isSame, { timeout: patience / 2, interval: 200 }).toBe(true);
    const acknowledged = decided.filter((id) => id !== null);
    expect(acknowledged.length).toBeGreaterThan(0);
    let stored = 0;
    for (const name of ["one", "two"]) {
      const entries = await logged(name);
      const ids = new Set(entries.map(({ entity_id }) => entity_id));
      expect(acknowledged.filter((id) => !ids.has(id))).toEqual([]);
      const added = entries.flatMap(({ kind, entity_id }) => (kind === "evidence.added" ? [entity_id] : []));
      // At one engine a piece of evidence is stored once, however often its message came.
      expect(new Set(added).size).toBe(added.length);
      stored += added.length;
    }
    // At both of them only what was in hand when something was killed.
    const doubled = stored - names.length;
    process.stdout.write(`${doubled} of ${names.length} stored by both engines, ${messages} verdicts told\n`);
    expect(doubled).toBeGreaterThanOrEqual(0);
    expect(doubled).toBeLessThanOrEqual(kills * 2 * inHand);
  },
  patience,
);
