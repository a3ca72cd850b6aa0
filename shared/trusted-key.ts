import { z } from "zod";
import { Instant } from "./units.ts";

export const trustedKeyAlgorithms = ["ed25519", "hmac-sha256"] as const;

/** A key that evidence may be signed with. */
export const TrustedKey = z.strictObject({
  /** The name that packages call it by. */
  key_id: z.string(),
  alg: z.enum(trustedKeyAlgorithms),
  /** Base64: an Ed25519 public key, raw or SPKI; an HMAC secret. */
  key: z.string(),
  /** Nothing is taken that it signed once this is there. */
  revoked_at: Instant.optional(),
});
export type TrustedKey = z.infer<typeof TrustedKey>;

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
/** What an Ed25519 public key begins with in SPKI (RFC 8410, section 4), before its 32 bytes. */
const spkiStart = "MCowBQYDK2VwAyEA";
const leastSecretBytes = 16;

const bytesOf = (text: string) => (text.length / 4) * 3 - (/=*$/.exec(text)?.[0].length ?? 0);

/** A key as it is pasted, without the lines that frame it in a PEM file, and without blanks. */
export function readKeyText(pasted: string): string {
  return pasted.replace(/-----(?:BEGIN|END) PUBLIC KEY-----/g, "").replace(/\s+/g, "");
}

/** What is wrong with the key itself, for a person; null: nothing. */
export function keyProblem({ alg, key }: Pick<TrustedKey, "alg" | "key">): string | null {
  if (key === "") return alg === "ed25519" ? "the public key is missing" : "the secret is missing";
  if (key.includes("PRIVATE")) return "this is a private key, which stays with whoever signs: give the public one";
  if (!base64.test(key)) return "the key is not written in base64";
  if (alg === "hmac-sha256") {
    return bytesOf(key) < leastSecretBytes ? `a secret has at least ${leastSecretBytes} bytes` : null;
  }
  const isSpki = bytesOf(key) === 44 && key.startsWith(spkiStart);
  return bytesOf(key) === 32 || isSpki ? null : "this is no Ed25519 public key, which has 32 bytes (44 in SPKI)";
}

/** What is wrong with its name, for a person; null: nothing. @param others names of the keys that it stands beside */
export function keyNameProblem(name: string, others: readonly string[]): string | null {
  if (name.trim() === "") return "the name is missing by which packages call the key";
  if (name !== name.trim()) return "the name begins or ends with a blank";
  if (name.length > 200) return "a name has at most 200 characters";
  // The ring is looked through by name alone.
  return others.includes(name) ? "another key has this name" : null;
}
