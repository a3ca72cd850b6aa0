import { serializeBehaviour } from "../engine/detect/anomaly/behaviour-file.ts";
import { defaultBehaviourOptions } from "../engine/detect/anomaly/behaviour-forest.ts";
import { fitBehaviour } from "../engine/detect/anomaly/fit-behaviour.ts";
import type { RefitTask } from "../engine/detect/anomaly/refit-task.ts";
import { sessionSuspicions } from "../engine/detect/anomaly/session-suspicions.ts";

/** Fits the behaviour model to sessions, in a thread of its own. @returns the model's file */
export function refit({ rows, schema, seed }: RefitTask): Uint8Array {
  return serializeBehaviour(fitBehaviour(rows, schema, sessionSuspicions, { ...defaultBehaviourOptions, seed }));
}
