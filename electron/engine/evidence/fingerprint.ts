import { hash } from "node:crypto";
import type { Exchange } from "./exchange.ts";

/**
 * Recognises the same request in two pieces of evidence: method, host, target, body, the second it started in and the status it
 * got, as 32 hexadecimal digits (SHA-256 cut to 128 bits). Requests that differ in none of these count as the same.
 */
export function fingerprintOf(exchange: Exchange): string {
  const { method, host, target, body, startedAt, response } = exchange;
  const second = startedAt === null ? "" : Math.floor(startedAt / 1000);
  const bodyHash = body === null || body === "" ? "" : hash("sha256", body.toWellFormed(), "hex");
  // A target holds no line break that could shift one part into the next unless it is escaped: JSON does.
  const parts = JSON.stringify([method, host?.toLowerCase() ?? "", target, bodyHash, second, response?.status ?? ""]);
  return hash("sha256", parts.toWellFormed(), "hex").slice(0, 32);
}
