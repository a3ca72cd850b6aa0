import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { mkdir, open, readdir, readFile, unlink } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { SentinelError } from "../../../shared/errors.ts";
import { sha256 } from "../base/ids.ts";
import { createDurably, syncDirectory, writeDurably } from "./durable-file.ts";
import { toStoreError } from "./store-errors.ts";

/**
 * The keys that wrap all data keys, by their id. `current` wraps new ones; a second one is there only while a change of keys is
 * under way. Plain data, so that a host can hand it to its workers. SECURITY: never stored or logged in this form.
 */
export interface KeyRing {
  readonly current: string;
  readonly keys: Readonly<Record<string, Uint8Array>>;
}

/** Where keys of one sort lie: one file each, apart from what they open, so that dropping the file erases the content. */
export type KeySpace = "blobs" | "subjects" | "engine";

/** A key file, wrapped. */
export interface StoredKey {
  readonly space: KeySpace;
  readonly file: KeyFile;
}

/** Random data keys of 32 bytes, each wrapped (AES-256-GCM) in its own file under `keys/`. */
export interface KeyStore {
  /**
   * Makes and stores a key, or returns the one that another thread made meanwhile. `binding` is content that the key belongs to;
   * it opens only with the same binding.
   */
  create(space: KeySpace, name: string, options?: { binding?: string; key?: Buffer }): Promise<Buffer>;
  /** @returns null when there is no such key: it was never made, or it was dropped */
  get(space: KeySpace, name: string, binding?: string): Promise<Buffer | null>;
  /** Erases a key for good. @returns whether there was one */
  drop(space: KeySpace, name: string): Promise<boolean>;
  names(space: KeySpace): Promise<string[]>;
  /** Every key as it is stored, wrapped: for a backup. */
  all(): Promise<StoredKey[]>;
  /** Wraps every key that another than the ring's current key wraps anew. @returns how many */
  rewrap(): Promise<number>;
}

const spaces: readonly KeySpace[] = ["blobs", "subjects", "engine"];

const KeyFile = z.strictObject({
  v: z.literal(1),
  /** Id of the key that wraps this one. */
  ring: z.string(),
  name: z.string(),
  binding: z.string(),
  nonce: z.string(),
  wrapped: z.string(),
});
type KeyFile = z.infer<typeof KeyFile>;

/** Encrypts 32 bytes; what is authenticated beside them says where the key belongs, so that key files cannot be exchanged. */
export function wrapKey(outer: Uint8Array, inner: Uint8Array, context: string): { nonce: string; wrapped: string } {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", outer, nonce).setAAD(Buffer.from(context));
  const wrapped = Buffer.concat([cipher.update(inner), cipher.final(), cipher.getAuthTag()]);
  return { nonce: nonce.toString("base64"), wrapped: wrapped.toString("base64") };
}

/** @returns null when the outer key or the context is not the one that it was wrapped with */
export function unwrapKey(outer: Uint8Array, file: { nonce: string; wrapped: string }, context: string): Buffer | null {
  const bytes = Buffer.from(file.wrapped, "base64");
  if (bytes.length !== 48) return null;
  try {
    const cipher = createDecipheriv("aes-256-gcm", outer, Buffer.from(file.nonce, "base64"), { authTagLength: 16 });
    cipher.setAAD(Buffer.from(context)).setAuthTag(bytes.subarray(32));
    return Buffer.concat([cipher.update(bytes.subarray(0, 32)), cipher.final()]);
  } catch {
    return null;
  }
}

/** @param directory the data directory's `keys/` */
export async function openKeyStore(options: { directory: string; ring: KeyRing }): Promise<KeyStore> {
  const { directory, ring } = options;
  for (const space of spaces) await mkdir(join(directory, space), { recursive: true, mode: 0o700 });

  const pathOf = (space: KeySpace, name: string) => join(directory, space, `${sha256(name)}.json`);
  const contextOf = (space: KeySpace, name: string, binding: string) => JSON.stringify([space, name, binding]);

  function close(space: KeySpace, name: string, binding: string, key: Uint8Array): string {
    const { nonce, wrapped } = wrapKey(ring.keys[ring.current]!, key, contextOf(space, name, binding));
    return JSON.stringify({ v: 1, ring: ring.current, name, binding, nonce, wrapped } satisfies KeyFile);
  }

  async function get(space: KeySpace, name: string, binding: string): Promise<Buffer | null> {
    const file = await read(pathOf(space, name));
    return file === null ? null : open(space, { ...file, name, binding });
  }

  async function read(path: string): Promise<KeyFile | null> {
    const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return null;
      throw error;
    });
    if (text === null) return null;
    try {
      return KeyFile.parse(JSON.parse(text));
    } catch {
      throw new SentinelError("EVIDENCE_CORRUPT", `The key file ${path} is damaged.`);
    }
  }

  function open(space: KeySpace, file: KeyFile): Buffer {
    const outer = ring.keys[file.ring];
    const key = outer === undefined ? null : unwrapKey(outer, file, contextOf(space, file.name, file.binding));
    if (key === null)
      throw new SentinelError("EVIDENCE_CORRUPT", "A key file is damaged or was exchanged with another.");
    return key;
  }

  return {
    async create(space, name, { binding = "", key = randomBytes(32) } = {}) {
      try {
        if (await createDurably(pathOf(space, name), close(space, name, binding, key))) return key;
      } catch (error) {
        throw toStoreError(error);
      }
      const other = await get(space, name, binding);
      if (other === null) throw new SentinelError("CONFLICT", "A key was dropped while it was made.");
      return other;
    },
    get: (space, name, binding = "") => get(space, name, binding),
    async drop(space, name) {
      return await shred(pathOf(space, name), join(directory, space));
    },
    async names(space) {
      const files = await listKeyFiles(join(directory, space));
      const found = await Promise.all(files.map((file) => read(file)));
      return found.filter((file) => file !== null).map((file) => file.name);
    },
    async all() {
      const keys: StoredKey[] = [];
      for (const space of spaces) {
        for (const path of await listKeyFiles(join(directory, space))) {
          const file = await read(path);
          if (file !== null) keys.push({ space, file });
        }
      }
      return keys;
    },
    async rewrap() {
      let count = 0;
      for (const space of spaces) {
        for (const path of await listKeyFiles(join(directory, space))) {
          const file = await read(path);
          if (file === null || file.ring === ring.current) continue;
          await writeDurably(path, close(space, file.name, file.binding, open(space, file)));
          count++;
        }
      }
      return count;
    },
  };
}

/** Writes keys of a backup into a data directory that has none yet. @throws SentinelError BACKUP_REFUSED */
export async function writeStoredKeys(
  directory: string,
  keys: readonly { readonly space: KeySpace; readonly file: unknown }[],
): Promise<void> {
  for (const space of spaces) await mkdir(join(directory, space), { recursive: true, mode: 0o700 });
  for (const { space, file } of keys) {
    const parsed = KeyFile.safeParse(file);
    if (!parsed.success) throw new SentinelError("BACKUP_REFUSED", "A key of the backup cannot be read.");
    await writeDurably(join(directory, space, `${sha256(parsed.data.name)}.json`), JSON.stringify(parsed.data));
  }
}

async function listKeyFiles(directory: string): Promise<string[]> {
  const names = await readdir(directory);
  return names.filter((name) => name.endsWith(".json")).map((name) => join(directory, name));
}

/** Overwrites and removes a key file. */
async function shred(path: string, directory: string): Promise<boolean> {
  try {
    const file = await open(path, "r+");
    try {
      // SECURITY: on disks that write in place the wrapped key is gone at once; elsewhere the removal is what there is.
      const { size } = await file.stat();
      await file.write(randomBytes(size), 0, size, 0);
      await file.sync();
    } finally {
      await file.close();
    }
    await unlink(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
  await syncDirectory(directory);
  return true;
}
