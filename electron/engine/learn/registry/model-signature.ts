import { createHash, createPublicKey, sign, verify } from "node:crypto";
import { canonicalJson } from "../../base/canonical-json.ts";
import { signingKey } from "../../store/checkpoint.ts";

/** A signature and the key that it was made with. */
export interface Signature {
  /** `ed25519:` and the 32 bytes of RFC 8032 in base64url. */
  readonly key: string;
  /** Base64url. */
  readonly value: string;
}

/** What is signed: each sort of statement has a name of its own, so that none can stand for another. */
type Statement = "sentinel-model" | "sentinel-model-file" | "sentinel-federated-update" | "sentinel-release";

/** The public half of a seed, as it is shared. */
export function modelKey(seed: Uint8Array): string {
  const { x } = createPublicKey(signingKey(seed)).export({ format: "jwk" });
  return `ed25519:${x}`;
}

/** Eight groups of four digits: what people compare by eye. */
export function keyFingerprint(key: string): string {
  return createHash("sha256").update(key).digest("hex").slice(0, 32).match(/.{4}/g)!.join(" ");
}

/** Ed25519 (RFC 8032) over the canonical JSON (RFC 8785) of a statement. */
export function signStatement(seed: Uint8Array, type: Statement, statement: unknown): Signature {
  return {
    key: modelKey(seed),
    value: sign(null, signedText(type, statement), signingKey(seed)).toString("base64url"),
  };
}

/** Whether the key that a signature names made it over exactly this. Whether that key is to be trusted is another question. */
export function isSigned(signature: Signature, type: Statement, statement: unknown): boolean {
  const value = Buffer.from(signature.value, "base64url");
  // SECURITY: base64url has spare bits in its last character; only one spelling of a signature is taken.
  if (value.toString("base64url") !== signature.value) return false;
  try {
    const jwk = { kty: "OKP", crv: "Ed25519", x: /^ed25519:([A-Za-z0-9_-]{43})$/.exec(signature.key)?.[1] ?? "" };
    return verify(null, signedText(type, statement), createPublicKey({ key: jwk, format: "jwk" }), value);
  } catch {
    return false;
  }
}

function signedText(type: Statement, statement: unknown): Buffer {
  return Buffer.from(canonicalJson({ type, statement }));
}
