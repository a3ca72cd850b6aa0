import { instantWithin } from "./measures.ts";

/** Scheme, authority and request target of a URL or target as recorded. */
export interface SplitUrl {
  readonly scheme: "http" | "https" | null;
  readonly host: string | null;
  /** Path and query as written, at least "/"; the fragment is never sent and is left out. */
  readonly target: string;
}

const schemes = new Map<string, "http" | "https">([
  ["http", "http"],
  ["https", "https"],
  ["ws", "http"],
  ["wss", "https"],
]);

/** Schemes that recorders write entries of, though no HTTP request was made. */
const otherSchemes = new Set(
  "about blob chrome chrome-extension chrome-search data devtools edge extension file ftp javascript mailto moz-extension resource safari-web-extension tel view-source".split(
    " ",
  ),
);

/** How the scheme of a URL that `splitUrl` takes for none of HTTP is told. SECURITY: only those that are known are named: what else stands there may name a person, and this stays in the log. */
export function otherSchemeOf(url: string): string {
  const scheme = url.slice(0, url.indexOf(":")).toLowerCase();
  return otherSchemes.has(scheme) ? scheme : "other";
}

/**
 * Splits a URL without normalising it: an attack may live in exactly the characters that a URL parser would tidy away.
 * @returns null for schemes that no HTTP request was made for (data:, blob:, about:, browser extensions)
 */
export function splitUrl(url: string): SplitUrl | null {
  const colon = url.indexOf("://");
  if (colon > 0 && colon <= 8) {
    const scheme = schemes.get(url.slice(0, colon).toLowerCase());
    if (scheme !== undefined) return splitAuthority(url, colon + 3, scheme);
  }
  if (/^[a-z][a-z0-9+.-]{1,40}:(?![0-9]{1,5}(?:[/?#]|$))/i.test(url)) return null;
  return { scheme: null, host: null, target: withoutFragment(url, 0) };
}

/** A scheme that a recorder names, in whatever case. Null for what is none of HTTP. */
export function schemeOf(value: unknown): "http" | "https" | null {
  const name = typeof value === "string" ? value.toLowerCase() : null;
  return name === "http" || name === "https" ? name : null;
}

/**
 * Splits a request target as it went over the wire. Only a whole URL (RFC 9112 section 3.2.2) is taken apart: anything else is the
 * target itself, also with a `#`, which hand-made requests may send.
 */
export function splitTarget(sent: string): SplitUrl {
  if (/^(?:https?|wss?):\/\//i.test(sent)) {
    const url = splitUrl(sent);
    if (url !== null) return url;
  }
  return { scheme: null, host: null, target: sent === "" ? "/" : sent };
}

function splitAuthority(url: string, start: number, scheme: "http" | "https"): SplitUrl {
  let end = start;
  while (end < url.length && !isEndOfAuthority(url.charCodeAt(end))) end++;
  const authority = url.slice(url.lastIndexOf("@", end - 1) >= start ? url.lastIndexOf("@", end - 1) + 1 : start, end);
  const target = withoutFragment(url, end);
  return { scheme, host: authority === "" ? null : authority, target: target.startsWith("/") ? target : `/${target}` };
}

const isEndOfAuthority = (code: number) => code === 0x2f || code === 0x3f || code === 0x23 || code === 0x5c;

function withoutFragment(url: string, start: number): string {
  const hash = url.indexOf("#", start);
  const target = hash < 0 ? url.slice(start) : url.slice(start, hash);
  return target === "" ? "/" : target;
}

/** HTTP version as messages write it: `h2` and `http/2.0` are "HTTP/2"; null where the recorder did not know. */
export function httpVersionName(recorded: unknown): string | null {
  if (recorded === "HTTP/1.1") return recorded;
  if (typeof recorded !== "string") return null;
  const match = /^(?:http\/|h)([0-9])(?:\.([0-9]))?c?$/i.exec(recorded.trim());
  if (match === null) return null;
  const [, major, minor] = match;
  if (major === "2" || major === "3") return `HTTP/${major}`;
  return `HTTP/${major}.${minor ?? (major === "1" ? "1" : "0")}`;
}

/**
 * Epoch milliseconds of an ISO 8601 instant. Without an offset the time is taken as UTC, so that the reading does not depend on
 * the machine it happens on. @returns null for anything else
 */
export function instantOf(text: unknown): number | null {
  if (typeof text !== "string" || text.length > 60) return null;
  if (!/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/.test(text)) return null;
  const known = /(?:Z|[+-]\d\d:?\d\d)$/i.test(text);
  const ms = Date.parse(known ? text : `${text}Z`);
  return instantWithin(ms);
}
