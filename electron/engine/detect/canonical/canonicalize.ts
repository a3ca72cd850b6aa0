import type { Place } from "../../../../shared/payload.ts";
import type { Canonical, Layer } from "../payload.ts";
import { decodeBase64, decodeUtf7 } from "./decode-base64.ts";
import { decodeEscapes, decodeJson } from "./decode-escapes.ts";
import { decodeHex } from "./decode-hex.ts";
import { decodeHtml } from "./decode-html.ts";
import { createUrlDecoder } from "./decode-url.ts";
import { foldSpace } from "./fold-space.ts";
import { foldUnicode } from "./fold-unicode.ts";
import { createRewriter, type Decoder, writtenOrigin, writtenText } from "./rewriter.ts";
import { undoLookups, undoShell } from "./undo-shell.ts";

/** How much work one value may cost. */
export interface CanonicalBudget {
  /** UTF-16 units that all decodings together may read. */
  readonly units: number;
  /** Readings, the value itself included. */
  readonly layers: number;
  /** How often decodings are tried anew on what came out: encodings within encodings. */
  readonly rounds: number;
}

export const defaultBudget: CanonicalBudget = { units: 4_194_304, layers: 10, rounds: 5 };

export interface CanonicalOptions {
  /** Where the value stood; says whether `+` is a space and whether backslashes are JSON's. */
  readonly place?: Place | undefined;
  readonly budget?: CanonicalBudget | undefined;
}

const hasPercent = 1;
const hasPlus = 2;
const hasAmpersand = 4;
const hasBackslash = 8;
/** Blanks in a row, control characters, the beginning of a comment. */
const hasOddSpace = 16;
/** What shells or look-ups read as nothing or as a space: doubled quotes, dollars, carets, braces. */
const hasShellTrick = 32;
const hasNonAscii = 64;
/** A run that may be Base64: ten digits or more, of both cases or of capitals and figures, or with padding. */
const maybeBase64 = 128;
/** A run that may be hexadecimal: sixteen digits or more, or `0x` within a word. */
const maybeHex = 256;
const findings = 511;

const isBlankCode = 512;
/** Letter, figure or sign of Base64; which of them, in the bits above. */
const isWordCode = 1024;
const isUpper = 2048;
const isLower = 4096;
const isFigure = 8192;
const isHexCode = 16384;

/** What each ASCII code tells: findings, and what kind of code it is. */
const kinds = new Uint16Array(128);
for (let code = 0; code < 128; code++) {
  if (code < 32 || code === 127) kinds[code] = hasOddSpace;
  if (code >= 48 && code <= 57) kinds[code] = isWordCode | isFigure | isHexCode;
  if (code >= 65 && code <= 90) kinds[code] = isWordCode | isUpper | (code <= 70 ? isHexCode : 0);
  if (code >= 97 && code <= 122) kinds[code] = isWordCode | isLower | (code <= 102 ? isHexCode : 0);
}
for (const blank of [9, 10, 11, 12, 13, 32]) kinds[blank] = isBlankCode;
kinds[37] = hasPercent;
kinds[43] = hasPlus | isWordCode;
kinds[38] = hasAmpersand;
kinds[92] = hasBackslash;
for (const sign of [45, 47, 95]) kinds[sign] = isWordCode;
for (const sign of [36, 94, 123]) kinds[sign] = hasShellTrick;

/** Whether a run of digits that ends before `next` mixes the kinds as Base64 does. */
function isBase64Run(run: number, mixed: number, next: number): boolean {
  return run >= 10 && (next === 61 || ((mixed & isUpper) !== 0 && (mixed & (isLower | isFigure)) !== 0));
}

/** What occurs in `text`, as a set of findings: one pass, no allocation. Every reading is surveyed, so few branches are taken. */
function survey(text: string): number {
  let seen = 0;
  let run = 0;
  let hexRun = 0;
  let longestHexRun = 0;
  let mixed = 0;
  let previous = 0;
  let previousKind = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const kind = code > 127 ? hasNonAscii : kinds[code]!;
    seen |= kind;
    if ((kind & isWordCode) !== 0) {
      run++;
      mixed |= kind;
      if ((kind & isHexCode) !== 0) {
        hexRun++;
        if (hexRun > longestHexRun) longestHexRun = hexRun;
      } else {
        hexRun = 0;
        if ((code | 32) === 120 && previous === 48) seen |= maybeHex;
      }
    } else {
      if (run > 0) {
        if (isBase64Run(run, mixed, code)) seen |= maybeBase64;
        run = 0;
        hexRun = 0;
        mixed = 0;
      }
      if (kind === isBlankCode) {
        if (previousKind === isBlankCode) {
          if (previous !== 13 || code !== 10) seen |= hasOddSpace;
        } else if (code !== 32 && isSchemeLetter(previous)) seen |= hasOddSpace;
      } else if (code === 42) {
        if (previous === 47) seen |= hasOddSpace;
      } else if (code === previous) {
        if (code === 39 || code === 34 || code === 96) seen |= hasShellTrick;
      } else if (code === 160) seen |= hasOddSpace;
    }
    previous = code;
    previousKind = kind;
  }
  if (longestHexRun >= 16) seen |= maybeHex;
  if (isBase64Run(run, mixed, 0)) seen |= maybeBase64;
  return seen & findings;
}

/** Letters of "javascript:" and "vbscript:": a line break right behind one may split the scheme. */
function isSchemeLetter(code: number): boolean {
  return code < 128 && "javscriptb".includes(String.fromCharCode(code | 32));
}

interface Step {
  readonly when: number;
  readonly decode: Decoder;
}

const urlDecoder: Step = { when: hasPercent, decode: createUrlDecoder(false) };
const formDecoder: Step = { when: hasPercent | hasPlus, decode: createUrlDecoder(true) };
const common: readonly Step[] = [
  { when: hasAmpersand, decode: decodeHtml },
  { when: hasBackslash, decode: decodeEscapes },
  { when: hasPlus, decode: decodeUtf7 },
  { when: hasNonAscii, decode: foldUnicode },
  { when: hasShellTrick, decode: undoLookups },
  { when: maybeBase64, decode: decodeBase64 },
  { when: maybeHex, decode: decodeHex },
];
const jsonDecoder: Step = { when: hasBackslash, decode: decodeJson };
/** Readings of the deepest text that nothing is decoded from again. */
const last: readonly Step[] = [
  { when: hasOddSpace, decode: foldSpace },
  { when: hasShellTrick | hasBackslash, decode: undoShell },
];

const rewriter = createRewriter();

/** Places whose values are read alike: `+` is a space in forms, backslashes are JSON's. */
export type ReadingKind = "form" | "json" | "other" | "unknown";

export function readingKind(place: Place | undefined): ReadingKind {
  if (place === "query" || place === "query_name" || place === "form") return "form";
  return place === undefined ? "unknown" : place === "json" ? "json" : "other";
}

function isPlusASpace(text: string, kind: ReadingKind, seen: number): boolean {
  if (kind === "form") return true;
  // Of unknown origin: a plus is a space where nothing else is and the text is not one Base64 word.
  return kind === "unknown" && (seen & hasPlus) !== 0 && !text.includes(" ") && !/^[\w+/=-]+$/.test(text);
}

/**
 * All readings of a value: itself, then after each decoding that changes it, the deepest last but for the readings that fold
 * white space and shell tricks. Each decoding is one linear pass; how many there are is bounded by the budget, so that encodings
 * nested without end stop in time (`cut`). Case is not folded here: who matches ignores it, and a layer for each casing would
 * double the work.
 *
 * An ordinary short value costs one pass and one small object.
 */
export function canonicalize(text: string, options?: CanonicalOptions): Canonical {
  const itself: Layer = { text, decodings: noDecodings, origin: null };
  let seen = survey(text);
  if (seen === 0) return { layers: [itself], cut: false };
  const kind = readingKind(options?.place);
  if (seen === hasPlus && !isPlusASpace(text, kind, seen)) return { layers: [itself], cut: false };
  const budget = options?.budget ?? defaultBudget;
  const layers = [itself];
  let units = budget.units;
  let cut = false;
  let current = itself;

  const apply = (step: Step, base: Layer): Layer | null => {
    if (units <= 0) {
      cut = true;
      return null;
    }
    let input = base.text;
    if (input.length > units) {
      input = input.slice(0, units);
      cut = true;
    }
    units -= input.length;
    const name = step.decode(input, rewriter);
    if (name === null) return null;
    if (layers.length >= budget.layers) {
      cut = true;
      return null;
    }
    const decodings = addDecoding(base.decodings, name);
    const layer = new DecodedLayer(writtenText(rewriter), decodings, base, input, step.decode);
    if (layers.some((known) => known.text === layer.text)) return null;
    layers.push(layer);
    return layer;
  };

  const first = isPlusASpace(text, kind, seen) ? formDecoder : urlDecoder;
  if (kind === "json" && (seen & hasBackslash) !== 0) {
    current = apply(jsonDecoder, current) ?? current;
    seen = survey(current.text);
  }
  for (let round = 0; ; round++) {
    let changed = false;
    const url = round === 0 ? first : urlDecoder;
    for (let k = -1; k < common.length; k++) {
      const step = k < 0 ? url : common[k]!;
      if ((seen & step.when) === 0) continue;
      if (round >= budget.rounds) {
        cut ||= step.decode(current.text, rewriter) !== null;
        continue;
      }
      const layer = apply(step, current);
      if (layer === null) continue;
      current = layer;
      seen = survey(layer.text);
      changed = true;
    }
    if (!changed) break;
  }
  for (const step of last) if ((seen & step.when) !== 0) apply(step, current);
  return { layers, cut };
}

const noDecodings: readonly string[] = [];

/** Lists of one decoding, shared by all layers that took only that. */
const single = new Map<string, readonly string[]>();

function addDecoding(before: readonly string[], name: string): readonly string[] {
  const names = name === "comments and white_space" ? ["comments", "white_space"] : [name];
  if (before.length > 0) return [...before, ...names];
  const known = single.get(name);
  if (known !== undefined) return known;
  single.set(name, names);
  return names;
}

/**
 * A reading that finds out where its units came from only when somebody asks, by decoding once more: most values are scored and
 * never shown, and the map would cost more than all the rest.
 */
class DecodedLayer implements Layer {
  readonly text: string;
  readonly decodings: readonly string[];
  readonly #base: Layer;
  readonly #input: string;
  readonly #decode: Decoder;
  #origin: Uint32Array | null = null;

  constructor(text: string, decodings: readonly string[], base: Layer, input: string, decode: Decoder) {
    this.text = text;
    this.decodings = decodings;
    this.#base = base;
    this.#input = input;
    this.#decode = decode;
  }

  get origin(): Uint32Array {
    if (this.#origin === null) {
      this.#decode(this.#input, rewriter);
      const origin = writtenOrigin(rewriter, this.#input.length);
      const before = this.#base.origin;
      if (before !== null) for (let i = 0; i < origin.length; i++) origin[i] = before[origin[i]!]!;
      this.#origin = origin;
    }
    return this.#origin;
  }
}

/**
 * Where a part of a reading stands in the value itself.
 *
 * @param start, end UTF-16 offsets in `layer.text`, start <= end
 * @returns offsets in the value: from the first unit's origin up to where the text behind the part comes from, so that what was
 *   dropped right behind the part (a comment's end, padding) belongs to it
 * @throws RangeError outside the text
 */
export function mapSpan(layer: Layer, start: number, end: number): { start: number; end: number } {
  if (!(start >= 0 && start <= end && end <= layer.text.length)) {
    throw new RangeError(`span ${start}-${end} of a text of ${layer.text.length}`);
  }
  if (layer.origin === null) return { start, end };
  return { start: layer.origin[start]!, end: layer.origin[end]! };
}
