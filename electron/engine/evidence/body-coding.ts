import { SentinelError } from "../../../shared/errors.ts";
import { type Inflated, inflateBody, looksCompressed } from "./inflate.ts";
import type { Complain } from "./reading.ts";

/** Content codings of a Content-Encoding header, in the order they were applied. */
export function readCodings(header: string | null): string[] {
  return (header ?? "")
    .toLowerCase()
    .split(",")
    .map((coding) => coding.trim())
    .filter((coding) => coding !== "" && coding !== "identity");
}

/**
 * Undoes content codings, as far as the bytes really are compressed: recorders differ in whether they keep bodies before or after
 * decoding. SECURITY: at most three codings, and no more than four times what is kept of the text.
 *
 * @param limit characters of the text that are kept
 * @param isPart whether the bytes are only the beginning of what was sent
 */
export async function decodeCodings(
  coded: Buffer,
  codings: readonly string[],
  limit: number,
  where: string,
  complain: Complain,
  isPart = false,
): Promise<Inflated> {
  let bytes = coded;
  let cut = isPart;
  for (const name of codings.slice(0, 3).reverse()) {
    if (!looksCompressed(name, bytes)) continue;
    try {
      const inflated = await inflateBody(name, bytes, limit * 4, cut);
      bytes = inflated.bytes;
      if (inflated.cut && !cut) {
        cut = true;
        complain("INPUT_TOO_LARGE", `${where} expands beyond ${limit * 4} bytes; its beginning is read.`);
      }
    } catch (error) {
      if (!(error instanceof SentinelError)) throw error;
      // Brotli has no signature: bytes that do not decode were decoded before.
      if (name !== "br") complain(error.code, `${where}: ${error.message}`);
    }
  }
  return { bytes, cut };
}

/**
 * The content of a chunked body (RFC 9112 section 7.1). Null unless the body is exactly one: with a trailer, an extension or
 * anything behind its end, what stands there may be a smuggled request and must be seen as it is.
 */
export function joinChunks(body: Buffer): Buffer | null {
  const joined = Buffer.alloc(body.length);
  let length = 0;
  let at = 0;
  for (;;) {
    const lineEnd = body.indexOf("\r\n", at);
    if (lineEnd <= at || lineEnd - at > 8) return null;
    const line = body.toString("latin1", at, lineEnd);
    if (!/^[0-9A-Fa-f]+$/.test(line)) return null;
    const start = lineEnd + 2;
    const end = start + Number.parseInt(line, 16);
    if (body[end] !== 0x0d || body[end + 1] !== 0x0a) return null;
    if (end === start) return end + 2 === body.length ? joined.subarray(0, length) : null;
    length += body.copy(joined, length, start, end);
    at = end + 2;
  }
}
