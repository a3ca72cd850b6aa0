import { contentId } from "../../base/ids.ts";

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
  if (!(percent >= 0 && percent <= 100)) throw new RangeError(`${percent} is no percentage.`);
  // The first 32 bits of a cryptographic hash: nobody can choose a session's name so as to stay with the weaker model.
  const position = Number.parseInt(contentId(challenger, session).slice(0, 8), 16) / 2 ** 32;
  return position * 100 < percent ? "challenger" : "champion";
}
