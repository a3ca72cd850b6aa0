import type { Settings } from "../../../../shared/settings.ts";
import { canonicalJson } from "../../base/canonical-json.ts";
import { sha256 } from "../../base/ids.ts";
import { type FusionConfig, hashFusionConfig } from "../fusion.ts";
import type { FlagShares, SessionFlag } from "./session-flags.ts";

/** Settings that decide what the same bytes are read as: how they fall into sessions, and which entries are too large. */
export type ReadingConfig = Pick<Settings, "session_gap_minutes" | "max_entry_mb">;

/**
 * SHA-256 over every setting that a verdict depends on: the same evidence, models and hash give the same verdict.
 *
 * @param flags of a verdict what its session went without, of an analysis the shares that are not 100; none: as before there were flags
 */
export function hashAnalysisConfig(
  fusion: FusionConfig,
  { session_gap_minutes, max_entry_mb }: ReadingConfig,
  flags: readonly SessionFlag[] | Partial<FlagShares> = [],
): string {
  const reading = { fusion: hashFusionConfig(fusion), session_gap_minutes, max_entry_mb };
  return sha256(canonicalJson(Object.keys(flags).length === 0 ? reading : { ...reading, flags }));
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
