import type { IncomingMessage } from "node:http";
import { matchedBody } from "../engine/detect/waf/match-request.ts";
import { type Exchange, headerOf } from "../engine/evidence/exchange.ts";
import { readRequestMessage } from "../engine/evidence/http-message.ts";
import { defaultLimits } from "../engine/evidence/reading.ts";
import { splitTarget } from "../engine/evidence/target.ts";

/** What was received of a request: its head, and its body as far as it is read. */
export interface Received {
  readonly message: Pick<IncomingMessage, "method" | "url" | "httpVersion" | "rawHeaders">;
  readonly body: Buffer;
  /** True when the body goes on. */
  readonly isCut: boolean;
  readonly client: string | null;
  readonly at: number;
}

/**
 * A request as the readers of evidence would tell it, by the same code: the head written out again as it came, and the body. So
 * a rule does here what its back-test said.
 *
 * @throws SentinelError INPUT_TOO_LARGE for too many headers
 */
export async function readExchange({ message, body, isCut, client, at }: Received): Promise<Exchange> {
  const lines = [`${message.method} ${message.url} HTTP/${message.httpVersion}`];
  let isChunked = false;
  for (let i = 0; i + 1 < message.rawHeaders.length; i += 2) {
    const name = message.rawHeaders[i]!;
    lines.push(`${name}: ${message.rawHeaders[i + 1]}`);
    if (name.toLowerCase() === "transfer-encoding") isChunked = true;
  }
  // Node hands out each byte of the head as one character, and the body without its chunks: it goes in again as one.
  const head = Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
  const framed =
    isChunked && body.length > 0
      ? [Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from("\r\n0\r\n\r\n")]
      : [body];
  const limits = { ...defaultLimits, requestBody: matchedBody };
  const read = await readRequestMessage(Buffer.concat([head, ...framed]), limits, () => {}, isCut);
  if (read === null) throw new Error("A request that was received has no request line.");
  return {
    index: 0,
    offset: 0,
    length: 0,
    startedAt: at,
    durationMs: null,
    clientAddress: client,
    method: read.method,
    scheme: "http",
    host: headerOf(read.headers, "host"),
    target: splitTarget(read.target).target,
    httpVersion: read.version,
    headers: read.headers,
    body: read.body.text,
    bodyCut: isCut || read.body.cut,
    response: null,
  };
}
