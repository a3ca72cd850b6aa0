import { createHash, createPublicKey, sign, verify } from "node:crypto";
import { signingKey } from "../store/checkpoint.ts";

/**
 * A signed report is its HTML followed by one comment that ends the file: `<!-- sentinel-report v1 KEY SIGNATURE -->` and a line
 * feed. The signature is Ed25519 (RFC 8032) over `sentinel-report-v1`, a zero byte, and every byte before the comment. KEY is the
 * public key, so that a verifier can say which one it was; whether that is the right one is for whoever was given it apart from
 * the file.
 */
const context = Buffer.from("sentinel-report-v1\0");
const trailer = /<!-- sentinel-report v1 (ed25519:[A-Za-z0-9_-]{43}) ([A-Za-z0-9_-]{86}) -->\n$/;
/** Bytes of a trailer, from its first character to the line feed. */
const trailerBytes = `<!-- sentinel-report v1 ed25519:${"k".repeat(43)} ${"s".repeat(86)} -->\n`.length;

/** The public half of a seed, as it is shared: `ed25519:` and the 32 bytes of RFC 8032 in base64url. */
export function reportKey(seed: Uint8Array): string {
  const { x } = createPublicKey(signingKey(seed)).export({ format: "jwk" });
  return `ed25519:${x}`;
}

/** Eight groups of four digits: what people compare by eye. */
export function fingerprint(key: string): string {
  const digits = createHash("sha256").update(key).digest("hex").slice(0, 32);
  return digits.match(/.{4}/g)!.join(" ");
}

/** @returns the file, whole */
export function signReport(html: string, seed: Uint8Array): Buffer {
  const body = Buffer.from(html);
  const signature = sign(null, Buffer.concat([context, body]), signingKey(seed)).toString("base64url");
  return Buffer.concat([body, Buffer.from(`<!-- sentinel-report v1 ${reportKey(seed)} ${signature} -->\n`)]);
}

/** What a verifier found. `valid`: signed by the expected key and not changed since. */
export interface ReportVerdict {
  readonly verdict: "valid" | "changed" | "other_key" | "no_report";
  /** The key that the file names; null where there is none. */
  readonly key: string | null;
}

/** @param expected key in the form of `reportKey` */
export function verifyReport(file: Uint8Array, expected: string): ReportVerdict {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const cut = bytes.length - trailerBytes;
  const found = cut <= 0 ? null : trailer.exec(bytes.toString("latin1", cut));
  if (found === null) return { verdict: "no_report", key: null };
  const [, key = "", signature = ""] = found;
  const signed = Buffer.concat([context, bytes.subarray(0, cut)]);
  const isGenuine = isSigned(signed, key, Buffer.from(signature, "base64url"));
  // SECURITY: base64url has spare bits in its last character; only one spelling of a key or signature is taken.
  const isCanonical = Buffer.from(signature, "base64url").toString("base64url") === signature;
  if (!isGenuine || !isCanonical) return { verdict: "changed", key };
  return { verdict: key === expected ? "valid" : "other_key", key };
}

/** A key that is none signs nothing. */
function isSigned(signed: Uint8Array, key: string, signature: Uint8Array): boolean {
  try {
    const jwk = { kty: "OKP", crv: "Ed25519", x: key.slice("ed25519:".length) };
    return verify(null, signed, createPublicKey({ key: jwk, format: "jwk" }), signature);
  } catch {
    return false;
  }
}
