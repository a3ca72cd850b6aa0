import { stat } from "node:fs/promises";
import type { Settings } from "../../shared/settings.ts";
import type { Deciders } from "./analysing.ts";
import { analysisVersion, hashAnalysisConfig } from "./detect/analysis/analysis-config.ts";
import { extractorVersion } from "./detect/extract/extract-payloads.ts";
import { featuresVersion } from "./detect/features/session-features.ts";
import { fusionConfig } from "./detect/fusion.ts";
import { readersVersion } from "./evidence/readers.ts";
import type { Models } from "./models.ts";

/** What decides about evidence with these models and settings. */
export async function readDeciders(models: Models, settings: Settings): Promise<Deciders> {
  const { max_entry_mb, session_gap_minutes, maxmind_file, bad_networks } = settings;
  const fusion = fusionConfig(settings);
  const version = `${readersVersion}.${extractorVersion}.${featuresVersion}`;
  return {
    // SECURITY: not all settings: the keys that packages are signed with stay in this thread.
    settings: { max_entry_mb, session_gap_minutes, maxmind_file, bad_networks },
    fusion,
    extractorVersion: version,
    analysisVersion: analysisVersion({
      extractorVersion: version,
      modelHash: models.classifier.hash,
      anomalyHash: models.behaviour.hash,
      configHash: hashAnalysisConfig(fusion, settings),
      enrichment: [maxmind_file, await describeFile(maxmind_file), [...bad_networks].sort()],
    }),
    models: { payload: models.payloadPath, behaviour: models.behaviourBytes },
  };
}

/** Size and time of change: another database under the same name is another one. */
async function describeFile(path: string): Promise<[number, number] | null> {
  const found = path === "" ? null : await stat(path).catch(() => null);
  return found === null ? null : [found.size, found.mtimeMs];
}
