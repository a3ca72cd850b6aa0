import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { Refusal } from "./operations.ts";

/** A request, read to its end. */
export interface ShopRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly cookies: ReadonlyMap<string, string>;
  readonly body: string;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

const bodyLimit = 256 * 1024;

/** @throws Refusal 413 when the body is over 256 KiB */
export async function readRequest(message: IncomingMessage): Promise<ShopRequest> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= bodyLimit) chunks.push(chunk);
  }
  if (size > bodyLimit) throw new Refusal(413, "That is too much at once.");
  const target = message.url ?? "/";
  const mark = target.indexOf("?");
  return {
    method: message.method ?? "GET",
    path: mark < 0 ? target : target.slice(0, mark),
    query: new URLSearchParams(mark < 0 ? "" : target.slice(mark + 1)),
    headers: message.headers,
    cookies: readCookies(message.headers.cookie ?? ""),
    body: Buffer.concat(chunks).toString("utf8"),
  };
}

function readCookies(header: string): Map<string, string> {
  const cookies = new Map<string, string>();
  for (const pair of header.split(";")) {
    const at = pair.indexOf("=");
    if (at > 0) cookies.set(pair.slice(0, at).trim(), pair.slice(at + 1).trim());
  }
  return cookies;
}

export function page(body: string, status = 200): Reply {
  return { status, headers: { "content-type": "text/html; charset=utf-8" }, body };
}

export function json(value: unknown, status = 200): Reply {
  return { status, headers: { "content-type": "application/json; charset=utf-8" }, body: JSON.stringify(value) };
}

export function redirect(location: string): Reply {
  return { status: 303, headers: { location }, body: "" };
}

/**
 * One line of the combined log format, as Apache and nginx write it. The client is the last address of X-Forwarded-For where there is
 * one: the shop stands behind a proxy of its owner or nowhere.
 */
export function formatLogLine(
  message: IncomingMessage,
  outcome: { readonly status: number; readonly size: number; readonly user: string; readonly at: Date },
): string {
  // SECURITY: what a visitor sends cannot end the field or the line.
  const quote = (text: string) =>
    text
      .replace(/[\\"]/g, "\\$&")
      .replace(/[^\x20-\x7e]/g, (c) =>
        [...Buffer.from(c)].map((b) => `\\x${b.toString(16).padStart(2, "0")}`).join(""),
      );
  const forwarded =
    String(message.headers["x-forwarded-for"] ?? "")
      .split(",")
      .at(-1)
      ?.trim() ?? "";
  const client = /^[0-9a-fA-F.:]{2,45}$/.test(forwarded) ? forwarded : (message.socket.remoteAddress ?? "-");
  const months = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const two = (n: number) => String(n).padStart(2, "0");
  const { at } = outcome;
  const month = months.slice(at.getUTCMonth() * 3, at.getUTCMonth() * 3 + 3);
  const clock = `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())} +0000`;
  const time = `${two(at.getUTCDate())}/${month}/${at.getUTCFullYear()}:${clock}`;
  const line = `${message.method} ${message.url} HTTP/${message.httpVersion}`;
  const referer = message.headers.referer ?? "-";
  const agent = message.headers["user-agent"] ?? "-";
  return `${client} - ${outcome.user === "" ? "-" : outcome.user} [${time}] "${quote(line)}" ${outcome.status} ${outcome.size} "${quote(referer)}" "${quote(agent)}"`;
}
