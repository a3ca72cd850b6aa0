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
