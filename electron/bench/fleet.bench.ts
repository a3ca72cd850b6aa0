import type { ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { EvidenceReady, topics } from "../../shared/fleet.ts";
import { noKafka, startKafka } from "../adapters/fixture-kafka.ts";
import { noS3, startS3 } from "../adapters/fixture-s3.ts";
import { createKafkaBus } from "../adapters/kafka.ts";
import { systemClock } from "../engine/base/clock.ts";
import { createLogger } from "../engine/base/logging.ts";
import type { MessageBus } from "../engine/fleet/message-bus.ts";
import { createPanicRelay } from "../engine/fleet/panic-relay.ts";
import { openInlineStore } from "../engine/store/inline-store.ts";
import { outboxModule } from "../engine/store/outbox-table.ts";
import { type FleetSite, startFleetEngine, writeFleetSecrets } from "../fixture-fleet-engine.ts";
import { quantile, temporaryFolder } from "./bench-engine.ts";
import { stopServer } from "./child-server.ts";
import type { BenchGroup, Report } from "./figure.ts";
import { measureDecisions } from "./fleet-decision-figures.ts";
import { measureFlows } from "./flow-figures.ts";
import { generateHar } from "./generate-har.ts";

/** Requests in a piece of evidence, bytes of a request. */
const [requests, requestBytes] = [20, 2_000];
/** Pieces that each engine judges before it is measured, so that its code is compiled; pieces of a round, and rounds. */
const [warming, ofRound, rounds] = [150, 100, 6];
const sizes = [1, 2, 3] as const;
const packages = warming * Math.max(...sizes) + ofRound * rounds;
/** Pieces that come in ten minutes at one a second. */
const missed = 600;
const presses = 40;
/** Clock ticks a second of /proc; Linux has had 100 everywhere for decades. */
const ticks = 100;

interface Wanted {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

interface Site extends FleetSite {
  readonly wanted: readonly Wanted[];
}

/** CPU time of a process with all its threads so far, seconds. */
function cpuSeconds({ pid }: ChildProcess): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) / ticks;
}

async function announce(bus: MessageBus, wanted: readonly Wanted[]): Promise<void> {
  const created_at = new Date().toISOString();
  const messages = wanted.map(({ name, bytes, sha256 }) => {
    const message = { evidence_id: name, uri: `s3://evidence/${name}.har`, sha256, size: bytes, created_at };
    return { topic: topics.evidenceCreated, key: name, value: JSON.stringify(message) };
  });
  await bus.send(messages);
}

/** Hears which evidence is ready, whoever says so. */
function hearReady(bus: MessageBus): ReadonlySet<string> {
  const ready = new Set<string>();
  bus.subscribe({
    topic: topics.evidenceReady,
    group: "bench",
    concurrency: 12,
    from: "start",
    async take({ value }) {
      ready.add(EvidenceReady.parse(JSON.parse(value.toString())).evidence_id ?? "");
    },
  });
  return ready;
}

async function whenAll(ready: ReadonlySet<string>, count: number): Promise<void> {
  const end = Date.now() + 600_000;
  while (ready.size < count) {
    if (Date.now() > end) throw new Error(`Only ${ready.size} of ${count} pieces of evidence became ready.`);
    await setTimeout(20);
  }
}

/** Bytes of all files in a folder. */
function sizeOf(folder: string): number {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}

/** Engines that share a broker of their own. */
interface Fleet {
  readonly count: number;
  readonly engines: readonly ChildProcess[];
  /** The next pieces come. @returns seconds of time, and of CPU of all engines, until they are judged */
  judge(pieces: number): Promise<{ seconds: number; cpu: number }>;
  stop(): Promise<void>;
}

async function startFleet(site: Omit<Site, "kafka">, count: number): Promise<Fleet> {
  const kafka = await startKafka();
  const engines: ChildProcess[] = [];
  const bus = createKafkaBus({ brokers: kafka.brokers, clientId: "bench", tls: null, sasl: null });
  const ready = hearReady(bus);
  let sent = 0;
  async function stop(): Promise<void> {
    await bus.close();
    await Promise.all(engines.map(stopServer));
    await kafka.close();
  }
  async function judge(pieces: number) {
    const before = engines.map(cpuSeconds);
    const from = performance.now();
    await announce(bus, site.wanted.slice(sent, sent + pieces));
    sent += pieces;
    await whenAll(ready, sent);
    const cpu = engines.reduce((sum, engine, i) => sum + cpuSeconds(engine) - before[i]!, 0);
    return { seconds: (performance.now() - from) / 1000, cpu };
  }
  try {
    for (let i = 0; i < count; i++) {
      engines.push(await startFleetEngine({ ...site, kafka }, `engines-${count}-${i}`, "error"));
    }
    await judge(warming * count);
    return { count, engines, judge, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * Pieces of evidence per second of time, and per second of CPU of all engines. Fleets of each size stand beside each other and judge in
 * turn, round by round: what a processor does in a second changes by more from minute to minute than by how many engines there are.
 */
async function measureEngines(site: Omit<Site, "kafka">, report: Report): Promise<void> {
  const fleets: Fleet[] = [];
  const took = new Map(sizes.map((count) => [count as number, [] as { perSecond: number; perCpu: number }[]]));
  try {
    for (const count of sizes) fleets.push(await startFleet(site, count));
    for (let round = 0; round < rounds; round++) {
      for (const { count, judge } of round % 2 === 0 ? fleets : fleets.toReversed()) {
        const { seconds, cpu } = await judge(ofRound);
        took.get(count)!.push({ perSecond: ofRound / seconds, perCpu: ofRound / cpu });
      }
    }
    for (const [count, each] of took) {
      const name = count === 1 ? "1 engine" : `${count} engines`;
      report(
        `evidence of ${requests} requests, Kafka + S3 to stored verdicts, ${name}, median of ${rounds}`,
        quantile(
          each.map(({ perSecond }) => perSecond),
          0.5,
        ),
        "packages/s",
      );
      report(
        `the same per second of the engines' CPU, ${name}`,
        quantile(
          each.map(({ perCpu }) => perCpu),
          0.5,
        ),
        "packages/CPU s",
      );
    }
    const ratios = took.get(3)!.map(({ perCpu }, i) => perCpu / took.get(1)![i]!.perCpu);
    report(
      `packages per CPU second, 3 engines beside one, median of ${rounds} rounds`,
      quantile(ratios, 0.5),
      "ratio",
      "≥ 0.9",
    );
    report("the same, least", Math.min(...ratios), "ratio");
    report("the same, most", Math.max(...ratios), "ratio");
    // After a clean end the database is one file again.
    await stopServer(fleets[0]!.engines[0]!);
    const home = join(site.folder, "engines-1-0");
    const kilobytes = 1000 * (warming + ofRound * rounds) * requests;
    // The models that ship were there before.
    report("disk that an engine keeps of a request", (sizeOf(home) - sizeOf(join(home, "models"))) / kilobytes, "KB");
    report("of it, the database", statSync(join(home, "sentinel.db")).size / kilobytes, "KB");
  } finally {
    await Promise.all(fleets.map(({ stop }) => stop()));
  }
}

/** An engine that was away for ten minutes at one piece of evidence a second: how long until it has caught up. */
async function measureRecovery(site: Site, report: Report): Promise<void> {
  const bus = createKafkaBus({ brokers: site.kafka.brokers, clientId: "bench", tls: null, sasl: null });
  const ready = hearReady(bus);
  await announce(bus, site.wanted.slice(0, missed));
  const from = performance.now();
  const engine = await startFleetEngine(site, "recovery", "error");
  try {
    await whenAll(ready, missed);
    const seconds = (performance.now() - from) / 1000;
    const name = `start after an outage in which ${missed} packages came, until none waits`;
    report(name, seconds, "s");
  } finally {
    await bus.close();
    await stopServer(engine);
  }
}

async function measurePanic({ kafka }: Site, report: Report): Promise<void> {
  const log = createLogger("silent");
  const buses = ["one", "two"].map((clientId) =>
    createKafkaBus({ brokers: kafka.brokers, clientId, tls: null, sasl: null }),
  );
  await buses[0]!.prepare([{ topic: topics.decisions, partitions: 1, kept: "for_ever" }]);
  let heard = Promise.withResolvers<void>();
  const pull = () => Promise.resolve(heard.resolve());
  const store = openInlineStore({ modules: [outboxModule], clock: systemClock });
  const relays = buses.map((bus, i) =>
    createPanicRelay({ bus, store, nodeId: `node-${i}`, clock: systemClock, log, rearmedAt: async () => null }),
  );
  try {
    for (const relay of relays) relay.start(pull);
    while (relays.some((relay) => relay.problem() !== null)) await setTimeout(20);
    const took: number[] = [];
    for (let i = 0; i < presses; i++) {
      heard = Promise.withResolvers<void>();
      const from = performance.now();
      relays[0]!.tell({ pressId: crypto.randomUUID(), actor: "bench" });
      await heard.promise;
      took.push(performance.now() - from);
    }
    report("panic pressed at one engine to pulled at another, median", quantile(took, 0.5), "ms");
    report(`the same, slowest of ${presses}`, Math.max(...took), "ms", "< 1000");
  } finally {
    await Promise.all(relays.map((relay) => relay.close()));
    await Promise.all(buses.map((bus) => bus.close()));
    await store.close();
  }
}

/** Several engines behind a real broker and a real S3 server, all on this machine. */
export const group: BenchGroup = {
  name: "fleet",
  async run(report) {
    await measureFlows(report);
    const missing = noKafka() ?? noS3();
    if (missing !== null) throw new Error(`${missing}; npm test sets both up.`);
    const folder = temporaryFolder();
    const s3 = await startS3(["evidence"]);
    try {
      const wanted: Wanted[] = [];
      for (let i = 0; i < packages; i++) {
        const path = join(folder.path, "one.har");
        await generateHar(path, requests, requestBytes, i + 1);
        const bytes = readFileSync(path);
        await s3.put("evidence", `p${i}.har`, bytes);
        wanted.push({ name: `p${i}`, bytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") });
      }
      writeFleetSecrets(folder.path, s3);
      await measureEngines({ s3, folder: folder.path, wanted }, report);
      const kafka = await startKafka();
      try {
        const site = { kafka, s3, folder: folder.path, wanted };
        await measureRecovery(site, report);
        await measureDecisions(site, report);
        await measurePanic(site, report);
      } finally {
        await kafka.close();
      }
    } finally {
      await s3.close();
      folder.remove();
    }
  },
};
