import type { MessagePort } from "node:worker_threads";
import type { AnalyseTask } from "../detect/analysis/analyse-task.ts";
import type { WireError } from "../store/store-errors.ts";
import type { Counts } from "./comparison.ts";
import type { Period, Replayed } from "./replay-tables.ts";

/** What a worker needs to judge one piece of stored evidence again. Plain data: it crosses a thread boundary. */
export interface ReplayTask extends AnalyseTask {
  readonly replay: string;
  readonly period: Period;
  /** Which of its verdicts are judged again. */
  readonly of: Replayed;
}

/** Asks what a model says of some sessions of stored evidence. Plain data, but for the port that a cancellation comes through. */
export interface DescribeTask extends AnalyseTask {
  readonly sessions: readonly string[];
  readonly control: MessagePort;
}

/** Feature vectors of those that it finds benign. */
export type DescribeAnswer = { readonly vectors: readonly Float64Array[] } | { readonly error: WireError };

export type ReplayAnswer =
  | {
      readonly counts: Counts;
      /** Of the operator's own data on addresses now: another one than then makes other features. */
      readonly enrichmentHash: string;
      /** Values that rules judged in the model's place. */
      readonly degraded: number;
    }
  | { readonly error: WireError };
