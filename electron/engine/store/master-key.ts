import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { SentinelError } from "../../../shared/errors.ts";
import { createDurably, writeDurably } from "./durable-file.ts";
import { type KeyRing, openKeyStore, unwrapKey, wrapKey } from "./key-store.ts";

export const keySourceKinds = ["file", "environment", "safe_storage"] as const;
export type KeySourceKind = (typeof keySourceKinds)[number];

/** Where the master key comes from. The Electron shell brings one over `safeStorage`. */
export interface KeySource {
  readonly kind: KeySourceKind;
  /**
   * @param create whether the data directory is new, so that a key may be made
   * @returns 32 bytes
   * @throws SentinelError KEY_UNAVAILABLE saying what is missing
   */
  load(create: boolean): Promise<Uint8Array>;
}

function parseKey(text: string, where: string): Buffer {
  const key = Buffer.from(text.trim(), "base64");
  if (key.length !== 32 || !/^[A-Za-z0-9+/_-]{43}=?$/.test(text.trim())) {
    throw new SentinelError("KEY_UNAVAILABLE", `${where} is not 32 bytes as base64.`);
  }
  return key;
}

/** The key itself in SENTINEL_MASTER_KEY, base64. */
export function environmentKeySource(value: string): KeySource {
  return { kind: "environment", load: async () => parseKey(value, "SENTINEL_MASTER_KEY") };
}

/**
 * A file with the key as base64.
 * @param mayCreate whether a new data directory makes the file when there is none
 */
export function fileKeySource(path: string, mayCreate: boolean): KeySource {
  return {
    kind: "file",
    async load(create) {
      if (create && mayCreate && !existsSync(path)) {
        await mkdir(dirname(path), { recursive: true, mode: 0o700 });
        await createDurably(path, `${randomBytes(32).toString("base64")}\n`);
      }
      const found = await stat(path).catch(() => null);
      if (found === null) throw new SentinelError("KEY_UNAVAILABLE", `The master key file ${path} is missing.`);
      // SECURITY: a key that others can read protects nothing; said instead of silently narrowed, because it may have been read.
      if (process.platform !== "win32" && (found.mode & 0o077) !== 0) {
        const mode = (found.mode & 0o777).toString(8).padStart(4, "0");
        throw new SentinelError("KEY_UNAVAILABLE", `The master key file ${path} has mode ${mode}; it must be 0600.`);
      }
      return parseKey(await readFile(path, "utf8"), `The master key file ${path}`);
    },
  };
}

/** The headless host's choice: the environment, else the named file, else `secrets/master.key` in the data directory. */
export function chooseKeySource(
  config: { SENTINEL_MASTER_KEY?: string | undefined; SENTINEL_MASTER_KEY_FILE?: string | undefined },
  dataDirectory: string,
): KeySource {
  if (config.SENTINEL_MASTER_KEY) return environmentKeySource(config.SENTINEL_MASTER_KEY);
  if (config.SENTINEL_MASTER_KEY_FILE) return fileKeySource(config.SENTINEL_MASTER_KEY_FILE, false);
  return fileKeySource(join(dataDirectory, "secrets", "master.key"), true);
}

/** What the data directory remembers of its master key: the source, a check value, and the ring keys that it wraps. */
const KeyRecord = z.strictObject({
  v: z.literal(1),
  source: z.enum(keySourceKinds),
  check: z.string(),
  current: z.string(),
  ring: z
    .array(z.strictObject({ id: z.string(), nonce: z.string(), wrapped: z.string() }))
    .min(1)
    .max(2),
});
type KeyRecord = z.infer<typeof KeyRecord>;

const recordName = "master.json";

/** Tells a wrong key from a damaged file; says nothing about the key. */
function checkValue(master: Uint8Array): string {
  return createHmac("sha256", master).update("sentinel master key check v1").digest("base64");
}

/** A ring as `master.json` holds it: wrapped. */
export function wrapRing(source: KeySourceKind, master: Uint8Array, ring: KeyRing): KeyRecord {
  const wrapped = Object.entries(ring.keys).map(([id, key]) => ({ id, ...wrapKey(master, key, `ring ${id}`) }));
  return { v: 1, source, check: checkValue(master), current: ring.current, ring: wrapped };
}

/** @returns null when the master key is not the record's, or it is no record */
export function openRecord(record: unknown, master: Uint8Array): KeyRing | null {
  const parsed = KeyRecord.safeParse(record);
  if (!parsed.success || parsed.data.check !== checkValue(master)) return null;
  const keys: Record<string, Uint8Array> = {};
  for (const entry of parsed.data.ring) {
    const key = unwrapKey(master, entry, `ring ${entry.id}`);
    if (key === null) return null;
    keys[entry.id] = key;
  }
  return { current: parsed.data.current, keys };
}

/** Makes the key record of a restored data directory: the same wrapping keys, under this host's master key. */
export async function adoptKeyRing(directory: string, source: KeySource, ring: KeyRing): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await createDurably(join(directory, recordName), writeRecord(source.kind, await source.load(true), ring));
}

function writeRecord(source: KeySourceKind, master: Uint8Array, ring: KeyRing): string {
  return `${JSON.stringify(wrapRing(source, master, ring), null, 2)}\n`;
}

async function readRecord(path: string): Promise<KeyRecord> {
  try {
    return KeyRecord.parse(JSON.parse(await readFile(path, "utf8")));
  } catch (error) {
    throw new SentinelError("KEY_UNAVAILABLE", `The key record ${path} is damaged.`, undefined, error);
  }
}

function newRing(): KeyRing {
  const id = randomBytes(8).toString("hex");
  return { current: id, keys: { [id]: randomBytes(32) } };
}

/**
 * Opens the keys of a data directory, or makes them when it has none yet. A change of keys that a crash cut short is finished.
 *
 * @param directory its `keys/`
 * @throws SentinelError KEY_UNAVAILABLE when the source is another than the recorded one, or its key is not the right one
 */
export async function openKeyRing(directory: string, source: KeySource): Promise<KeyRing> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, recordName);
  if (!existsSync(path)) {
    const ring = newRing();
    await createDurably(path, writeRecord(source.kind, await source.load(true), ring));
  }
  const record = await readRecord(path);
  // SECURITY: a directory whose record was deleted must not quietly get a new key, nor one opened by another host's source.
  if (record.source !== source.kind) {
    throw new SentinelError(
      "KEY_UNAVAILABLE",
      `This data directory takes its master key from the source "${record.source}", not "${source.kind}"; "sentinel rekey" changes it.`,
    );
  }
  const master = await source.load(false);
  const check = Buffer.from(checkValue(master));
  const recorded = Buffer.from(record.check);
  if (check.length !== recorded.length || !timingSafeEqual(check, recorded)) {
    throw new SentinelError("KEY_UNAVAILABLE", "The master key given is not the one of this data directory.");
  }
  const keys: Record<string, Uint8Array> = {};
  for (const entry of record.ring) {
    const key = unwrapKey(master, entry, `ring ${entry.id}`);
    if (key === null) throw new SentinelError("KEY_UNAVAILABLE", `The key record ${path} is damaged.`);
    keys[entry.id] = key;
  }
  if (keys[record.current] === undefined)
    throw new SentinelError("KEY_UNAVAILABLE", `The key record ${path} is damaged.`);
  const ring: KeyRing = { current: record.current, keys };
  return record.ring.length === 1 ? ring : await finishRekey(directory, source.kind, master, ring);
}

/**
 * Changes the master key, its source, and the key that wraps all data keys. A crash leaves either the old state, or the new
 * master key with two ring keys, which the next opening finishes.
 *
 * @returns the new ring; other holders of the old one (workers) must be started again
 */
export async function rekey(directory: string, from: KeySource, to: KeySource): Promise<KeyRing> {
  const old = await openKeyRing(directory, from);
  const fresh = newRing();
  const master = await to.load(true);
  const both: KeyRing = { current: fresh.current, keys: { ...old.keys, ...fresh.keys } };
  await writeDurably(join(directory, recordName), writeRecord(to.kind, master, both));
  return await finishRekey(directory, to.kind, master, both);
}

async function finishRekey(
  directory: string,
  kind: KeySourceKind,
  master: Uint8Array,
  ring: KeyRing,
): Promise<KeyRing> {
  await (await openKeyStore({ directory, ring })).rewrap();
  const single: KeyRing = { current: ring.current, keys: { [ring.current]: ring.keys[ring.current]! } };
  await writeDurably(join(directory, recordName), writeRecord(kind, master, single));
  return single;
}
