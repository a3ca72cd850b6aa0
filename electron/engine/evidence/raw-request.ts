import { SentinelError } from "../../../shared/errors.ts";
import { parseCurl } from "./curl-command.ts";
import { type Exchange, type Header, headerOf } from "./exchange.ts";
import { collectPackage } from "./package.ts";
import { complainAt, defaultLimits, type ReadLimits, type ReadOptions } from "./reading.ts";
import { httpVersionName, splitUrl } from "./target.ts";
import { cutText, decodeBytes } from "./text.ts";

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

interface RequestLine {
  readonly method: string;
  readonly target: string;
  readonly version: string | null;
}

/** A request line (RFC 9112 section 3), its version optional. Null when it is none. Linear, whatever stands in it. */
function parseRequestLine(line: string): RequestLine | null {
  const method = /^([!#$%&'*+.^_`|~0-9A-Za-z-]{1,40})[ \t]+(?=\S)/.exec(line);
  if (method === null) return null;
  const rest = trimBlanks(line.slice(method[0].length));
  const blank = Math.max(rest.lastIndexOf(" "), rest.lastIndexOf("\t"));
  const last = rest.slice(blank + 1);
  const isVersion = blank > 0 && /^HTTP\/\d(?:\.\d)?$/.test(last);
  return {
    method: method[1]!,
    target: isVersion ? trimBlanks(rest.slice(0, blank)) : rest,
    version: isVersion ? last : null,
  };
}

/** Without the blanks and tabs at its end. */
function trimBlanks(text: string): string {
  let end = text.length;
  while (end > 0 && (text[end - 1] === " " || text[end - 1] === "\t")) end--;
  return text.slice(0, end);
}

/** Whether a text begins as a pasted request does; used to tell the kinds of evidence apart. */
export function looksLikeRawRequest(text: string): boolean {
  const start = text.trimStart();
  if (/^curl(?:\.exe)?\s/.test(start)) return true;
  if (/^:(?:method|authority|path|scheme)\b/.test(start)) return true;
  const [first = "", second = ""] = start.split(/\r?\n/, 2);
  const line = parseRequestLine(first);
  if (line === null) return false;
  if (line.version !== null) return true;
  // Without a version: an upper-case method and a path or URL, and a header or nothing below.
  return (
    /^[A-Z]{3,12}$/.test(line.method) &&
    /^(?:\/|https?:\/\/)\S*$/.test(line.target) &&
    (second === "" || /^[\w-]+:/.test(second))
  );
}

/**
 * Reads one pasted HTTP request: HTTP/1.x with CRLF or LF, HTTP/2 pseudo headers as browsers copy them (`:method: GET`, or name
 * and value on alternating lines), or a curl command.
 * @throws SentinelError EVIDENCE_UNREADABLE, INPUT_TOO_LARGE
 */
export function parseRawRequest(bytes: Buffer, limits: ReadLimits = defaultLimits): Exchange {
  const text = decodeBytes(bytes).replace(/^\ufeff?\s*/, "");
  const made: Omit<Message, "headers"> & { headers: readonly Header[] } = /^curl(?:\.exe)?\s/.test(text)
    ? { version: null, ...parseCurl(text) }
    : parseMessage(text, limits);
  const url = splitUrl(made.url);
  if (url === null) throw new SentinelError("EVIDENCE_UNREADABLE", "The request's URL is none of HTTP.");
  const body = made.body === null ? null : cutText(made.body, limits.requestBody);
  return {
    index: 0,
    offset: 0,
    length: bytes.length,
    startedAt: null,
    durationMs: null,
    clientAddress: null,
    method: made.method,
    scheme: url.scheme,
    host: url.host ?? headerOf(made.headers, "host"),
    target: url.target,
    httpVersion: made.version,
    headers: made.headers,
    body: body?.text ?? "",
    bodyCut: body?.cut ?? false,
    response: null,
  };
}

interface Message {
  method: string;
  url: string;
  version: string | null;
  headers: Header[];
  body: string | null;
}

function parseMessage(text: string, limits: ReadLimits): Message {
  const end = /\r?\n[ \t]*\r?\n/.exec(text);
  const head = end === null ? text : text.slice(0, end.index);
  const body = end === null ? null : text.slice(end.index + end[0].length);
  const lines = splitLines(head, limits);
  if (lines[0]!.startsWith(":")) return parsePseudo(lines, body);
  const parsed = parseRequestHead(head, limits);
  if (parsed === null) throw new SentinelError("EVIDENCE_UNREADABLE", "The first line is no request line.");
  const { method, target, version, headers } = parsed;
  const pseudo = headers.find(([name]) => name === ":authority");
  const url = pseudo === undefined || /^https?:/i.test(target) ? target : `https://${pseudo[1]}${target}`;
  return { method, url, version, headers: headers.filter(([name]) => !name.startsWith(":")), body };
}

function splitLines(head: string, limits: ReadLimits): string[] {
  const most = limits.headers * 2 + 1;
  const lines = head.split(/\r?\n/, most + 1);
  if (lines.length > most) {
    throw new SentinelError("INPUT_TOO_LARGE", `The request has more than ${limits.headers} headers.`);
  }
  return lines;
}

/** What stands before the body of a request of HTTP/1.x, or written as such. */
export interface RequestHead {
  readonly method: string;
  /** As it stands in the request line. */
  readonly target: string;
  readonly version: string | null;
  readonly headers: readonly Header[];
}

/**
 * Reads request line and headers; lines end with CRLF or LF.
 * @returns null when the first line is no request line
 * @throws SentinelError INPUT_TOO_LARGE for too many headers
 */
export function parseRequestHead(head: string, limits: ReadLimits): RequestHead | null {
  const [first = "", ...lines] = splitLines(head, limits);
  const line = parseRequestLine(first);
  return line === null ? null : { ...line, version: httpVersionName(line.version), headers: parseHeaderLines(lines) };
}

/** Headers, one a line; a line that begins with a blank continues the one before. */
export function parseHeaderLines(lines: readonly string[]): Header[] {
  const headers: Header[] = [];
  for (const line of lines) addHeader(headers, line);
  return headers;
}

function addHeader(headers: Header[], line: string): void {
  const last = headers.at(-1);
  if (/^[ \t]/.test(line) && last !== undefined) {
    // Obsolete line folding (RFC 9112 section 5.2) continues the value.
    headers[headers.length - 1] = [last[0], `${last[1]} ${line.trim()}`];
    return;
  }
  const colon = line.indexOf(":", 1);
  if (colon > 0) headers.push([line.slice(0, colon).trim(), line.slice(colon + 1).trim()]);
  else if (line.trim() !== "") headers.push([line.trim(), ""]);
}

function parsePseudo(lines: readonly string[], body: string | null): Message {
  const pairs: Header[] = [];
  // Chrome copies name and value on alternating lines, names ending in a colon; others write them on one.
  const alternating = /^:\w+:?$/.test(lines[0]!.trim());
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!;
    if (alternating) {
      const name = line.trim().replace(/:$/, "");
      if (name !== "") pairs.push([name, (lines[++i] ?? "").trim()]);
    } else {
      const match = /^(:?[^:\s]+)[:\s]\s*(.*)$/.exec(line);
      if (match !== null) pairs.push([match[1]!, match[2]!.trim()]);
    }
  }
  const pseudo = (name: string) => pairs.find(([n]) => n === name)?.[1];
  const method = pseudo(":method");
  const path = pseudo(":path");
  if (method === undefined || path === undefined || !token.test(method)) {
    throw new SentinelError("EVIDENCE_UNREADABLE", "The request has no :method and :path.");
  }
  const authority = pseudo(":authority");
  const url = authority === undefined ? path : `${pseudo(":scheme") ?? "https"}://${authority}${path}`;
  return { method, url, version: "HTTP/2", headers: pairs.filter(([name]) => !name.startsWith(":")), body };
}

/** Largest pasted request, bytes. */
const maxRequestBytes = 16 * 1024 ** 2;

/** The pasted request as evidence of one exchange. @throws SentinelError INPUT_TOO_LARGE, CANCELLED; what the source throws */
export async function* readRawRequest(
  bytes: AsyncIterable<Uint8Array>,
  options: ReadOptions = {},
): AsyncGenerator<Exchange[]> {
  const limits = { ...defaultLimits, ...options.limits };
  const collected = await collectPackage(bytes, { ...limits, packageBytes: maxRequestBytes }, options.signal);
  options.onProgress?.(collected.length);
  try {
    yield [parseRawRequest(collected, limits)];
  } catch (error) {
    if (!(error instanceof SentinelError)) throw error;
    complainAt("request", options.onProblem)(error.code, error.message);
  }
}
