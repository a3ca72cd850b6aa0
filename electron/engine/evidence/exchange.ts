/** A header as sent, name in its own spelling. */
export type Header = readonly [name: string, value: string];

/** Value of the first header of that name, given in lower case; null when it is not there. */
export function headerOf(headers: readonly Header[] | null | undefined, name: string): string | null {
  return headers?.find(([n]) => n.length === name.length && n.toLowerCase() === name)?.[1] ?? null;
}

/**
 * One HTTP exchange as the evidence tells it. `null` always means "this evidence does not tell", never "none" or zero: an empty
 * list of headers is known to be empty.
 */
export interface Exchange {
  /** Index of the entry in its file, from 0. */
  readonly index: number;
  /** Where the entry stands in the stored evidence: byte offset and length, for reading it again. */
  readonly offset: number;
  readonly length: number;
  /** Epoch milliseconds, UTC. */
  readonly startedAt: number | null;
  readonly durationMs: number | null;
  readonly clientAddress: string | null;
  readonly method: string;
  readonly scheme: "http" | "https" | null;
  /** Authority: host and, where given, port. */
  readonly host: string | null;
  /** Request target as sent: path and query, still percent-encoded. */
  readonly target: string;
  readonly httpVersion: string | null;
  readonly headers: readonly Header[] | null;
  /**
   * True when the evidence records some headers only (access logs; what a browser answered from its cache): a header that is not
   * listed may still have been sent. Absent: the list is complete.
   */
  readonly headersPartial?: true;
  /** Body as text (bytes that are no UTF-8 stand as Latin-1 characters); null when not recorded. */
  readonly body: string | null;
  /** True when `body` was longer than the reader's limit and is only its beginning. */
  readonly bodyCut: boolean;
  readonly response: ExchangeResponse | null;
}

export interface ExchangeResponse {
  readonly status: number | null;
  readonly headers: readonly Header[] | null;
  /** Decoded size of the body in bytes. */
  readonly size: number | null;
  /** Decoded text body, at most the reader's limit; null when not recorded or not text. */
  readonly body: string | null;
  readonly bodyCut: boolean;
}

/**
 * The request as one text, the way it went over the wire as far as the evidence tells: request line, headers, blank line, body.
 * Every byte span in the product is an offset into the UTF-8 form of this text. The parts are given apart so that extractors
 * can add the offset of theirs.
 */
export interface RenderedRequest {
  readonly text: string;
  /** UTF-16 offset of the target within the request line, of each header's value, and of the body (text.length when none). */
  readonly targetStart: number;
  readonly headerValueStarts: readonly number[];
  readonly bodyStart: number;
}

export function renderRequest(exchange: Exchange): RenderedRequest {
  const parts = [`${exchange.method} `];
  let length = exchange.method.length + 1;
  const targetStart = length;
  const add = (part: string) => {
    parts.push(part);
    length += part.length;
  };
  add(exchange.target);
  add(` ${exchange.httpVersion ?? "HTTP/1.1"}\r\n`);
  const headers = exchange.headers ?? [];
  if (exchange.host !== null && !headers.some(([name]) => name.toLowerCase() === "host")) {
    add(`Host: ${exchange.host}\r\n`);
  }
  const headerValueStarts: number[] = [];
  for (const [name, value] of headers) {
    add(`${name}: `);
    headerValueStarts.push(length);
    add(`${value}\r\n`);
  }
  add("\r\n");
  const bodyStart = length;
  if (exchange.body !== null) add(exchange.body);
  return { text: parts.join(""), targetStart, headerValueStarts, bodyStart };
}
