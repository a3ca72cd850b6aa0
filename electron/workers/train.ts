import {
  type CombineResult,
  type CombineTask,
  runCombine,
  runFrame,
  runUpdate,
  type UpdateResult,
  type UpdateTask,
} from "../engine/learn/federated/federated-task.ts";
import { runEvaluation, runReading, runTraining } from "../engine/learn/training/run-training.ts";
import type {
  EvaluateResult,
  EvaluateTask,
  RowFile,
  TrainResult,
  TrainTask,
} from "../engine/learn/training/training-task.ts";

/** Trains a payload model, in a thread of its own: the analyst's input never waits for it. */
export function train(task: TrainTask): Promise<TrainResult> {
  return runTraining(task);
}

/** Judges a model by its gates, likewise. */
export function evaluate(task: EvaluateTask): Promise<EvaluateResult> {
  return runEvaluation(task);
}

/** Reads a file of labelled rows, likewise. */
export function read(file: RowFile): ReturnType<typeof runReading> {
  return runReading(file);
}

/** Makes a noised update of the linear part, likewise. */
export function federate(task: UpdateTask): Promise<UpdateResult> {
  return runUpdate(task);
}

/** Names the public frame of a base model, likewise. */
export function frame(basePath: string): string {
  return runFrame(basePath);
}

/** Combines updates into a model, likewise. */
export function combine(task: CombineTask): CombineResult {
  return runCombine(task);
}
