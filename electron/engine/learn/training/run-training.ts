import { existsSync, readFileSync } from "node:fs";
import { SentinelError } from "../../../../shared/errors.ts";
import { payloadClasses } from "../../../../shared/payload.ts";
import { sha256 } from "../../base/ids.ts";
import { type PayloadModel, readModel } from "../../detect/classifier/model-file.ts";
import { openDeployedPayload } from "../../detect/serving/deployed-payload.ts";
import { writeDurably } from "../../store/durable-file.ts";
import { isDiskFull, packError } from "../../store/store-errors.ts";
import { evaluateCandidate } from "../evaluate-candidate.ts";
import { addFittedRows, type FittedRows, noFittedRows, readFittedRows, unknownFittedRows } from "../fitted-rows.ts";
import { findLabelNoise } from "../label-noise.ts";
import type { DatasetRow } from "../sample.ts";
import { readRows } from "./read-rows.ts";
import { type OutOfFold, trainingSteps } from "./train-payload-model.ts";
import {
  type EpochMessage,
  type EvaluateResult,
  type EvaluateTask,
  type FittedSource,
  type ReadFile,
  type RowFile,
  receiveDataset,
  type StartModel,
  type TaskResult,
  type TrainedInThread,
  type TrainResult,
  type TrainTask,
} from "./training-task.ts";

/** Trains in the calling thread, tells of each epoch once, and keeps its state in a file. */
export async function runTraining(task: TrainTask): Promise<TrainResult> {
  return await answering(async () => {
    const { port, seed, progressPath, saveEveryMs } = task;
    const { dataset } = await receiveDataset(port);
    const start = task.start === null ? null : readStart(task.start);
    const saved = existsSync(progressPath) ? readFileSync(progressPath) : null;
    const steps = trainingSteps(dataset, { seed, start }, saved);
    let savedAt = performance.now();
    let told = 0;
    for (;;) {
      const step = steps.next();
      if (step.done === true) {
        const { outOfFold, ...trained } = step.value;
        const before = task.start === null ? noFittedRows : readFitted(task.start.fitted);
        const leftOut = new Set(trained.leftOut.map(({ id }) => id));
        const learned = dataset.rows.filter(({ id, split }) => split !== "test" && !leftOut.has(id));
        const fittedRows = addFittedRows(before, learned);
        return { ...trained, doubted: findDoubted(dataset.rows, outOfFold), fittedRows };
      }
      const { save, curve } = step.value;
      // With the first one also those of before a stop: who looks on has not heard of them.
      for (const epoch of curve.slice(told)) port.postMessage(epoch satisfies EpochMessage);
      told = curve.length;
      if (performance.now() - savedAt < saveEveryMs) continue;
      await keep(progressPath, save());
      savedAt = performance.now();
    }
  });
}

/** @throws SentinelError MODEL_UNREADABLE when the file is another one than is written down as the parent */
function readStart({ path, hash }: StartModel): PayloadModel {
  const bytes = readFileSync(path);
  if (sha256(bytes) !== hash) {
    throw new SentinelError(
      "MODEL_UNREADABLE",
      `The model file ${path} is not the one that the training goes on from.`,
    );
  }
  return readModel(bytes);
}

function readFitted(source: FittedSource): FittedRows {
  if (source === "nothing") return noFittedRows;
  return source === "unknown" ? unknownFittedRows : readFittedRows(readFileSync(source.path));
}

/** Judges a candidate beside the champion in the calling thread; models out of it are asked one payload after another. */
export async function runEvaluation({
  port,
  candidate,
  fitted,
  champion,
  reported,
}: EvaluateTask): Promise<EvaluateResult> {
  return await answering(async () => {
    const { dataset, isGiven } = await receiveDataset(port);
    // A version says what the labels were when it was made; of rows in a file nobody else knows that they were reported.
    const given = isGiven ? dataset.rows.filter((row) => row.isFalsePositive && row.label === "benign") : [];
    const all = [...new Map([...reported, ...given].map((row) => [row.id, row])).values()];
    const models = [await openDeployedPayload(candidate), await openDeployedPayload(champion)] as const;
    try {
      const timer = () => performance.now();
      return evaluateCandidate({
        candidate: models[0],
        champion: models[1],
        dataset,
        fitted: readFitted(fitted),
        reported: all,
        timer,
      });
    } finally {
      for (const model of models) if ("close" in model) await model.close();
    }
  });
}

/** Doubted rows that are told; the others are counted. */
const mostDoubted = 100;

/** @param outOfFold of rows that are all among `rows` */
function findDoubted(rows: readonly DatasetRow[], outOfFold: readonly OutOfFold[]): TrainedInThread["doubted"] {
  const known = new Map(rows.map((row) => [row.id, row]));
  const judged = outOfFold.map(({ id }) => known.get(id)!);
  const suspected = findLabelNoise(
    outOfFold.map(({ probabilities }) => probabilities),
    judged.map(({ label }) => payloadClasses.indexOf(label)),
    payloadClasses.length,
  );
  const told = suspected.slice(0, mostDoubted).map(({ row, likely, probability }) => {
    const { id, label, source } = judged[row]!;
    return { id, label, likely: payloadClasses[likely]!, probability, source };
  });
  return { count: suspected.length, rows: told };
}

/** Reads a file in the calling thread. */
export function runReading({ bytes, name, at }: RowFile): ReadFile {
  const { dataset, problems, refused } = readRows(Buffer.from(bytes).toString("utf8"), name, at);
  const { id, rows } = dataset;
  return { id, rows: rows.length, problems, refused, bytes: Buffer.from(JSON.stringify(dataset)) };
}

/** A state that there is no room for is not needed: the run only could not go on from it. */
async function keep(path: string, bytes: Uint8Array): Promise<void> {
  try {
    await writeDurably(path, bytes);
  } catch (error) {
    if (!isDiskFull(error)) throw error;
  }
}

async function answering<T>(work: () => Promise<T>): Promise<TaskResult<T>> {
  try {
    return { value: await work() };
  } catch (error) {
    if (error instanceof SentinelError) return { error: packError(error) };
    throw error;
  }
}
