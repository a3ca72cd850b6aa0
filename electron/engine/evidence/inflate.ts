import { Readable } from "node:stream";
import {
  brotliDecompressSync,
  constants,
  createGunzip,
  gunzipSync,
  inflateRawSync,
  inflateSync,
  zstdDecompressSync,
} from "node:zlib";
import { SentinelError } from "../../../shared/errors.ts";
import { checkCancelled } from "./reading.ts";

/** Expansion beyond this factor is a bomb, not a log file (ordinary logs reach 10 to 60). Looked at once 64 MiB have come out. */
const bombRatio = 250;
const bombFloor = 64 * 1024 ** 2;

export function isGzip(head: Uint8Array): boolean {
  return head.length >= 3 && head[0] === 0x1f && head[1] === 0x8b && head[2] === 8;
}

/**
 * Expands a gzip stream (one or several members).
 * @throws SentinelError INPUT_TOO_LARGE for a bomb, EVIDENCE_UNREADABLE for a damaged or cut stream; what came before is yielded
 */
export async function* gunzipStream(
  bytes: AsyncIterable<Uint8Array>,
  options: { readonly maxBytes: number; readonly signal?: AbortSignal | undefined },
): AsyncGenerator<Buffer> {
  let taken = 0;
  let given = 0;
  let sourceError: unknown;
  const source = Readable.from(
    (async function* () {
      try {
        for await (const chunk of bytes) {
          taken += chunk.length;
          yield chunk;
        }
      } catch (error) {
        sourceError = error;
        throw error;
      }
    })(),
    { objectMode: false },
  );
  const gunzip = createGunzip({ chunkSize: 256 * 1024 });
  source.on("error", (error) => gunzip.destroy(error));
  source.pipe(gunzip);
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) {
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
  } catch (error) {
    if (sourceError !== undefined) throw sourceError;
    if (error instanceof SentinelError) throw error;
    throw new SentinelError("EVIDENCE_UNREADABLE", `The gzip data is damaged or cut off after ${given} bytes.`);
  } finally {
    source.destroy();
    gunzip.destroy();
  }
}

export interface Inflated {
  readonly bytes: Buffer;
  /** True when the output was larger than the limit: these are its first bytes, at least one where there is any. */
  readonly cut: boolean;
}

type Inflate = (input: Buffer, maxOutputLength: number, partial: boolean) => Buffer;

const flush = (partial: boolean) => ({ finishFlush: partial ? constants.Z_SYNC_FLUSH : constants.Z_FINISH });

const codings: Record<string, Inflate> = {
  gzip: (input, maxOutputLength, partial) => gunzipSync(input, { maxOutputLength, ...flush(partial) }),
  "x-gzip": (input, maxOutputLength, partial) => gunzipSync(input, { maxOutputLength, ...flush(partial) }),
  // "deflate" means zlib (RFC 9110 section 8.4.1.2), but some servers send raw deflate.
  deflate: (input, maxOutputLength, partial) =>
    (input[0]! & 0x0f) === 8 && ((input[0]! << 8) | input[1]!) % 31 === 0
      ? inflateSync(input, { maxOutputLength, ...flush(partial) })
      : inflateRawSync(input, { maxOutputLength, ...flush(partial) }),
  br: (input, maxOutputLength, partial) =>
    brotliDecompressSync(input, {
      maxOutputLength,
      finishFlush: partial ? constants.BROTLI_OPERATION_FLUSH : constants.BROTLI_OPERATION_FINISH,
    }),
  zstd: (input, maxOutputLength, partial) =>
    zstdDecompressSync(input, {
      maxOutputLength,
      finishFlush: partial ? constants.ZSTD_e_flush : constants.ZSTD_e_end,
    }),
};

/** Most that a decoder gives for one more byte: a meta-block of Brotli may be one copy of 16 MiB (RFC 7932 section 9.2), a block of zstd has 128 KiB. */
const mostOfOneByte = 17 * 1024 ** 2;

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
      return coding in codings && bytes.length > 0;
  }
}

/**
 * Expands one compressed body, at most `maxBytes` of it. Too large an output is approached from below: the longest prefix of the
 * input that fits is looked for by halving, until it fills four fifths, so memory and work stay bounded by the limit.
 *
 * @param coding a content coding of RFC 9110: gzip, deflate, br, zstd
 * @param isPart whether the input itself is only a beginning
 * @throws SentinelError EVIDENCE_UNREADABLE for damaged data or an unknown coding
 */
export function inflateBody(coding: string, bytes: Buffer, maxBytes: number, isPart = false): Inflated {
  const inflate = Object.hasOwn(codings, coding) ? codings[coding] : undefined;
  if (inflate === undefined)
    throw new SentinelError("EVIDENCE_UNREADABLE", `Unknown content coding ${coding.slice(0, 20)}.`);
  try {
    return { bytes: inflate(bytes, maxBytes, isPart), cut: isPart };
  } catch (error) {
    if (!isTooLarge(error)) throw damaged(coding);
  }
  // SECURITY: a bomb is cut at the limit instead of being expanded; near the limit, so that what comes late in it is not hidden. Of the
  // four bytes a kept character may take, UTF-8 needs three at most: four fifths hold all of the text that is kept.
  const enough = maxBytes * 0.8;
  let fitting: Buffer = Buffer.alloc(0);
  let fits = 0;
  let tooLong = bytes.length;
  const tryLength = (length: number, most: number): boolean => {
    try {
      fitting = inflate(bytes.subarray(0, length), most, true);
      return true;
    } catch (error) {
      if (!isTooLarge(error)) throw damaged(coding);
      return false;
    }
  };
  while (tooLong - fits > 1 && fitting.length <= enough) {
    const length = (fits + tooLong) >> 1;
    if (tryLength(length, maxBytes)) fits = length;
    else tooLong = length;
  }
  // One more byte may hold the end of an attack and then make the text longer than fits: it is let out once.
  if (fitting.length <= enough) tryLength(tooLong, maxBytes + mostOfOneByte);
  return { bytes: fitting.subarray(0, maxBytes), cut: true };
}

const isTooLarge = (error: unknown) => (error as { code?: unknown }).code === "ERR_BUFFER_TOO_LARGE";
const damaged = (coding: string) => new SentinelError("EVIDENCE_UNREADABLE", `The ${coding} body is damaged.`);
