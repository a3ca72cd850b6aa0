import type { DatasetFormat } from "../../../shared/dataset.ts";
import type { PayloadClass } from "../../../shared/payload.ts";
import { contentId } from "../base/ids.ts";
import type { PayloadClassifier } from "../detect/payload.ts";
import type { Store } from "../store/store.ts";
import { type GivenRow, readDatasetRows } from "./dataset-rows.ts";
import type { ImportedRows } from "./dataset-task.ts";
import { type ImportedRow, type LineProblem, storeImportRows } from "./import-state.ts";
import { maskSample, payloadSampleId } from "./sample-identity.ts";
import { originOf, type SourcedSample, storeSamples } from "./sample-table.ts";

const atOnce = 1000;
/** Problems that are told; the others are counted. */
const mostProblems = 200;

/** What a file of labelled payloads is read for. */
export interface ImportOf {
  readonly importId: string;
  readonly sha256: string;
  readonly format: DatasetFormat;
  /** Null: no model says what it thinks of the rows. */
  readonly classifier: PayloadClassifier | null;
}

/**
 * Keeps the rows of a file. Until the event of the import is in the log they count for nothing.
 * @throws SentinelError INPUT_INVALID when it is no such file at all; the signal's reason
 */
export async function importRows(
  store: Store,
  source: AsyncIterable<Uint8Array>,
  { importId, sha256, format, classifier }: ImportOf,
  signal: AbortSignal,
): Promise<ImportedRows> {
  /** What was said first, and where. */
  const said = new Map<string, { label: PayloadClass; line: number }>();
  const problems: LineProblem[] = [];
  let refused = 0;
  let samples: SourcedSample[] = [];
  let rows: ImportedRow[] = [];

  function refuse(problem: LineProblem): void {
    refused++;
    if (problems.length < mostProblems) problems.push(problem);
  }

  function take({ line, text: given, label, place, group }: GivenRow): void {
    const text = maskSample(given, place, label);
    if (text === null) {
      refuse({ line, problem: "nothing is left of it once its secrets are masked" });
      return;
    }
    const id = payloadSampleId(place, text);
    const before = said.get(id);
    if (before !== undefined) {
      if (before.label === label) return;
      refuse({ line, problem: `it says ${label}, and line ${before.line} says ${before.label} of the same` });
      return;
    }
    said.set(id, { label, line });
    const campaign = group === null ? null : contentId("campaign of file", sha256, group);
    samples.push({ id, kind: "payload", place, text, origin: originOf.file(sha256), campaign });
    const judged = classifier?.score(text, ...(place === null ? [] : [{ place }])) ?? null;
    const model = judged === null ? null : { class: judged.class, confidence: judged.confidence };
    rows.push({ sample: id, line, label, said: model });
  }

  async function keep(): Promise<void> {
    signal.throwIfAborted();
    await store.write(storeSamples, samples);
    await store.write(storeImportRows, { importId, rows });
    samples = [];
    rows = [];
  }

  for await (const some of readDatasetRows(format, source)) {
    for (const row of some) {
      if ("problem" in row) refuse(row);
      else take(row);
      if (rows.length >= atOnce) await keep();
    }
  }
  await keep();
  return { rows: said.size, refused, problems };
}
