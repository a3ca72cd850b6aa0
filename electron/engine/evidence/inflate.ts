import type { Transform } from "node:stream";
import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
} from "node:zlib";
import { SentinelError } from "../../../shared/errors.ts";
import { checkCancelled } from "./reading.ts";

/** Expansion beyond this factor is a bomb, not a log file (ordinary logs reach 10 to 60). Looked at once 64 MiB have come out. */
const bombRatio = 250;
const bombFloor = 64 * 1024 ** 2;

export function isGzip(head: Uint8Array): boolean {
  return head.length >= 3 && head[0] === 0x1f && head[1] === 0x8b && head[2] === 8;
}

/** How much is expanded at once: at most a thousandfold of it is held. */
const sliceBytes = 16 * 1024;

/**
 * Expands a gzip stream (one or several members).
 * @throws SentinelError INPUT_TOO_LARGE for a bomb, EVIDENCE_UNREADABLE for a damaged or cut stream; what came before is
 *   yielded, the same each time
 */
export async function* gunzipStream(
  bytes: AsyncIterable<Uint8Array>,
  options: { readonly maxBytes: number; readonly signal?: AbortSignal | undefined },
): AsyncGenerator<Buffer> {
  let taken = 0;
  let given = 0;
  const gunzip = createGunzip({ chunkSize: 256 * 1024 });
  // Not read as a stream: one that fails drops what it has not handed over yet.
  const ready: Buffer[] = [];
  gunzip.on("data", (chunk: Buffer) => ready.push(chunk));
  const over = new Promise<void>((resolve, reject) => {
    gunzip.once("end", resolve);
    gunzip.once("error", () => reject(damaged()));
  });
  over.catch(() => undefined);
  const damaged = () => {
    const length = ready.reduce((sum, chunk) => sum + chunk.length, given);
    return new SentinelError("EVIDENCE_UNREADABLE", `The gzip data is damaged or cut off after ${length} bytes.`);
  };
  const expand = (slice: Uint8Array) =>
    new Promise<void>((resolve, reject) => {
      // What stands behind the last member is not taken, nor answered.
      over.then(resolve, reject);
      gunzip.write(slice, (error) => (error == null ? resolve() : reject(damaged())));
    });
  function* handOver(): Generator<Buffer> {
    for (const chunk of ready.splice(0)) {
      checkCancelled(options.signal);
      given += chunk.length;
      // SECURITY: a few kilobytes of gzip can expand to terabytes; stop on size and on ratio.
      if (given > options.maxBytes || (given > bombFloor && given > taken * bombRatio)) {
        throw new SentinelError(
          "INPUT_TOO_LARGE",
          `The compressed file expands beyond reason (${given} bytes so far).`,
        );
      }
      yield chunk;
    }
  }
  try {
    for await (const chunk of bytes) {
      for (let at = 0; at < chunk.length && !gunzip.readableEnded; at += sliceBytes) {
        const slice = chunk.subarray(at, at + sliceBytes);
        taken += slice.length;
        await expand(slice);
        yield* handOver();
      }
    }
    gunzip.end();
    await over;
    yield* handOver();
  } catch (error) {
    yield* handOver();
    throw error;
  } finally {
    gunzip.destroy();
  }
}

export interface Inflated {
  readonly bytes: Buffer;
  /** True when the output was larger than the limit: these are its first bytes, at least one where there is any. */
  readonly cut: boolean;
}

/** Output comes in pieces of so many bytes, each made when the one before it was taken: what is damaged behind the limit is never met. */
const pieces = { chunkSize: 64 * 1024, highWaterMark: 64 * 1024 };

const flush = (partial: boolean) => ({ ...pieces, finishFlush: partial ? constants.Z_SYNC_FLUSH : constants.Z_FINISH });

const decoders: Record<string, (input: Buffer, partial: boolean) => Transform> = {
  gzip: (_input, partial) => createGunzip(flush(partial)),
  "x-gzip": (_input, partial) => createGunzip(flush(partial)),
  // "deflate" means zlib (RFC 9110 section 8.4.1.2), but some servers send raw deflate.
  deflate: (input, partial) =>
    (input[0]! & 0x0f) === 8 && ((input[0]! << 8) | input[1]!) % 31 === 0
      ? createInflate(flush(partial))
      : createInflateRaw(flush(partial)),
  br: (_input, partial) =>
    createBrotliDecompress({
      ...pieces,
      finishFlush: partial ? constants.BROTLI_OPERATION_FLUSH : constants.BROTLI_OPERATION_FINISH,
    }),
  zstd: (_input, partial) =>
    createZstdDecompress({
      ...pieces,
      finishFlush: partial ? constants.ZSTD_e_flush : constants.ZSTD_e_end,
    }),
};

/** Whether bytes that a header calls compressed really are: tools differ in whether they record bodies before or after decoding. */
export function looksCompressed(coding: string, bytes: Buffer): boolean {
  switch (coding) {
    case "gzip":
    case "x-gzip":
      return isGzip(bytes);
    case "zstd":
      return bytes.length > 4 && bytes.readUInt32LE(0) === 0xfd2fb528;
    case "deflate":
      return bytes.length > 2 && (bytes[0]! & 0x0f) === 8 && ((bytes[0]! << 8) | bytes[1]!) % 31 === 0;
    default:
      return Object.hasOwn(decoders, coding) && bytes.length > 0;
  }
}

/**
 * Expands one compressed body, at most `maxBytes` of it. SECURITY: a few bytes of Brotli hold 16 MiB (RFC 7932 section 9.2): the decoder
 * works outside this thread, and is ended as soon as the limit is reached.
 *
 * @param coding a content coding of RFC 9110: gzip, deflate, br, zstd
 * @param isPart whether the input itself is only a beginning
 * @throws SentinelError EVIDENCE_UNREADABLE for damaged data or an unknown coding
 */
export async function inflateBody(coding: string, bytes: Buffer, maxBytes: number, isPart = false): Promise<Inflated> {
  if (!Object.hasOwn(decoders, coding))
    throw new SentinelError("EVIDENCE_UNREADABLE", `Unknown content coding ${coding.slice(0, 20)}.`);
  const decoder = decoders[coding]!(bytes, isPart);
  const parts: Buffer[] = [];
  let length = 0;
  try {
    decoder.end(bytes);
    for await (const part of decoder as AsyncIterable<Buffer>) {
      parts.push(part);
      length += part.length;
      if (length > maxBytes) break;
    }
  } catch {
    throw new SentinelError("EVIDENCE_UNREADABLE", `The ${coding} body is damaged.`);
  } finally {
    decoder.destroy();
  }
  return { bytes: Buffer.concat(parts).subarray(0, maxBytes), cut: isPart || length > maxBytes };
}
