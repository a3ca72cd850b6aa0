import type { ExchangeResponse, Header } from "./exchange.ts";
import { instantWithin } from "./measures.ts";
import { httpVersionName, instantOf } from "./target.ts";
import { decodeBytes } from "./text.ts";

/** What one line of an access log tells. */
export interface LogLine {
  readonly startedAt: number | null;
  readonly durationMs: number | null;
  readonly clientAddress: string | null;
  readonly method: string;
  readonly scheme: "http" | "https" | null;
  readonly host: string | null;
  readonly target: string;
  readonly httpVersion: string | null;
  readonly headers: Header[] | null;
  readonly body: string | null;
  readonly response: ExchangeResponse | null;
}

const months = "JanFebMarAprMayJunJulAugSepOctNovDec";
let lastMinute = "-";
let lastZone = "-";
let lastMinuteMs = 0;

/** `10/Oct/2000:13:55:36 -0700` (also ISO 8601) as epoch milliseconds, else null. */
export function logTime(text: string): number | null {
  if (text.charCodeAt(2) !== 0x2f) return instantOf(text);
  // Consecutive lines nearly always share the minute and the zone.
  if (text.length !== 26 || !text.startsWith(lastMinute) || !text.endsWith(lastZone)) {
    const key = text.slice(0, 17) + text.slice(21);
    const match = /^(\d\d)\/([A-Z][a-z]{2})\/(\d{4}):(\d\d):(\d\d)([+-])(\d\d)(\d\d)$/.exec(key);
    const month = match === null ? -1 : months.indexOf(match[2]!);
    if (match === null || month < 0 || month % 3 !== 0) return null;
    const offset = (Number(match[7]) * 60 + Number(match[8])) * (match[6] === "-" ? -60_000 : 60_000);
    lastMinuteMs = Date.UTC(Number(match[3]), month / 3, Number(match[1]), Number(match[4]), Number(match[5])) - offset;
    lastMinute = text.slice(0, 17);
    lastZone = text.slice(20);
  }
  const seconds = (text.charCodeAt(18) - 48) * 10 + text.charCodeAt(19) - 48;
  return seconds >= 0 && seconds <= 60 && text.charCodeAt(17) === 0x3a
    ? instantWithin(lastMinuteMs + seconds * 1000)
    : null;
}

/** Position of the quote that ends a quoted field which began before `from`, or -1. */
function endOfQuoted(line: string, from: number): number {
  let at = line.indexOf('"', from);
  while (at > 0) {
    let slashes = 0;
    while (line.charCodeAt(at - 1 - slashes) === 0x5c && at - 1 - slashes >= from) slashes++;
    if (slashes % 2 === 0) return at;
    at = line.indexOf('"', at + 1);
  }
  return -1;
}

const escapes: Record<string, number> = { n: 10, r: 13, t: 9, b: 8, v: 11, f: 12, '"': 0x22, "\\": 0x5c };

/** Undoes `\xNN`, `\"`, `\\`, `\n`, … as Apache and nginx write them; the bytes are then read as text again. */
function unescapeField(field: string): string {
  if (!field.includes("\\")) return field;
  const source = Buffer.from(field, "utf8");
  const bytes = Buffer.allocUnsafe(source.length);
  let length = 0;
  for (let i = 0; i < source.length; i++) {
    let byte = source[i]!;
    if (byte === 0x5c && i + 1 < source.length) {
      const next = source.toString("latin1", i + 1, i + 2);
      const hex = next === "x" ? source.toString("latin1", i + 2, i + 4) : "";
      if (/^[0-9a-f]{2}$/i.test(hex)) {
        byte = Number.parseInt(hex, 16);
        i += 3;
      } else if (Object.hasOwn(escapes, next)) {
        byte = escapes[next]!;
        i += 1;
      }
    }
    bytes[length++] = byte;
  }
  return decodeBytes(bytes.subarray(0, length));
}

const commonMethods = new Set(["GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"]);

/** Request line into method, target and version. What is no request line (TLS to a plain port) keeps its text as target. */
export function splitRequestLine(line: string): { method: string; target: string; httpVersion: string | null } {
  const first = line.indexOf(" ");
  const last = line.lastIndexOf(" ");
  const method = first < 0 ? "" : line.slice(0, first);
  if (!commonMethods.has(method) && (first <= 0 || first > 40 || !/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(method))) {
    return { method: "-", target: line, httpVersion: null };
  }
  if (last > first && line.startsWith("HTTP/", last + 1)) {
    return { method, target: line.slice(first + 1, last), httpVersion: httpVersionName(line.slice(last + 1)) };
  }
  return { method, target: line.slice(first + 1), httpVersion: null };
}

const looksLikeAddress = (text: string) => /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[?[0-9a-fA-F]*:[0-9a-fA-F:.]*\]?)$/.test(text);

/**
 * A line in Common or Combined Log Format, optionally with a virtual host before it and with further fields behind it:
 * X-Forwarded-For (quoted), time taken (`rt=0.123` or a decimal number: seconds; a whole number: microseconds, as `%D`;
 * `5ms` as Traefik writes). Source: Apache mod_log_config, nginx ngx_http_log_module.
 *
 * @returns null when the line is none
 */
export function parseCommonLine(line: string): LogLine | null {
  const bracket = line.indexOf(" [");
  if (bracket <= 0 || bracket > 2000) return null;
  const bracketEnd = line.indexOf("]", bracket);
  if (bracketEnd < 0 || bracketEnd - bracket > 60) return null;
  const startedAt = logTime(line.slice(bracket + 2, bracketEnd));
  const quoteAt = line.indexOf('"', bracketEnd);
  if (startedAt === null || quoteAt < 0 || quoteAt - bracketEnd > 3) return null;
  const requestEnd = endOfQuoted(line, quoteAt + 1);
  if (requestEnd < 0) return null;
  const who = readPrefix(line.slice(0, bracket));
  const statusEnd = indexOrEnd(line, " ", requestEnd + 2);
  const sizeEnd = indexOrEnd(line, " ", statusEnd + 1);
  const status = wholeNumber(line, requestEnd + 2, statusEnd);
  if (status === null && line.slice(requestEnd + 2, statusEnd) !== "-") return null;
  const size = line.charCodeAt(statusEnd + 1) === 0x2d ? 0 : wholeNumber(line, statusEnd + 1, sizeEnd);
  const request = splitRequestLine(unescapeField(line.slice(quoteAt + 1, requestEnd)));
  const rest = sizeEnd < line.length ? readRest(line, sizeEnd + 1) : { headers: null, durationMs: null };
  return {
    startedAt,
    durationMs: rest.durationMs,
    clientAddress: who.client,
    method: request.method,
    scheme: null,
    host: who.host,
    target: request.target,
    httpVersion: request.httpVersion,
    headers: rest.headers,
    body: null,
    response: { status, headers: null, size, body: null, bodyCut: false },
  };
}

function indexOrEnd(line: string, mark: string, from: number): number {
  const at = line.indexOf(mark, from);
  return at < 0 ? line.length : at;
}

function wholeNumber(line: string, from: number, to: number): number | null {
  if (to <= from || to - from > 15) return null;
  let value = 0;
  for (let i = from; i < to; i++) {
    const digit = line.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return null;
    value = value * 10 + digit;
  }
  return value;
}

/** `client identity user`, or `host client identity user`; a user name may hold spaces. */
function readPrefix(prefix: string): { client: string | null; host: string | null } {
  const first = prefix.indexOf(" ");
  const client = first < 0 ? prefix : prefix.slice(0, first);
  if (first < 0 || looksLikeAddress(client)) return { client: client === "-" ? null : client, host: null };
  const second = indexOrEnd(prefix, " ", first + 1);
  const next = prefix.slice(first + 1, second);
  if (looksLikeAddress(next)) return { client: next, host: client };
  return { client, host: null };
}

/** Referer, User-Agent and further fields. */
function readRest(line: string, from: number): { headers: Header[] | null; durationMs: number | null } {
  const headers: Header[] = [];
  let durationMs: number | null = null;
  let quoted = 0;
  let at = from;
  for (let fields = 0; at < line.length && fields < 20; fields++) {
    if (line.charCodeAt(at) === 0x22) {
      const end = endOfQuoted(line, at + 1);
      if (end < 0) break;
      const value = line.slice(at + 1, end);
      if (value !== "-" && value !== "") addQuoted(headers, quoted, unescapeField(value));
      quoted++;
      at = end + 2;
    } else {
      const end = indexOrEnd(line, " ", at);
      const field = line.slice(at, end);
      // Traefik writes a request count before its duration: a field with a unit wins over a bare whole number.
      if (durationMs === null || field.endsWith("ms")) durationMs = duration(field) ?? durationMs;
      at = end + 1;
    }
  }
  return { headers: quoted === 0 ? null : headers, durationMs };
}

function addQuoted(headers: Header[], position: number, value: string): void {
  if (position === 0) headers.push(["Referer", value]);
  else if (position === 1) headers.push(["User-Agent", value]);
  else if (position === 2 && /^[0-9a-fA-F.:, ]+$/.test(value)) headers.push(["X-Forwarded-For", value]);
}

function duration(field: string): number | null {
  const match = /^(?:rt=|request_time=)?(\d{1,12})(\.\d{1,9})?(ms)?$/.exec(field);
  if (match === null) return null;
  const value = Number(`${match[1]}${match[2] ?? ""}`);
  if (match[3] !== undefined) return value;
  return match[2] !== undefined || field.includes("=") ? value * 1000 : value / 1000;
}
