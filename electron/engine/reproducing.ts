import type { VerdictKind } from "../../shared/verdict.ts";
import { hashAnalysisConfig } from "./detect/analysis/analysis-config.ts";
import { verdictId } from "./detect/analysis/session-analysis.ts";
import { fuse } from "./detect/fusion.ts";
import { usualSetErrorRate } from "./detect/serving/deployed-payload.ts";
import type { VerdictRow } from "./detect/verdicts/verdict-tables.ts";
import type { Models } from "./models.ts";

/** A stored verdict computed again from what is stored with it. */
export interface Reproduction {
  readonly id: string;
  readonly verdict: VerdictKind;
  readonly score: number;
  readonly payloadScore: number;
  readonly behavioralScore: number;
  /** Whether every number has the same bits, and verdict and identifier are the same. */
  readonly same: boolean;
}

/** Computes a verdict again. @throws SentinelError NOT_FOUND when its behaviour model is not kept any more */
export async function reproduce(row: VerdictRow, models: Pick<Models, "behaviourOf">): Promise<Reproduction> {
  const { inputs, features } = row;
  const { payloadWeight, tagThreshold, simulateThreshold, sessionGapMinutes, maxEntryMb, setErrorRate } = inputs;
  const fusion = { payloadWeight, tagThreshold, simulateThreshold };
  const fused = fuse(await models.behaviourOf(inputs.anomalyHash), fusion, features);
  const reading = {
    session_gap_minutes: sessionGapMinutes,
    max_entry_mb: maxEntryMb,
    class_set_error_rate: setErrorRate ?? usualSetErrorRate,
  };
  const configHash = hashAnalysisConfig(fusion, reading, inputs.withheld);
  const id = verdictId(row.evidenceId, row.session, { ...inputs, configHash });
  const same =
    id === row.id &&
    fused.verdict === row.verdict &&
    Object.is(fused.score, row.score) &&
    Object.is(fused.payloadScore, row.payloadScore) &&
    Object.is(fused.behavioralScore, row.behavioralScore);
  return { ...fused, id, same };
}
