import { isAscii } from "node:buffer";
import { SentinelError } from "../../../shared/errors.ts";
import type { Exchange } from "./exchange.ts";
import { parseJsonLine } from "./json-log-line.ts";
import { type LogLine, parseCommonLine } from "./log-line.ts";
import { checkCancelled, complainAt, defaultLimits, type ReadLimits, type ReadOptions } from "./reading.ts";
import { cutText, decodeBytes } from "./text.ts";

const newline = 0x0a;

/** Recognises a line by its own first character, so that reading one again needs nothing but the line. */
export function parseLogLine(line: string): LogLine | null {
  return line.charCodeAt(0) === 0x7b ? parseJsonLine(line) : parseCommonLine(line);
}

/**
 * Reads an access log line by line: Common or Combined Log Format, or JSON lines; both may stand in one file. Empty lines and
 * comments (`#`) are passed over; of any other line that is none a complaint is made. `index` is the line's number from 0.
 *
 * @returns batches of exchanges, in file order
 * @throws SentinelError CANCELLED; whatever the source throws. Never for what the file holds.
 */
export async function* readAccessLog(
  bytes: AsyncIterable<Uint8Array>,
  options: ReadOptions = {},
): AsyncGenerator<Exchange[]> {
  const limits = { ...defaultLimits, ...options.limits };
  let index = 0;
  let base = 0;
  /** Beginning of a line that the chunk before left open; null when it was too long and is being skipped. */
  let open: Buffer[] | null = [];
  let openBytes = 0;
  const finish = (line: Buffer, offset: number, batch: Exchange[]) => {
    const exchange = readLine(line, index, offset, limits, options);
    if (exchange !== null) batch.push(exchange);
    index++;
  };
  for await (const chunk of bytes) {
    checkCancelled(options.signal);
    const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const batch: Exchange[] = [];
    let at = 0;
    for (;;) {
      const end = buffer.indexOf(newline, at);
      if (end < 0) break;
      if (open === null || openBytes + end - at > limits.lineBytes) {
        if (open !== null) complainOfLength(index, limits, options);
        index++;
      } else if (open.length === 0) {
        finish(buffer.subarray(at, end), base + at, batch);
      } else {
        open.push(buffer.subarray(at, end));
        finish(Buffer.concat(open), base + at - openBytes, batch);
      }
      open = [];
      openBytes = 0;
      at = end + 1;
    }
    if (open !== null && at < buffer.length) {
      openBytes += buffer.length - at;
      if (openBytes > limits.lineBytes) {
        // SECURITY: a line of a gigabyte is let go as soon as it passes the limit.
        complainOfLength(index, limits, options);
        open = null;
      } else {
        open.push(Buffer.from(buffer.subarray(at)));
      }
    }
    base += buffer.length;
    if (batch.length > 0) yield batch;
    options.onProgress?.(base);
  }
  if (open !== null && openBytes > 0) {
    const batch: Exchange[] = [];
    finish(Buffer.concat(open), base - openBytes, batch);
    if (batch.length > 0) yield batch;
  }
}

function complainOfLength(index: number, limits: ReadLimits, options: ReadOptions): void {
  complainAt(`line ${index + 1}`, options.onProblem)(
    "INPUT_TOO_LARGE",
    `The line is longer than ${limits.lineBytes} bytes and is left out.`,
  );
}

function readLine(
  bytes: Buffer,
  index: number,
  offset: number,
  limits: ReadLimits,
  options: ReadOptions,
): Exchange | null {
  let end = bytes.length;
  if (end > 0 && bytes[end - 1] === 0x0d) end--;
  let start = 0;
  if (offset === 0 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) start = 3;
  if (end <= start || bytes[start] === 0x23) return null;
  const body = bytes.subarray(start, end);
  const text = isAscii(body) ? body.toString("latin1") : decodeBytes(body);
  const line = parseLogLine(text);
  if (line === null) {
    if (text.trim() === "") return null;
    complainAt(`line ${index + 1}`, options.onProblem)("EVIDENCE_UNREADABLE", "The line is no entry of an access log.");
    return null;
  }
  return toExchange(line, index, offset, bytes.length, limits);
}

function toExchange(line: LogLine, index: number, offset: number, length: number, limits: ReadLimits): Exchange {
  const body = line.body === null ? null : cutText(line.body, limits.requestBody);
  return {
    index,
    offset,
    length,
    startedAt: line.startedAt,
    durationMs: line.durationMs,
    clientAddress: line.clientAddress,
    method: line.method,
    scheme: line.scheme,
    host: line.host,
    target: line.target,
    httpVersion: line.httpVersion,
    headers: line.headers,
    headersPartial: true,
    body: body?.text ?? null,
    bodyCut: body?.cut ?? false,
    response: line.response,
  };
}

/** Reads one line again from its own bytes. @throws SentinelError EVIDENCE_UNREADABLE */
export function readLogLineAt(
  bytes: Buffer,
  place: { index: number; offset: number },
  limits = defaultLimits,
): Exchange {
  const exchange = readLine(bytes, place.index, place.offset, limits, {});
  if (exchange === null)
    throw new SentinelError("EVIDENCE_UNREADABLE", `Line ${place.index + 1} cannot be read again.`);
  return exchange;
}
