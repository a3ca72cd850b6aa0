import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, serverPath } from "./fixture-servers.ts";

/** Where `npm test` puts the broker's libraries. */
const libraries = serverPath("kafka-4.1.0");
const startMs = 150_000;

/** Null: a real broker can be started. Else why not. */
export function noKafka(): string | null {
  if (!existsSync(libraries)) return "Kafka's libraries could not be fetched";
  return spawnSync("java", ["-version"]).status === 0 ? null : "Java is not installed";
}

/** A real Kafka broker of one node, without its controller's quorum, on 127.0.0.1. */
export interface KafkaServer {
  readonly brokers: readonly string[];
  /** What it has stored of a topic's first partition, byte for byte. */
  stored(topic: string): Buffer;
  /** Who signs its certificate, PEM; null: it has none. */
  readonly ca: string | null;
  /** Ends it at once, as a crash does. */
  kill(): Promise<void>;
  /** Starts it again on what it had stored, at the same address. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** What a broker asks of its clients: TLS, and a user by SCRAM. */
export interface KafkaUser {
  readonly name: string;
  readonly password: string;
}

const mechanisms = ["SCRAM-SHA-512", "SCRAM-SHA-256"] as const;

/** Password of the key store, which lies in a folder of the test alone. */
const storePassword = "sentinel";

/** A certificate for 127.0.0.1 that signs itself, by Java's own tool. @returns the file with its key, and it in PEM */
function makeCertificate(folder: string): { keystore: string; trusted: string; ca: string } {
  const keystore = join(folder, "broker.p12");
  const own = ["-alias", "broker", "-keystore", keystore, "-storepass", storePassword, "-storetype", "PKCS12"];
  const about = ["-keyalg", "EC", "-dname", "CN=127.0.0.1", "-ext", "san=ip:127.0.0.1", "-validity", "2"];
  const made = spawnSync("keytool", ["-genkeypair", ...own, ...about]);
  const { stdout } = spawnSync("keytool", ["-exportcert", "-rfc", ...own], { encoding: "utf8" });
  if (made.status !== 0 || stdout === "") throw new Error(`keytool makes no certificate: ${made.stdout}${made.stderr}`);
  const trusted = join(folder, "ca.pem");
  writeFileSync(trusted, stdout);
  return { keystore, trusted, ca: stdout };
}

/** @param user whom it knows, over TLS; null: it speaks in the clear with everybody */
export async function startKafka(user: KafkaUser | null = null): Promise<KafkaServer> {
  const folder = mkdtempSync(join(tmpdir(), "sentinel-kafka-"));
  const [port, controllerPort] = [await freePort(), await freePort()];
  const tls = user === null ? null : makeCertificate(folder);
  const settings = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.quorum.voters": `1@127.0.0.1:${controllerPort}`,
    listeners: `CLIENT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    "advertised.listeners": `CLIENT://127.0.0.1:${port}`,
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "CLIENT",
    "listener.security.protocol.map": `CLIENT:${user === null ? "PLAINTEXT" : "SASL_SSL"},CONTROLLER:PLAINTEXT`,
    "log.dirs": join(folder, "data"),
    // One that is killed and comes back is let in once its session before has ended.
    "broker.session.timeout.ms": "6000",
    "broker.heartbeat.interval.ms": "500",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "3",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    ...(user === null || tls === null
      ? {}
      : {
          "sasl.enabled.mechanisms": mechanisms.join(","),
          "sasl.mechanism.inter.broker.protocol": "SCRAM-SHA-512",
          ...Object.fromEntries(
            mechanisms.map((mechanism) => [
              `listener.name.client.${mechanism.toLowerCase()}.sasl.jaas.config`,
              `org.apache.kafka.common.security.scram.ScramLoginModule required username="${user.name}" password="${user.password}";`,
            ]),
          ),
          "ssl.keystore.location": tls.keystore,
          "ssl.keystore.type": "PKCS12",
          "ssl.keystore.password": storePassword,
          "ssl.truststore.location": tls.trusted,
          "ssl.truststore.type": "PEM",
        }),
  };
  const file = join(folder, "server.properties");
  writeFileSync(
    file,
    Object.entries(settings)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(""),
  );
  const java = (memory: string, main: string, ...args: string[]) =>
    spawn(
      "java",
      ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xms64m", memory, "-cp", join(libraries, "*"), main, ...args],
      {
        cwd: folder,
        env: { PATH: process.env.PATH },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
  const cluster = randomBytes(16).toString("base64url");
  const users = mechanisms.flatMap((mechanism) =>
    user === null ? [] : ["--add-scram", `${mechanism}=[name=${user.name},password=${user.password}]`],
  );
  const format = java(
    "-Xmx128m",
    "kafka.tools.StorageTool",
    "format",
    `--cluster-id=${cluster}`,
    "--config",
    file,
    ...users,
  );
  const said = collect(format);
  const [status] = (await once(format, "exit")) as [number];
  if (status !== 0) throw new Error(`Kafka's storage cannot be made: ${said()}`);

  let broker: ChildProcess | undefined;
  // A run that is broken off leaves no broker behind.
  process.once("exit", () => broker?.kill("SIGKILL"));
  const server: KafkaServer = {
    brokers: [`127.0.0.1:${port}`],
    ca: tls?.ca ?? null,
    stored: (topic) => readFileSync(join(folder, "data", `${topic}-0`, "00000000000000000000.log")),
    async start() {
      const child = java("-Xmx384m", "kafka.Kafka", file);
      broker = child;
      const told = collect(child);
      const end = Date.now() + startMs;
      while (!told().includes("Kafka Server started")) {
        if (child.exitCode !== null || Date.now() > end)
          throw new Error(`Kafka does not start: ${told().slice(-5000)}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    async kill() {
      if (broker === undefined || broker.exitCode !== null || broker.signalCode !== null) return;
      broker.kill("SIGKILL");
      await once(broker, "exit");
    },
    async close() {
      await server.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    await server.start();
  } catch (error) {
    await server.close();
    throw error;
  }
  return server;
}

/** The last of what a process says. */
function collect(child: ChildProcess): () => string {
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      text = `${text}${chunk}`.slice(-100_000);
    });
  }
  return () => text;
}
