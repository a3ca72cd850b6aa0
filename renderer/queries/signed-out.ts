import { readToken } from "./token.ts";

/**
 * How long a tab that was told that it is not signed in reads nothing more, milliseconds: the engine counts failures by address, others'
 * among them, and a screen asks a dozen things at once.
 */
export const signedOutMs = 60_000;

let refused: { readonly token: string | null; readonly until: number } | null = null;

/** The engine answered that what this tab shows lets nobody in. */
export function noteSignedOut(): void {
  refused = { token: readToken(), until: performance.now() + signedOutMs };
}

/** The engine let this tab in. */
export function noteSignedIn(): void {
  refused = null;
}

/** Whether this tab was told lately, with the token that it has now, that it is not signed in. */
export function isSignedOut(): boolean {
  return refused !== null && refused.token === readToken() && performance.now() < refused.until;
}
