import { createHash } from "node:crypto";
import type { MessagePort } from "node:worker_threads";
import { SentinelError } from "../../shared/errors.ts";
import type { EvidenceKind } from "../../shared/evidence.ts";
import { canonicalJson } from "../engine/base/canonical-json.ts";
import { analyseExchanges } from "../engine/detect/analysis/analyse-evidence.ts";
import {
  type AnalyseAnswer,
  type AnalyseOutcome,
  type AnalyseProgress,
  type AnalyseTask,
  modelPlace,
} from "../engine/detect/analysis/analyse-task.ts";
import type { AnalysisInputs } from "../engine/detect/analysis/session-analysis.ts";
import { parseBehaviour } from "../engine/detect/anomaly/behaviour-file.ts";
import { createRuleClassifier } from "../engine/detect/classifier/rules.ts";
import { parseSequence } from "../engine/detect/sequence/sequence-file.ts";
import {
  type DeployedPayload,
  openDeployedPayload,
  type ServingReport,
} from "../engine/detect/serving/deployed-payload.ts";
import { createServing, type Serving } from "../engine/detect/serving/serving.ts";
import { storeVerdicts } from "../engine/detect/verdicts/verdict-tables.ts";
import { storeRequests } from "../engine/evidence/analysis-tables.ts";
import { measureClockOffset } from "../engine/evidence/custody.ts";
import { openEnrichment } from "../engine/evidence/enrichment.ts";
import type { Exchange } from "../engine/evidence/exchange.ts";
import { readExchanges } from "../engine/evidence/readers.ts";
import { createProblemList } from "../engine/evidence/reading.ts";
import { openBlobs } from "../engine/store/blobs.ts";
import { connectStore } from "../engine/store/client.ts";
import { openKeyStore } from "../engine/store/key-store.ts";
import { packError } from "../engine/store/store-errors.ts";

/** Opened once per thread: every task of it uses the same model until another one is deployed. */
let opened: { hash: string; serving: Promise<Serving> } | null = null;

async function servingOf(deployed: DeployedPayload): Promise<Serving> {
  if (opened?.hash === deployed.hash) return await opened.serving;
  const before = opened;
  const serving = openDeployedPayload(deployed).then((champion) =>
    createServing({ champion, rules: createRuleClassifier() }),
  );
  const now = { hash: deployed.hash, serving };
  opened = now;
  // One that could not be opened this time is opened again next time.
  serving.catch(() => {
    if (opened === now) opened = null;
  });
  await before?.serving.then((last) => last.close()).catch(() => undefined);
  return await serving;
}

/** How often progress is told, in milliseconds. */
const tellEveryMs = 100;

/** Analyses stored evidence: reads it, judges its sessions, stores what it found; all in this thread and the writer's. */
export async function analyse(
  task: AnalyseTask & { store: MessagePort; control: MessagePort },
): Promise<AnalyseAnswer> {
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
  task: AnalyseTask,
  store: ReturnType<typeof connectStore>,
  signal: AbortSignal,
  tell: (progress: AnalyseProgress) => void,
): Promise<AnalyseOutcome> {
  const { evidence, settings } = task;
  const keys = await openKeyStore({ directory: task.keysPath, ring: task.ring });
  const blobs = await openBlobs({ directory: task.blobsPath, keys });
  const enrichment = await openEnrichment(settings);
  const serving = await servingOf(task.models.payload);
  // What an analysis that broke off left untold.
  serving.takeTally();
  let degraded = 0;
  const report = (): ServingReport => {
    const tally = serving.takeTally();
    degraded += tally.degraded;
    return { hash: task.models.payload.hash, tally, breaker: serving.status().breaker };
  };
  const inputs: AnalysisInputs = {
    classifier: serving.classifier,
    behaviour: parseBehaviour(task.models.behaviour),
    sequence: task.models.sequence === null ? null : parseSequence(task.models.sequence),
    fusion: task.fusion,
    reading: settings,
    enrichmentHash: enrichment.hash,
    extractorVersion: task.extractorVersion,
  };
  const problems = createProblemList();
  const clockOffset = measureClockOffset();
  const digest = createHash("sha256");
  const counts = { requests: 0, sessions: 0, overlapping: 0, simulate: 0, tag: 0, benign: 0 };
  let recordedBy: string | null = null;
  let toldAt = 0;

  async function* exchanges(kind: EvidenceKind): AsyncGenerator<Exchange[]> {
    const options = {
      signal,
      limits: { entryBytes: settings.max_entry_mb * 1024 ** 2 },
      onProblem: problems.add,
      onRecorder: ({ name, version }: { name: string; version: string }) => {
        recordedBy = `${name} ${version}`.trim().slice(0, 200);
      },
      onProgress: (bytes: number) => {
        const now = performance.now();
        if (now - toldAt < tellEveryMs) return;
        toldAt = now;
        tell({ bytes, serving: report() });
      },
    };
    // SECURITY: every chunk is authenticated, under a key bound to the content's hash, before the readers see it; a changed, swapped
    // or missing one ends the analysis with EVIDENCE_CORRUPT.
    for await (const batch of readExchanges(kind, blobs.open(evidence.sha256, { signal }), options)) {
      for (const exchange of batch) clockOffset.add(exchange);
      yield batch;
    }
  }

  const batches = analyseExchanges(exchanges(evidence.kind), {
    inputs,
    evidence,
    gapMs: settings.session_gap_minutes * 60_000,
    describeClient: enrichment.describe,
    now: Date.now,
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
      store.write(storeVerdicts, verdicts),
    ]);
    // A failure is heard at the next turn; without this it would count as unhandled until then.
    storing.catch(() => {});
  }
  await storing;
  const last = report();
  if (degraded > 0) {
    const message = `${degraded} values were judged by rules alone: the payload model did not answer. Import the evidence again once it does.`;
    problems.add({ code: "UNAVAILABLE", place: modelPlace, message });
  }
  return {
    ...counts,
    verdictsDigest: digest.digest("hex"),
    problems: problems.kept,
    problemCount: problems.count(),
    clockOffsetMs: clockOffset.result(),
    recordedBy,
    serving: last,
  };
}
