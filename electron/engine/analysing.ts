import { MessageChannel } from "node:worker_threads";
import { Piscina } from "piscina";
import { SentinelError } from "../../shared/errors.ts";
import type { Logger } from "./base/logging.ts";
import type { Metrics } from "./base/metrics.ts";
import { onDemand } from "./base/on-demand.ts";
import { enginePrincipal } from "./base/principals.ts";
import type { Tracing } from "./base/tracing.ts";
import {
  type AnalyseAnswer,
  type AnalyseOutcome,
  type AnalyseProgress,
  type AnalyseTask,
  modelPlace,
  type SessionTrials,
  type StoreTask,
} from "./detect/analysis/analyse-task.ts";
import { analysisPhases } from "./detect/analysis/phase-clock.ts";
import { lotKeyName } from "./detect/verdicts/session-lot.ts";
import { deleteVerdictsOf, deleteWorstOf, newestVerdict } from "./detect/verdicts/verdict-tables.ts";
import { beginAnalysis, clearAnalysis, endAnalysis } from "./evidence/analysis-tables.ts";
import type { EvidenceRoom } from "./evidence/evidence.ts";
import type { StoredEvidence } from "./evidence/evidence-tables.ts";
import type { PayloadServing } from "./payload-serving.ts";
import type { DataDirectory } from "./store/data-directory.ts";
import type { JobContext, JobKind } from "./store/jobs.ts";
import type { StoreHost } from "./store/store.ts";
import { unpackError } from "./store/store-errors.ts";
import { createTurns } from "./turns.ts";

/** What decides now: handed to each analysis, recorded with each verdict. */
export interface Deciders extends Pick<AnalyseTask, "models" | "fusion" | "flags" | "settings" | "extractorVersion"> {
  /** Covers everything that decides: with the same version, the stored results are still right. */
  readonly analysisVersion: string;
}

export interface AnalysingOptions {
  readonly directory: DataDirectory;
  readonly store: StoreHost;
  readonly evidence: EvidenceRoom;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly tracing: Tracing;
  readonly deciders: () => Promise<Deciders>;
  readonly workerEntry: URL;
  readonly threads: number;
  readonly serving: Pick<PayloadServing, "hear" | "forget">;
  /** Hears how a model on trial fared in some sessions. */
  readonly onTrials: (trials: SessionTrials | null) => void;
  /** Hears what of the operator's own data an analysis could not use. */
  readonly onEnrichment: (problems: readonly string[]) => void;
  /** Hears when verdicts were added or taken away. */
  readonly onVerdicts: (evidenceId: string, added: number) => void;
  /** Hears when what is known of other evidence changed: its requests that earlier evidence has too. */
  readonly onEvidence: (evidenceId: string) => void;
}

export interface Analysing {
  readonly job: JobKind<{ evidence_id: string; restored?: boolean }, never>;
  /** Does something with evidence while no analysis of it runs. @throws the signal's reason */
  alone<T>(evidenceId: string, work: () => Promise<T>, signal: AbortSignal): Promise<T>;
  /** Starts a thread, so that it has read its code by the time the evidence is stored. */
  prepare(): void;
  close(): Promise<void>;
}

/** Derived rows removed in one transaction: other writers get their turn in between. */
const clearAtOnce = 5000;
const tidyAgainMs = 2000;

/** The job that turns stored evidence into verdicts, in a thread of a pool. Done again from the start when it was broken off. */
export function createAnalysing(options: AnalysingOptions): Analysing {
  const { directory, store, evidence, log, metrics, tracing } = options;
  let started: Piscina<StoreTask, AnalyseAnswer> | undefined;
  /** Threads, from the first analysis on: at the start the processor belongs to the window. */
  const pool = () => {
    started ??= new Piscina<StoreTask, AnalyseAnswer>({
      filename: options.workerEntry.href,
      name: "analyse",
      ...onDemand,
      minThreads: 1,
      maxThreads: options.threads,
      idleTimeout: 60_000,
      resourceLimits: { maxYoungGenerationSizeMb: 32, maxOldGenerationSizeMb: 1024 },
    });
    return started;
  };
  // Two analyses of the same evidence would remove each other's rows.
  const turns = createTurns();
  /** Evidence whose rows could not be tidied up when its analysis broke off, and when that is tried again. */
  const untidy = new Map<string, NodeJS.Timeout>();

  async function analyse(task: StoreTask, signal: AbortSignal, onProgress: (bytes: number) => void) {
    signal.throwIfAborted();
    const control = new MessageChannel();
    const port = store.port();
    const cancel = () => control.port1.postMessage("cancel");
    signal.addEventListener("abort", cancel, { once: true });
    const thread = task.evidence.id;
    control.port1.on("message", ({ bytes, serving, trials }: AnalyseProgress) => {
      options.serving.hear(thread, serving);
      options.onTrials(trials);
      onProgress(bytes);
    });
    try {
      const message = { ...task, store: port, control: control.port2 };
      // Piscina's type is the other overload of postMessage's; at run time it insists on an array.
      const transferList = [port, control.port2] as never;
      const answer = await pool().run(message, { transferList });
      if ("error" in answer) throw unpackError(answer.error);
      options.serving.hear(thread, answer.outcome.serving);
      options.onTrials(answer.outcome.trials);
      return answer.outcome;
    } finally {
      signal.removeEventListener("abort", cancel);
      control.port1.close();
      options.serving.forget(thread);
    }
  }

  let lotKey: Promise<Uint8Array> | undefined;
  /** Made at the first analysis; of two at once, one makes it. */
  function readLotKey(): Promise<Uint8Array> {
    const { keys } = directory;
    lotKey ??= keys.get("engine", lotKeyName).then((key) => key ?? keys.create("engine", lotKeyName));
    lotKey.catch(() => {
      lotKey = undefined;
    });
    return lotKey;
  }

  /** Removes what is known of requests; verdicts stay, since an analysis replaces them one by one. */
  async function clearRequests(id: string, seq: number, signal?: AbortSignal): Promise<void> {
    while (!(await store.write(deleteWorstOf, { evidenceId: id, limit: clearAtOnce }))) signal?.throwIfAborted();
    while (!(await store.write(clearAnalysis, { evidence: seq, limit: clearAtOnce }))) signal?.throwIfAborted();
  }

  async function clearVerdicts(id: string, upTo?: number): Promise<void> {
    const args = { evidenceId: id, limit: clearAtOnce, ...(upTo === undefined ? {} : { upTo }) };
    while (!(await store.write(deleteVerdictsOf, args)));
  }

  async function end(seq: number, done: boolean): Promise<void> {
    for (const id of await store.write(endAnalysis, { evidence: seq, done })) options.onEvidence(id);
  }

  /** After an analysis that broke off nothing half-done stays in view; on a full disk as soon as there is room. */
  async function tidy(id: string, seq: number): Promise<void> {
    try {
      await clearVerdicts(id);
      await clearRequests(id, seq);
      await end(seq, false);
      options.onVerdicts(id, 0);
    } catch (error) {
      log.warn({ err: error, evidence_id: id }, "What a broken-off analysis left could not be removed yet.");
      const again = () => turns.take(id, () => (untidy.delete(id) ? tidy(id, seq) : Promise.resolve()));
      untidy.set(id, setTimeout(() => void again(), tidyAgainMs).unref());
    }
  }

  async function note(id: string, seq: number, thrown: unknown, signal: AbortSignal): Promise<void> {
    // Broken off by the engine's end: the next start begins it again.
    if (signal.aborted && !isCancelled(signal.reason)) return;
    await tidy(id, seq);
    const error = signal.aborted ? signal.reason : thrown;
    const coded =
      error instanceof SentinelError ? error : new SentinelError("INTERNAL", "The analysis failed by a defect.");
    try {
      await evidence.markFailed(id, coded, enginePrincipal);
    } catch (failure) {
      log.error({ err: failure, evidence_id: id }, "That an analysis failed could not be stored.");
    }
  }

  async function run(found: StoredEvidence, context: JobContext<never>) {
    const { signal, progress } = context;
    const { seq, sha256 } = found;
    const { id, kind, size_bytes } = found.evidence;
    const { analysisVersion, ...deciders } = await options.deciders();
    signal.throwIfAborted();
    const begun = await store.write(beginAnalysis, {
      evidence: seq,
      extractorVersion: analysisVersion,
      // What rules judged in the model's place is judged again.
      again: found.evidence.problems.some(({ place }) => place === modelPlace),
    });
    if (begun === "done") return { evidence_id: id };
    clearTimeout(untidy.get(id));
    untidy.delete(id);
    try {
      progress({ step: "preparing", done: 0, total: size_bytes, unit: "bytes" });
      await clearRequests(id, seq, signal);
      const earlier = await store.read(newestVerdict, null);
      progress({ step: "analysing" });
      const task = {
        ...deciders,
        evidence: { id, seq, kind, sha256 },
        blobsPath: directory.blobsPath,
        keysPath: directory.keysPath,
        ring: directory.ring,
        lotKey: await readLotKey(),
        timed: tracing.isOn,
      };
      const from = Date.now();
      const outcome = await analyse(task, signal, (bytes) => progress({ done: Math.min(bytes, size_bytes) }));
      signal.throwIfAborted();
      // Of sessions that there are no longer: another version cuts them another way.
      await clearVerdicts(id, earlier);
      tellPhases(outcome, from);
      options.onEnrichment(outcome.enrichmentProblems);
      await evidence.markAnalysed(id, toEvent(outcome, deciders.extractorVersion), enginePrincipal);
      await end(seq, true);
      progress({ step: "done", done: size_bytes });
      for (const verdict of ["simulate", "tag", "benign"] as const) {
        metrics.predictions.inc({ verdict }, outcome[verdict]);
      }
      options.onVerdicts(id, outcome.sessions);
      return toResult(id, outcome);
    } catch (error) {
      await note(id, seq, error, signal);
      throw error;
    }
  }

  /** The phases alternate: each is told as one span, as long as all of its parts, one after the other. */
  function tellPhases(outcome: AnalyseOutcome, from: number): void {
    if (outcome.phases === null) return;
    const counts = {
      "sentinel.requests": outcome.requests,
      "sentinel.sessions": outcome.sessions,
      "sentinel.flagged": outcome.simulate + outcome.tag,
    };
    let at = from;
    for (const phase of analysisPhases) {
      const to = at + outcome.phases[phase];
      tracing.past(`analysis.${phase}`, at, to, counts);
      at = to;
    }
  }

  return {
    job: {
      kind: "analyse",
      resumable: true,
      resumeAtStart: true,
      run: ({ evidence_id, restored }, context) => {
        const analysed = async () => {
          const found = await evidence.get(evidence_id);
          const result = await run(found, context);
          // What became of an earlier withdrawal: whoever brought it again hears it.
          if (restored === true) return { ...result, restored };
          return found.evidence.status === "withdrawn" ? { ...result, withdrawn: true } : result;
        };
        return turns.take(evidence_id, analysed, context.signal);
      },
    },
    alone: (id, work, signal) => turns.take(id, work, signal),
    prepare: () => void pool(),
    async close() {
      for (const timer of untidy.values()) clearTimeout(timer);
      await started?.destroy();
    },
  };
}

function isCancelled(reason: unknown): boolean {
  return reason instanceof SentinelError && reason.code === "CANCELLED";
}

function toResult(id: string, outcome: AnalyseOutcome) {
  return {
    evidence_id: id,
    requests: outcome.requests,
    sessions: outcome.sessions,
    overlapping: outcome.overlapping,
    flagged: outcome.simulate + outcome.tag,
    problems: outcome.problems.slice(0, 20),
    problem_count: outcome.problemCount,
  };
}

function toEvent(outcome: AnalyseOutcome, extractorVersion: string) {
  return {
    extractor_version: extractorVersion,
    requests: outcome.requests,
    sessions: outcome.sessions,
    overlapping: outcome.overlapping,
    verdicts: { simulate: outcome.simulate, tag: outcome.tag, benign: outcome.benign, digest: outcome.verdictsDigest },
    problems: [...outcome.problems],
    problem_count: outcome.problemCount,
    clock_offset_ms: outcome.clockOffsetMs,
    recorded_by: outcome.recordedBy,
    ...(Object.keys(outcome.passedOver).length === 0 ? {} : { passed_over: { ...outcome.passedOver } }),
  };
}
