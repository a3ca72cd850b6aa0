import type { DrillResult, SandboxStatus } from "../../shared/sandbox.ts";
import type { Settings } from "../../shared/settings.ts";
import type { Principal } from "./base/principals.ts";
import { responseEntity, responseHeld } from "./respond/policy/response-state.ts";
import type { SupervisorClient } from "./sandbox/supervisor-client.ts";
import { entityVersion, lastEventOfKind } from "./store/event-table.ts";
import type { EventRow, StoreHost } from "./store/store.ts";

/** What the log tells of drills is one entity, whose newest event is the last drill. */
const drillEntity = { entityType: "sandbox_drill", entityId: "panic" };

export interface Sandboxing {
  status(): Promise<SandboxStatus>;
  /** @throws SentinelError UNAVAILABLE when nothing can be sandboxed here */
  drill(by: Principal): Promise<DrillResult>;
}

/** The sandboxes as the engine sees them: the supervisor's view, and what the log tells of drills and panics. */
export function createSandboxing({
  store,
  supervisor,
  settings,
  heldAt: readHeldAt,
}: {
  store: Pick<StoreHost, "read" | "append">;
  supervisor: SupervisorClient;
  settings: () => Promise<Pick<Settings, "sandbox_egress">>;
  /** Since when panic holds the response; null: it does not. */
  heldAt: () => Promise<string | null>;
}): Sandboxing {
  return {
    async status() {
      const { status, detail } = supervisor.status();
      const last = (entityType: string, kind: string) => store.read(lastEventOfKind, { entityType, kind });
      const [{ sandbox_egress }, drill, pulled, ended, held, heldAt, sight] = await Promise.all([
        settings(),
        last(drillEntity.entityType, "sandbox.drilled"),
        last("panic", "panic.pulled"),
        last("panic", "panic.ended"),
        last(responseEntity, responseHeld),
        readHeldAt(),
        supervisor.look(),
      ]);
      return {
        ...sight,
        status,
        detail,
        egress: sandbox_egress,
        held: heldAt === null ? null : { at: heldAt, by: whoHeld(heldAt, pulled, held) },
        last_drill: drill === null ? null : { ...readDrill(drill), ...when(drill) },
        last_panic: readPanic(ended) ?? readPanic(pulled),
      };
    },
    async drill(by) {
      const result = await supervisor.drill();
      const baseVersion = await store.read(entityVersion, drillEntity);
      const draft = { ...drillEntity, baseVersion, kind: "sandbox.drilled", payload: { ...result }, inverse: null };
      await store.append([draft], by);
      return result;
    },
  };
}

/** A panic holds the response; in logs of earlier versions the engine did where a panic could not end the sandboxes. */
function whoHeld(at: string, ...events: readonly (EventRow | null)[]): string {
  return events.find((event) => event?.at === at)?.actor ?? "panic";
}

function when({ at, actor }: EventRow): { at: string; by: string } {
  return { at, by: actor };
}

function readDrill({ payload }: EventRow): DrillResult {
  const { sandboxes, processes, took_ms, left } = payload as Record<string, unknown>;
  return { sandboxes: Number(sandboxes), processes: Number(processes), took_ms: Number(took_ms), left: Number(left) };
}

/** What a panic came to; null where it could not end the sandboxes, or has not yet. Entries of earlier versions say it as they tell of the pull. */
function readPanic(event: EventRow | null): SandboxStatus["last_panic"] {
  if (event === null) return null;
  const { destroyed, left = 0, took_ms } = event.payload as Record<string, unknown>;
  if (destroyed === undefined) return null;
  return { destroyed: Number(destroyed), left: Number(left), took_ms: Number(took_ms), ...when(event) };
}
