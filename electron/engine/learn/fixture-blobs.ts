import { SentinelError } from "../../../shared/errors.ts";
import { sha256 } from "../base/ids.ts";
import type { Blobs } from "../store/blobs.ts";

/** For tests: blobs in memory. */
export function memoryBlobs(): Pick<Blobs, "put" | "open"> {
  const stored = new Map<string, Buffer>();
  return {
    async put(source) {
      const parts: Uint8Array[] = [];
      for await (const part of source) parts.push(part);
      const bytes = Buffer.concat(parts);
      const name = sha256(bytes);
      const duplicate = stored.has(name);
      stored.set(name, bytes);
      return { sha256: name, size: bytes.length, duplicate };
    },
    async *open(name) {
      const bytes = stored.get(name);
      if (bytes === undefined) throw new SentinelError("NOT_FOUND", `There is no evidence ${name}.`);
      // In small pieces, so that rows are cut anywhere.
      for (let at = 0; at < bytes.length; at += 100) yield bytes.subarray(at, at + 100);
    },
  };
}
