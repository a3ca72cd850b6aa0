import { doFitterTask } from "../engine/detect/telemetry/fitter-task.ts";

/** Fits telemetry models, in a thread of its own: no sample waits for it. */
export const fit = doFitterTask;
