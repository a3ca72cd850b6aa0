import { setImmediate, setTimeout } from "node:timers/promises";
import { z } from "zod";
import { SentinelError } from "../../../shared/errors.ts";
import { SealedDecision, topics } from "../../../shared/fleet.ts";
import type { Clock } from "../base/clock.ts";
import { sha256 } from "../base/ids.ts";
import type { Logger } from "../base/logging.ts";
import { Decision, decisionsVersion, type Judgement, refuseNewer } from "../store/shared-decision.ts";
import { type Place, topicPosition } from "../store/shared-tables.ts";
import type { StoreHost } from "../store/store.ts";
import { SubjectTag } from "../store/tombstones.ts";
import type { createDecisionSnapshots } from "./decision-snapshots.ts";
import type { BusMessage, MessageBus, OutgoingMessage, Subscription } from "./message-bus.ts";
import { messageHead } from "./message-head.ts";
import { parseJson } from "./parse-json.ts";
import { withRetries } from "./retries.ts";
import type { Boxes } from "./sealed-box.ts";
import type { createSubjectKeys } from "./subject-keys.ts";
import { createTopicWatch } from "./topic-watch.ts";

export interface DecisionRelayOptions {
  readonly bus: MessageBus;
  readonly store: StoreHost;
  readonly boxes: Boxes;
  readonly keys: ReturnType<typeof createSubjectKeys>;
  readonly nodeId: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** Erases the texts of a subject, because somebody erased them at another engine. */
  readonly erase: (tag: string) => Promise<void>;
  /** Subjects whose texts were erased here, by their hashes. */
  readonly erased: () => Promise<ReadonlySet<string>>;
  /** Counts messages by what became of them. */
  readonly count: (outcome: keyof DecisionCounts, by: number) => void;
  /** Null: there is no shelf. */
  readonly snapshots: ReturnType<typeof createDecisionSnapshots> | null;
  /** Something was accepted, rejected, or could not be told. */
  readonly onChange: () => void;
}

/** What this engine tells and hears of decisions, since it started. */
export interface DecisionCounts {
  readonly told: number;
  readonly accepted: number;
  readonly rejected: number;
  /** Messages that no engine of this fleet wrote, or that say nothing. */
  readonly refused: number;
}

const Erasure = z.object({ tag: SubjectTag });
/** What a sealed message of whatever version has: by these, who has the key knows that an engine of this fleet wrote it. */
const SealedMessage = SealedDecision.extend({ schema_version: z.number().int(), kind: z.string() });
const Versioned = z.object({ version: z.number() });
/** Decisions that are told at once, and characters of them: a broker takes no batch above its bound for messages, 1 MiB unless it was raised. */
const atOnce = 100;
const batchBytes = 900_000;
/** How often it is looked whether all decisions are read, milliseconds. */
const settledLookMs = 1_000;

const isTooLarge = (error: unknown) => error instanceof SentinelError && error.details?.too_large === true;

/** Carries what is decided at one engine to all, by a topic that all read in one order. */
export function createDecisionRelay(options: DecisionRelayOptions) {
  const { bus, store, boxes, keys, nodeId, clock, log } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  let subscription: Subscription | null = null;
  let sent: Place = { seq: 0, member: null };
  let sending: Promise<void> | null = null;
  let isStale = false;
  let problem: string | null = null;
  const counts = { told: 0, accepted: 0, rejected: 0, refused: 0 };
  /** Decisions that the brokers did not take. */
  let tooLarge = 0;
  /** Erased here because another engine said so: that is not told again. */
  const erasedByOthers = new Set<string>();

  const guard = createTopicWatch();

  const about = (kind: string, node: string) => [topics.decisions, kind, node];

  function message(kind: SealedDecision["kind"], value: unknown) {
    const head = messageHead(nodeId, clock);
    const told: SealedDecision = { ...head, kind, box: boxes.close(about(kind, nodeId), value) };
    return { topic: topics.decisions, key: kind, value: JSON.stringify(told) };
  }

  /** Tells what waits, keys before what they open. What is told twice is judged once. */
  async function send(): Promise<void> {
    for (;;) {
      const waiting = await store.waiting(sent, atOnce);
      if (waiting.length === 0 || signal.aborted) return;
      let batch: OutgoingMessage[] = [];
      let bytes = 0;
      let upTo = sent;
      const flush = async () => {
        try {
          await bus.send(batch, signal);
          note("told", batch.length);
        } catch (error) {
          if (batch.length > 1 || !isTooLarge(error)) throw error;
          // It waits on, and is tried again at the next start; what has nothing to do with it must not wait behind it.
          tooLarge++;
          log.warn({ bytes, seq: upTo.seq }, "A decision is larger than the brokers take and was not told.");
        }
        sent = upTo;
        batch = [];
        bytes = 0;
      };
      await keys.tell(JSON.stringify(waiting));
      for (const { decision, place } of waiting) {
        const told = message("decision", decision);
        if (bytes > 0 && bytes + told.value.length > batchBytes) await flush();
        batch.push(told);
        bytes += told.value.length;
        upTo = place;
        // Each is packed by itself, and others get their turn in between.
        await setImmediate();
      }
      await flush();
    }
  }

  async function tellErasures(): Promise<void> {
    const erased = await options.erased();
    for (const tag of await keys.tags()) {
      if (!erased.has(tag)) continue;
      if (!erasedByOthers.has(tag)) await bus.send([message("erasure", { tag })], signal);
      // Only then: until its keys are forgotten here, it is told again.
      await keys.forget(tag);
    }
  }

  function wake(): void {
    isStale = true;
    if (sending !== null || signal.aborted) return;
    sending = (async () => {
      while (isStale && !signal.aborted) {
        isStale = false;
        await withRetries(
          async () => {
            await send();
            await tellErasures();
            tell(
              tooLarge === 0
                ? null
                : `${tooLarge} decisions are larger than the brokers take: raise max.message.bytes of the topic ${topics.decisions} to 8 MiB or more, and start this engine anew.`,
            );
          },
          signal,
          (error) => tell(error.message),
        );
      }
    })()
      .catch((error: unknown) => {
        if (signal.aborted) return;
        log.error({ err: error }, "A decision could not be told to the other engines.");
        tell("A decision could not be told to the other engines; the log says why.");
      })
      .finally(() => {
        sending = null;
      });
  }

  function tell(now: string | null): void {
    if (now === problem) return;
    problem = now;
    options.onChange();
  }

  /**
   * While another key is heard than the one that says: says anew by that one what a new engine begins with. Once all engines say by it, the
   * other one is needed no more.
   */
  async function sayAnew(): Promise<void> {
    await withRetries(keys.tellAgain, signal);
    while ((await subscription?.lag()) !== 0) await setTimeout(settledLookMs, undefined, { signal, ref: false });
    const { snapshots } = options;
    const isPut = snapshots !== null && (await withRetries(() => snapshots.renew(signal), signal));
    if (isPut) log.info("What a new engine begins with was said anew by the first fleet key.");
    else log.warn("Keep the former fleet key: without a snapshot a new engine reads decisions that were said by it.");
  }

  async function take({ offset, value }: BusMessage): Promise<void> {
    const last = await store.read(topicPosition, null);
    guard.check(last, offset, value);
    const json = parseJson(value);
    const message = SealedDecision.safeParse(json);
    // Panic stands here, too.
    if (!message.success) return refuseUnknown(json);
    const { kind, node_id: node, box } = message.data;
    const said = boxes.open(about(kind, node), box);
    if (said === undefined) {
      // The last one comes again at each start: it was judged when its key was still heard.
      if (offset <= BigInt(last.offset)) return;
      note("refused");
      log.warn({ offset: String(offset) }, "A decision was not written with this fleet's key and was passed over.");
      options.onChange();
      return;
    }
    if (kind === "erasure") await followErasure(said);
    else {
      // Whoever looks at what was decided is to find its texts, and not that they were erased.
      await keys.arrived(JSON.stringify(said), signal);
      await judge(Number(offset), node, said, sha256(value));
    }
  }

  /** SECURITY: only an engine of this fleet can have everybody stop. @throws SentinelError UNAVAILABLE */
  function refuseUnknown(json: unknown): void {
    const message = SealedMessage.safeParse(json);
    if (!message.success) return;
    const { schema_version, kind, node_id, box } = message.data;
    // From the second version on what is sealed says which it is: else anybody could give a genuine message of the first another number.
    const said = schema_version > 1 ? [...about(kind, node_id), String(schema_version)] : about(kind, node_id);
    const isNews = schema_version > 1 || !SealedDecision.shape.kind.safeParse(kind).success;
    if (isNews && boxes.open(said, box) !== undefined) refuseNewer();
  }

  async function followErasure(said: unknown): Promise<void> {
    const erasure = Erasure.safeParse(said);
    // Its own as well: a backup of before it may have been restored here.
    if (!erasure.success) return;
    const { tag } = erasure.data;
    if ((await options.erased()).has(tag)) return;
    erasedByOthers.add(tag);
    await options.erase(tag);
    wake();
  }

  async function judge(offset: number, node: string, said: unknown, hash: string): Promise<void> {
    const parsed = Decision.safeParse(said);
    // SECURITY: an engine decides in its own name alone.
    const decision = parsed.success && parsed.data.node_id === node ? parsed.data : null;
    const isNewer = (Versioned.safeParse(said).data?.version ?? 1) > decisionsVersion;
    const [judged] = await store.judge([{ offset, decision, hash, isNewer }]);
    count(judged!);
    options.snapshots?.note(offset, signal);
    if (judged!.outcome === "unreadable") {
      log.warn({ offset, node_id: node }, "A decision could not be read and was passed over.");
    }
    options.onChange();
  }

  function count({ outcome }: Judgement): void {
    if (outcome === "accepted" || outcome === "partly") note("accepted");
    if (outcome === "rejected" || outcome === "partly") note("rejected");
    if (outcome === "unreadable") note("refused");
  }

  function note(outcome: keyof DecisionCounts, by = 1): void {
    counts[outcome] += by;
    options.count(outcome, by);
  }

  const stop = store.onAppended((events) => {
    if (events.some(({ state }) => state === "pending")) wake();
  });

  return {
    async start() {
      keys.start();
      if (options.snapshots !== null) await options.snapshots.begin(signal);
      if (signal.aborted) return;
      subscription = bus.subscribe({
        topic: topics.decisions,
        // A group of its own: every engine reads every decision, from the first.
        group: `sentinel-decisions-${nodeId}`,
        concurrency: 1,
        from: {
          // The last one that was judged comes again: by it the topic is known.
          async at() {
            guard.begin();
            return BigInt(Math.max(0, (await store.read(topicPosition, null)).offset));
          },
          orElse: "wait",
        },
        take,
      });
      wake();
      if (boxes.isRotating) {
        sayAnew().catch((error: unknown) => {
          if (!signal.aborted) log.error({ err: error }, "Nothing could be said anew by the first fleet key.");
        });
      }
    },
    /** Something was erased here: the others are told. */
    wake,
    counts: (): DecisionCounts => counts,
    problem: () => subscription?.problem() ?? keys.problem() ?? problem,
    async close() {
      stopping.abort();
      stop();
      await sending;
      await Promise.all([subscription?.close(), keys.close()]);
    },
  };
}
