import { collectFindings, type PlacedFinding } from "./collect-findings.ts";
import { credentialShapes } from "./credential-shapes.ts";
import { findAssigned, findAuthorization, findConnections, findRandomWords, findTokens } from "./credential-values.ts";
import type { Scanner } from "./scanner.ts";

const valueRules = [
  { rule: "json_web_token", why: "This is a JSON Web Token.", find: findTokens },
  { rule: "connection_password", why: "This address carries a password.", find: findConnections },
  { rule: "authorization_header", why: "This is what an Authorization header carries.", find: findAuthorization },
  { rule: "assigned_secret", why: "A name that stands for a secret is given this value.", find: findAssigned },
  {
    rule: "random_secret",
    why: "This looks drawn at random, beside a word that speaks of a secret.",
    find: findRandomWords,
  },
] as const;

/** Keys, tokens, passwords and connection strings. SECURITY: a finding names rule and place, never the secret. */
export function createCredentialScanner(): Scanner {
  return { name: "credentials", scan: (what, signal) => collectFindings(what, findCredentials, signal) };
}

/** Where credentials stand in a text; of many the first hundreds. No two overlap. */
export function* findCredentials(text: string): Generator<PlacedFinding> {
  const taken: { start: number; end: number }[] = [];
  for (const { rule, why, anchors, pattern, standsAlone } of credentialShapes) {
    for (const anchor of anchors) {
      for (let at = text.indexOf(anchor); at >= 0; ) {
        pattern.lastIndex = at;
        const isFree = !standsAlone || at === 0 || !/[A-Za-z0-9_]/.test(text[at - 1]!);
        const match = isFree ? pattern.exec(text) : null;
        const end = at + (match?.[0].length ?? anchor.length);
        if (match !== null && !overlaps(taken, at, end)) {
          taken.push({ start: at, end });
          yield { rule, why, start: at, end };
        }
        at = text.indexOf(anchor, end);
      }
    }
  }
  for (const { rule, why, find } of valueRules) {
    for (const { start, end } of find(text)) {
      if (overlaps(taken, start, end)) continue;
      taken.push({ start, end });
      yield { rule, why, start, end };
    }
  }
}

/** Most places that are remembered: a text full of them is told of by the first ones. */
const mostPlaces = 400;

function overlaps(taken: { start: number; end: number }[], start: number, end: number): boolean {
  return taken.length >= mostPlaces || taken.some((place) => start < place.end && place.start < end);
}
