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
  /** Every key by which texts of a subject were sealed: this engine's own first, then those of others. */
  keysOf(tag: string): Promise<readonly Buffer[]>;
  /** Takes in the key by which another engine sealed texts of a subject. */
  learn(tag: string, key: Buffer): Promise<void>;
  /** Hears of each subject whose keys are dropped, before they are. @returns the function that stops listening */
  onErased(listener: (tag: string) => void): () => void;
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
/** Name of a subject's nth key: its own engine's first, then those that were learned. */
const keyName = (tag: string, n: number) => (n === 0 ? tag : `${tag}+${n}`);

/** The subject's hash, by the name of one of its keys. */
export const subjectOfKey = (name: string): string => name.replace(/\+\d+$/, "");

const maxText = 1024 * 1024;

/** Keys held in memory at once. */
const maxCached = 1000;

/** Keys of one subject: one of each engine that sealed a text of it. */
const mostKeys = 100;

export function createSealer(keys: KeyStore): Sealer {
  // Keys by the subject's hash, which is what stands in the sealed text: the subject itself may be a name.
  const cached = new Map<string, Promise<readonly Buffer[]>>();
  const listeners = new Set<(tag: string) => void>();

  async function load(tag: string): Promise<Buffer[]> {
    const found: Buffer[] = [];
    for (let n = 0; n < mostKeys; n++) {
      const key = await keys.get("subjects", keyName(tag, n));
      if (key === null) break;
      found.push(key);
    }
    return found;
  }

  function keysOf(tag: string): Promise<readonly Buffer[]> {
    const known = cached.get(tag);
    if (known !== undefined) return known;
    const loading = load(tag);
    if (cached.size >= maxCached) cached.delete(cached.keys().next().value!);
    cached.set(tag, loading);
    const forget = () => {
      if (cached.get(tag) === loading) cached.delete(tag);
    };
    // "No key" is not remembered: the subject may be met again.
    loading.then((found) => found.length === 0 && forget(), forget);
    return loading;
  }

  async function ownKey(tag: string): Promise<Buffer> {
    const [known] = await keysOf(tag);
    if (known !== undefined) return known;
    const made = await keys.create("subjects", tag);
    cached.delete(tag);
    return made;
  }

  async function eraseTag(tag: string): Promise<boolean> {
    cached.delete(tag);
    // First: a key of it that is learned from here on is known to be erased, and dropped by whoever learned it.
    for (const listener of listeners) listener(tag);
    // The last first: after a crash the first is still there and says that there is something to drop.
    const count = (await load(tag)).length;
    let dropped = false;
    for (let n = Math.max(0, count - 1); n >= 0; n--)
      dropped = (await keys.drop("subjects", keyName(tag, n))) || dropped;
    cached.delete(tag);
    return dropped;
  }

  return {
    async seal(subject, text) {
      if (text.length > maxText) throw new SentinelError("INPUT_TOO_LARGE", "A text is larger than 1 MiB.");
      const tag = subjectTag(subject);
      const nonce = randomBytes(12);
      const cipher = createCipheriv("aes-256-gcm", await ownKey(tag), nonce).setAAD(Buffer.from(prefix + tag));
      const bytes = Buffer.concat([nonce, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
      return `${prefix}${tag}:${bytes.toString("base64")}`;
    },
    async unseal(sealed) {
      const [tag, content] = sealed.slice(prefix.length).split(":");
      const bytes = Buffer.from(content ?? "", "base64");
      if (!sealed.startsWith(prefix) || tag === undefined || bytes.length < 28) {
        throw new SentinelError("EVIDENCE_CORRUPT", "A sealed text is damaged.");
      }
      const context = Buffer.from(prefix + tag);
      const text = firstText(await keysOf(tag), context, bytes);
      if (text !== null) return text;
      // A key that another thread took in meanwhile.
      const candidates = await load(tag);
      cached.delete(tag);
      if (candidates.length === 0) return null;
      const late = firstText(candidates, context, bytes);
      if (late !== null) return late;
      throw new SentinelError("EVIDENCE_CORRUPT", "A sealed text was changed, or its key is not here yet.");
    },
    keysOf,
    async learn(tag, key) {
      const known = await load(tag);
      if (known.some((one) => one.equals(key)) || known.length >= mostKeys) return;
      // Another thread may have taken the place meanwhile.
      for (let n = known.length; n < mostKeys; n++) {
        if ((await keys.create("subjects", keyName(tag, n), { key })).equals(key)) break;
      }
      cached.delete(tag);
    },
    onErased(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    isSealed: (text) => text.startsWith(prefix),
    erase: (subject) => eraseTag(subjectTag(subject)),
    eraseTag,
  };
}

function firstText(keys: readonly Buffer[], context: Buffer, bytes: Buffer): string | null {
  for (const key of keys) {
    const text = open(key, context, bytes);
    if (text !== null) return text;
  }
  return null;
}

/** @returns null where it was sealed by another key, or changed */
function open(key: Buffer, context: Buffer, bytes: Buffer): string | null {
  try {
    const cipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, 12), { authTagLength: 16 });
    cipher.setAAD(context).setAuthTag(bytes.subarray(-16));
    return Buffer.concat([cipher.update(bytes.subarray(12, -16)), cipher.final()]).toString("utf8");
  } catch {
    return null;
  }
}
