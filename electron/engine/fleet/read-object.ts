import { createHash } from "node:crypto";
import { SentinelError } from "../../../shared/errors.ts";
import type { Rest } from "./message-bus.ts";
import type { ObjectStore } from "./object-store.ts";
import { type OnFailure, withRetries } from "./retries.ts";

export interface WantedObject {
  readonly uri: string;
  /** Bytes. */
  readonly size: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
}

/**
 * The bytes of an object, read on from where a connection broke off. SECURITY: whoever takes them must not use them before this has ended:
 * only then are size and hash known to be those that were promised, and else it throws.
 *
 * @param onFailure hears of each failure that is waited out; what it throws ends the reading
 * @param rest what the time until the next try is spent in
 * @throws SentinelError EVIDENCE_HASH_MISMATCH, and what the store throws for what does not change by itself
 */
export async function* readObject(
  store: Pick<ObjectStore, "look" | "read">,
  { uri, size, sha256 }: WantedObject,
  signal: AbortSignal,
  onFailure?: OnFailure,
  rest?: Rest,
): AsyncGenerator<Uint8Array> {
  const facts = await withRetries(() => store.look(uri, signal), signal, onFailure, rest);
  // Before a byte is read: what is larger than promised is not even fetched.
  if (facts.size !== size) {
    throw new SentinelError("EVIDENCE_HASH_MISMATCH", `The object has ${facts.size} bytes, not the ${size} promised.`);
  }
  const hash = createHash("sha256");
  let at = 0;
  while (at < size) {
    const { source, first } = await withRetries(
      async () => {
        const bytes = store.read(uri, at, facts.version, signal)[Symbol.asyncIterator]();
        const begun = await bytes.next();
        if (begun.done === true) throw new SentinelError("UNAVAILABLE", "The store gives an object without its end.");
        return { source: bytes, first: begun };
      },
      signal,
      onFailure,
      rest,
    );
    try {
      for (let next: IteratorResult<Uint8Array> = first; next.done !== true; next = await source.next()) {
        const chunk = next.value.subarray(0, size - at);
        at += chunk.length;
        hash.update(chunk);
        yield chunk;
      }
    } catch (error) {
      // Broken off in the middle: what is here is kept, and the rest asked for.
      if (!(error instanceof SentinelError) || error.code !== "UNAVAILABLE") throw error;
      await onFailure?.(error);
    } finally {
      await source.return?.();
    }
  }
  if (hash.digest("hex") !== sha256) {
    throw new SentinelError("EVIDENCE_HASH_MISMATCH", "The object's content is not the one that was promised.");
  }
}
