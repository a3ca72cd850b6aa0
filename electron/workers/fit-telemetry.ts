import { type FitTask, type FlowModel, fitFlowModel } from "../engine/detect/telemetry/flow-model.ts";

/** Fits a telemetry model, in a thread of its own: no sample waits for it. */
export function fit(task: FitTask): FlowModel {
  return fitFlowModel(task);
}
