import { stat } from "node:fs/promises";
import type { Settings } from "../../shared/settings.ts";
import type { Deciders } from "./analysing.ts";
import { analysisVersion, hashAnalysisConfig } from "./detect/analysis/analysis-config.ts";
import { limitedFlags } from "./detect/analysis/session-flags.ts";
import { extractorVersion } from "./detect/extract/extract-payloads.ts";
import { featuresVersion } from "./detect/features/session-features.ts";
import { fusionConfig } from "./detect/fusion.ts";
import type { DeployedPayload } from "./detect/serving/deployed-payload.ts";
import { readersVersion } from "./evidence/readers.ts";
import type { Models } from "./models.ts";

/** Versions of everything between the bytes of evidence and its feature vectors. */
export function extractorOf({ sequence }: Pick<Models, "sequence">): string {
  const version = `${readersVersion}.${extractorVersion}.${featuresVersion}`;
  // Fitted, but it makes features and no verdicts: another model of sequences makes other vectors.
  return sequence === null ? version : `${version}.${sequence.model.hash.slice(0, 12)}`;
}

/** What decides about evidence with these models and settings. */
export async function readDeciders(
  models: Models,
  payload: DeployedPayload,
  challenger: Deciders["models"]["challenger"],
  settings: Settings,
): Promise<Deciders> {
  const { max_entry_mb, session_gap_minutes, class_set_error_rate, maxmind_file, bad_networks } = settings;
  const fusion = fusionConfig(settings);
  const { flag_behaviour, flag_sequence, flag_request_forgery } = settings;
  const flags = { flag_behaviour, flag_sequence, flag_request_forgery };
  const extractor = extractorOf(models);
  // Taken together: another one may be deployed while the file of the enrichment is looked at.
  const { behaviour, behaviourBytes } = models;
  return {
    // SECURITY: not all settings: the keys that packages are signed with stay in this thread.
    settings: { max_entry_mb, session_gap_minutes, class_set_error_rate, maxmind_file, bad_networks },
    fusion,
    flags,
    extractorVersion: extractor,
    analysisVersion: analysisVersion({
      extractorVersion: extractor,
      // A shadow decides nothing.
      modelHash:
        challenger === null || challenger.percent === 0
          ? payload.hash
          : `${payload.hash} ${challenger.payload.hash} ${challenger.percent}`,
      anomalyHash: behaviour.hash,
      configHash: hashAnalysisConfig(fusion, settings, limitedFlags(flags)),
      enrichment: [maxmind_file, await describeFile(maxmind_file), [...bad_networks].sort()],
    }),
    models: {
      payload: { ...payload, setErrorRate: class_set_error_rate },
      challenger: challenger && {
        ...challenger,
        payload: { ...challenger.payload, setErrorRate: class_set_error_rate },
      },
      behaviour: behaviourBytes,
      sequence: models.sequence?.bytes ?? null,
    },
  };
}

/** Size and time of change: another database under the same name is another one. */
async function describeFile(path: string): Promise<[number, number] | null> {
  const found = path === "" ? null : await stat(path).catch(() => null);
  return found === null ? null : [found.size, found.mtimeMs];
}
