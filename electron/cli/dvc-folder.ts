import { type DatasetVersionSummary, type Split, splits } from "../../shared/dataset.ts";
import { payloadClasses } from "../../shared/payload.ts";

/** Folder of the rows, one file a split. */
export const dataFolder = "data";
export const rowsFile = (split: Split): string => `${dataFolder}/${split}.jsonl`;

/**
 * What says to DVC what the folder holds: parameters and metrics to compare between versions, and the data as an artifact. Stages
 * are the user's own.
 * Source: DVC documentation, "dvc.yaml files" (artifacts, metrics, params).
 */
export const dvcYaml = `params:
  - params.yaml
metrics:
  - metrics.json
artifacts:
  labelled-payloads:
    path: ${dataFolder}
    type: dataset
    desc: Payloads of web attacks and of ordinary traffic, labelled in Sentinel
`;

/** Which version lies here, and how it was made. */
export function paramsYaml(version: DatasetVersionSummary): string {
  const { id, parent, at, by, why } = version;
  const values = { version: id, parent, made_at: at, made_by: by, why };
  // What JSON writes is YAML 1.2 as well, so nothing in a name or a reason can end a line.
  const lines = Object.entries(values).map(([name, value]) => `  ${name}: ${JSON.stringify(value)}`);
  return `dataset:\n${lines.join("\n")}\n  classes: ${JSON.stringify(payloadClasses)}\n  splits: ${JSON.stringify(splits)}\n`;
}

/** Numbers by name, as `dvc metrics diff` compares them. */
export function metricsJson({ counts, quality }: DatasetVersionSummary): string {
  const { rows, by_class, by_split } = counts;
  return `${JSON.stringify({ rows, by_class, by_split, quality }, null, 2)}\n`;
}
