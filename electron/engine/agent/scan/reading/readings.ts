import { decodeBase64 } from "../../../detect/canonical/decode-base64.ts";
import { decodeEscapes } from "../../../detect/canonical/decode-escapes.ts";
import { decodeHex } from "../../../detect/canonical/decode-hex.ts";
import { decodeHtml } from "../../../detect/canonical/decode-html.ts";
import { createUrlDecoder } from "../../../detect/canonical/decode-url.ts";
import { createRewriter, type Decoder, writtenOrigin, writtenText } from "../../../detect/canonical/rewriter.ts";
import { splitGlued } from "./glued-words.ts";
import { revealHidden } from "./hidden-characters.ts";
import { joinFragments, joinLetters, undoLeet } from "./letter-puzzles.ts";
import { foldLookAlikes } from "./look-alikes.ts";
import { undoReversal, undoShift, undoWordReversal } from "./moved-letters.ts";
import { undoCodes } from "./number-codes.ts";
import { decodeWrapped } from "./wrapped-codes.ts";

/** One way to read a text. */
export interface Reading {
  readonly text: string;
  /** What was undone, in order; empty for the text itself. */
  readonly decodings: readonly string[];
  /** Where each unit came from, and behind the last one the end of the text; null for the text itself. */
  readonly origin: Uint32Array | null;
}

/** Encodings within encodings that are undone. */
const mostRounds = 4;
/** Readings of one text, itself included. */
const mostReadings = 12;
/** Units that all decodings of one text together may read, for each unit of it. */
const unitsEach = 60;

/** Undone one after the other, again and again while anything changes. */
const rounds: readonly Decoder[] = [
  revealHidden,
  foldLookAlikes,
  decodeHtml,
  createUrlDecoder(false),
  decodeEscapes,
  undoCodes,
  decodeWrapped,
  decodeBase64,
  decodeHex,
];
/** Each tried on what the others left. */
const puzzles: readonly Decoder[] = [
  joinFragments,
  splitGlued,
  joinLetters,
  undoLeet,
  undoShift,
  undoReversal,
  undoWordReversal,
];

const rewriter = createRewriter();

/**
 * All ways to read a text: itself, with encodings undone, and with the puzzles of letters solved. Each decoding is one linear
 * pass; how many there are is bounded, so that what is nested without end stops in time.
 */
export function readingsOf(text: string): Reading[] {
  const readings: Reading[] = [{ text, decodings: [], origin: null }];
  let units = text.length * unitsEach;
  const apply = (decode: Decoder, base: Reading): Reading | null => {
    if (units < base.text.length) return null;
    units -= base.text.length;
    const name = decode(base.text, rewriter);
    if (name === null) return null;
    const origin = writtenOrigin(rewriter, base.text.length);
    const { origin: before } = base;
    if (before !== null) for (let i = 0; i < origin.length; i++) origin[i] = before[origin[i]!]!;
    return { text: writtenText(rewriter), decodings: [...base.decodings, name], origin };
  };
  const keep = (reading: Reading) => {
    if (readings.length < mostReadings && readings.every((known) => known.text !== reading.text))
      readings.push(reading);
  };

  let deepest = unfold(readings[0]!);
  keep(deepest);
  for (const puzzle of puzzles) {
    const solved = apply(puzzle, deepest);
    if (solved === null) continue;
    const further = unfold(solved);
    keep(further);
    // Joined pieces may be a puzzle in turn; a wrong solution of one of the others would only spoil the next.
    if (puzzle === joinFragments) deepest = further;
  }
  return readings;

  function unfold(reading: Reading): Reading {
    let current = reading;
    for (let round = 0; round < mostRounds; round++) {
      const before = current;
      for (const decode of rounds) current = apply(decode, current) ?? current;
      if (current === before) break;
    }
    return current;
  }
}
