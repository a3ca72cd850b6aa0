import type { Header } from "./exchange.ts";

/** Names that frameworks give to session cookies; the order is their rank. */
const wellKnown = [
  "phpsessid",
  "jsessionid",
  "connect.sid",
  "asp.net_sessionid",
  ".aspnetcore.session",
  ".aspnetcore.identity.application",
  "laravel_session",
  "ci_session",
  "sessionid",
  "session_id",
  "session",
  "sessid",
  "sid",
  "sess",
  "cfid",
  "cftoken",
];
const rankOf = new Map(wellKnown.map((name, rank) => [name, rank]));

/** Cookies that change within a session or outlive it: tokens against forgery, statistics, preferences. */
const neverASession =
  /csrf|xsrf|nonce|_ga|_gid|_gat|_fbp|_gcl|_hj|utm|consent|amplitude|mixpanel|cf_bm|__cf|lang|theme|time|seen|visit/i;

/** A cookie that may tell one session from another. */
export interface SessionCookie {
  readonly name: string;
  /** `name=value`: the identity. */
  readonly key: string;
  /** Lower is more telling. */
  readonly rank: number;
}

/**
 * Rank of a cookie as the identity of a session, or null. Values that hold more than tokens do are no identity: an injection
 * tried out in a session cookie changes it with every request, and must not fall into as many sessions.
 */
export function sessionRank(name: string, value: string): number | null {
  if (value.length === 0 || value.length > 4096 || name.length > 200) return null;
  const lower = name.toLowerCase().replace(/^__(?:host|secure)-/, "");
  const known = rankOf.get(lower);
  if (!isToken(value)) return null;
  if (known !== undefined) return known;
  if (neverASession.test(lower)) return null;
  if (/sess|\bsid\b|_sid$|-sid$/.test(lower)) return value.length >= 4 ? 50 : null;
  if (/auth|token|jwt|login|remember/.test(lower)) return value.length >= 12 ? 60 : null;
  return value.length >= 20 && isRandom(value) ? 80 : null;
}

function isToken(value: string): boolean {
  if (!/^[A-Za-z0-9._~+/=:|!*@%"-]+$/.test(value) || value.includes("..")) return false;
  if (!value.includes("%")) return true;
  // Only the escapes that encoders of tokens write: no quotes, brackets, spaces.
  return !/%(?!2[bBfFcC]|3[aAdD]|7[cC]|40)/.test(value);
}

/** Mixed character classes and at least 3 bits of entropy a character: made by a random generator, not by a person. */
function isRandom(value: string): boolean {
  if (!/[0-9]/.test(value) || !/[A-Za-z]/.test(value)) return false;
  const counts = new Map<string, number>();
  const sample = value.slice(0, 64);
  for (const char of sample) counts.set(char, (counts.get(char) ?? 0) + 1);
  let bits = 0;
  for (const n of counts.values()) bits -= (n / sample.length) * Math.log2(n / sample.length);
  return bits >= 3;
}

/** Session cookies that a request sends, most telling first. */
export function sentCookies(headers: readonly Header[] | null): SessionCookie[] {
  const found: SessionCookie[] = [];
  for (const [name, value] of headers ?? []) {
    if (name.length !== 6 || name.toLowerCase() !== "cookie") continue;
    for (const pair of value.slice(0, 65_536).split(";", 200)) addCookie(found, pair);
  }
  return found.sort((a, b) => a.rank - b.rank || (a.key < b.key ? -1 : 1));
}

/** Session cookies that a response sets, and the names of those that it deletes. */
export function setCookies(headers: readonly Header[] | null | undefined): { set: SessionCookie[]; deleted: string[] } {
  const found: SessionCookie[] = [];
  const deleted: string[] = [];
  for (const [name, value] of headers ?? []) {
    if (name.length !== 10 || name.toLowerCase() !== "set-cookie") continue;
    // Chrome joins several Set-Cookie headers of one response with line breaks.
    for (const line of value.slice(0, 65_536).split("\n", 100)) {
      const [pair = "", ...attributes] = line.split(";", 20);
      if (attributes.some((a) => /^\s*(?:max-age\s*=\s*(?:0|-\d+)|expires\s*=.*\b19[67]\d\b)/i.test(a))) {
        deleted.push(pair.split("=", 1)[0]!.trim());
      } else addCookie(found, pair);
    }
  }
  return { set: found.sort((a, b) => a.rank - b.rank || (a.key < b.key ? -1 : 1)), deleted };
}

function addCookie(found: SessionCookie[], pair: string): void {
  const equals = pair.indexOf("=");
  if (equals <= 0) return;
  const name = pair.slice(0, equals).trim();
  const value = pair.slice(equals + 1).trim();
  const rank = sessionRank(name, value);
  if (rank !== null) found.push({ name, key: `${name}=${value}`, rank });
}
