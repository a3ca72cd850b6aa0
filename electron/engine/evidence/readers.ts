import { SentinelError } from "../../../shared/errors.ts";
import type { EvidenceKind } from "../../../shared/evidence.ts";
import type { TrustedKey } from "../../../shared/trusted-key.ts";
import { readAccessLog, readLogLineAt } from "./access-log.ts";
import { readAwsWafEntry } from "./aws-waf-log.ts";
import { readBurp, readBurpItemAt } from "./burp-xml.ts";
import { createCloudflareReader } from "./cloudflare-log.ts";
import type { Exchange } from "./exchange.ts";
import { readHar, readHarEntryAt } from "./har.ts";
import { gunzipStream, isGzip } from "./inflate.ts";
import { readJsonEntryAt, readJsonLog } from "./json-log.ts";
import { readModSecurityEntry } from "./modsecurity-log.ts";
import { readPackage, readPackageElementAt } from "./package.ts";
import { parseRawRequest, readRawRequest } from "./raw-request.ts";
import { complainAt, defaultLimits, type ReadLimits, type ReadOptions } from "./reading.ts";

/**
 * Version of what the readers and the session grouping make of the same bytes; part of every verdict's provenance. Raise it when
 * a change could give another exchange or another session.
 */
export const readersVersion = "3";

/**
 * Reads stored evidence into exchanges. Pure: no files, no clock, no store; meant for a worker. gzip around a HAR file, saved
 * items or a log is expanded; offsets are then those of the expanded bytes.
 *
 * @param bytes the stored file, from its beginning
 * @returns batches of exchanges, in file order
 * @throws SentinelError CANCELLED, INPUT_TOO_LARGE (a bomb), and for packages what `checkPackage` throws; every other fault of
 *   the content goes to `onProblem` and reading goes on
 */
export async function* readExchanges(
  kind: EvidenceKind,
  bytes: AsyncIterable<Uint8Array>,
  options: ReadOptions & { readonly keys?: readonly TrustedKey[] | null } = {},
): AsyncGenerator<Exchange[]> {
  // Progress is counted in stored bytes, before they are expanded.
  const { onProgress: _counted, ...inner } = options;
  switch (kind) {
    case "har":
      return yield* readHar(expand(bytes, options), inner);
    case "access_log":
      return yield* readAccessLog(expand(bytes, options), inner);
    case "burp_xml":
      return yield* readBurp(expand(bytes, options), inner);
    case "modsecurity_log":
      return yield* readJsonLog(expand(bytes, options), readModSecurityEntry, inner);
    case "aws_waf_log":
      return yield* readJsonLog(expand(bytes, options), readAwsWafEntry, inner);
    case "cloudflare_log":
      return yield* readJsonLog(expand(bytes, options), createCloudflareReader(), inner);
    case "package":
      return yield* readPackage(bytes, options);
    case "raw_request":
      return yield* readRawRequest(bytes, options);
  }
}

/** The bytes themselves, or what they expand to; nothing more is known of a file that is empty. */
async function* expand(bytes: AsyncIterable<Uint8Array>, options: ReadOptions): AsyncGenerator<Uint8Array> {
  const iterator = counted(bytes, options);
  const first = await iterator.next();
  if (first.done) return;
  const all = rejoin(first.value, iterator);
  if (!isGzip(first.value)) return yield* all;
  const maxBytes = options.limits?.inflatedBytes ?? defaultLimits.inflatedBytes;
  try {
    yield* gunzipStream(all, { maxBytes, signal: options.signal });
  } catch (error) {
    if (!(error instanceof SentinelError) || error.code !== "EVIDENCE_UNREADABLE") throw error;
    complainAt("compressed data", options.onProblem)(error.code, `${error.message} What came before was read.`);
  }
}

async function* counted(bytes: AsyncIterable<Uint8Array>, { onProgress }: ReadOptions): AsyncGenerator<Uint8Array> {
  let read = 0;
  for await (const chunk of bytes) {
    yield chunk;
    read += chunk.length;
    onProgress?.(read);
  }
}

async function* rejoin(first: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield first;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

/** The expanded bytes `offset … offset + length` of a gzip file: found by expanding from its beginning. */
export async function readExpandedRange(
  bytes: AsyncIterable<Uint8Array>,
  offset: number,
  length: number,
  options: { readonly signal?: AbortSignal } = {},
): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let at = 0;
  for await (const chunk of gunzipStream(bytes, { maxBytes: defaultLimits.inflatedBytes, signal: options.signal })) {
    const from = Math.max(0, offset - at);
    if (from < chunk.length) parts.push(chunk.subarray(from, offset + length - at));
    at += chunk.length;
    if (at >= offset + length) break;
  }
  return Buffer.concat(parts);
}

/**
 * Reads one exchange again from its own bytes: the same exchange that the first reading gave.
 * @throws SentinelError EVIDENCE_UNREADABLE when the bytes are no such exchange
 */
export async function readExchangeAt(
  kind: EvidenceKind,
  bytes: Buffer,
  place: { readonly index: number; readonly offset: number },
  limits: ReadLimits = defaultLimits,
): Promise<Exchange> {
  switch (kind) {
    case "har":
      return readHarEntryAt(bytes, place, limits);
    case "access_log":
      return readLogLineAt(bytes, place, limits);
    case "burp_xml":
      return readBurpItemAt(bytes, place, limits);
    case "modsecurity_log":
      return readJsonEntryAt(bytes, place, readModSecurityEntry, limits);
    case "aws_waf_log":
      return readJsonEntryAt(bytes, place, readAwsWafEntry, limits);
    case "cloudflare_log":
      return readJsonEntryAt(bytes, place, createCloudflareReader(), limits);
    case "package":
      return readPackageElementAt(bytes, place, limits);
    case "raw_request":
      return parseRawRequest(bytes, limits);
  }
}
