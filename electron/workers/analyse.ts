import { createHash } from "node:crypto";
import type { MessagePort } from "node:worker_threads";
import { SentinelError } from "../../shared/errors.ts";
import { canonicalJson } from "../engine/base/canonical-json.ts";
import {
  type AnalyseAnswer,
  type AnalyseOutcome,
  type AnalyseProgress,
  modelPlace,
  type StoreTask,
} from "../engine/detect/analysis/analyse-task.ts";
import { openAnalysis } from "../engine/detect/analysis/open-analysis.ts";
import type { ServingReport } from "../engine/detect/serving/deployed-payload.ts";
import { lotOf } from "../engine/detect/verdicts/session-lot.ts";
import { replaceVerdicts } from "../engine/detect/verdicts/verdict-tables.ts";
import { storeRequests } from "../engine/evidence/analysis-tables.ts";
import { createProblemList } from "../engine/evidence/reading.ts";
import { connectStore } from "../engine/store/client.ts";
import { packError } from "../engine/store/store-errors.ts";

/** How often progress is told, in milliseconds. */
const tellEveryMs = 100;

/** Analyses stored evidence: reads it, judges its sessions, stores what it found; all in this thread and the writer's. */
export async function analyse(task: StoreTask & { store: MessagePort; control: MessagePort }): Promise<AnalyseAnswer> {
  const abort = new AbortController();
  task.control.on("message", () => abort.abort());
  const store = connectStore(task.store);
  try {
    return { outcome: await run(task, store, abort.signal, (progress) => task.control.postMessage(progress)) };
  } catch (error) {
    return { error: packError(error) };
  } finally {
    store.close();
    task.control.close();
  }
}

async function run(
  task: StoreTask,
  store: ReturnType<typeof connectStore>,
  signal: AbortSignal,
  tell: (progress: AnalyseProgress) => void,
): Promise<AnalyseOutcome> {
  const { evidence } = task;
  const opened = await openAnalysis(task);
  const { serving, clockOffset, degraded, takeTrials, phases, batches: read } = opened;
  // What an analysis that broke off left untold.
  serving.takeTally();
  const report = (): ServingReport => ({
    hash: task.models.payload.hash,
    tally: serving.takeTally(),
    breaker: serving.status().breaker,
  });
  const problems = createProblemList();
  const digest = createHash("sha256");
  const counts = { requests: 0, sessions: 0, overlapping: 0, simulate: 0, tag: 0, benign: 0 };
  const passedOver: Record<string, number> = {};
  let recordedBy: string | null = null;
  let toldAt = 0;

  const batches = read({
    signal,
    onProblem: problems.add,
    onRecorder: ({ name, version }) => {
      recordedBy = `${name} ${version}`.trim().slice(0, 200);
    },
    onPassedOver: (scheme) => {
      passedOver[scheme] = (passedOver[scheme] ?? 0) + 1;
    },
    onProgress: (bytes) => {
      const now = performance.now();
      if (now - toldAt < tellEveryMs) return;
      toldAt = now;
      tell({ bytes, serving: report(), trials: takeTrials() });
    },
  });
  // One batch is being stored while the next is analysed; a second one waits.
  let storing: Promise<unknown> = Promise.resolve();
  for await (const { requests, sessions, verdicts } of batches) {
    await storing;
    if (signal.aborted) throw new SentinelError("CANCELLED", "The analysis was cancelled.");
    counts.requests += requests.length;
    counts.sessions += sessions.length;
    for (const { id, verdict, score } of verdicts) {
      counts[verdict]++;
      digest.update(canonicalJson([id, verdict, score]));
    }
    storing = Promise.all([
      store.write(storeRequests, { evidence: evidence.seq, requests, sessions }).then((overlapping) => {
        counts.overlapping += overlapping;
      }),
      store.write(
        replaceVerdicts,
        verdicts.map((one) => ({ ...one, lot: lotOf(task.lotKey, one) })),
      ),
    ]);
    // A failure is heard at the next turn; without this it would count as unhandled until then.
    storing.catch(() => {});
  }
  await storing;
  const last = report();
  if (degraded() > 0) {
    const message = `${degraded()} values were judged by rules alone: the payload model did not answer. Import the evidence again once it does.`;
    problems.add({ code: "UNAVAILABLE", place: modelPlace, message });
  }
  return {
    ...counts,
    verdictsDigest: digest.digest("hex"),
    problems: problems.kept,
    problemCount: problems.count(),
    enrichmentProblems: opened.enrichmentProblems,
    clockOffsetMs: clockOffset.result(),
    recordedBy,
    passedOver,
    serving: last,
    trials: takeTrials(),
    phases: phases(),
  };
}
