import type { PayloadClass, Place } from "../../../shared/payload.ts";

/** A whole number with separators, others with at most two figures after the point: 3,900; 2.5; 0.04. */
export function formatNumber(value: number): string {
  return value.toLocaleString("en-GB", {
    maximumFractionDigits: Math.abs(value) < 1 ? 2 : Math.abs(value) < 100 ? 1 : 0,
  });
}

/** A share or probability in words that stay true after rounding: nothing between is called 0% or 100%. */
export function formatShare(value: number): string {
  if (value <= 0) return "0%";
  if (value >= 1) return "100%";
  if (value < 0.01) return "under 1%";
  if (value > 0.99) return "over 99%";
  return `${Math.round(value * 100)}%`;
}

/** "1 error", "3 errors", "2.5 errors". @param many plural where it is not the singular with an s */
export function count(value: number, one: string, many = `${one}s`): string {
  return `${formatNumber(value)} ${value === 1 ? one : many}`;
}

/** "a", "a and b", "a, b and c" */
export function joinPhrases(parts: readonly string[]): string {
  if (parts.length < 2) return parts.join("");
  return `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)!}`;
}

export const classNames: Readonly<Record<PayloadClass, string>> = {
  sql_injection: "SQL injection",
  xss: "cross-site scripting",
  command_injection: "command injection",
  path_traversal: "path traversal",
  xxe: "XML external entity injection",
  csrf: "cross-site request forgery",
  benign: "ordinary input",
};

/** Names of families that say more than their class. */
const familyNames: Readonly<Record<string, string>> = {
  nosql_injection: "NoSQL injection",
  ldap_injection: "LDAP injection",
  crlf_injection: "header injection (CRLF)",
  code_injection: "code injection",
  ssti: "server-side template injection",
  ssi_injection: "server-side include injection",
  log4shell: "Log4Shell (JNDI look-up)",
  deserialization: "unsafe deserialisation",
  file_inclusion: "file inclusion",
  ssrf: "server-side request forgery",
};

export function nameAttack(attack: PayloadClass, family: string | null): string {
  return (family === null ? undefined : familyNames[family]) ?? classNames[attack];
}

const placeNames: Readonly<Record<Place, readonly [named: string, unnamed: string]>> = {
  query: ["the query parameter", "a query parameter"],
  query_name: ["the name of a query parameter", "the name of a query parameter"],
  path_segment: ["the path", "the path"],
  form: ["the form field", "a form field"],
  json: ["the JSON value", "a JSON value"],
  xml: ["the XML content", "the XML content"],
  multipart: ["the form part", "a form part"],
  file_name: ["the file name of the upload", "the file name of an upload"],
  cookie: ["the cookie", "a cookie"],
  header: ["the header", "a header"],
  body: ["the body", "the body"],
};

/** Places where a name is the field's own and not, like the name of a path segment, missing or itself the payload. */
const namedPlaces: ReadonlySet<Place> = new Set([
  "query",
  "form",
  "json",
  "multipart",
  "file_name",
  "cookie",
  "header",
]);
const plainName = /^[A-Za-z_][A-Za-z0-9_.[\]$-]{0,39}$/;
const plainTarget = /^[A-Z]{1,10} \/[A-Za-z0-9_.~/-]{0,99}$/;
/** A stretch that may be a token or key rather than a word. */
const secretLike = /(?=[A-Za-z_-]*\d)[A-Za-z0-9_-]{16,}/;

/**
 * "the query parameter “id”". SECURITY: names come from the request: one that is not a plain identifier may be a payload or a
 * secret, and is left out, since the narrative is never masked later.
 */
export function namePlace(place: Place, name: string): string {
  const [named, unnamed] = placeNames[place];
  const isPlain = namedPlaces.has(place) && plainName.test(name) && !secretLike.test(name);
  return isPlain ? `${named} “${name}”` : unnamed;
}

/** "GET /items", or "one request" where the line is no plain path or the payload stands in it. SECURITY: as above. */
export function nameRequest(requestLine: string, place: Place | null): string {
  const isPlain = place !== "path_segment" && plainTarget.test(requestLine) && !secretLike.test(requestLine);
  return isPlain && !requestLine.includes("..") ? requestLine : "one request";
}
