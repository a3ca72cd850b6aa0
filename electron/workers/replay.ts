import type { MessagePort } from "node:worker_threads";
import { SentinelError } from "../../shared/errors.ts";
import { openAnalysis } from "../engine/detect/analysis/open-analysis.ts";
import type { VerdictRecord } from "../engine/detect/verdicts/verdict-record.ts";
import { createComparison } from "../engine/replay/comparison.ts";
import { decidedSessions, storeFlips } from "../engine/replay/replay-tables.ts";
import type { DescribeAnswer, DescribeTask, ReplayAnswer, ReplayTask } from "../engine/replay/replay-task.ts";
import { connectStore } from "../engine/store/client.ts";
import { packError } from "../engine/store/store-errors.ts";

/** How often progress is told, in milliseconds. */
const tellEveryMs = 100;

/** Judges some sessions of stored evidence again, for their numbers alone: nothing is kept. */
export async function describe(task: DescribeTask): Promise<DescribeAnswer> {
  const abort = new AbortController();
  const { signal } = abort;
  task.control.on("message", () => abort.abort());
  const wanted = new Set(task.sessions);
  const vectors: Float64Array[] = [];
  try {
    const { batches } = await openAnalysis(task);
    for await (const { verdicts } of batches({ signal })) {
      if (signal.aborted) throw new SentinelError("CANCELLED", "It was cancelled.");
      for (const { session, verdict, features } of verdicts) {
        if (verdict === "benign" && wanted.has(session)) vectors.push(features);
      }
    }
    return { vectors };
  } catch (error) {
    return { error: packError(error) };
  } finally {
    task.control.close();
  }
}

/** Judges stored evidence again and compares; of it only the flips are kept. */
export async function replay(task: ReplayTask & { store: MessagePort; control: MessagePort }): Promise<ReplayAnswer> {
  const abort = new AbortController();
  const { signal } = abort;
  task.control.on("message", () => abort.abort());
  const store = connectStore(task.store);
  const { period, replay: id, of } = task;
  const comparison = createComparison();
  let toldAt = 0;

  async function compare(verdicts: readonly VerdictRecord[]): Promise<void> {
    const now = new Map(verdicts.map((verdict) => [verdict.session, verdict]));
    const asked = { ...period, of, sessions: [...now.keys()] };
    const flips = (await store.read(decidedSessions, asked)).flatMap((then) => {
      const flip = comparison.add(then, now.get(then.session)!);
      return flip === null ? [] : [flip];
    });
    if (flips.length > 0) await store.write(storeFlips, { replay: id, flips });
  }

  try {
    const { degraded, enrichmentHash, batches } = await openAnalysis(task);
    const onProgress = (bytes: number) => {
      const now = performance.now();
      if (now - toldAt < tellEveryMs) return;
      toldAt = now;
      task.control.postMessage(bytes);
    };
    for await (const { verdicts } of batches({ signal, onProgress })) {
      if (signal.aborted) throw new SentinelError("CANCELLED", "The replay was cancelled.");
      if (verdicts.length > 0) await compare(verdicts);
    }
    return { counts: comparison.counts(), enrichmentHash, degraded: degraded() };
  } catch (error) {
    return { error: packError(error) };
  } finally {
    store.close();
    task.control.close();
  }
}
