import { hash } from "node:crypto";
import type { Exchange } from "./exchange.ts";

/**
 * Recognises the same request in two pieces of evidence: method, host, target, body, the second it started in and the status it
 * got, as 32 hexadecimal digits: the second (32 bits, 0 where there is none) and the beginning of a SHA-256 (96 bits). Requests that
 * differ in none of these count as the same. The second comes first so that an index of a log's requests grows at its end: with
 * digests alone each new entry would fall on another page.
 */
export function fingerprintOf(exchange: Exchange): string {
  const { method, host, target, body, startedAt, response } = exchange;
  const second = startedAt === null ? null : Math.floor(startedAt / 1000);
  const bodyHash = body === null || body === "" ? "" : hash("sha256", body.toWellFormed(), "hex");
  // A target holds no line break that could shift one part into the next unless it is escaped: JSON does.
  const parts = JSON.stringify([method, host?.toLowerCase() ?? "", target, bodyHash, second, response?.status ?? ""]);
  const begin = ((second ?? 0) >>> 0).toString(16).padStart(8, "0");
  return begin + hash("sha256", parts.toWellFormed(), "hex").slice(0, 24);
}
