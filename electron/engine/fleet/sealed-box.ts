import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { canonicalJson } from "../base/canonical-json.ts";

/** What a message grows to at most once it is opened, bytes. */
const mostBytes = 64 * 1024 ** 2;

/**
 * Says something that only engines with the fleet's key can say and read: AES-256-GCM (NIST SP 800-38D) by a key of its own (HKDF,
 * RFC 5869) over deflated JSON. What it is and who says so is authenticated beside it.
 */
export interface Boxes {
  /** @param about kind and sender, which must be the same when it is opened; @returns base64 */
  close(about: readonly string[], value: unknown): string;
  /** @returns undefined where it was not closed by a key of the fleet about the same; null where nothing can be read in it */
  open(about: readonly string[], box: string): unknown;
  /** More than one key is read: what was closed by another one than the first should be closed anew. */
  readonly isRotating: boolean;
}

/** @param secrets 32 bytes each: the first closes, all open */
export function createBoxes(secrets: readonly [Buffer, ...Buffer[]]): Boxes {
  const keyOf = (secret: Buffer) => Buffer.from(hkdfSync("sha256", secret, "", "sentinel fleet messages v1", 32));
  const key = keyOf(secrets[0]);
  const keys = secrets.map(keyOf);
  const context = (about: readonly string[]) => Buffer.from(JSON.stringify(about));
  return {
    close(about, value) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(context(about));
      const text = deflateRawSync(canonicalJson(value), { level: 3 });
      return Buffer.concat([nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()]).toString("base64");
    },
    open(about, box) {
      const bytes = Buffer.from(box, "base64");
      const text = keys.map((one) => decrypt(one, context(about), bytes)).find((opened) => opened !== undefined);
      if (text === undefined) return undefined;
      try {
        // SECURITY: only what was authenticated is unpacked, and never to more than it may be.
        return JSON.parse(inflateRawSync(text, { maxOutputLength: mostBytes }).toString("utf8"));
      } catch {
        // An engine of this fleet that says nothing: whoever reads on must not stop here for ever.
        return null;
      }
    },
    isRotating: secrets.length > 1,
  };
}

/** @returns undefined where another key closed it, or about something else */
function decrypt(key: Buffer, context: Buffer, bytes: Buffer): Buffer | undefined {
  try {
    const cipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, 12), { authTagLength: 16 });
    cipher.setAAD(context).setAuthTag(bytes.subarray(-16));
    return Buffer.concat([cipher.update(bytes.subarray(12, -16)), cipher.final()]);
  } catch {
    return undefined;
  }
}
