import type { ByteSpan } from "../../../../shared/payload.ts";

/**
 * UTF-16 offsets of a text as UTF-8 byte offsets. For several spans of one long text, ask in ascending order: each call goes on
 * where the last one ended.
 */
export function createByteSpans(text: string): (start: number, end: number) => ByteSpan {
  let at = 0;
  let bytes = 0;
  const byteOffset = (offset: number): number => {
    if (offset < at) {
      at = 0;
      bytes = 0;
    }
    bytes += Buffer.byteLength(text.slice(at, offset));
    at = offset;
    return bytes;
  };
  return (start, end) => ({ start: byteOffset(start), end: byteOffset(end) });
}

/** The way back: byte offsets of the UTF-8 form as UTF-16 offsets; a byte inside a character counts to its beginning. */
export function toTextSpans(text: string, spans: readonly ByteSpan[]): { start: number; end: number }[] {
  const bytes = Buffer.from(text);
  return spans.map(({ start, end }) => ({
    start: bytes.toString("utf8", 0, start).length,
    end: bytes.toString("utf8", 0, end).length,
  }));
}
