import { isInShare } from "../../base/share.ts";

/** Which of two models judges a session. */
export type Route = "champion" | "challenger";

/**
 * The model for a session: always the same one for the same session and challenger, and whoever is with the challenger at one share is
 * still with it at a larger one. Another challenger gets other sessions.
 *
 * @param session what names the session; any text
 * @param percent share of sessions for the challenger, in [0, 100]
 * @param challenger hash of the challenger
 */
export function routeSession(session: string, percent: number, challenger: string): Route {
  return isInShare(challenger, session, percent) ? "challenger" : "champion";
}
