import { type Exchange, type ExchangeResponse, type Header, headerOf } from "./exchange.ts";
import { isTextType, joinParams, type ReadBody } from "./har-body.ts";
import { asFields } from "./har-entry.ts";
import type { LogEntry } from "./json-log.ts";
import { membersAt } from "./json-members.ts";
import { logTime, splitRequestLine } from "./log-line.ts";
import { bytesOf, epochOf, statusOf } from "./measures.ts";
import type { Complain, ReadLimits } from "./reading.ts";
import { httpVersionName, instantOf, splitTarget } from "./target.ts";
import { cutText, decodeBytes } from "./text.ts";
import { readWrittenDate } from "./written-date.ts";

type Fields = Readonly<Record<string, unknown>>;

/** What a request is in either layout. */
interface RequestFacts {
  readonly method: string;
  readonly target: string;
  readonly httpVersion: string | null;
}

/** The log's own words are no features: what a WAF decided stays out of the exchange. */
const noRequest = "The entry is left out: it names no request.";

/**
 * One entry of an audit log in JSON: ModSecurity 2 (and Coraza's `jsonlegacy`) with `request` beside `transaction`, ModSecurity 3
 * and Coraza with `request` inside it. A part that the log was not told to keep (SecAuditLogParts) is not available; nor is a body
 * that is logged as empty though the headers name a length. Source: apache2/msc_logging.c of ModSecurity 2.9, src/transaction.cc of
 * ModSecurity 3.0, internal/auditlog of Coraza 3.
 */
export function readModSecurityEntry(entry: LogEntry, limits: ReadLimits, complain: Complain): Exchange | null {
  const transaction = asFields(entry.fields.transaction);
  const inside = asFields(transaction?.request);
  const request = inside ?? asFields(entry.fields.request);
  const facts = request === null ? null : inside === null ? factsOfLine(request) : factsOfFields(request);
  if (transaction === null || request === null || facts === null) {
    complain("EVIDENCE_UNREADABLE", noRequest);
    return null;
  }
  const path = inside === null ? [] : ["transaction"];
  const headers = readHeaders(entry, [...path, "request", "headers"], limits, complain);
  const { index, offset, length } = entry;
  const split = splitTarget(facts.target);
  const body = requestBody(request, headers, facts.method, limits);
  const host = textOf(headerOf(headers, "host")) ?? textOf(request.hostname) ?? split.host;
  const response = asFields(inside === null ? entry.fields.response : transaction.response);
  return {
    index,
    offset,
    length,
    startedAt: readTime(transaction, complain),
    durationMs: null,
    clientAddress: (textOf(transaction.client_ip) ?? textOf(transaction.remote_address))?.slice(0, 200) ?? null,
    method: facts.method,
    scheme: split.scheme,
    host,
    target: split.target,
    httpVersion: facts.httpVersion,
    headers,
    // Every request names its host (RFC 9110 section 7.2): a list without it is not all of it.
    ...(headers !== null && headerOf(headers, "host") === null ? { headersPartial: true as const } : {}),
    body: body?.text ?? null,
    bodyCut: body?.cut ?? false,
    response:
      response === null
        ? null
        : readResponse(response, readHeaders(entry, [...path, "response", "headers"], limits, complain), facts, limits),
  };
}

const textOf = (value: unknown) => (typeof value === "string" && value !== "" && value !== "-" ? value : null);

/** ModSecurity 2: the request line as it was sent. */
function factsOfLine(request: Fields): RequestFacts | null {
  const line = textOf(request.request_line);
  // Coraza leaves a blank where it does not know the version.
  return line === null ? null : splitRequestLine(line.trimEnd());
}

function factsOfFields(request: Fields): RequestFacts | null {
  const { method, uri, http_version: version, protocol } = request;
  if (typeof method !== "string" || method === "" || typeof uri !== "string") return null;
  const number = typeof version === "number" ? version.toFixed(1) : textOf(version);
  return {
    method: method.slice(0, 200),
    target: uri,
    httpVersion: httpVersionName(number === null ? protocol : number.replace(/^(?=\d)/, "HTTP/")),
  };
}

/** Headers as logged, repeated ones included. ModSecurity writes them as repeated names, Coraza as lists. */
function readHeaders(
  entry: LogEntry,
  path: readonly string[],
  limits: ReadLimits,
  complain: Complain,
): Header[] | null {
  const members = membersAt(entry.text, path, limits.headers + 1);
  if (members === null) return null;
  const headers: Header[] = [];
  for (const [name, value] of members) {
    for (const text of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (typeof text === "string") headers.push([name, text]);
    }
  }
  if (headers.length <= limits.headers) return headers;
  complain("INPUT_TOO_LARGE", `There are more than ${limits.headers} headers; the first ones are read.`);
  return headers.slice(0, limits.headers);
}

/** Whether the headers say that there was a body; null where they do not say. */
function hadBody(headers: readonly Header[] | null, method: string): boolean | null {
  if (headers === null) return null;
  if (headerOf(headers, "transfer-encoding") !== null) return true;
  const length = headerOf(headers, "content-length")?.trim();
  if (length !== undefined) return length !== "0";
  return /^(?:GET|HEAD|OPTIONS|TRACE|CONNECT)$/.test(method) ? false : null;
}

function requestBody(
  request: Fields,
  headers: readonly Header[] | null,
  method: string,
  limits: ReadLimits,
): ReadBody | null {
  const { body, fake_body: fields } = request;
  // ModSecurity 2 writes the body in the pieces that it was read in.
  const text = Array.isArray(body) ? body.filter((piece) => typeof piece === "string").join("") : body;
  if (typeof text === "string" && text !== "") return cutText(text, limits.requestBody);
  const type = headerOf(headers, "content-type") ?? "";
  if (typeof fields === "string" && fields !== "")
    return cutText(joinParams(readFields(fields), type), limits.requestBody);
  return hadBody(headers, method) === false ? { text: "", cut: false } : null;
}

/** The form fields of a multipart body, which ModSecurity 2 logs URL-encoded and without the files. */
function readFields(encoded: string): { name: string; value: string }[] {
  return encoded.split("&", 10_000).map((pair) => {
    const equals = pair.indexOf("=");
    const name = equals < 0 ? pair : pair.slice(0, equals);
    return { name: unescapeUrl(name), value: equals < 0 ? "" : unescapeUrl(pair.slice(equals + 1)) };
  });
}

function unescapeUrl(text: string): string {
  if (!/[%+]/.test(text)) return text;
  const source = Buffer.from(text.replaceAll("+", " "), "utf8");
  const bytes = Buffer.allocUnsafe(source.length);
  let length = 0;
  for (let i = 0; i < source.length; i++) {
    const hex = source[i] === 0x25 ? source.toString("latin1", i + 1, i + 3) : "";
    const escaped = /^[0-9A-Fa-f]{2}$/.test(hex);
    bytes[length++] = escaped ? Number.parseInt(hex, 16) : source[i]!;
    if (escaped) i += 2;
  }
  return decodeBytes(bytes.subarray(0, length));
}

function readResponse(
  response: Fields,
  headers: readonly Header[] | null,
  request: RequestFacts,
  limits: ReadLimits,
): ExchangeResponse | null {
  const status = statusOf(response.http_code ?? response.status);
  // Coraza writes status 0 and empty headers where it saw no response.
  if (status === null && (headers === null || headers.length === 0)) return null;
  const type = headerOf(headers, "content-type") ?? "";
  const coding = headerOf(headers, "content-encoding") ?? "";
  const coded = coding !== "" && coding.toLowerCase() !== "identity";
  const text = typeof response.body === "string" && response.body !== "" ? response.body : null;
  const length = headerOf(headers, "content-length")?.trim() ?? "";
  const sized = !coded && /^\d{1,15}$/.test(length) && request.method !== "HEAD" && status !== 304;
  // A compressed body cannot stand in JSON: what is there is its first bytes.
  const body = text !== null && !coded && (type === "" || isTextType(type)) ? cutText(text, limits.responseBody) : null;
  return {
    status,
    headers,
    size: sized ? bytesOf(Number(length)) : null,
    body: body?.text ?? (sized && length === "0" ? "" : null),
    bodyCut: body?.cut ?? false,
  };
}

function readTime(transaction: Fields, complain: Complain): number | null {
  const { time, timestamp, time_stamp: stamp, unix_timestamp: epoch, unique_id: id } = transaction;
  const told =
    epochOf(epoch) ?? (typeof stamp === "string" ? localTime(stamp, id) : auditTime(textOf(time) ?? textOf(timestamp)));
  if (told === null) complain("EVIDENCE_UNREADABLE", "The entry's time is no time.");
  return told;
}

/**
 * ModSecurity 3 writes the local time without saying the zone; but its identifiers begin with the same second since 1970, unless
 * the web server gave one of its own. Without that the time is taken as UTC.
 */
function localTime(stamp: string, id: unknown): number | null {
  const wall = readWrittenDate(stamp)?.ms ?? null;
  const epoch = typeof id === "string" && /^\d{10}\d{0,10}\.\d+$/.test(id) ? Number(id.slice(0, 10)) * 1000 : null;
  if (wall === null || epoch === null) return wall;
  const apart = Math.abs(wall - epoch);
  return apart <= 14 * 3_600_000 && apart % 900_000 === 0 ? epoch : wall;
}

/** `14/Oct/2015:08:42:31.123456 +0000`, west of Greenwich with two signs (`--0400`), or `2023/12/01 12:00:00` without a zone. */
function auditTime(text: string | null): number | null {
  if (text === null) return null;
  const match = /^(\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d)(\.\d{1,9})? ([+-])-?(\d\d)-?(\d\d)$/.exec(text);
  if (match === null) return instantOf(text.replace(/^(\d{4})\/(\d\d)\/(\d\d)(?= )/, "$1-$2-$3"));
  const [, second, fraction = "0", sign, hours, minutes] = match;
  const ms = logTime(`${second} ${sign}${hours}${minutes}`);
  return ms === null ? null : ms + Math.floor(Number(fraction) * 1000);
}
