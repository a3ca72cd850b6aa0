import { SentinelError } from "../../../shared/errors.ts";
import type { ObjectFacts } from "./object-store.ts";
import { readObject } from "./read-object.ts";
import { withRetries } from "./retries.ts";

/** What is put: its size and hash are known before the first byte is sent. */
export interface ShelfContent {
  /** Bytes. */
  readonly size: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
  /** From the first byte on, each time it is called. */
  readonly open: () => AsyncIterable<Uint8Array>;
}

export interface ShelvedObject {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** When it was put there, as the server says. */
  readonly at: string;
}

export interface ShelfFacts extends ObjectFacts {
  /** Lower-case hexadecimal, as it was sent and checked when it was put; null: by somebody who sent none. */
  readonly sha256: string | null;
}

/**
 * A bucket that engines share: what is put there never changes, and has its hash in its key. Keys name no person and hold no text of
 * evidence. Each throws UNAVAILABLE for what may be otherwise later, a refused key among it.
 */
export interface ObjectShelf {
  /** `s3://BUCKET/`: what stands before a key where people read it. */
  readonly address: string;
  /**
   * Puts an object there, whole or not at all, locked as the settings say; it never takes the place of another one.
   * @returns `there`: the same content had that key already
   * @throws SentinelError CONFLICT when other content has the key; SETTING_INVALID when the bucket has no object lock and the settings ask
   * for it; INPUT_TOO_LARGE beyond 5 GiB, the most that one request may carry
   */
  put(key: string, content: ShelfContent, signal: AbortSignal): Promise<"put" | "there">;
  /** @throws SentinelError NOT_FOUND */
  look(key: string, signal: AbortSignal): Promise<ShelfFacts>;
  /** Bytes of one version from an offset on. @throws SentinelError NOT_FOUND, CONFLICT when it has changed */
  read(key: string, from: number, version: string, signal: AbortSignal): AsyncIterable<Uint8Array>;
  /** In the order of their keys. */
  list(prefix: string, signal: AbortSignal): AsyncIterable<ShelvedObject>;
  /**
   * Removes every version of an object. What is not there is removed already.
   * @throws SentinelError OBJECT_HELD when retention or a legal hold keeps a version: then it is still there
   */
  remove(key: string, signal: AbortSignal): Promise<void>;
  close(): void;
}

export interface WantedFromShelf {
  readonly key: string;
  /** What it must be. Lower-case hexadecimal. */
  readonly sha256: string;
  /** Bytes; what is larger is not fetched. */
  readonly mostBytes: number;
}

/**
 * The bytes of an object, what passes by itself waited out. SECURITY: whoever takes them must not use them before this has ended: only
 * then is the hash known to be the promised one, and else it throws.
 *
 * @param onFailure hears of each failure that is waited out
 * @throws SentinelError NOT_FOUND, INPUT_TOO_LARGE, EVIDENCE_HASH_MISMATCH
 */
export async function* getFromShelf(
  shelf: Pick<ObjectShelf, "look" | "read">,
  { key, sha256, mostBytes }: WantedFromShelf,
  signal: AbortSignal,
  onFailure?: (error: SentinelError) => void,
): AsyncGenerator<Uint8Array> {
  const { size } = await withRetries(() => shelf.look(key, signal), signal, onFailure);
  if (size > mostBytes) {
    throw new SentinelError("INPUT_TOO_LARGE", `The object ${key} has ${size} bytes; ${mostBytes} may be fetched.`);
  }
  yield* readObject(shelf, { uri: key, size, sha256 }, signal, onFailure);
}

/** Content that is in memory. */
export function inMemory(bytes: Uint8Array, sha256: string): ShelfContent {
  return {
    size: bytes.length,
    sha256,
    async *open() {
      yield bytes;
    },
  };
}
