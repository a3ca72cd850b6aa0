import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { KafkaServer } from "./adapters/fixture-kafka.ts";
import { type S3Server, writeS3Secrets } from "./adapters/fixture-s3.ts";

const headless = join(import.meta.dirname, "headless.ts");

/** A run that is broken off leaves no engine behind. */
const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const engine of running) engine.kill("SIGKILL");
});

/** Servers of a fleet on this machine, and the folder of its engines. */
export interface FleetSite {
  readonly kafka: KafkaServer;
  readonly s3: S3Server;
  readonly folder: string;
}

/** Where the secrets of a fleet's engines are mounted. */
export function writeFleetSecrets(folder: string, s3: S3Server): void {
  const secrets = join(folder, "secrets");
  mkdirSync(secrets);
  writeS3Secrets(secrets, s3);
  writeFileSync(join(secrets, "fleet_key"), randomBytes(32).toString("base64"), { mode: 0o600 });
}

/** A headless engine in a process of its own, over what an engine of that name had stored before. Resolves once it serves. */
export async function startFleetEngine(
  { kafka, s3, folder }: FleetSite,
  name: string,
  logLevel: "error" | "fatal",
  more: Readonly<Record<string, string>> = {},
): Promise<ChildProcess> {
  const home = join(folder, name);
  const ready = join(home, "run", "open.html");
  rmSync(ready, { force: true });
  const engine = spawn(process.execPath, [headless, "serve", "--no-window"], {
    env: {
      PATH: process.env.PATH,
      SENTINEL_HOME: home,
      SENTINEL_PORT: "0",
      SENTINEL_LOG_LEVEL: logLevel,
      SENTINEL_OLLAMA_URL: "off",
      SENTINEL_POOL: "1",
      SENTINEL_KAFKA_BROKERS: kafka.brokers.join(","),
      SENTINEL_S3_ENDPOINT: s3.endpoint,
      SENTINEL_S3_BUCKETS: "evidence",
      SENTINEL_SECRETS: join(folder, "secrets"),
      ...more,
    },
    stdio: ["ignore", "ignore", "inherit"],
  });
  running.add(engine);
  engine.once("exit", () => running.delete(engine));
  while (!existsSync(ready)) {
    if (engine.exitCode !== null) throw new Error(`The engine ${name} ended with code ${engine.exitCode}.`);
    await setTimeout(50);
  }
  return engine;
}
