import type { FlowFeature } from "./flow-feature.ts";
import { type FitTask, type FlowModel, type FlowWindow, fitFlowModel } from "./flow-model.ts";
import {
  calibrationOf,
  type DescribeTask,
  describeFlow,
  type FlowPart,
  type MergedModel,
  mergeParts,
} from "./flow-part.ts";
import type { ValueHistogram } from "./value-histogram.ts";

/** Fits models, somewhere else than on this thread. @throws whatever went wrong, a worker that ended included; the next has a new worker */
export interface FlowFitter {
  fit(task: FitTask): Promise<FlowModel>;
  /** What other engines are told. */
  describe(task: DescribeTask): Promise<FlowPart>;
  /** The model of several engines, and how strange the held-out samples here are to it. */
  merge(task: MergeTask): Promise<Merged>;
  close(): Promise<void>;
}

export interface MergeTask {
  readonly features: readonly FlowFeature[];
  /** By the names of their engines. */
  readonly parts: readonly FlowPart[];
  readonly window: FlowWindow;
}

export interface Merged {
  readonly model: MergedModel;
  readonly calibration: ValueHistogram;
}

export type FitterTask =
  | { readonly do: "fit"; readonly task: FitTask }
  | { readonly do: "describe"; readonly task: DescribeTask }
  | { readonly do: "merge"; readonly task: MergeTask };

/** What the worker does. */
export function doFitterTask({ do: what, task }: FitterTask): FlowModel | FlowPart | Merged {
  if (what === "fit") return fitFlowModel(task);
  if (what === "describe") return describeFlow(task);
  const model = mergeParts(task.features, task.parts);
  return { model, calibration: calibrationOf(model, task.window) };
}
