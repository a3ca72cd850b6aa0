import { SentinelError } from "../../../../shared/errors.ts";
import { measureClockOffset } from "../../evidence/custody.ts";
import { openEnrichment } from "../../evidence/enrichment.ts";
import type { Exchange } from "../../evidence/exchange.ts";
import { readExchanges } from "../../evidence/readers.ts";
import type { ReadOptions } from "../../evidence/reading.ts";
import { openBlobs } from "../../store/blobs.ts";
import { openKeyStore } from "../../store/key-store.ts";
import { parseBehaviour } from "../anomaly/behaviour-file.ts";
import { createRuleClassifier } from "../classifier/rules.ts";
import { parseSequence } from "../sequence/sequence-file.ts";
import { openDeployedPayload } from "../serving/deployed-payload.ts";
import { createServing, type Serving } from "../serving/serving.ts";
import type { SessionTrial } from "../serving/session-trial.ts";
import { type AnalysedBatch, analyseExchanges } from "./analyse-evidence.ts";
import type { AnalyseTask, SessionTrials } from "./analyse-task.ts";
import { createPhaseClock, type PhaseTimes, timedBehaviour, timedClassifier } from "./phase-clock.ts";
import type { AnalysisInputs } from "./session-analysis.ts";

/** An analysis that is ready to read its evidence. */
export interface OpenAnalysis {
  readonly enrichmentHash: string;
  /** What of the operator's own data could not be used, in words. */
  readonly enrichmentProblems: readonly string[];
  readonly serving: Serving;
  /** Milliseconds by which the evidence's clock differs, over what was read so far. */
  readonly clockOffset: ReturnType<typeof measureClockOffset>;
  /** Values that rules judged in the model's place, so far. */
  degraded(): number;
  /** How a challenger fared since the last call; null: none is on trial. */
  takeTrials(): SessionTrials | null;
  /** What each phase has taken so far; null: it is not measured. */
  phases(): PhaseTimes | null;
  /** Rows and verdicts of the evidence, batch by batch. @throws SentinelError EVIDENCE_CORRUPT, CANCELLED */
  batches(options: Omit<ReadOptions, "limits">): AsyncGenerator<AnalysedBatch>;
}

/** Opened once per thread: every task of it uses the same models until others are asked for. */
let opened: { hashes: string; serving: Promise<Serving> } | null = null;

async function servingOf({ payload, challenger }: AnalyseTask["models"]): Promise<Serving> {
  const hashes = `${payload.hash} ${payload.setErrorRate} ${challenger?.payload.hash ?? ""} ${challenger?.percent ?? ""}`;
  if (opened?.hashes === hashes) return await opened.serving;
  const before = opened;
  const serving = open();
  const now = { hashes, serving };
  opened = now;
  // One that could not be opened this time is opened again next time.
  serving.catch(() => {
    if (opened === now) opened = null;
  });
  await before?.serving.then((last) => last.close()).catch(() => undefined);
  return await serving;

  async function open(): Promise<Serving> {
    const champion = await openDeployedPayload(payload);
    const rules = createRuleClassifier();
    if (challenger === null) return createServing({ champion, rules });
    const { percent } = challenger;
    try {
      const classifier = await openDeployedPayload(challenger.payload);
      return createServing({ champion, rules, challenger: { classifier, percent } });
    } catch (error) {
      // A model on trial must not stop what decides without it.
      if (!(error instanceof SentinelError)) throw error;
      return createServing({ champion, rules });
    }
  }
}

/** Opens keys, evidence and models in this thread. @throws SentinelError MODEL_UNREADABLE, UNAVAILABLE */
export async function openAnalysis(task: AnalyseTask): Promise<OpenAnalysis> {
  const { evidence, settings } = task;
  const keys = await openKeyStore({ directory: task.keysPath, ring: task.ring });
  const blobs = await openBlobs({ directory: task.blobsPath, keys });
  const enrichment = await openEnrichment(settings);
  const serving = await servingOf(task.models);
  const { challenger } = serving;
  const clock = task.timed === true ? createPhaseClock() : null;
  const behaviour = parseBehaviour(task.models.behaviour);
  let trials: SessionTrial[] = [];
  let degraded = 0;
  const clockOffset = measureClockOffset();
  const inputs: AnalysisInputs = {
    classifier: clock === null ? serving.classifier : timedClassifier(serving.classifier, clock),
    trial:
      challenger === null
        ? null
        : {
            challenger: clock === null ? challenger : timedClassifier(challenger, clock),
            decides: (session) => serving.classifierFor(session) === challenger,
            report: (trial) => void trials.push(trial),
          },
    behaviour: clock === null ? behaviour : timedBehaviour(behaviour, clock),
    sequence: task.models.sequence === null ? null : parseSequence(task.models.sequence),
    onDegraded: () => void degraded++,
    fusion: task.fusion,
    flags: task.flags,
    reading: settings,
    enrichmentHash: enrichment.hash,
    extractorVersion: task.extractorVersion,
  };

  async function* exchanges(options: Omit<ReadOptions, "limits">): AsyncGenerator<Exchange[]> {
    const limits = { entryBytes: settings.max_entry_mb * 1024 ** 2 };
    const { signal } = options;
    // SECURITY: every chunk is authenticated, under a key bound to the content's hash, before the readers see it; a changed, swapped
    // or missing one ends the analysis with EVIDENCE_CORRUPT.
    const bytes = blobs.open(evidence.sha256, signal === undefined ? {} : { signal });
    for await (const batch of readExchanges(evidence.kind, bytes, { ...options, limits })) {
      for (const exchange of batch) clockOffset.add(exchange);
      yield batch;
    }
  }

  return {
    enrichmentHash: enrichment.hash,
    enrichmentProblems: enrichment.problems,
    serving,
    clockOffset,
    degraded: () => degraded,
    takeTrials() {
      const asked = task.models.challenger;
      if (challenger === null) {
        return asked === null ? null : { ...toTrials(asked), champion: serving.classifier.hash, sessions: null };
      }
      const sessions = trials;
      trials = [];
      return { ...toTrials(asked!), champion: serving.classifier.hash, sessions };
    },
    phases: () => clock?.times() ?? null,
    batches: (options) =>
      analyseExchanges(clock?.waiting("read", exchanges(options)) ?? exchanges(options), {
        inputs,
        evidence,
        gapMs: settings.session_gap_minutes * 60_000,
        describeClient: enrichment.describe,
        now: Date.now,
        clock,
      }),
  };
}

function toTrials({ payload, percent }: NonNullable<AnalyseTask["models"]["challenger"]>) {
  return { challenger: payload.hash, percent };
}
