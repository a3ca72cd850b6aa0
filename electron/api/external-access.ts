import { SentinelError } from "../../shared/errors.ts";
import type { Route } from "../../shared/route.ts";
import type { Principal } from "../engine/base/principals.ts";
import { equalSecrets } from "./credentials.ts";
import type { PinCheck } from "./pin-check.ts";

/** What lets other programs in. */
export interface ExternalCredentials {
  /** Null: no PIN is set. */
  readonly pin: PinCheck | null;
  /** Null: no token is set. */
  readonly token: string | null;
  /** False lets everybody on this machine call everything; the operator's choice. */
  readonly credentialRequired: boolean;
}

/** What a caller shows, whichever way it came. */
export interface Shown {
  readonly token: string | null;
  readonly pin: string | null;
}

/** @throws SentinelError UNAUTHENTICATED, RATE_LIMITED while PINs are locked out */
export async function identifyExternal(
  { token, pin }: Shown,
  route: Pick<Route, "open"> | undefined,
  credentials: ExternalCredentials,
): Promise<Principal> {
  // A credential that is given must be right, also where none is needed.
  if (token !== null) {
    if (credentials.token === null || !equalSecrets(token, credentials.token)) {
      throw new SentinelError("UNAUTHENTICATED", "The bearer token is wrong.");
    }
    return { actor: "program (token)", role: "analyst", caller: "external" };
  }
  if (pin !== null) {
    if (credentials.pin === null) throw new SentinelError("UNAUTHENTICATED", "No PIN is set for this engine.");
    await credentials.pin.check(pin);
    return { actor: "program (PIN)", role: "analyst", caller: "external" };
  }
  return withoutCredential(route, credentials);
}

/** @throws SentinelError UNAUTHENTICATED */
export function withoutCredential(
  route: Pick<Route, "open"> | undefined,
  { credentialRequired }: Pick<ExternalCredentials, "credentialRequired">,
): Principal {
  if (!credentialRequired) return { actor: "program", role: "analyst", caller: "external" };
  if (route?.open) return { actor: "anyone", role: "viewer", caller: "external" };
  throw new SentinelError("UNAUTHENTICATED", "This needs the PIN or a bearer token.");
}
