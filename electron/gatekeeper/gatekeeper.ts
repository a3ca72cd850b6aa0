import { randomBytes } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { z } from "zod";
import { SentinelError } from "../../shared/errors.ts";
import { GateMeasure } from "../../shared/gate-measure.ts";
import { type GateCounters, GateHits, GateKey } from "../../shared/gatekeeper-protocol.ts";
import type { Clock } from "../engine/base/clock.ts";
import { gateKey } from "../engine/respond/gatekeeper/signed-text.ts";
import { createDurably, writeDurably } from "../engine/store/durable-file.ts";
import { createChallenge } from "./challenge.ts";
import { serveControl } from "./control.ts";
import { createHitLog } from "./hit-log.ts";
import { createMeasureLog } from "./measure-log.ts";
import { serveProxy } from "./proxy.ts";
import { openRuleStore } from "./rule-store.ts";

/** How often what nobody came for is written to the disk, milliseconds. */
const keepMs = 5_000;

export interface GatekeeperOptions {
  /** Its folder: own key, the engine's key, rules, hits, measures. Made when missing, for its owner alone. */
  readonly folder: string;
  /** The application. */
  readonly upstream: URL;
  /** Ports on 127.0.0.1; 0: any free one. */
  readonly port: number;
  readonly controlPort: number;
  /** Key of the engine, written into the folder when it has none yet. */
  readonly engine?: string;
  readonly version: string;
  readonly clock: Clock;
  /** Hears of failures, in words without content. */
  readonly tell: (words: string) => void;
}

export interface Gatekeeper {
  /** Where visitors go in. */
  readonly origin: string;
  /** Where the engine calls. */
  readonly control: string;
  /** The key that the engine has to be given. */
  readonly key: string;
  close(): Promise<void>;
}

const next = z.number().int().min(1);
const KeptHits = z.strictObject({ v: z.literal(1), next, hits: z.array(GateHits) });
const KeptMeasures = z.strictObject({ v: z.literal(1), next, measures: z.array(GateMeasure) });

/**
 * Starts a gatekeeper: a reverse proxy before one application that does what the rules of its engine say. It goes on with the rules
 * it has while the engine is away, and passes what it fails to check.
 *
 * @throws SentinelError SETTING_INVALID without a key of an engine, PORT_BUSY, EVIDENCE_UNREADABLE for a damaged key of its own
 */
export async function startGatekeeper(options: GatekeeperOptions): Promise<Gatekeeper> {
  const { folder, clock } = options;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const seed = await readSeed(folder);
  const engine = await readEngineKey(folder, options.engine);
  const counters = { ...noCounters };
  const startedAt = clock.now();
  let problem: string | null = null;
  const rules = await openRuleStore({ folder, own: gateKey(seed), engine });
  const hitFile = join(folder, "hits.json");
  const hits = createHitLog((await readKept(hitFile, KeptHits, startedAt)) ?? { next: startedAt * 1000, hits: [] });
  const measureFile = join(folder, "measures.json");
  const measures = createMeasureLog(
    (await readKept(measureFile, KeptMeasures, startedAt)) ?? { next: startedAt * 1000, measures: [] },
    Math.random,
  );
  const challenge = createChallenge({ key: randomBytes(32), clock });
  const proxy = serveProxy({
    upstream: options.upstream,
    clock,
    rules: rules.inForce,
    hits,
    measures,
    challenge,
    counters,
    onFailure(error) {
      // SECURITY: the error's own words may quote the request; its sort is all that is told.
      const sort = error instanceof SentinelError ? error.code : error instanceof Error ? error.name : "failure";
      problem = `A request was passed without a look: ${sort}.`;
      options.tell(problem);
    },
  });
  const control = serveControl({
    seed,
    engine,
    clock,
    version: options.version,
    startedAt,
    rules,
    hits,
    measures,
    counters: () => ({ ...counters, hits_dropped: hits.dropped() }),
    problem: () => problem ?? rules.problem(),
  });
  const unread = rules.problem();
  if (unread !== null) options.tell(unread);

  const written = new Map<string, string>();
  async function keep(path: string, what: object): Promise<void> {
    const text = JSON.stringify({ v: 1, ...what });
    if (text === written.get(path)) return;
    await writeDurably(path, text);
    written.set(path, text);
  }
  async function keepAll(): Promise<void> {
    await keep(hitFile, hits.kept());
    await keep(measureFile, measures.kept());
  }
  const timer = setInterval(() => {
    keepAll().catch(() => options.tell("Hits and measures cannot be written to the disk: a restart would lose them."));
  }, keepMs).unref();

  try {
    const origin = await listen(proxy, options.port);
    const controlled = await listen(control, options.controlPort);
    return {
      origin,
      control: controlled,
      key: gateKey(seed),
      async close() {
        clearInterval(timer);
        await Promise.all([proxy, control].map(shut));
        await keepAll();
      },
    };
  } catch (error) {
    clearInterval(timer);
    await Promise.all([proxy, control].map(shut));
    throw error;
  }
}

const noCounters: GateCounters = {
  requests: 0,
  logged: 0,
  tagged: 0,
  challenged: 0,
  blocked: 0,
  passed_unchecked: 0,
  passed_cut: 0,
  refused: 0,
  upstream_failures: 0,
  hits_dropped: 0,
};

async function readText(path: string): Promise<string | null> {
  return await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
}

/** This gatekeeper's own key: 32 bytes in base64url, made at the first start. */
async function readSeed(folder: string): Promise<Buffer> {
  const path = join(folder, "gatekeeper.key");
  // SECURITY: written for its owner alone.
  await createDurably(path, `${randomBytes(32).toString("base64url")}\n`);
  const seed = Buffer.from((await readText(path))?.trim() ?? "", "base64url");
  if (seed.length !== 32) throw new SentinelError("EVIDENCE_UNREADABLE", `${path} is no key.`);
  return seed;
}

async function readEngineKey(folder: string, given: string | undefined): Promise<string> {
  const path = join(folder, "engine.key");
  if (given !== undefined) await createDurably(path, `${given}\n`);
  const kept = (await readText(path))?.trim();
  if (kept === undefined || !GateKey.safeParse(kept).success) {
    throw new SentinelError(
      "SETTING_INVALID",
      `${path}: it has to hold the engine's key, which the screen Gatekeepers shows.`,
    );
  }
  // SECURITY: one engine governs a gatekeeper; another takes over by hand only.
  if (given !== undefined && given !== kept) {
    throw new SentinelError(
      "SETTING_INVALID",
      `${path} names another engine: remove the file to change whom it obeys.`,
    );
  }
  return kept;
}

/** What the last process kept; null: nothing that can be read. */
async function readKept<Kept extends { readonly next: number }>(
  path: string,
  shape: z.ZodType<Kept>,
  now: number,
): Promise<Kept | null> {
  try {
    const kept = shape.parse(JSON.parse((await readText(path)) ?? "null"));
    // Numbers are never used twice, also where the last ones were not written down.
    return { ...kept, next: Math.max(kept.next + 1_000_000, now * 1000) };
  } catch {
    return null;
  }
}

async function listen(server: Server, port: number): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(
        error.code === "EADDRINUSE"
          ? new SentinelError("PORT_BUSY", `Port ${port} is used by another program.`)
          : error,
      );
    });
    // SECURITY: loopback only.
    server.listen(port, "127.0.0.1", resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function shut(server: Server): Promise<void> {
  if (!server.listening) return;
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
