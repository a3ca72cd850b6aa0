import { SentinelError } from "../../../shared/errors.ts";
import { type Caller, includesRole, type Role } from "../../../shared/route.ts";

/** Who acts: recorded with every event. */
export interface Principal {
  /** Name of the person or program: "analyst", "watched-folder", "engine". */
  readonly actor: string;
  readonly role: Role;
  /** The door it came through. */
  readonly caller: Caller | "cli" | "engine";
}

/** Actors of what was decided, or came, at another engine begin so. */
export const fleetActor = "fleet ";

/** The engine's own doing: verdicts, clean-up, schedules. */
export const enginePrincipal: Principal = { actor: "engine", role: "admin", caller: "engine" };

/** What the fleet had this engine do: another model, another's erasure, a decision that was taken back. */
export const fleetItself = "fleet";

/** Actors that are no second person: programs of this machine, the fleet, and the command line of whoever sits at it. */
export const machineActors: readonly string[] = ["engine", "retention", "watched folder", "command line", fleetItself];
/** Actors of a panic that was pulled past the engine begin so. */
export const panicActor = "panic ";

export function hasRole(principal: Principal, needed: Role): boolean {
  return includesRole(principal.role, needed);
}

/** @throws SentinelError FORBIDDEN when the principal's role is below the needed one */
export function requireRole(principal: Principal, needed: Role): void {
  if (!hasRole(principal, needed)) {
    throw new SentinelError("FORBIDDEN", `This needs the role ${needed}; ${principal.actor} is ${principal.role}.`);
  }
}
