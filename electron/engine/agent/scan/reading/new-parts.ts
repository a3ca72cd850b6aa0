import type { Reading } from "./readings.ts";

/** Units on either side of a change that are read again: more than the longest window of words and the longest rule reach. */
const margin = 640;
/** Share of a reading from which on it is read whole. */
const mostOfIt = 0.7;

/**
 * The parts of a reading that can say what the text does not: what was decoded, and what stands near it. The rest was read with the
 * text itself.
 */
export function newPartsOf(reading: Reading, text: string): Reading[] {
  const { origin } = reading;
  if (origin === null) return [reading];
  const { length } = reading.text;
  const spans: [number, number][] = [];
  let before = -1;
  for (let i = 0; i <= length; i++) {
    const from = origin[i]!;
    // Behind the last unit nothing may be left out either.
    const isSame = from === before + 1 && (i === length || text.charCodeAt(from) === reading.text.charCodeAt(i));
    before = from;
    if (isSame) continue;
    const [start, end] = [Math.max(0, i - margin), Math.min(length, i + margin)];
    const last = spans.at(-1);
    if (last !== undefined && start <= last[1]) last[1] = end;
    else spans.push([start, end]);
  }
  const whole = spans.reduce((sum, [start, end]) => sum + end - start, 0);
  if (whole >= length * mostOfIt) return [reading];
  return spans.map(([start, end]) => ({
    text: reading.text.slice(start, end),
    decodings: reading.decodings,
    origin: origin.subarray(start, end + 1),
  }));
}
