/**
 * Text as the classifier reads it: one small code for each character, so that spellings that mean the same look the same.
 * Letters are lower case, digits are `0`, a run of white space is one blank (or one line feed when it holds a line break), a run
 * of more than three digits counts as three, and a run of one other character stops at `longestRun`. Beyond ASCII only the kind of
 * character is kept.
 */
export interface Folded {
  /** Codes; only the first `length` are valid. */
  readonly codes: Uint8Array;
  /** For each code, the UTF-16 offset in the text where it came from. */
  readonly offsets: Uint32Array;
  length: number;
  /** Changes between lower and upper case inside words, as `sElEcT` has. */
  caseFlips: number;
  /** Characters beyond ASCII, and control characters other than white space. */
  foreign: number;
  controls: number;
}

export const code = {
  edge: 2,
  control: 1,
  lineFeed: 10,
  blank: 32,
  digit: 48,
  /** A letter beyond ASCII, an ideograph, another mark, a lone surrogate. */
  letter: 128,
  ideograph: 129,
  mark: 130,
  surrogate: 131,
} as const;

const longestRun = 12;

const asciiCodes = new Uint8Array(128);
for (let c = 0; c < 128; c++) {
  if (c === 10 || c === 13) asciiCodes[c] = code.lineFeed;
  else if (c === 9 || c === 11 || c === 12 || c === 32) asciiCodes[c] = code.blank;
  else if (c < 32 || c === 127) asciiCodes[c] = c === 0 ? 0 : code.control;
  else if (c >= 48 && c <= 57) asciiCodes[c] = code.digit;
  else if (c >= 65 && c <= 90) asciiCodes[c] = c + 32;
  else asciiCodes[c] = c;
}

function foreignCode(c: number): number {
  if (c >= 0xd800 && c <= 0xdfff) return code.surrogate;
  if ((c >= 0x2e80 && c <= 0x9fff) || (c >= 0xac00 && c <= 0xd7af)) return code.ideograph;
  if (c === 0xa0 || c === 0x3000 || (c >= 0x2000 && c <= 0x200a)) return code.blank;
  if (c === 0x2028 || c === 0x2029 || c === 0x85) return code.lineFeed;
  if (c < 0xc0 || (c >= 0x2000 && c <= 0x2bff) || c === 0xd7 || c === 0xf7 || c >= 0xfe00) return code.mark;
  return code.letter;
}

export function createFolded(capacity: number): Folded {
  return {
    codes: new Uint8Array(capacity + 2),
    offsets: new Uint32Array(capacity + 2),
    length: 0,
    caseFlips: 0,
    foreign: 0,
    controls: 0,
  };
}

/** Reads `text` from `from` up to `to` into `into`, which must have room for `to - from` codes. */
export function fold(text: string, from: number, to: number, into: Folded): void {
  const { codes, offsets } = into;
  let length = 0;
  let run = 0;
  let previous = -1;
  let flips = 0;
  let foreign = 0;
  let controls = 0;
  let lowerBefore = false;
  for (let i = from; i < to; i++) {
    const c = text.charCodeAt(i);
    let folded: number;
    if (c < 128) {
      folded = asciiCodes[c]!;
      if (folded <= 1) controls++;
      const upper = c >= 65 && c <= 90;
      if (upper && lowerBefore) flips++;
      lowerBefore = c >= 97 && c <= 122;
    } else {
      folded = foreignCode(c);
      foreign++;
      lowerBefore = false;
    }
    if (folded === code.blank || folded === code.lineFeed) {
      if (previous === code.blank || previous === code.lineFeed) {
        if (folded === code.lineFeed) codes[length - 1] = previous = code.lineFeed;
        continue;
      }
      run = 0;
    } else if (folded === previous) {
      run++;
      if (run >= (folded === code.digit ? 3 : longestRun)) continue;
    } else run = 0;
    codes[length] = folded;
    offsets[length] = i;
    length++;
    previous = folded;
  }
  into.length = length;
  into.caseFlips = flips;
  into.foreign = foreign;
  into.controls = controls;
}
