import type { Settings } from "../../../../shared/settings.ts";
import { canonicalJson } from "../../base/canonical-json.ts";
import { sha256 } from "../../base/ids.ts";
import { type FusionConfig, hashFusionConfig } from "../fusion.ts";
import { usualSetErrorRate } from "../serving/deployed-payload.ts";
import type { FlagShares, SessionFlag } from "./session-flags.ts";

/**
 * Settings that decide what the same bytes are read as: how they fall into sessions, and which entries are too large; and which classes
 * are ruled out, absent: as it was before that could be chosen.
 */
export type ReadingConfig = Pick<Settings, "session_gap_minutes" | "max_entry_mb"> &
  Partial<Pick<Settings, "class_set_error_rate">>;

/**
 * SHA-256 over every setting that a verdict depends on: the same evidence, models and hash give the same verdict.
 *
 * @param flags of a verdict what its session went without, of an analysis the shares that are not 100; none: as before there were flags
 */
export function hashAnalysisConfig(
  fusion: FusionConfig,
  { session_gap_minutes, max_entry_mb, class_set_error_rate }: ReadingConfig,
  flags: readonly SessionFlag[] | Partial<FlagShares> = [],
): string {
  const reading = { fusion: hashFusionConfig(fusion), session_gap_minutes, max_entry_mb };
  // What is as it always was is not named: verdicts of before keep their identifiers.
  const sets = isUsualErrorRate(class_set_error_rate) ? {} : { class_set_error_rate };
  return sha256(canonicalJson({ ...reading, ...sets, ...(Object.keys(flags).length === 0 ? {} : { flags }) }));
}

/** Whether sets keep to the rate that they kept to before one could be chosen. */
export function isUsualErrorRate(rate: ReadingConfig["class_set_error_rate"]): boolean {
  return rate === undefined || rate === usualSetErrorRate;
}

/** Everything that decides what an analysis of the same evidence comes to. */
export interface AnalysisIdentity {
  readonly extractorVersion: string;
  readonly modelHash: string;
  readonly anomalyHash: string;
  readonly configHash: string;
  /** The operator's data as far as it is known without loading it: settings, size and time of the file. */
  readonly enrichment: unknown;
}

/** What is stored of an analysis: raised when the rows hold more than before, so that older ones are made again. */
const resultsVersion = 3;

/** Version of an analysis: with the same one, the stored results are still what another analysis would give. */
export function analysisVersion(identity: AnalysisIdentity): string {
  return `${identity.extractorVersion} ${sha256(canonicalJson({ ...identity, resultsVersion }))}`;
}
