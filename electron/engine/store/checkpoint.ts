import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import type { Checkpoint } from "../../../shared/audit.ts";
import { canonicalJson } from "../base/canonical-json.ts";

/** PKCS #8 header of an Ed25519 private key (RFC 8410 section 7); the 32-byte seed follows. */
const ed25519Prefix = Buffer.from("302e020100300506032b657004220420", "hex");

export function signingKey(seed: Uint8Array): KeyObject {
  if (seed.length !== 32) throw new RangeError("An Ed25519 seed has 32 bytes.");
  return createPrivateKey({ key: Buffer.concat([ed25519Prefix, seed]), format: "der", type: "pkcs8" });
}

/** The public half as PEM, to be kept with copies of the checkpoints. */
export function publicKeyPem(seed: Uint8Array): string {
  return createPublicKey(signingKey(seed)).export({ format: "pem", type: "spki" }).toString();
}

function signedText(checkpoint: Omit<Checkpoint, "signature">): Buffer {
  const { count, head, at, node_id } = checkpoint;
  return Buffer.from(canonicalJson({ type: "sentinel-log-checkpoint", count, head, at, node_id }));
}

export function signCheckpoint(key: KeyObject, statement: Omit<Checkpoint, "signature">): Checkpoint {
  return { ...statement, signature: sign(null, signedText(statement), key).toString("base64") };
}

export function isSignedBy(publicKey: KeyObject, checkpoint: Checkpoint): boolean {
  return verify(null, signedText(checkpoint), publicKey, Buffer.from(checkpoint.signature, "base64"));
}
