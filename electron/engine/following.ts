import type { z } from "zod";
import { SentinelError } from "../../shared/errors.ts";
import { EvidenceReady, SentinelVerdict, topics } from "../../shared/fleet.ts";
import type { Clock } from "./base/clock.ts";
import type { Config } from "./base/config.ts";
import type { Logger } from "./base/logging.ts";
import type { Metrics } from "./base/metrics.ts";
import { verdictId } from "./detect/analysis/session-analysis.ts";
import type { LottedVerdict } from "./detect/verdicts/verdict-record.ts";
import { storeVerdicts } from "./detect/verdicts/verdict-tables.ts";
import { erasureOf } from "./evidence/erased-tables.ts";
import { type EvidenceRoom, evidenceId } from "./evidence/evidence.ts";
import { evidenceById } from "./evidence/evidence-tables.ts";
import { followedEvidence, isContentHere } from "./evidence/followed-evidence.ts";
import { createEvidenceFetching } from "./fetching-evidence.ts";
import {
  beginFollowing,
  type Followed,
  type FollowedVerdict,
  isAtLeast,
  pruneFollowed,
  takeFollowedEvidence,
  takeFollowedVerdict,
  unlistedVerdicts,
} from "./fleet/followed-verdicts.ts";
import type { BusMessage, MessageBus, Subscription } from "./fleet/message-bus.ts";
import type { ObjectStore } from "./fleet/object-store.ts";
import type { Importing } from "./importing.ts";
import { toFollowedRecord } from "./judged-session.ts";
import type { Jobs } from "./store/jobs.ts";
import type { SettingsBook } from "./store/settings.ts";
import type { StoreHost } from "./store/store.ts";

/** Longest message that is looked at, bytes: the brokers' own bound is half of it. */
const longestMessage = 2 * 1024 ** 2;
const dayMs = 86_400_000;
/** What is known of evidence of which nothing is shown is kept at least so long, and forgotten once in so many messages. */
const shortestKeptMs = 7 * dayMs;
const pruneEvery = 1_000;
const pruneAtOnce = 1_000;

export interface FollowingOptions {
  readonly bus: Pick<MessageBus, "subscribe">;
  readonly objects: ObjectStore | null;
  readonly config: Pick<
    Config,
    "SENTINEL_KAFKA_FOLLOW_DAYS" | "SENTINEL_KAFKA_FOLLOW_FROM" | "SENTINEL_KAFKA_CONCURRENCY" | "SENTINEL_KAFKA_SIGNED"
  >;
  readonly nodeId: string;
  readonly store: StoreHost;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly evidence: EvidenceRoom;
  readonly importing: Importing;
  readonly jobs: Jobs;
  readonly settings: SettingsBook;
  /** Hears when verdicts were added or taken away. */
  readonly onVerdicts: (evidenceId: string, added: number) => void;
}

/** What became of a verdict's message. */
type Outcome =
  | Followed
  /** Milder than what is listed here. */
  | "benign"
  /** Told before this desktop began to follow. */
  | "old"
  /** It is not what an engine writes. */
  | "refused";

const outcomes: readonly Outcome[] = [
  ...(["listed", "compared", "waiting", "repeated", "past", "erased", "benign", "old", "refused"] as const),
];

/** Shows what the engines of a fleet come to, in the lists and queues of this desktop. */
export function createFollowing(options: FollowingOptions) {
  const { bus, config, nodeId, store, clock, log, metrics, evidence, onVerdicts } = options;
  const least = config.SENTINEL_KAFKA_FOLLOW_FROM;
  const followed = metrics.followFleet();
  const counts = new Map<Outcome, number>(outcomes.map((outcome) => [outcome, 0]));
  for (const outcome of outcomes) followed.inc({ outcome }, 0);
  const count = (outcome: Outcome) => {
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    followed.inc({ outcome });
  };
  const fetching = createEvidenceFetching({ ...options, listAgain });
  let subscriptions: Subscription[] = [];
  let since = 0;
  let readies = 0;

  /** Reads a message and does with it what it says; what no engine writes is counted and left: nobody could do more about it. */
  const taking =
    <S extends z.ZodType<SentinelVerdict | EvidenceReady>>(schema: S, act: (told: z.output<S>) => Promise<void>) =>
    async (message: BusMessage, signal: AbortSignal): Promise<void> => {
      signal.throwIfAborted();
      let told: z.output<S>;
      try {
        told = read(message.value, schema);
      } catch (error) {
        if (!(error instanceof SentinelError)) throw error;
        count("refused");
        const { topic, partition, offset } = message;
        // SECURITY: words of ours; what the message says stays out of the log.
        log.warn(
          { code: error.code, why: error.message, source: `${topic}/${partition}/${offset}` },
          "A message was refused.",
        );
        return;
      }
      if (Date.parse(told.at) >= since) await act(told);
      else if ("verdict" in told) count("old");
    };

  async function takeVerdict(message: SentinelVerdict): Promise<void> {
    const { content_id: id, verdict } = message;
    if (!isAtLeast(verdict.verdict, least) && !(await store.read(isContentHere, id))) {
      return count("benign");
    }
    const outcome = await list(message);
    count(outcome);
    if (outcome === "listed") onVerdicts(id, 1);
  }

  /** Stores a verdict that was told; its evidence, too, where nothing was known of it. */
  async function list(message: SentinelVerdict): Promise<Followed> {
    const { content_id: id, sha256, verdict, session, node_id } = message;
    const told: FollowedVerdict = {
      id: verdict.verdict_id,
      evidence_id: id,
      session: verdict.session,
      node_id,
      at: Date.parse(message.at),
      message: JSON.stringify(message),
      is_whole: session === undefined ? 0 : 1,
    };
    for (;;) {
      const ready = await store.read(followedEvidence, id);
      const kind = session?.kind ?? ready?.kind;
      const args = { told, record: kind === undefined ? null : toFollowedRecord(message, kind) };
      const isPast = ready !== null && told.at < ready.at;
      if (kind === undefined || isPast || (await isKnown(id))) return await store.write(takeFollowedVerdict, args);
      const size = session?.size ?? ready?.size ?? 0;
      try {
        await evidence.follow({ sha256, kind, size, name: message.evidence_id, nodeId: node_id }, [
          { write: takeFollowedVerdict as never, args },
        ]);
        return "listed";
      } catch (error) {
        // Known by now: another session of it was told of at the same moment, or somebody brought it.
        if (!(error instanceof SentinelError) || error.code !== "CONFLICT") throw error;
      }
    }
  }

  /** Whether it has a row: also where it was erased. */
  async function isKnown(id: string): Promise<boolean> {
    return (await store.read(evidenceById, id)) !== null || (await store.read(erasureOf, id)) !== null;
  }

  async function takeReady(message: EvidenceReady): Promise<void> {
    const { content_id: id, node_id, kind, size, requests, sessions, verdicts, announcement } = message;
    const { isKnown, unlisted } = await store.write(takeFollowedEvidence, {
      ...{ id, node_id, at: Date.parse(message.at), kind, size, requests, sessions, ...verdicts },
      announcement: announcement === undefined ? null : JSON.stringify(announcement),
    });
    let listed = 0;
    // Of most evidence nothing is listed, and nobody has to look.
    if (isKnown || verdicts.simulate + verdicts.tag > 0 || least === "benign") {
      for (const waiting of await store.read(unlistedVerdicts, id)) {
        if ((await list(SentinelVerdict.parse(JSON.parse(waiting.message)))) === "listed") listed++;
      }
    }
    if (isKnown || listed > 0 || unlisted > 0) onVerdicts(id, listed);
    if (++readies % pruneEvery === 0) await prune();
  }

  async function prune(): Promise<void> {
    const before = clock.now() - Math.max(shortestKeptMs, config.SENTINEL_KAFKA_FOLLOW_DAYS * dayMs);
    while (!(await store.write(pruneFollowed, { before, limit: pruneAtOnce })));
  }

  /** Lists what the fleet told of evidence whose analysis here failed: an alert is not lost by that. */
  async function listAgain(id: string): Promise<void> {
    const ready = await store.read(followedEvidence, id);
    const records: LottedVerdict[] = [];
    for (const { message } of await store.read(unlistedVerdicts, id)) {
      const told = SentinelVerdict.parse(JSON.parse(message));
      const kind = told.session?.kind ?? ready?.kind;
      if (kind !== undefined && isAtLeast(told.verdict.verdict, least)) records.push(toFollowedRecord(told, kind));
    }
    await store.write(storeVerdicts, records);
    onVerdicts(id, records.length);
  }

  return {
    async start(): Promise<void> {
      since = await store.write(beginFollowing, clock.now() - config.SENTINEL_KAFKA_FOLLOW_DAYS * dayMs);
      await prune();
      // Groups of its own: every desktop is told of all. One for each topic, since who follows several would have to know all of them.
      const follow = (topic: string, what: string, take: ReturnType<typeof taking>) =>
        bus.subscribe({
          topic,
          group: `sentinel-desktop-${nodeId}-${what}`,
          concurrency: config.SENTINEL_KAFKA_CONCURRENCY,
          from: "start",
          take,
        });
      subscriptions = [
        follow(topics.verdict, "verdicts", taking(SentinelVerdict, takeVerdict)),
        follow(topics.evidenceReady, "evidence", taking(EvidenceReady, takeReady)),
      ];
    },
    fetch: fetching.start,
    /** Why it cannot follow at the moment; null: it can. */
    problem: (): string | null => subscriptions.map((one) => one.problem()).find((one) => one !== null) ?? null,
    /** Messages that wait; null: not known. */
    async lag(): Promise<number | null> {
      const lags = await Promise.all(subscriptions.map((one) => one.lag()));
      return lags.reduce((sum, lag) => (sum === null || lag === null ? null : sum + lag), 0);
    },
    inWords(): string {
      const [listed, benign, refused] = (["listed", "benign", "refused"] as const).map(
        (outcome) => counts.get(outcome)!,
      );
      const unread = refused === 0 ? "" : `, ${refused} messages refused`;
      return `Follows the fleet: ${listed} verdicts listed, ${benign} milder ones counted${unread} since the start`;
    },
    async close(): Promise<void> {
      await Promise.all(subscriptions.map((one) => one.close()));
    },
  };
}

/** @throws SentinelError INPUT_INVALID, INPUT_TOO_LARGE */
function read<S extends z.ZodType<SentinelVerdict | EvidenceReady>>(value: Buffer, schema: S): z.output<S> {
  if (value.length > longestMessage) {
    throw new SentinelError("INPUT_TOO_LARGE", `It has ${value.length} bytes; ${longestMessage} at most.`);
  }
  let raw: unknown;
  try {
    raw = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(value));
  } catch {
    throw new SentinelError("INPUT_INVALID", "It is not JSON in UTF-8.");
  }
  const told = schema.safeParse(raw);
  if (!told.success) {
    throw new SentinelError("INPUT_INVALID", `${told.error.issues[0]!.path.join(".") || "Its form"} is not right.`);
  }
  check(told.data);
  return told.data;
}

/**
 * SECURITY: names are hashes of what they name, here as at every engine: a message says nothing of other evidence, and no other verdict,
 * than its own.
 */
function check(told: SentinelVerdict | EvidenceReady): void {
  const { content_id, sha256 } = told;
  if (content_id !== evidenceId(sha256)) throw new SentinelError("INPUT_INVALID", "content_id is not that of sha256.");
  if (!("verdict" in told)) {
    const { announcement = told } = told;
    if (announcement.sha256 !== sha256) throw new SentinelError("INPUT_INVALID", "announcement is of other evidence.");
    return;
  }
  const { verdict_id, session, provenance } = told.verdict;
  const id = verdictId(content_id, session, {
    modelHash: provenance.model_hash,
    anomalyHash: provenance.anomaly_hash,
    configHash: provenance.config_hash,
    enrichmentHash: provenance.enrichment_hash,
    extractorVersion: provenance.extractor_version,
  });
  if (provenance.evidence_sha256 !== sha256) throw new SentinelError("INPUT_INVALID", "It is of other evidence.");
  if (verdict_id !== id) throw new SentinelError("INPUT_INVALID", "verdict_id is not that of its provenance.");
}
