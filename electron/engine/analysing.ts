import { MessageChannel } from "node:worker_threads";
import { Piscina } from "piscina";
import { SentinelError } from "../../shared/errors.ts";
import type { Metrics } from "./base/metrics.ts";
import { enginePrincipal } from "./base/principals.ts";
import type { AnalyseOutcome, AnalyseTask } from "./detect/analysis/analyse-task.ts";
import { deleteVerdictsOf } from "./detect/verdicts/verdict-tables.ts";
import { beginAnalysis, clearAnalysis, endAnalysis } from "./evidence/analysis-tables.ts";
import type { EvidenceRoom } from "./evidence/evidence.ts";
import type { DataDirectory } from "./store/data-directory.ts";
import type { JobKind } from "./store/jobs.ts";
import type { StoreHost } from "./store/store.ts";

/** What decides now: handed to each analysis, recorded with each verdict. */
export type Deciders = Pick<AnalyseTask, "models" | "fusion" | "settings" | "extractorVersion">;

export interface AnalysingOptions {
  readonly directory: DataDirectory;
  readonly store: StoreHost;
  readonly evidence: EvidenceRoom;
  readonly metrics: Metrics;
  readonly deciders: () => Promise<Deciders>;
  readonly workerEntry: URL;
  readonly threads: number;
  /** Hears when verdicts were added. */
  readonly onVerdicts: (evidenceId: string, added: number) => void;
}

export interface Analysing {
  readonly job: JobKind<{ evidence_id: string }, never>;
  close(): Promise<void>;
}

/** Derived rows removed in one transaction: other writers get their turn in between. */
const clearAtOnce = 5000;

/** The job that turns stored evidence into verdicts, in a thread of a pool. Done again from the start when it was broken off. */
export function createAnalysing(options: AnalysingOptions): Analysing {
  const { directory, store, evidence, metrics } = options;
  const pool = new Piscina<AnalyseTask, AnalyseOutcome>({
    filename: options.workerEntry.href,
    name: "analyse",
    minThreads: 1,
    maxThreads: options.threads,
    idleTimeout: 60_000,
  });

  async function analyse(task: AnalyseTask, signal: AbortSignal, onProgress: (bytes: number) => void) {
    const control = new MessageChannel();
    const port = store.port();
    const cancel = () => control.port1.postMessage("cancel");
    signal.addEventListener("abort", cancel, { once: true });
    control.port1.on("message", onProgress);
    try {
      const message = { ...task, store: port, control: control.port2 };
      // Piscina's type is the other overload of postMessage's; at run time it insists on an array.
      const transferList = [port, control.port2] as never;
      return await pool.run(message, { transferList });
    } finally {
      signal.removeEventListener("abort", cancel);
      control.port1.close();
    }
  }

  return {
    job: {
      kind: "analyse",
      resumable: true,
      resumeAtStart: true,
      async run({ evidence_id }, { signal, progress }) {
        const found = await evidence.get(evidence_id);
        const deciders = await options.deciders();
        const { extractorVersion } = deciders;
        const { seq, sha256 } = found;
        const { kind, size_bytes } = found.evidence;
        if ((await store.write(beginAnalysis, { evidence: seq, extractorVersion })) === "done") return { evidence_id };
        let done = false;
        try {
          progress({ step: "preparing", done: 0, total: size_bytes, unit: "bytes" });
          await store.write(deleteVerdictsOf, evidence_id);
          while (!(await store.write(clearAnalysis, { evidence: seq, limit: clearAtOnce }))) signal.throwIfAborted();
          progress({ step: "analysing" });
          const task = {
            ...deciders,
            evidence: { id: evidence_id, seq, kind, sha256 },
            blobsPath: directory.blobsPath,
            keysPath: directory.keysPath,
            ring: directory.ring,
          };
          const outcome = await analyse(task, signal, (bytes) => progress({ done: Math.min(bytes, size_bytes) }));
          await evidence.markAnalysed(evidence_id, toEvent(outcome, extractorVersion), enginePrincipal);
          done = true;
          progress({ step: "done", done: size_bytes });
          for (const verdict of ["simulate", "tag", "benign"] as const) {
            metrics.predictions.inc({ verdict }, outcome[verdict]);
          }
          options.onVerdicts(evidence_id, outcome.sessions);
          return {
            evidence_id,
            requests: outcome.requests,
            sessions: outcome.sessions,
            overlapping: outcome.overlapping,
            flagged: outcome.simulate + outcome.tag,
            problems: outcome.problems.slice(0, 20),
            problem_count: outcome.problemCount,
          };
        } catch (error) {
          if (error instanceof SentinelError && !signal.aborted) {
            await evidence.markFailed(evidence_id, error, enginePrincipal);
          }
          throw error;
        } finally {
          await store.write(endAnalysis, { evidence: seq, done });
        }
      },
    },
    close: () => pool.destroy(),
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
  };
}
