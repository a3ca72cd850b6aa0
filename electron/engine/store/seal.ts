import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { SentinelError } from "../../../shared/errors.ts";
import { sha256 } from "../base/ids.ts";
import type { KeyStore } from "./key-store.ts";

/**
 * Free text inside events, sealed with a key per subject (a person, an evidence, a case): the log stays whole for ever, and
 * erasing a subject's key makes the text unreadable in the database, its backups and every export.
 */
export interface Sealer {
  /** @param subject whose text it is; @param text at most 1 MiB; @returns `sealed:v1:…`, ASCII */
  seal(subject: string, text: string): Promise<string>;
  /** @returns the text, or null when the subject was erased; @throws SentinelError EVIDENCE_CORRUPT when it was changed */
  unseal(sealed: string): Promise<string | null>;
  isSealed(text: string): boolean;
  /** Drops the subject's key. @returns whether there was one */
  erase(subject: string): Promise<boolean>;
  /** The same, by the hash that stands in the sealed text: see `subjectTag`. */
  eraseTag(tag: string): Promise<boolean>;
}

const prefix = "sealed:v1:";

/** What stands in a sealed text for its subject: a hash, since the subject itself may be a name. */
export function subjectTag(subject: string): string {
  return sha256(subject).slice(0, 32);
}

/** Every sealed text within a text, and its subject's hash. */
export function findSealed(text: string): { sealed: string; tag: string }[] {
  return [...text.matchAll(/sealed:v1:([0-9a-f]{32}):[A-Za-z0-9+/=]+/g)].map(([sealed, tag = ""]) => ({ sealed, tag }));
}
const maxText = 1024 * 1024;

/** Keys held in memory at once. */
const maxCached = 1000;

export function createSealer(keys: KeyStore): Sealer {
  // Keys by the subject's hash, which is what stands in the sealed text: the subject itself may be a name.
  const cached = new Map<string, Promise<Buffer | null>>();

  function keyOf(tag: string, make: boolean): Promise<Buffer | null> {
    const known = cached.get(tag);
    if (known !== undefined) return known;
    const loading = keys.get("subjects", tag).then((key) => key ?? (make ? keys.create("subjects", tag) : null));
    if (cached.size >= maxCached) cached.delete(cached.keys().next().value!);
    cached.set(tag, loading);
    const forget = () => {
      if (cached.get(tag) === loading) cached.delete(tag);
    };
    // "No key" is not remembered: the subject may be met again.
    loading.then((key) => key === null && forget(), forget);
    return loading;
  }

  async function eraseTag(tag: string): Promise<boolean> {
    cached.delete(tag);
    return await keys.drop("subjects", tag);
  }

  return {
    async seal(subject, text) {
      if (text.length > maxText) throw new SentinelError("INPUT_TOO_LARGE", "A text is larger than 1 MiB.");
      const tag = subjectTag(subject);
      const key = (await keyOf(tag, false)) ?? (await keyOf(tag, true));
      const nonce = randomBytes(12);
      const cipher = createCipheriv("aes-256-gcm", key!, nonce).setAAD(Buffer.from(prefix + tag));
      const bytes = Buffer.concat([nonce, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
      return `${prefix}${tag}:${bytes.toString("base64")}`;
    },
    async unseal(sealed) {
      const [tag, content] = sealed.slice(prefix.length).split(":");
      const bytes = Buffer.from(content ?? "", "base64");
      if (!sealed.startsWith(prefix) || tag === undefined || bytes.length < 28) {
        throw new SentinelError("EVIDENCE_CORRUPT", "A sealed text is damaged.");
      }
      const key = await keyOf(tag, false);
      if (key === null) return null;
      try {
        const cipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, 12), { authTagLength: 16 });
        cipher.setAAD(Buffer.from(prefix + tag)).setAuthTag(bytes.subarray(-16));
        return Buffer.concat([cipher.update(bytes.subarray(12, -16)), cipher.final()]).toString("utf8");
      } catch (error) {
        throw new SentinelError("EVIDENCE_CORRUPT", "A sealed text was changed.", undefined, error);
      }
    },
    isSealed: (text) => text.startsWith(prefix),
    erase: (subject) => eraseTag(subjectTag(subject)),
    eraseTag,
  };
}
