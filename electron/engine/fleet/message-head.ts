import { type Clock, toInstant } from "../base/clock.ts";

/** What every message of this engine begins with. */
export const messageHead = (nodeId: string, clock: Clock) => ({
  schema_version: 1 as const,
  node_id: nodeId,
  at: toInstant(clock.now()),
});
