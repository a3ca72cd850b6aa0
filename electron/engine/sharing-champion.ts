import { SentinelError } from "../../shared/errors.ts";
import type { ComponentHealth } from "../../shared/health.ts";
import type { Role } from "../../shared/route.ts";
import type { Logger } from "./base/logging.ts";
import { enginePrincipal, fleetItself, hasRole, type Principal } from "./base/principals.ts";
import { championEntity, chooseChampion, type FleetChampion, fleetChampion } from "./learn/registry/champion-state.ts";
import { modelEntity } from "./learn/registry/model-state.ts";
import type { EventRow, StoreHost } from "./store/store.ts";

export interface ChampionOptions {
  readonly store: StoreHost;
  readonly log: Logger;
  /** The setting `payload_model` as it is. */
  readonly choice: () => Promise<string>;
  /** Changes that setting, and waits until that model decides. @throws SentinelError where that model may not, or is not here */
  readonly choose: (choice: string, by: Principal) => Promise<unknown>;
  readonly onChange: () => void;
}

/** Changes of the setting that only follow the fleet. */
const fleet: Principal = { ...enginePrincipal, actor: fleetItself };
/** How often it is tried again to follow: the model may be on its way. */
const againMs = 5_000;
const shippedChoice = "built-in";

/**
 * One model decides at all engines of a fleet: whoever promotes one at their engine promotes it at all. Where the setting and the fleet's
 * choice differ, the last word in this engine's log counts: the setting's, and all are told; or the fleet's, and it is followed.
 */
export function createChampionSharing({ store, log, choice, choose, onChange }: ChampionOptions) {
  let problem: string | null = null;
  let working: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;

  async function reconcile(): Promise<void> {
    const [wanted, set] = [await store.read(fleetChampion, fleet.actor), await choice()];
    if (wanted.choice === set || (wanted.choice === null && !wanted.isOlder)) return tell(null);
    if (wanted.isOlder) await lead(wanted, set);
    else if (wanted.choice !== null) await follow(wanted, wanted.choice);
  }

  async function lead(wanted: FleetChampion, set: string): Promise<void> {
    // A folder of this machine says nothing to another; it is registered under its hash before it decides.
    await store.append([chooseChampion(wanted, set, shippedChoice)], { ...fleet, role: "approver" });
    tell(null);
  }

  async function follow({ role }: FleetChampion, wanted: string): Promise<void> {
    // SECURITY: what decides verdicts is for approvers, at whichever engine they sit.
    if (!hasRole({ ...fleet, role: role as Role }, "approver")) return;
    try {
      await choose(wanted, fleet);
      tell(null);
    } catch (error) {
      if (!(error instanceof SentinelError)) throw error;
      tell(`The fleet decides by ${wanted.slice(0, 24)}, this engine does not: ${error.message}`);
      timer = setTimeout(wake, againMs).unref();
    }
  }

  function tell(now: string | null): void {
    if (now === problem) return;
    if (now !== null) log.warn({ reason: now }, "The fleet's payload model cannot be followed yet.");
    problem = now;
    onChange();
  }

  function wake(): void {
    clearTimeout(timer);
    if (isClosed) return;
    working = working.then(reconcile).catch((error: unknown) => {
      // Somebody else was at it in the same moment: looked at again.
      if (error instanceof SentinelError && error.code === "CONFLICT") timer = setTimeout(wake, 200).unref();
      else log.error({ err: error }, "The fleet's payload model could not be looked at.");
    });
  }

  const concerns = ({ entity_type: type, kind }: EventRow) =>
    type === championEntity || type === modelEntity || kind === "settings.changed";
  const stop = store.onAppended((events) => {
    if (events.some(concerns)) wake();
  });

  return {
    start: wake,
    health: (): ComponentHealth | null => (problem === null ? null : { status: "degraded", detail: problem }),
    async close() {
      isClosed = true;
      stop();
      clearTimeout(timer);
      await working;
    },
  };
}
