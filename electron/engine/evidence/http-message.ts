import { decodeCodings, joinChunks, readCodings } from "./body-coding.ts";
import { type ExchangeResponse, type Header, headerOf } from "./exchange.ts";
import { isTextType, type ReadBody } from "./har-body.ts";
import type { Inflated } from "./inflate.ts";
import { parseHeaderLines, parseRequestHead, type RequestHead } from "./raw-request.ts";
import type { Complain, ReadLimits } from "./reading.ts";
import { cutText, decodeBytes } from "./text.ts";

/** A request as bytes that went over the wire, read. */
export interface RequestMessage extends RequestHead {
  readonly body: ReadBody;
}

/** Longest head that is read, bytes; servers refuse a hundredth of it. */
const longestHead = 1024 ** 2;

/** Head and body of a message: they are parted by the first empty line. */
function splitMessage(bytes: Buffer): { head: string; body: Buffer } | null {
  for (let at = bytes.indexOf(0x0a); at >= 0 && at <= longestHead; at = bytes.indexOf(0x0a, at + 1)) {
    const next = bytes[at + 1] === 0x0d ? at + 2 : at + 1;
    if (bytes[next] !== 0x0a) continue;
    const end = bytes[at - 1] === 0x0d ? at - 1 : at;
    return { head: decodeBytes(bytes.subarray(0, end)), body: bytes.subarray(next + 1) };
  }
  return bytes.length > longestHead ? null : { head: decodeBytes(bytes), body: bytes.subarray(bytes.length) };
}

/**
 * A request as recorded by a proxy, with its body decoded (chunked, gzip, deflate, br, zstd).
 * @param isPart whether the body goes on behind the bytes
 * @returns null when it has no request line, which `complain` hears
 * @throws SentinelError INPUT_TOO_LARGE for too many headers
 */
export async function readRequestMessage(
  bytes: Buffer,
  limits: ReadLimits,
  complain: Complain,
  isPart = false,
): Promise<RequestMessage | null> {
  const parts = splitMessage(bytes);
  if (parts === null) {
    complain("INPUT_TOO_LARGE", `The request's head is longer than ${longestHead} bytes.`);
    return null;
  }
  const head = parseRequestHead(parts.head, limits);
  if (head === null) {
    complain("EVIDENCE_UNREADABLE", "The request has no request line.");
    return null;
  }
  const where = "The request's body";
  const { bytes: body, cut } = await decodeBody(parts.body, head.headers, limits.requestBody, where, complain, isPart);
  const text = cutText(decodeBytes(body.subarray(0, limits.requestBody * 4)), limits.requestBody);
  return { ...head, body: { text: text.text, cut: cut || text.cut } };
}

/**
 * A response as recorded by a proxy; its body decoded, and kept where it is text.
 * @param status what the recorder says the status was, for bytes that begin with no status line
 */
export async function readResponseMessage(
  bytes: Buffer,
  status: number | null,
  limits: ReadLimits,
  complain: Complain,
): Promise<ExchangeResponse> {
  const parts = splitMessage(bytes);
  const [first = "", ...lines] = (parts?.head ?? "").split(/\r?\n/, limits.headers + 2);
  const told = /^HTTP\/\d(?:\.\d)?[ \t]+(\d{3})(?:[ \t]|$)/.exec(first)?.[1];
  if (parts === null || told === undefined) {
    complain("EVIDENCE_UNREADABLE", "The response has no status line.");
    return { status, headers: null, size: null, body: null, bodyCut: false };
  }
  if (lines.length > limits.headers) {
    complain("INPUT_TOO_LARGE", `The response has more than ${limits.headers} headers; the first ones are read.`);
  }
  const headers = parseHeaderLines(lines.slice(0, limits.headers));
  const coded = await decodeBody(parts.body, headers, limits.responseBody, "The response's body", complain);
  const type = headerOf(headers, "content-type") ?? "";
  const isText = isTextType(type) || (type === "" && !coded.bytes.includes(0));
  const body = isText
    ? cutText(decodeBytes(coded.bytes.subarray(0, limits.responseBody * 4)), limits.responseBody)
    : null;
  return {
    status: Number(told) > 0 ? Number(told) : null,
    headers,
    size: coded.cut ? null : coded.bytes.length,
    body: body?.text ?? null,
    bodyCut: body !== null && (coded.cut || body.cut),
  };
}

function decodeBody(
  body: Buffer,
  headers: readonly Header[],
  limit: number,
  where: string,
  complain: Complain,
  isPart = false,
): Promise<Inflated> {
  const coding = headerOf(headers, "transfer-encoding")?.trim().toLowerCase();
  // A body whose chunks are no chunks stands as it is: that it can be read in two ways may be the attack.
  const whole = coding === "chunked" ? (joinChunks(body) ?? body) : body;
  return decodeCodings(whole, readCodings(headerOf(headers, "content-encoding")), limit, where, complain, isPart);
}
