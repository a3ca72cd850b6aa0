import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { MessageChannel } from "node:worker_threads";
import { Piscina } from "piscina";
import { SentinelError } from "../../shared/errors.ts";
import {
  type Replay,
  type ReplayFlip,
  type ReplayModel,
  ReplayQuestion,
  type ReplaySummary,
} from "../../shared/replay.ts";
import type { Score } from "../../shared/units.ts";
import type { Deciders } from "./analysing.ts";
import { type Clock, toInstant } from "./base/clock.ts";
import { sha256 } from "./base/ids.ts";
import { inBackground } from "./base/on-demand.ts";
import { sharesWithout } from "./detect/analysis/session-flags.ts";
import { type DeployedPayload, usualSetErrorRate } from "./detect/serving/deployed-payload.ts";
import type { VerdictInputs } from "./detect/verdicts/verdict-record.ts";
import type { Engine } from "./engine-interface.ts";
import type { EvidenceRoom } from "./evidence/evidence.ts";
import type { Models } from "./models.ts";
import { changedConditions } from "./replay/changed-conditions.ts";
import { addCounts, noCounts } from "./replay/comparison.ts";
import {
  decisionOf,
  dropFlips,
  evidenceToReplay,
  type FlipRow,
  flipPage,
  latestReplays,
  type Period,
  type Replayed,
  type ReplayRow,
  saveReplay,
} from "./replay/replay-tables.ts";
import type { ReplayAnswer, ReplayTask } from "./replay/replay-task.ts";
import type { DataDirectory } from "./store/data-directory.ts";
import type { JobContext, JobKind, Jobs } from "./store/jobs.ts";
import type { StoreHost } from "./store/store.ts";
import { unpackError } from "./store/store-errors.ts";

/** How far a replay has come: the evidence that is done, and what it came to. */
interface Reached {
  readonly done: readonly string[];
  readonly summary: ReplaySummary;
  readonly beganAt: string;
}

export interface Replaying {
  readonly job: JobKind<ReplayQuestion, Reached>;
  readonly operations: Engine["replays"];
  close(): Promise<void>;
}

const nothingYet: ReplaySummary = { evidence: 0, notes: [], ...noCounts() };
/** Evidence that a summary names; all of it is counted. */
const mostNotes = 200;

/**
 * Judges stored evidence again, as it was decided but for what is asked: other models, other thresholds. Nothing that is stored
 * changes; asked with nothing changed, it proves that old verdicts reproduce bit for bit.
 */
export function createReplaying(options: {
  readonly directory: Pick<DataDirectory, "blobsPath" | "keysPath" | "ring">;
  readonly store: StoreHost;
  readonly evidence: EvidenceRoom;
  readonly models: Models;
  readonly jobs: Jobs;
  readonly clock: Clock;
  readonly workerEntry: URL;
  /** Folder of the shipped models. */
  readonly shipped: string;
  /** What decides now. */
  readonly deciders: () => Promise<Deciders>;
}): Replaying {
  const { directory, store, evidence, models, jobs, clock, deciders } = options;
  const pool = new Piscina<ReplayTask, ReplayAnswer>({
    filename: options.workerEntry.href,
    name: "replay",
    ...inBackground,
    idleTimeout: 60_000,
    resourceLimits: { maxYoungGenerationSizeMb: 32, maxOldGenerationSizeMb: 1024 },
  });

  async function judge(task: ReplayTask, signal: AbortSignal, onProgress: (bytes: number) => void) {
    signal.throwIfAborted();
    const { port1, port2 } = new MessageChannel();
    const port = store.port();
    const cancel = () => port1.postMessage("cancel");
    signal.addEventListener("abort", cancel, { once: true });
    port1.on("message", onProgress);
    try {
      const message = { ...task, store: port, control: port2 };
      // Piscina's type is the other overload of postMessage's; at run time it insists on an array.
      const answer = await pool.run(message, { transferList: [port, port2] as never });
      if ("error" in answer) throw unpackError(answer.error);
      return answer;
    } finally {
      signal.removeEventListener("abort", cancel);
      port1.close();
    }
  }

  /** @throws SentinelError NOT_FOUND when the model is not kept */
  async function payloadModel(model: ReplayModel, then: VerdictInputs, now: DeployedPayload): Promise<DeployedPayload> {
    const kept = (hash: string): DeployedPayload => (hash === now.hash ? now : { ...now, ...models.payloadOf(hash) });
    switch (model) {
      case "as_decided":
        return kept(then.modelHash);
      case "current":
        return now;
      case "built-in":
        return { ...now, kind: "built-in", path: models.payloadPath, hash: models.classifier.hash };
      case "classic": {
        const path = join(options.shipped, "classic.bin");
        return { ...now, kind: "classic", path, hash: await hashOf(path) };
      }
      default:
        return kept(model);
    }
  }

  /** @throws SentinelError NOT_FOUND when the model is not kept, MODEL_UNREADABLE when it asks about other features than today's */
  async function behaviourModel(model: ReplayQuestion["behaviour_model"], then: VerdictInputs): Promise<Uint8Array> {
    if (model === "current") return models.behaviourBytes;
    if (model === "as_decided") return await models.behaviourBytesOf(then.anomalyHash);
    return await models.behaviourForToday(model);
  }

  /** The task for a piece of evidence: as its verdicts were decided, but for what is asked. */
  async function toTask(of: Replayed, then: VerdictInputs, asked: ReplayQuestion, replay: string) {
    const { id } = of;
    const { evidence: found, seq, sha256: content } = await evidence.get(id);
    const now = await deciders();
    const payload = await payloadModel(asked.payload_model, then, now.models.payload);
    const rate = then.setErrorRate ?? usualSetErrorRate;
    return {
      replay,
      period: toPeriod(asked),
      of,
      evidence: { id, seq, kind: found.kind, sha256: content },
      blobsPath: directory.blobsPath,
      keysPath: directory.keysPath,
      ring: directory.ring,
      settings: {
        ...now.settings,
        session_gap_minutes: then.sessionGapMinutes,
        max_entry_mb: then.maxEntryMb,
        class_set_error_rate: rate,
      },
      fusion: {
        payloadWeight: then.payloadWeight,
        tagThreshold: asked.tag_threshold ?? then.tagThreshold,
        simulateThreshold: asked.simulate_threshold ?? then.simulateThreshold,
      },
      // As each was decided, whatever the shares are now.
      flags: sharesWithout(then.withheld ?? []),
      extractorVersion: now.extractorVersion,
      models: {
        payload: { ...payload, setErrorRate: rate },
        challenger: null,
        behaviour: await behaviourModel(asked.behaviour_model, then),
        sequence: now.models.sequence,
      },
    } satisfies ReplayTask;
  }

  async function run(args: ReplayQuestion, context: JobContext<Reached>) {
    const { id, by, signal, progress, checkpoint, resumeFrom } = context;
    // One that goes on since an earlier version may lack what could not be asked then.
    const asked = ReplayQuestion.parse(args);
    const todo = await store.read(evidenceToReplay, toPeriod(asked));
    const sizes = new Map<string, number>();
    for (const each of todo) sizes.set(nameOf(each), (await evidence.get(each.id)).evidence.size_bytes);
    const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
    let reached = resumeFrom ?? { done: [], summary: nothingYet, beganAt: toInstant(clock.now()) };
    let bytes = reached.done.reduce((sum, each) => sum + (sizes.get(each) ?? 0), 0);
    const row = (endedAt: string | null): ReplayRow => {
      const { beganAt, summary } = reached;
      return { id, question: asked, actor: by.actor, beganAt, endedAt, summary };
    };
    progress({ step: "judging again", done: bytes, total, unit: "bytes" });
    await store.write(saveReplay, row(null));
    for (const each of todo) {
      if (reached.done.includes(nameOf(each))) continue;
      signal.throwIfAborted();
      // What a run that was broken off in the middle of it left.
      await store.write(dropFlips, { replay: id, of: each });
      const size = sizes.get(nameOf(each))!;
      const isNew = !reached.done.some((name) => name.startsWith(each.id));
      const added = await replayOne(each, asked, context, isNew, (read) =>
        progress({ done: bytes + Math.min(read, size) }),
      );
      bytes += size;
      reached = { ...reached, done: [...reached.done, nameOf(each)], summary: addSummaries(reached.summary, added) };
      await store.write(saveReplay, row(null));
      await checkpoint(reached);
      progress({ done: bytes });
    }
    await store.write(saveReplay, row(toInstant(clock.now())));
    const { sessions, identical, opened, gone } = reached.summary;
    return { replay: id, sessions, identical, opened, gone: Object.values(gone).reduce((sum, n) => sum + n, 0) };
  }

  /** @param isNew whether it is the first of its piece of evidence */
  async function replayOne(
    of: Replayed,
    asked: ReplayQuestion,
    { id: replay, signal }: JobContext<Reached>,
    isNew: boolean,
    onProgress: (bytes: number) => void,
  ): Promise<ReplaySummary> {
    const { id } = of;
    const then = JSON.parse(of.inputs) as VerdictInputs;
    const fileName = (await evidence.get(id)).evidence.file_name;
    const note = (skipped: boolean, reason: string) => [{ evidence_id: id, file_name: fileName, skipped, reason }];
    const none = { ...nothingYet, evidence: isNew ? 1 : 0 };
    try {
      const task = await toTask(of, then, asked, replay);
      const { counts, enrichmentHash, degraded } = await judge(task, signal, onProgress);
      const now = { extractorVersion: task.extractorVersion, enrichmentHash, sessions: counts.sessions, degraded };
      const changed = changedConditions({ ...then, sessions: of.sessions }, now);
      const notes = changed.length === 0 ? [] : note(false, `Not under the conditions of then: ${changed.join("; ")}.`);
      return { ...counts, evidence: none.evidence, notes };
    } catch (error) {
      // One file that is damaged, or whose models are gone, does not hold up the others.
      if (signal.aborted || !(error instanceof SentinelError)) throw error;
      await store.write(dropFlips, { replay, of });
      return { ...none, notes: note(true, error.message) };
    }
  }

  async function behaviourChoices() {
    const labelOf = (hash: string) => (hash === models.shippedBehaviour ? "Shipped model" : "Fitted here");
    return (await models.keptBehaviours()).map((hash) => ({
      hash,
      label: hash === models.behaviour.hash ? `${labelOf(hash)}, decides now` : labelOf(hash),
    }));
  }

  async function payloadChoices() {
    const now = (await deciders()).models.payload;
    const classic = await hashOf(join(options.shipped, "classic.bin"));
    const named = new Map<string, { model: ReplayModel; label: string }>([
      [models.classifier.hash, { model: "built-in", label: "Shipped model" }],
      [classic, { model: "classic", label: "Random forest (classic)" }],
    ]);
    if (!named.has(now.hash)) named.set(now.hash, { model: now.hash, label: "The model that decides now" });
    for (const hash of await models.keptPayloads()) {
      const label = models.payloadOf(hash).kind === "onnx" ? "Transformer" : "Earlier model";
      if (!named.has(hash)) named.set(hash, { model: hash, label });
    }
    return [...named].map(([hash, { model, label }]) => ({
      model,
      hash,
      label: hash === now.hash && model !== now.hash ? `${label}, decides now` : label,
    }));
  }

  return {
    job: { kind: "replay", role: "analyst", resumable: true, run },
    operations: {
      models: async () => ({ payload: await payloadChoices(), behaviour: await behaviourChoices() }),
      async start(asked, by) {
        const { from, to, tag_threshold: tag, simulate_threshold: simulate } = asked;
        if (from !== null && to !== null && from >= to) {
          throw new SentinelError("INPUT_INVALID", "The period ends before it begins.");
        }
        if (tag !== null && simulate !== null && tag > simulate) {
          throw new SentinelError("INPUT_INVALID", "tag_threshold must not be above simulate_threshold.");
        }
        if (asked.payload_model.length === 64) models.payloadOf(asked.payload_model);
        if (asked.behaviour_model.length === 64) await models.behaviourForToday(asked.behaviour_model);
        return { job_id: (await jobs.start("replay", asked, "Replay", by)).id };
      },
      list: async () => (await store.read(latestReplays, null)).map(toReplay),
      async flips({ id, direction, limit, after }) {
        const rows = await store.read(flipPage, { replay: id, direction, after, limit: limit + 1 });
        const items = rows.slice(0, limit).map(toFlip);
        return { items, next: rows.length > limit ? items.at(-1)!.n : null };
      },
    },
    close: () => pool.destroy(),
  };
}

/** What a resumed replay knows it by. */
const nameOf = ({ id, inputs }: Replayed) => `${id} ${sha256(inputs)}`;

async function hashOf(path: string): Promise<string> {
  return sha256(await readFile(path));
}

const toPeriod = ({ from, to }: ReplayQuestion): Period => ({
  from: from === null ? null : Date.parse(from),
  to: to === null ? null : Date.parse(to),
});

function addSummaries(a: ReplaySummary, b: ReplaySummary): ReplaySummary {
  return {
    ...addCounts(a, b),
    evidence: a.evidence + b.evidence,
    notes: [...a.notes, ...b.notes].slice(0, mostNotes),
  };
}

function toReplay({ id, question, actor, beganAt, endedAt, summary }: ReplayRow): Replay {
  return { id, question, actor, began_at: beganAt, ended_at: endedAt, summary };
}

function toFlip(row: FlipRow): ReplayFlip {
  const { status, reason, before, after } = row;
  return {
    n: row.n,
    verdict_id: row.verdictId,
    file_name: row.fileName,
    session: row.session,
    client: row.client,
    request_line: row.requestLine,
    payload: row.payload,
    decision: decisionOf(status, reason),
    before: { verdict: before, score: row.beforeScore as Score, class: row.beforeClass },
    after: { verdict: after, score: row.afterScore as Score, class: row.afterClass },
  };
}
