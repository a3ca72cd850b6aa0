import { createCipheriv, createDecipheriv } from "node:crypto";
import { SentinelError } from "../../../shared/errors.ts";

/**
 * Layout of an encrypted blob: a header of 32 bytes (magic, key id, nonce prefix), then chunks of `chunkSize` plaintext bytes, each
 * followed by its 16-byte tag. The last chunk may be shorter and is there even for empty content.
 *
 * The nonce of a chunk is `prefix (7) || index (4) || last (1)`, so a chunk that was moved, dropped, repeated, or an end that was
 * cut off does not decrypt. Source: STREAM, Hoang, Reyhanitabar, Rogaway & Vizár 2015, "Online Authenticated-Encryption and its
 * Nonce-Reuse Misuse-Resistance". The header is authenticated with every chunk.
 */
export const chunkSize = 256 * 1024;
export const tagSize = 16;
export const headerSize = 32;
const magic = Buffer.from("SENTBLB1");
const keyIdSize = 16;
const prefixSize = 7;

/** Most chunks that the 4-byte index can count, so 1 PiB of content. */
export const maxChunks = 2 ** 32;

export function writeHeader(keyId: Uint8Array, prefix: Uint8Array): Buffer {
  const header = Buffer.alloc(headerSize);
  magic.copy(header, 0);
  header.set(keyId.subarray(0, keyIdSize), 8);
  header.set(prefix.subarray(0, prefixSize), 24);
  return header;
}

/** @returns null when the bytes are no header of this format */
export function parseHeader(header: Buffer): { keyId: string; prefix: Buffer } | null {
  if (header.length !== headerSize || !header.subarray(0, 8).equals(magic)) return null;
  return { keyId: header.toString("hex", 8, 24), prefix: header.subarray(24, 24 + prefixSize) };
}

function nonceOf(prefix: Uint8Array, index: number, last: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.set(prefix, 0);
  nonce.writeUInt32BE(index, prefixSize);
  nonce[11] = last ? 1 : 0;
  return nonce;
}

/** What chunks are encrypted with. */
export interface ChunkKey {
  readonly key: Uint8Array;
  readonly header: Buffer;
  readonly prefix: Uint8Array;
}

export function encryptChunk(by: ChunkKey, index: number, last: boolean, plain: Uint8Array): Buffer[] {
  const cipher = createCipheriv("aes-256-gcm", by.key, nonceOf(by.prefix, index, last)).setAAD(by.header);
  return [cipher.update(plain), cipher.final(), cipher.getAuthTag()];
}

/** @throws SentinelError EVIDENCE_CORRUPT when the chunk is not the one that was written at this place */
export function decryptChunk(by: ChunkKey, index: number, last: boolean, sealed: Buffer): Buffer {
  const cut = sealed.length - tagSize;
  if (cut >= 0) {
    const cipher = createDecipheriv("aes-256-gcm", by.key, nonceOf(by.prefix, index, last), { authTagLength: tagSize });
    cipher.setAAD(by.header).setAuthTag(sealed.subarray(cut));
    try {
      const plain = cipher.update(sealed.subarray(0, cut));
      cipher.final();
      return plain;
    } catch {
      // Told below, without the library's words.
    }
  }
  throw new SentinelError("EVIDENCE_CORRUPT", `Chunk ${index} of the stored evidence was changed or is damaged.`);
}

/** Plaintext size and number of chunks of a blob file. @returns null for a size that no blob has */
export function contentSize(fileSize: number): { size: number; chunks: number } | null {
  const body = fileSize - headerSize;
  const chunks = Math.ceil(body / (chunkSize + tagSize));
  const size = body - chunks * tagSize;
  if (chunks < 1 || size < 0 || (chunks > 1 && size <= (chunks - 1) * chunkSize)) return null;
  return { size, chunks };
}
