import { mask } from "../../evidence/secrets.ts";

/** Short plain segments only: too short for any form of a secret, and nothing that gives a value a name. */
const harmless = /^(?:\/[A-Za-z0-9._~-]{0,12})*$/;

/**
 * The path of a request target, without its query.
 * SECURITY: tokens stand in paths too (reset links, session ids); this is what tables and lists hold of a target.
 */
export function maskedPath(target: string): string {
  const question = target.indexOf("?");
  const path = question < 0 ? target : target.slice(0, question);
  return harmless.test(path) ? path : mask(path);
}
