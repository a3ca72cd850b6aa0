import { createHash, createPublicKey, sign, verify } from "node:crypto";
import type { SignedText } from "../../../../shared/gatekeeper-protocol.ts";
import { signingKey } from "../../store/checkpoint.ts";

/** Who speaks: a signature of one sort can never stand for one of the other. */
export type Speaker = "engine" | "gatekeeper";

const contextOf = (speaker: Speaker) => `sentinel-gatekeeper-v1 ${speaker}\0`;

/** The public half of a seed, as it is shared. */
export function gateKey(seed: Uint8Array): string {
  const { x } = createPublicKey(signingKey(seed)).export({ format: "jwk" });
  return `ed25519:${x}`;
}

/** Eight groups of four digits: what people compare by eye. */
export function gateFingerprint(key: string): string {
  return createHash("sha256").update(key).digest("hex").slice(0, 32).match(/.{4}/g)!.join(" ");
}

/** Ed25519 (RFC 8032) over who speaks and exactly this text. */
export function signText(seed: Uint8Array, speaker: Speaker, text: string): SignedText {
  const signature = sign(null, Buffer.from(contextOf(speaker) + text), signingKey(seed)).toString("base64url");
  return { text, signature };
}

/** Whether this key's owner said it. */
export function isSaidBy(key: string, speaker: Speaker, { text, signature }: SignedText): boolean {
  const value = Buffer.from(signature, "base64url");
  // SECURITY: base64url has spare bits in its last character; only one spelling of a signature is taken.
  if (value.toString("base64url") !== signature) return false;
  try {
    const jwk = { kty: "OKP", crv: "Ed25519", x: key.slice("ed25519:".length) };
    return verify(null, Buffer.from(contextOf(speaker) + text), createPublicKey({ key: jwk, format: "jwk" }), value);
  } catch {
    return false;
  }
}
