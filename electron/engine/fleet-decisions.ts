import type { getFleetDecisions } from "../../shared/fleet-decisions.ts";
import type { Input, Output } from "../../shared/route.ts";
import { type Clock, toInstant } from "./base/clock.ts";
import type { Principal } from "./base/principals.ts";
import { lostDecisions } from "./store/shared-tables.ts";
import type { StoreHost } from "./store/store.ts";

const dayMs = 86_400_000;
const mostLost = 20;

/** How far what is decided at several engines has come, and what somebody lost. */
export async function readFleetDecisions(
  { store, clock, sharing }: { store: StoreHost; clock: Clock; sharing: boolean },
  { hash }: Input<typeof getFleetDecisions>,
  by: Principal,
): Promise<Output<typeof getFleetDecisions>> {
  if (!sharing) return { sharing, waiting: 0, offset: -1, hash: null, lost: [] };
  const since = toInstant(clock.now() - dayMs);
  const lost = await store.read(lostDecisions, { since, actor: by.actor, limit: mostLost });
  return { sharing, ...(await store.sharedState(hash === "1")), lost };
}
