import { createHash, createHmac, createPublicKey, timingSafeEqual, verify } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { SentinelError } from "../../../shared/errors.ts";
import { EvidencePackage } from "../../../shared/evidence.ts";
import type { TrustedKey } from "../../../shared/trusted-key.ts";
import { canonicalJson } from "../base/canonical-json.ts";
import { type Exchange, type Header, headerOf } from "./exchange.ts";
import { parseElement } from "./har.ts";
import { asFields, type EntryPlace, readHarEntry } from "./har-entry.ts";
import { type ArrayElement, createJsonArrayScanner } from "./json-array-scanner.ts";
import { bytesOf, millisOf } from "./measures.ts";
import {
  type Complain,
  checkCancelled,
  complainAt,
  defaultLimits,
  type ReadLimits,
  type ReadOptions,
} from "./reading.ts";
import { httpVersionName, instantOf, splitUrl } from "./target.ts";
import { cutText } from "./text.ts";

/** What was checked of a package before anything else read it. */
export interface PackageChecks {
  readonly content: "har" | "requests";
  readonly sha256: string;
  /** Null: the package carries no signature. */
  readonly signature: { readonly alg: "ed25519" | "hmac-sha256"; readonly keyId: string } | null;
  readonly metadata: Readonly<Record<string, unknown>>;
}

interface OpenedPackage extends PackageChecks {
  readonly elements: readonly ArrayElement[];
}

export const packageTooLarge = (bytes: number) =>
  new SentinelError("INPUT_TOO_LARGE", `The evidence package is larger than ${bytes} bytes.`);

/** Reads all bytes of a package. @throws SentinelError INPUT_TOO_LARGE beyond the limit, CANCELLED */
export async function collectPackage(
  bytes: AsyncIterable<Uint8Array>,
  limits: ReadLimits = defaultLimits,
  signal?: AbortSignal,
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of bytes) {
    checkCancelled(signal);
    size += chunk.length;
    if (size > limits.packageBytes) {
      throw packageTooLarge(limits.packageBytes);
    }
    chunks.push(Buffer.from(chunk));
  }
  return Buffer.concat(chunks, size);
}

/**
 * Checks a package's shape, hash and signature. Nothing of a package is read before this has passed.
 *
 * @throws SentinelError EVIDENCE_UNREADABLE (no such package), EVIDENCE_HASH_MISMATCH, EVIDENCE_KEY_UNKNOWN,
 *   EVIDENCE_SIGNATURE_INVALID
 */
export function checkPackage(
  bytes: Buffer,
  keys: readonly TrustedKey[],
  limits: ReadLimits = defaultLimits,
): PackageChecks {
  const { elements: _elements, ...checks } = openPackage(bytes, keys, limits);
  return checks;
}

function openPackage(bytes: Buffer, keys: readonly TrustedKey[] | null, limits: ReadLimits): OpenedPackage {
  const elements = scanElements(bytes, limits);
  const parsed = parsePackage(bytes);
  const content = parsed.har ?? parsed.requests;
  const canonical = Buffer.from(canonicalOf(content));
  const digest = createHash("sha256").update(canonical).digest();
  // SECURITY: constant-time, so that a hash cannot be guessed byte by byte over the API.
  if (!timingSafeEqual(digest, Buffer.from(parsed.sha256, "hex"))) {
    throw new SentinelError(
      "EVIDENCE_HASH_MISMATCH",
      "The package's content does not have the hash that the package states.",
    );
  }
  if (keys !== null && parsed.signature !== undefined) checkSignature(canonical, parsed.signature, keys);
  checkSameContent(elements, parsed);
  const { signature } = parsed;
  return {
    content: parsed.har === undefined ? "requests" : "har",
    sha256: parsed.sha256,
    signature: signature === undefined ? null : { alg: signature.alg, keyId: signature.key_id },
    metadata: parsed.metadata,
    elements,
  };
}

/** Elements of the package's list with their places. SECURITY: also bounds nesting before `JSON.parse` sees the whole. */
function scanElements(bytes: Buffer, limits: ReadLimits): ArrayElement[] {
  for (const path of [["har", "log", "entries"], ["requests"]]) {
    const scanner = createJsonArrayScanner({
      path,
      maxElementBytes: limits.entryBytes,
      maxDepth: limits.depth,
      maxContainers: limits.containers,
    });
    const elements = scanner.push(bytes);
    const end = scanner.end();
    if (end.cut || end.cutElement !== null) throw unreadable("it ends in the middle");
    if (end.deepest > limits.depth + 8) throw unreadable(`it is nested deeper than ${limits.depth}`);
    if (end.found) return elements;
  }
  return [];
}

function parsePackage(bytes: Buffer): EvidencePackage {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw unreadable("it is no JSON in UTF-8");
  }
  const parsed = EvidencePackage.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw unreadable(`${issue.path.join(".") || "the package"}: ${issue.message}`);
}

function canonicalOf(content: unknown): string {
  try {
    return canonicalJson(content);
  } catch (error) {
    if (error instanceof SentinelError) throw unreadable(error.message);
    throw error;
  }
}

const unreadable = (why: string) =>
  new SentinelError("EVIDENCE_UNREADABLE", `The evidence package cannot be read: ${why}.`);

/** @throws SentinelError EVIDENCE_KEY_UNKNOWN, EVIDENCE_KEY_REVOKED, EVIDENCE_SIGNATURE_INVALID */
export function checkSignature(
  canonical: Buffer,
  signature: NonNullable<EvidencePackage["signature"]>,
  keys: readonly TrustedKey[],
): void {
  const key = keys.find((k) => k.key_id === signature.key_id);
  if (key === undefined) throw new SentinelError("EVIDENCE_KEY_UNKNOWN", "The package is signed with an unknown key.");
  // SECURITY: whoever stole a key dates what it signs as they like: what arrives after its end counts for nothing.
  if (key.revoked_at !== undefined) {
    throw new SentinelError("EVIDENCE_KEY_REVOKED", `The key it is signed with was revoked at ${key.revoked_at}.`);
  }
  // SECURITY: the key ring decides on the algorithm, never the package: else a public key could be used as an HMAC secret.
  if (key.alg !== signature.alg || !isSignatureOf(canonical, Buffer.from(signature.value, "base64"), key)) {
    throw new SentinelError("EVIDENCE_SIGNATURE_INVALID", "The package's signature does not fit its content.");
  }
}

function isSignatureOf(canonical: Buffer, value: Buffer, key: TrustedKey): boolean {
  if (key.alg === "hmac-sha256") {
    const mac = createHmac("sha256", Buffer.from(key.key, "base64")).update(canonical).digest();
    return value.length === mac.length && timingSafeEqual(value, mac);
  }
  try {
    return verify(null, canonical, ed25519Key(key.key), value);
  } catch {
    return false;
  }
}

/** An Ed25519 public key as raw 32 bytes or SPKI, in Base64. */
function ed25519Key(base64: string) {
  const bytes = Buffer.from(base64, "base64");
  const prefix = Buffer.from("302a300506032b6570032100", "hex");
  return createPublicKey({
    key: bytes.length === 32 ? Buffer.concat([prefix, bytes]) : bytes,
    format: "der",
    type: "spki",
  });
}

/**
 * SECURITY: what is read must be what was verified. The reader takes elements from byte ranges, the hash is over the parsed
 * value; with a duplicate name the two could differ, so they are compared.
 */
function checkSameContent(elements: readonly ArrayElement[], parsed: EvidencePackage): void {
  const log = asFields(parsed.har?.log);
  const list: unknown = parsed.requests ?? log?.entries ?? [];
  if (!Array.isArray(list) || list.length !== elements.length)
    throw unreadable("a name stands twice, or log.entries is no list");
  for (const [i, element] of elements.entries()) {
    if (element.bytes === null) continue;
    if (!isDeepStrictEqual(JSON.parse(element.bytes.toString("utf8")), list[i]))
      throw unreadable("a name stands twice");
  }
}

/**
 * Reads a package's exchanges, after its hash and signature.
 * @param keys the key ring; null where the signature was checked when the evidence came in
 * @throws SentinelError as `checkPackage`, and INPUT_TOO_LARGE, CANCELLED
 */
export async function* readPackage(
  bytes: AsyncIterable<Uint8Array>,
  options: ReadOptions & { readonly keys?: readonly TrustedKey[] | null } = {},
): AsyncGenerator<Exchange[]> {
  const limits = { ...defaultLimits, ...options.limits };
  const collected = await collectPackage(bytes, limits, options.signal);
  const opened = openPackage(collected, options.keys ?? null, limits);
  options.onProgress?.(collected.length);
  for (let from = 0; from < opened.elements.length; from += 200) {
    checkCancelled(options.signal);
    const batch: Exchange[] = [];
    for (const element of opened.elements.slice(from, from + 200)) {
      const complain = complainAt(`entry ${element.index + 1}`, options.onProblem);
      const fields = parseElement(element, complain);
      const exchange =
        fields === null ? null : await readElement(fields, element, limits, complain, options.onPassedOver);
      if (exchange !== null) batch.push(exchange);
    }
    yield batch;
  }
}

async function readElement(
  fields: Record<string, unknown>,
  element: EntryPlace,
  limits: ReadLimits,
  complain: Complain,
  passOver?: ReadOptions["onPassedOver"],
): Promise<Exchange | null> {
  const place = { index: element.index, offset: element.offset, length: element.length };
  return "request" in fields
    ? readHarEntry(fields, place, limits, complain, passOver)
    : readPackageRequest(fields, place, limits, complain);
}

/** Reads one element of a package again. @throws SentinelError EVIDENCE_UNREADABLE */
export async function readPackageElementAt(
  bytes: Buffer,
  place: { index: number; offset: number },
  limits = defaultLimits,
): Promise<Exchange> {
  const element = { ...place, length: bytes.length, bytes, fault: null };
  const fields = parseElement(element, () => {});
  const exchange = fields === null ? null : await readElement(fields, element, limits, () => {});
  if (exchange === null) throw new SentinelError("EVIDENCE_UNREADABLE", `Entry ${place.index} cannot be read again.`);
  return exchange;
}

/** One member of `requests`; its shape was checked with the package. */
function readPackageRequest(
  fields: Record<string, unknown>,
  place: EntryPlace,
  limits: ReadLimits,
  complain: Complain,
): Exchange | null {
  const { method, url, response } = fields;
  const split = typeof url === "string" ? splitUrl(url) : null;
  if (typeof method !== "string" || method === "" || split === null) {
    complain("EVIDENCE_UNREADABLE", "The entry is left out: it has no method, or its URL is none of HTTP.");
    return null;
  }
  const headers = listHeaders(fields.headers, limits, complain);
  const startedAt = fields.started_at === undefined ? null : instantOf(fields.started_at);
  if (fields.started_at !== undefined && startedAt === null) complain("EVIDENCE_UNREADABLE", "started_at is no time.");
  const body = typeof fields.body === "string" ? cutText(fields.body, limits.requestBody) : null;
  const reply = asFields(response);
  const replyBody = typeof reply?.body === "string" ? cutText(reply.body, limits.responseBody) : null;
  return {
    ...place,
    startedAt,
    durationMs: millisOf(fields.duration_ms),
    clientAddress: typeof fields.client_address === "string" ? fields.client_address : null,
    method,
    scheme: split.scheme,
    host: split.host ?? headerOf(headers, "host"),
    target: split.target,
    httpVersion: httpVersionName(fields.http_version),
    headers,
    body: body?.text ?? null,
    bodyCut: body?.cut ?? false,
    response:
      reply === null
        ? null
        : {
            // Its shape was checked with the package; 0 stands for a request that was never answered.
            status: typeof reply.status === "number" && reply.status > 0 ? reply.status : null,
            headers: listHeaders(reply.headers, limits, complain),
            size: bytesOf(reply.size),
            body: replyBody?.text ?? null,
            bodyCut: replyBody?.cut ?? false,
          },
  };
}

function listHeaders(value: unknown, limits: ReadLimits, complain: Complain): Header[] | null {
  if (typeof value !== "object" || value === null) return null;
  const pairs: unknown[] = Array.isArray(value) ? value : Object.entries(value);
  if (pairs.length > limits.headers) {
    complain("INPUT_TOO_LARGE", `There are ${pairs.length} headers; the first ${limits.headers} are read.`);
  }
  const headers: Header[] = [];
  for (const pair of pairs.slice(0, limits.headers)) {
    if (!Array.isArray(pair)) continue;
    const [name, text] = pair as unknown[];
    if (typeof name === "string" && typeof text === "string" && !name.startsWith(":")) headers.push([name, text]);
  }
  return headers;
}
