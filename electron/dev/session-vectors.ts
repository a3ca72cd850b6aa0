/**
 * Turns recordings into session vectors for train-behaviour.ts: one JSON object of named features a session, on standard output.
 *
 *     node electron/dev/session-vectors.ts FOLDER_OR_HAR … > VECTORS.jsonl
 *
 * Analyses with the shipped payload model, so that the vectors are what the product itself would see.
 */
import { createReadStream, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { defaultSettings } from "../../shared/settings.ts";
import { analyseExchanges } from "../engine/detect/analysis/analyse-evidence.ts";
import type { AnalysisInputs } from "../engine/detect/analysis/session-analysis.ts";
import { parseBehaviour } from "../engine/detect/anomaly/behaviour-file.ts";
import { loadClassifier } from "../engine/detect/classifier/payload-model.ts";
import { featureSchema } from "../engine/detect/features/session-features.ts";
import { fusionConfig } from "../engine/detect/fusion.ts";
import { readExchanges } from "../engine/evidence/readers.ts";

type NamedVector = Record<string, number | null>;

/** Analyses a HAR file as the product does, without a store and a clock. */
export function analyseRecording(file: string, inputs: AnalysisInputs): ReturnType<typeof analyseExchanges> {
  return analyseExchanges(readExchanges("har", createReadStream(file)), {
    inputs,
    evidence: { id: file, kind: "har" },
    gapMs: defaultSettings.session_gap_minutes * 60_000,
    describeClient: () => null,
    now: () => 0,
  });
}

/** Named features of every session of a HAR file; null: not available. */
export async function* describeSessions(file: string, inputs: AnalysisInputs): AsyncGenerator<NamedVector> {
  for await (const { verdicts } of analyseRecording(file, inputs)) {
    for (const { features } of verdicts) {
      yield Object.fromEntries(
        featureSchema.map(({ name }, i) => [name, Number.isNaN(features[i]!) ? null : features[i]!]),
      );
    }
  }
}

/** The models that the product is shipped with. */
export function shippedInputs(): AnalysisInputs {
  const model = (name: string) => readFileSync(new URL(`../../resources/model/${name}`, import.meta.url));
  return {
    classifier: loadClassifier(model("payload.bin")),
    behaviour: parseBehaviour(model("behaviour.json")),
    fusion: fusionConfig(defaultSettings),
    enrichmentHash: "",
    extractorVersion: "",
  };
}

/** HAR files of a folder and its folders, or the file itself, in the order of their names. */
export function findRecordings(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".har"))
    .sort()
    .map((name) => join(path, name));
}

if (import.meta.main) {
  const inputs = shippedInputs();
  for (const file of process.argv.slice(2).flatMap(findRecordings)) {
    for await (const vector of describeSessions(file, inputs)) console.log(JSON.stringify(vector));
  }
}
