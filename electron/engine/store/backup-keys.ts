import { randomBytes, scrypt } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { shortestPassphrase } from "../../../shared/backup.ts";
import { SentinelError } from "../../../shared/errors.ts";
import { Sha256 } from "../../../shared/units.ts";
import { canonicalJson } from "../base/canonical-json.ts";
import { sha256 } from "../base/ids.ts";
import { refuseBackup } from "./backup-file.ts";
import { writeDurably } from "./durable-file.ts";
import { type KeyRing, type StoredKey, unwrapKey, wrapKey } from "./key-store.ts";
import { type KeySource, keySourceKinds, openRecord, wrapRing } from "./master-key.ts";
import { subjectOfKey } from "./seal.ts";
import { erasedSubjects, joinTombstones, Tombstone } from "./tombstones.ts";

/**
 * A backup's keys file: what opens its data file, and what opens the evidence and the sealed texts in it. It is a file of its own so
 * that it can be kept apart, and so that an erasure reaches backups: it is written anew without the keys of what was erased.
 */
const KeysFile = z.strictObject({
  format: z.literal("sentinel-backup-keys"),
  v: z.literal(1),
  backup_id: z.string().regex(/^[0-9a-f]{32}$/),
  created_at: z.string(),
  node_id: z.string(),
  /** The data file that belongs to it, as it lies on the disk. */
  data: z.strictObject({ size: z.number().int().min(1), sha256: Sha256 }),
  /** What opens `record`: the installation's master key; a key that stands here; a passphrase (scrypt, RFC 7914). */
  protection: z.discriminatedUnion("by", [
    z.strictObject({ by: z.literal("master_key"), source: z.enum(keySourceKinds) }),
    z.strictObject({ by: z.literal("this_file"), key: z.string() }),
    z.strictObject({ by: z.literal("passphrase"), salt: z.string(), cost: z.literal(17) }),
  ]),
  /** The wrapping keys, as `keys/master.json` holds them. */
  record: z.unknown(),
  /** The data file's key, wrapped. */
  key: z.strictObject({ ring: z.string(), nonce: z.string(), wrapped: z.string() }),
  keys: z.array(z.strictObject({ space: z.enum(["blobs", "subjects", "engine"]), file: z.unknown() })),
  erased: z.array(Tombstone),
  /** SHA-256 of the canonical JSON of everything else: tells damage from a wrong key. */
  digest: Sha256,
});
export type KeysFile = z.infer<typeof KeysFile>;

const formatOf = z.looseObject({ format: z.literal("sentinel-backup-keys"), v: z.number() });

/** How the keys of a backup are locked. */
export type Protection =
  /** The operator keeps the master key elsewhere. */
  | { readonly by: "master_key"; readonly source: KeySource }
  /** The master key lies in the data directory and would be lost with it: the keys file alone opens the backup. */
  | { readonly by: "this_file" }
  | { readonly by: "passphrase"; readonly passphrase: string };

/** 2^17 rounds of 1 KiB: 128 MiB and some tenths of a second for each guess. */
const cost = 17;

/** Beside this thread: half a second would be felt. */
function stretch(passphrase: string, salt: Buffer): Promise<Buffer> {
  const work = { N: 2 ** cost, r: 8, p: 1, maxmem: 256 * 1024 * 1024 };
  return new Promise((resolve, reject) => {
    scrypt(passphrase.normalize("NFC"), salt, 32, work, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
}

function digestOf({ digest: _, ...rest }: KeysFile): string {
  return sha256(canonicalJson(rest));
}

/** What a keys file is made of. */
export interface BackupKeys {
  readonly backupId: string;
  readonly createdAt: string;
  readonly nodeId: string;
  readonly data: { readonly size: number; readonly sha256: string };
  /** Key of the data file. */
  readonly key: Uint8Array;
  readonly ring: KeyRing;
  readonly keys: readonly StoredKey[];
  readonly erased: readonly Tombstone[];
}

/** @throws SentinelError INPUT_INVALID for a passphrase that is too short; KEY_UNAVAILABLE */
export async function buildKeysFile(keys: BackupKeys, protection: Protection): Promise<string> {
  const { ring } = keys;
  const lock = await lockWith(protection);
  const file: KeysFile = {
    format: "sentinel-backup-keys",
    v: 1,
    backup_id: keys.backupId,
    created_at: keys.createdAt,
    node_id: keys.nodeId,
    data: keys.data,
    protection: lock.protection,
    record: wrapRing(protection.by === "master_key" ? protection.source.kind : "file", lock.key, ring),
    key: { ring: ring.current, ...wrapKey(ring.keys[ring.current]!, keys.key, `backup ${keys.backupId}`) },
    keys: keys.keys.map(({ space, file: content }) => ({ space, file: content })),
    erased: [...keys.erased],
    digest: "",
  };
  return toText(file);
}

const toText = (file: KeysFile) => `${JSON.stringify({ ...file, digest: digestOf(file) }, null, 1)}\n`;

async function lockWith(protection: Protection): Promise<{ key: Uint8Array; protection: KeysFile["protection"] }> {
  switch (protection.by) {
    case "master_key": {
      const { source } = protection;
      return { key: await source.load(false), protection: { by: "master_key", source: source.kind } };
    }
    case "this_file": {
      const key = randomBytes(32);
      return { key, protection: { by: "this_file", key: key.toString("base64") } };
    }
    case "passphrase": {
      if (protection.passphrase.length < shortestPassphrase) {
        throw new SentinelError("INPUT_INVALID", `passphrase: it has at least ${shortestPassphrase} characters.`);
      }
      const salt = randomBytes(16);
      const key = await stretch(protection.passphrase, salt);
      return { key, protection: { by: "passphrase", salt: salt.toString("base64"), cost } };
    }
  }
}

/** Largest keys file that is read: some hundred bytes for each key. */
const maxBytes = 1024 ** 3;

/** @throws SentinelError BACKUP_REFUSED when it is missing, damaged, something else, or of a newer version */
export async function readKeysFile(path: string): Promise<KeysFile> {
  let raw: unknown;
  try {
    if ((await stat(path)).size > maxBytes) throw refuseBackup(`${path} is no keys file of a backup.`);
    raw = JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    if (error instanceof SentinelError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") throw refuseBackup(`The backup's keys file ${path} is missing: name it with --keys.`, error);
    if (code !== undefined) throw refuseBackup(`The backup's keys file ${path} cannot be read (${code}).`, error);
    throw refuseBackup(`The keys file ${path} is damaged, or no keys file of a backup.`, error);
  }
  const format = formatOf.safeParse(raw);
  if (!format.success) throw refuseBackup(`${path} is no keys file of a backup.`);
  if (format.data.v !== 1) throw refuseBackup(`${path} was written by a newer version: restore it with that one.`);
  const parsed = KeysFile.safeParse(raw);
  if (!parsed.success || parsed.data.digest !== digestOf(parsed.data)) {
    throw refuseBackup(`The keys file ${path} is damaged.`);
  }
  return parsed.data;
}

/** What opens a keys file when it is read. */
export interface Opener {
  /** The master key's source of this host; asked only where the file needs it. */
  readonly source: KeySource;
  readonly passphrase: string | undefined;
}

/** @throws SentinelError BACKUP_REFUSED naming what is missing or does not fit */
export async function openKeysFile(file: KeysFile, opener: Opener): Promise<{ ring: KeyRing; key: Buffer }> {
  const ring = openRecord(file.record, await unlock(file.protection, opener));
  if (ring === null) {
    throw refuseBackup(
      file.protection.by === "passphrase"
        ? "The passphrase is not the backup's."
        : "The master key given is not the one that the backup was made with.",
    );
  }
  const outer = ring.keys[file.key.ring];
  const key = outer === undefined ? null : unwrapKey(outer, file.key, `backup ${file.backup_id}`);
  if (key === null) throw refuseBackup("The backup's keys file is damaged.");
  return { ring, key };
}

async function unlock(protection: KeysFile["protection"], { source, passphrase }: Opener): Promise<Uint8Array> {
  switch (protection.by) {
    case "this_file":
      return Buffer.from(protection.key, "base64");
    case "passphrase":
      if (passphrase === undefined) {
        throw refuseBackup("The backup is portable: give its passphrase (--passphrase-file FILE).");
      }
      return await stretch(passphrase, Buffer.from(protection.salt, "base64"));
    case "master_key":
      try {
        return await source.load(false);
      } catch (error) {
        if (!(error instanceof SentinelError)) throw error;
        const needed = `The backup is locked with the master key of the installation that made it (source "${protection.source}")`;
        throw refuseBackup(`${needed}. ${error.message}`, error);
      }
  }
}

/**
 * Takes the keys of what was erased out of a keys file and puts the tombstones in, so that the backup no longer opens it, whoever
 * restores it and wherever.
 *
 * @returns whether there was such a file of that backup
 */
export async function reviseKeysFile(path: string, backupId: string, stones: readonly Tombstone[]): Promise<boolean> {
  const file = await readKeysFile(path).catch(() => null);
  if (file === null || file.backup_id !== backupId) return false;
  const erased = joinTombstones(file.erased, stones);
  const keys = withoutErased(file.keys, erased);
  // Each start of an engine comes here.
  if (keys.length === file.keys.length && erased.length === file.erased.length) return true;
  // A disk that cannot be written to is as far away as one that is not there.
  return await writeDurably(path, toText({ ...file, keys: [...keys], erased })).then(
    () => true,
    () => false,
  );
}

const KeyNamed = z.looseObject({ name: z.string(), binding: z.string() });

/** Keys but those of what was erased. */
export function withoutErased<K extends { readonly space: string; readonly file: unknown }>(
  keys: readonly K[],
  erased: readonly Tombstone[],
): K[] {
  const blobs = new Set(erased.flatMap((stone) => (stone.kind === "evidence" ? [stone.sha256] : [])));
  const subjects = new Set(erasedSubjects(erased));
  return keys.filter(({ space, file }) => {
    const { name, binding } = KeyNamed.parse(file);
    return space === "blobs" ? !blobs.has(binding) : space !== "subjects" || !subjects.has(subjectOfKey(name));
  });
}

/** Where a backup's keys lie unless somebody says otherwise. */
export const keysPathOf = (path: string): string => `${path}.keys`;

/** The master key's file that the headless host makes in a data directory. */
export const ownMasterKey = (home: string): string => join(home, "secrets", "master.key");
