import type { Exchange, Header } from "./exchange.ts";
import { asFields } from "./har-entry.ts";
import type { LogEntry, ReadEntry } from "./json-log.ts";
import { bytesOf, epochOf, millisOf, statusOf } from "./measures.ts";
import type { Complain, ReadLimits } from "./reading.ts";
import { httpVersionName, instantOf, schemeOf, splitTarget } from "./target.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Requests remembered in order to know one again. */
const remembered = 20_000;

/**
 * Reads the datasets `http_requests` and `firewall_events` of Cloudflare's Logpush and Logpull. Each rule that matched a request is
 * an event of its own: the first one of a request is read, the others are passed over. Source: Cloudflare's "Log fields".
 */
export function createCloudflareReader(): ReadEntry {
  const seen = new Set<string>();
  return (entry, limits, complain) => {
    const exchange = readCloudflareEntry(entry, limits, complain);
    const { RayID: ray, EdgeStartTimestamp: isRequest } = entry.fields;
    if (exchange === null || isRequest !== undefined || typeof ray !== "string" || ray === "") return exchange;
    if (seen.has(ray)) return null;
    // A copy: a part of the line would keep the whole line in memory.
    seen.add(Buffer.from(ray.slice(0, 100)).toString());
    const [oldest] = seen;
    if (seen.size > remembered) seen.delete(oldest!);
    return exchange;
  };
}

function readCloudflareEntry(entry: LogEntry, limits: ReadLimits, complain: Complain): Exchange | null {
  const { fields, index, offset, length } = entry;
  const method = textOf(fields.ClientRequestMethod);
  const sent = readTarget(fields);
  if (method === null || sent === null) {
    complain("EVIDENCE_UNREADABLE", "The entry is left out: it names no request.");
    return null;
  }
  const began = fields.EdgeStartTimestamp ?? fields.Datetime;
  const startedAt = timeOf(began);
  if (began !== undefined && startedAt === null) complain("EVIDENCE_UNREADABLE", "The entry's time is no time.");
  const target = splitTarget(sent);
  const headers = readHeaders(fields, limits);
  return {
    index,
    offset,
    length,
    startedAt,
    durationMs: readDuration(fields),
    clientAddress: textOf(fields.ClientIP)?.slice(0, 200) ?? null,
    method: method.slice(0, 200),
    scheme: schemeOf(fields.ClientRequestScheme) ?? target.scheme,
    host: textOf(fields.ClientRequestHost) ?? target.host,
    target: target.target,
    httpVersion: httpVersionName(fields.ClientRequestProtocol),
    headers: headers.length === 0 ? null : headers,
    headersPartial: true,
    body: null,
    bodyCut: false,
    response: readResponse(fields, limits),
  };
}

const textOf = (value: unknown) => (typeof value === "string" && value !== "" ? value : null);

const numberOf = (value: unknown) =>
  typeof value === "string" && /^\d{1,15}(?:\.\d{1,9})?$/.test(value) ? Number(value) : value;

function readTarget(fields: Fields): string | null {
  const uri = textOf(fields.ClientRequestURI);
  if (uri !== null) return uri;
  const path = textOf(fields.ClientRequestPath);
  const query = textOf(fields.ClientRequestQuery)?.replace(/^\?/, "") ?? "";
  return path === null || query === "" ? path : `${path}?${query}`;
}

/** RFC 3339, or a Unix time in seconds or nanoseconds. */
function timeOf(value: unknown): number | null {
  return epochOf(value) ?? instantOf(value);
}

const isFinerThanSeconds = (value: unknown) =>
  typeof value === "string" && !/^\d+$/.test(value) ? /:\d\d\.\d/.test(value) : Number(value) >= 1e11;

/** From begin to end where both are told finely enough, else until the first byte went out, else what the origin took. */
function readDuration(fields: Fields): number | null {
  const { EdgeStartTimestamp: start, EdgeEndTimestamp: end } = fields;
  if (isFinerThanSeconds(start) && isFinerThanSeconds(end)) {
    const [from, to] = [timeOf(start), timeOf(end)];
    const apart = from === null || to === null ? null : millisOf(to - from);
    if (apart !== null) return apart;
  }
  const origin = millisOf(numberOf(fields.OriginResponseDurationMs));
  return millisOf(numberOf(fields.EdgeTimeToFirstByteMs)) ?? (origin === 0 ? null : origin);
}

/** The few headers that have fields of their own, then those that the job was told to record. */
function readHeaders(fields: Fields, limits: ReadLimits): Header[] {
  const headers: Header[] = [];
  const known = new Set<string>();
  const add = (name: string, value: string | null) => {
    if (value === null || known.has(name.toLowerCase())) return;
    known.add(name.toLowerCase());
    headers.push([name, value]);
  };
  add("User-Agent", textOf(fields.ClientRequestUserAgent));
  add("Referer", textOf(fields.ClientRequestReferer) ?? readReferer(fields));
  add("X-Requested-With", textOf(fields.ClientXRequestedWith));
  const cookies = membersOf(fields.Cookies, limits).map(([name, value]) => `${name}=${value}`);
  add("Cookie", cookies.length === 0 ? null : cookies.join("; "));
  for (const [name, value] of membersOf(fields.RequestHeaders, limits)) add(name, value);
  return headers;
}

function readReferer(fields: Fields): string | null {
  const host = textOf(fields.ClientRefererHost);
  if (host === null) return null;
  const query = textOf(fields.ClientRefererQuery)?.replace(/^\?/, "") ?? "";
  const path = textOf(fields.ClientRefererPath) ?? "/";
  return `${textOf(fields.ClientRefererScheme) ?? "https"}://${host}${path}${query === "" ? "" : `?${query}`}`;
}

function membersOf(value: unknown, limits: ReadLimits): Header[] {
  return Object.entries(asFields(value) ?? {})
    .slice(0, limits.headers)
    .filter((member): member is [string, string] => typeof member[1] === "string" && member[1] !== "");
}

function readResponse(fields: Fields, limits: ReadLimits): Exchange["response"] {
  const status = statusOf(numberOf(fields.EdgeResponseStatus));
  const size = bytesOf(numberOf(fields.EdgeResponseBodyBytes)) ?? bytesOf(numberOf(fields.EdgeResponseBytes));
  if (status === null && size === null) return null;
  const headers = membersOf(fields.ResponseHeaders, limits);
  return { status, headers: headers.length === 0 ? null : headers, size, body: null, bodyCut: false };
}
