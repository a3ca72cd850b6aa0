import { isSecretName, mask } from "../../evidence/secrets.ts";

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

/** Characters of a query that are kept and searched. */
const longestQuery = 2000;

/** Short plain values only, each named by a plain word. */
const plainQuery = /^\?(?:[A-Za-z0-9_.-]{1,40}=[A-Za-z0-9._~%+-]{0,12}(?:&|$))*$/;

/**
 * The query of a request target from its question mark on, at most 2,000 characters; empty without one.
 * SECURITY: secrets are masked before it is cut: half a token is not recognised as one.
 */
export function maskedQuery(target: string): string {
  const question = target.indexOf("?");
  if (question < 0) return "";
  const query = target.slice(question);
  if (plainQuery.test(query) && !namesSecret(query)) return query.slice(0, longestQuery);
  // With the path before it, as secrets are found in the request itself.
  const masked = mask(target);
  const start = masked.indexOf("?");
  const text = start < 0 ? "" : masked.slice(start);
  return text.length <= longestQuery ? text : `${text.slice(0, longestQuery - 1)}\u2026`;
}

function namesSecret(query: string): boolean {
  return query
    .slice(1)
    .split("&")
    .some((pair) => isSecretName(pair.slice(0, pair.indexOf("="))));
}
