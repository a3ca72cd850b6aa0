import type { ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
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
}, patience);
afterAll(async () => {
  await Promise.all([...engines.keys()].map(kill));
  await outside?.close();
  await Promise.all([kafka?.close(), s3?.close()]);
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
}, patience);

async function start(name: string): Promise<void> {
  engines.set(name, await startFleetEngine({ kafka, s3, folder }, name, "fatal"));
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
  `no verdict is lost in ${kills} crashes of engines and of the broker`,
  async () => {
    const told = new Map<string, Set<string>>();
    outside.subscribe({
      topic: topics.verdict,
      group: "outside",
      concurrency: 4,
      from: "start",
      async take({ value }) {
        const { evidence_id, verdict } = SentinelVerdict.parse(JSON.parse(value.toString()));
        const name = evidence_id ?? "";
        told.set(name, (told.get(name) ?? new Set()).add(`${verdict.verdict_id} ${verdict.final_score}`));
      },
    });
    await Promise.all([start("one"), start("two")]);
    const names: string[] = [];
    for (let i = 0; i < kills; i++) {
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
    }
    await expect
      .poll(() => names.filter((name) => !told.has(name)), { timeout: patience - 30_000, interval: 200 })
      .toEqual([]);
    // Told twice, by one engine after a crash or by two of them, it is the same verdict by its id and its score.
    for (const name of names) expect(told.get(name)!.size).toBe(1);
  },
  patience,
);
