import type { MessageBus } from "./message-bus.ts";
import type { ObjectStore } from "./object-store.ts";

/** What a fleet works together by. */
export interface FleetPorts {
  readonly bus: MessageBus;
  /** Null: evidence is not fetched here; results are told of all the same. */
  readonly objects: ObjectStore | null;
  /**
   * 32 bytes each that only engines of this fleet have: the first says, all are heard. None: decisions stay where they were made, but for
   * panic.
   */
  readonly keys: readonly Buffer[];
}
