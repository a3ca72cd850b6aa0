import type { ByteSpan } from "../../../shared/payload.ts";
import type { ClassifierOutput, PayloadValue } from "../detect/payload.ts";

/** Turns UTF-16 offsets of one text into offsets of its UTF-8 bytes. */
export interface ByteOffsets {
  /**
   * @param start UTF-16 offset, in [0, text.length]; inside a surrogate pair: moved before it
   * @param end the same, at least `start`; inside a pair: moved behind it
   * @throws RangeError outside the text
   */
  span(start: number, end: number): ByteSpan;
}

/** UTF-16 units between two remembered byte offsets: look-ups walk at most this far. */
const stride = 512;

/** A lone surrogate takes three bytes, those of U+FFFD, as encoders write it. */
export function createByteOffsets(text: string): ByteOffsets {
  const marks = new Uint32Array(Math.floor(text.length / stride) + 1);
  let bytes = 0;
  for (let unit = 0; unit < text.length; unit++) {
    if (unit % stride === 0) marks[unit / stride] = bytes;
    bytes += bytesOf(text, unit);
  }
  if (text.length % stride === 0) marks[text.length / stride] = bytes;
  const byteAt = (unit: number) => {
    const mark = Math.floor(unit / stride);
    let at = marks[mark]!;
    for (let i = mark * stride; i < unit; i++) at += bytesOf(text, i);
    return at;
  };
  return {
    span: (start, end) => {
      if (!(start >= 0 && start <= end && end <= text.length)) {
        throw new RangeError(`[${start}, ${end}) is outside a text of ${text.length}`);
      }
      return {
        start: byteAt(isInsidePair(text, start) ? start - 1 : start),
        end: byteAt(isInsidePair(text, end) ? end + 1 : end),
      };
    },
  };
}

/** Bytes that a unit adds: a pair's four are its first unit's. */
function bytesOf(text: string, unit: number): number {
  const code = text.charCodeAt(unit);
  if (code < 0x80) return 1;
  if (code < 0x800) return 2;
  if (isInsidePair(text, unit + 1)) return 4;
  return isInsidePair(text, unit) ? 0 : 3;
}

/** Whether the two halves of a surrogate pair stand on both sides of an offset. */
function isInsidePair(text: string, unit: number): boolean {
  if (unit <= 0 || unit >= text.length) return false;
  return (text.charCodeAt(unit) & 0xfc00) === 0xdc00 && (text.charCodeAt(unit - 1) & 0xfc00) === 0xd800;
}

/** Where a value stands in its request, in bytes. @param offsets of the rendered request's text */
export function spanOfValue(value: PayloadValue, offsets: ByteOffsets): ByteSpan {
  return offsets.span(value.start, value.end);
}

/** A stretch of the request that spoke for an attack; the weight is in log-odds, above 0. */
export interface DecisiveSpan extends ByteSpan {
  readonly weight: number;
}

/**
 * The bytes of the request that made a value look like an attack: the classifier's spans with a positive weight, moved from the
 * value into the request, cut to the value, those that overlap or touch united (with the largest weight), in the order of the text.
 *
 * @param offsets of the rendered request's text
 */
export function decisiveSpans(value: PayloadValue, output: ClassifierOutput, offsets: ByteOffsets): DecisiveSpan[] {
  const length = value.end - value.start;
  const parts = output.spans
    .filter(({ weight }) => weight > 0)
    .map(({ start, end, weight }) => ({ start: Math.max(0, start), end: Math.min(length, end), weight }))
    .filter(({ start, end }) => start < end)
    .sort((a, b) => a.start - b.start);
  const united: { start: number; end: number; weight: number }[] = [];
  for (const part of parts) {
    const last = united.at(-1);
    if (last === undefined || part.start > last.end) {
      united.push(part);
      continue;
    }
    last.end = Math.max(last.end, part.end);
    last.weight = Math.max(last.weight, part.weight);
  }
  return united.map(({ start, end, weight }) => ({ ...offsets.span(value.start + start, value.start + end), weight }));
}
