import { mask } from "../../evidence/secrets.ts";

/**
 * The path of a request target, without its query.
 * SECURITY: tokens stand in paths too (reset links, session ids); this is what tables and lists hold of a target.
 */
export function maskedPath(target: string): string {
  const question = target.indexOf("?");
  return mask(question < 0 ? target : target.slice(0, question));
}
