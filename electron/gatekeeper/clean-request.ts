import type { IncomingMessage } from "node:http";

/** Headers of one connection only (RFC 9110 section 7.6.1). */
const hopByHop: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
/** The mark that rules at the stage tag leave for the application. */
export const tagHeader = "X-Sentinel-Tag";
/** Headers that the gatekeeper itself writes. */
const ours: ReadonlySet<string> = new Set([tagHeader.toLowerCase(), "x-forwarded-for", "x-forwarded-proto"]);
const mostHeaders = 1000;

/** Name and value of each header, as it came. */
export function pairsOf(raw: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) pairs.push([raw[i]!, raw[i + 1]!]);
  return pairs;
}

/**
 * What makes a request none that two servers read alike, or none that can be looked at. The parser refuses most of it before.
 *
 * @returns status and words; null: it is clean
 */
export function findUnclean(request: IncomingMessage): { readonly status: number; readonly words: string } | null {
  const pairs = pairsOf(request.rawHeaders).map(([name, value]) => [name.toLowerCase(), value] as const);
  const all = (wanted: string) => pairs.filter(([name]) => name === wanted).map(([, value]) => value);
  const lengths = all("content-length");
  const codings = all("transfer-encoding");
  // SECURITY: request smuggling (RFC 9112 section 6.3): where the body ends must have one answer.
  if (codings.length > 0 && lengths.length > 0) {
    return { status: 400, words: "Transfer-Encoding and Content-Length must not stand together." };
  }
  if (lengths.length > 1) return { status: 400, words: "There is more than one Content-Length." };
  if (codings.length > 1 || (codings[0] ?? "chunked").toLowerCase() !== "chunked") {
    return { status: 501, words: "The only transfer coding that is understood is chunked." };
  }
  if (codings.length > 0 && request.httpVersion !== "1.1") {
    return { status: 400, words: "Only HTTP/1.1 knows Transfer-Encoding." };
  }
  // SECURITY: which application is meant must have one answer, too.
  if (all("host").length > 1) return { status: 400, words: "There is more than one Host." };
  if (pairs.length > mostHeaders) return { status: 431, words: "There are too many headers." };
  const target = request.url ?? "";
  if (!target.startsWith("/") && !(target === "*" && request.method === "OPTIONS")) {
    return { status: 400, words: "The request target must be a path." };
  }
  // SECURITY: what goes through an upgraded connection could not be looked at.
  if (all("upgrade").some((value) => /websocket/i.test(value))) {
    return { status: 501, words: "This gatekeeper passes no WebSockets: their messages could not be checked." };
  }
  return null;
}

/** Headers for the application: what is of this connection only is left out, and nobody but the gatekeeper tags. */
export function forwardHeaders(request: IncomingMessage, tag: string | null): string[] {
  const headers: string[] = [];
  let from = "";
  let scheme = "http";
  for (const [name, value] of pairsOf(request.rawHeaders)) {
    const lower = name.toLowerCase();
    // SECURITY: applications behind CGI and its heirs (RFC 3875 section 4.1.18) read X_Sentinel_Tag as X-Sentinel-Tag: neither is taken from a visitor.
    if (lower.includes("_") && ours.has(lower.replaceAll("_", "-"))) continue;
    if (lower === "x-forwarded-proto") {
      // Of whoever ended its encryption before; one answer, since applications read the first or the last.
      if (/^https?$/i.test(value)) scheme = value.toLowerCase();
      continue;
    }
    if (lower === "x-forwarded-for") {
      from = from === "" ? value : `${from}, ${value}`;
      continue;
    }
    // SECURITY: a tag that the visitor sent would be the visitor's word.
    if (hopByHop.has(lower) || lower === tagHeader.toLowerCase() || lower === "expect") continue;
    headers.push(name, value);
  }
  const client = request.socket.remoteAddress ?? "";
  headers.push("X-Forwarded-For", from === "" ? client : `${from}, ${client}`, "X-Forwarded-Proto", scheme);
  if (request.headers["transfer-encoding"] !== undefined) headers.push("Transfer-Encoding", "chunked");
  headers.push("Connection", "keep-alive");
  if (tag !== null) headers.push(tagHeader, tag);
  return headers;
}

/** Headers for the visitor. */
export function backwardHeaders(response: IncomingMessage): string[] {
  return pairsOf(response.rawHeaders).flatMap(([name, value]) =>
    hopByHop.has(name.toLowerCase()) ? [] : [name, value],
  );
}
