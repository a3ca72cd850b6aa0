import { existsSync, readFileSync } from "node:fs";
import { SentinelError } from "../../../../shared/errors.ts";
import { payloadClasses } from "../../../../shared/payload.ts";
import { readModel } from "../../detect/classifier/model-file.ts";
import { openDeployedPayload } from "../../detect/serving/deployed-payload.ts";
import { writeDurably } from "../../store/durable-file.ts";
import { isDiskFull, packError } from "../../store/store-errors.ts";
import { evaluateCandidate } from "../evaluate-candidate.ts";
import type { DatasetRow } from "../sample.ts";
import type { RowsOfFile } from "./read-rows.ts";
import { type OutOfFold, trainingSteps } from "./train-payload-model.ts";
import {
  type EpochMessage,
  type EvaluateResult,
  type EvaluateTask,
  type RowFile,
  readRowFile,
  receiveDataset,
  type TaskResult,
  type TrainedInThread,
  type TrainResult,
  type TrainTask,
} from "./training-task.ts";

/** Trains in the calling thread, tells of each epoch, and keeps its state in a file. */
export async function runTraining(task: TrainTask): Promise<TrainResult> {
  return await answering(async () => {
    const { port, seed, startPath, progressPath, saveEveryMs } = task;
    const dataset = await receiveDataset(port);
    const start = startPath === null ? null : readModel(readFileSync(startPath));
    const saved = existsSync(progressPath) ? readFileSync(progressPath) : null;
    const steps = trainingSteps(dataset, { seed, start }, saved);
    let savedAt = performance.now();
    for (;;) {
      const step = steps.next();
      if (step.done === true) {
        const { outOfFold, ...trained } = step.value;
        return { ...trained, doubtful: findDoubtful(dataset.rows, outOfFold) };
      }
      const { save, ...epoch } = step.value;
      port.postMessage(epoch satisfies EpochMessage);
      if (performance.now() - savedAt < saveEveryMs) continue;
      await keep(progressPath, save());
      savedAt = performance.now();
    }
  });
}

/** Judges a candidate beside the champion in the calling thread; models out of it are asked one payload after another. */
export async function runEvaluation({ port, candidate, champion, now }: EvaluateTask): Promise<EvaluateResult> {
  return await answering(async () => {
    const dataset = await receiveDataset(port);
    const models = [await openDeployedPayload(candidate), await openDeployedPayload(champion)] as const;
    try {
      const timer = () => performance.now();
      return evaluateCandidate({ candidate: models[0], champion: models[1], dataset, now, timer });
    } finally {
      for (const model of models) if ("close" in model) await model.close();
    }
  });
}

/** Below this probability of its label a row is doubtful. Source: Northcutt et al. 2021, "Confident Learning", simplified. */
const doubtfulBelow = 0.1;
const mostDoubtful = 200;

function findDoubtful(rows: readonly DatasetRow[], outOfFold: readonly OutOfFold[]): TrainedInThread["doubtful"] {
  const labels = new Map(rows.map(({ id, label }) => [id, payloadClasses.indexOf(label)]));
  return outOfFold
    .map(({ id, probabilities }) => ({ id, probability: probabilities[labels.get(id)!]! }))
    .filter(({ probability }) => probability < doubtfulBelow)
    .sort((a, b) => a.probability - b.probability)
    .slice(0, mostDoubtful);
}

/** Reads a file in the calling thread. @returns what it holds, without the rows */
export function runReading(file: RowFile): { id: string; rows: number; problems: RowsOfFile["problems"] } {
  const { dataset, problems } = readRowFile(file);
  return { id: dataset.id, rows: dataset.rows.length, problems };
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
