import { code } from "./fold.ts";
import { roleOfHash } from "./vocabulary.ts";

/**
 * Token kinds. Below 128 a token is the punctuation character itself; words with a role are `token.role + role`. One lexer reads
 * SQL, JavaScript, HTML, shell, paths and XML alike: what it keeps is the shape that these have in common, role by role.
 */
export const token = {
  number: 130,
  longNumber: 131,
  hexNumber: 132,
  identifier: 133,
  shortWord: 134,
  word: 135,
  longWord: 136,
  variable: 137,
  eventHandler: 138,
  foreignWord: 139,
  dotDotSlash: 140,
  dotDotBackslash: 141,
  schemeEnd: 142,
  sqlComment: 143,
  blockComment: 144,
  markupComment: 145,
  closeTag: 146,
  doubleAmpersand: 147,
  doublePipe: 148,
  substitution: 149,
  interpolation: 150,
  doubleBrace: 151,
  statementBrace: 152,
  serverTag: 153,
  entity: 154,
  escape: 155,
  doubleAt: 156,
  unsubstituted: 157,
  role: 160,
} as const;

/** Tokens of one window; only the first `length` are valid. */
export interface Tokens {
  readonly codes: Uint8Array;
  /** Where each token starts and ends in the folded codes. */
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  /** Hash of the word for words, 0 for other tokens. */
  readonly words: Int32Array;
  length: number;
}

export function createTokens(capacity: number): Tokens {
  return {
    codes: new Uint8Array(capacity),
    starts: new Uint32Array(capacity),
    ends: new Uint32Array(capacity),
    words: new Int32Array(capacity),
    length: 0,
  };
}

/** Kind of character: 0 punctuation, 1 letter or underscore, 2 digit, 3 blank, 4 letter beyond ASCII. */
const kinds = new Uint8Array(256);
for (let c = 97; c <= 122; c++) kinds[c] = 1;
kinds[95] = 1;
kinds[code.digit] = 2;
kinds[code.blank] = 3;
kinds[code.letter] = 4;
kinds[code.ideograph] = 4;

/** Two characters that mean more together, at `first * 128 + second`. */
const pairs = new Uint8Array(128 * 128);
const pair = (text: string, kind: number) => {
  pairs[text.charCodeAt(0) * 128 + text.charCodeAt(1)] = kind;
};
pair("--", token.sqlComment);
pair("/*", token.blockComment);
pair("*/", token.blockComment);
pair("</", token.closeTag);
pair("&&", token.doubleAmpersand);
pair("||", token.doublePipe);
pair("$(", token.substitution);
pair("${", token.interpolation);
pair("#{", token.interpolation);
pair("{{", token.doubleBrace);
pair("}}", token.doubleBrace);
pair("{%", token.statementBrace);
pair("%}", token.statementBrace);
pair("<%", token.serverTag);
pair("%>", token.serverTag);
pair("<?", token.serverTag);
pair("?>", token.serverTag);
pair("&#", token.entity);
pair("\\x", token.escape);
pair("\\u", token.escape);
pair("@@", token.doubleAt);

/** Lexes codes `from` to `to`; stops silently when `into` is full. Linear. */
export function lex(codes: Uint8Array, from: number, to: number, into: Tokens): void {
  const capacity = into.codes.length;
  let count = 0;
  let i = from;
  while (i < to && count < capacity) {
    const c = codes[i]!;
    const kind = kinds[c]!;
    const start = i;
    let emitted: number;
    let word = 0;
    if (kind === 3) {
      i++;
      continue;
    }
    if (kind === 2) {
      i = wordEnd(codes, i, to);
      emitted = numberKind(codes, start, i);
    } else if (kind === 1 || kind === 4) {
      let hash = 0x811c9dc5;
      let foreign = 0;
      while (i < to) {
        const k = kinds[codes[i]!]!;
        if (k !== 1 && k !== 2 && k !== 4) break;
        if (k === 4) foreign = 1;
        hash = Math.imul(hash ^ codes[i]!, 0x01000193);
        i++;
      }
      word = hash | 0;
      emitted = foreign === 1 ? token.foreignWord : wordKind(codes, start, i, to, hash >>> 0);
    } else if (c === 36 && i + 1 < to && kinds[codes[i + 1]!] === 1) {
      let hash = Math.imul(0x811c9dc5 ^ 36, 0x01000193);
      i++;
      while (i < to && (kinds[codes[i]!] === 1 || kinds[codes[i]!] === 2)) {
        hash = Math.imul(hash ^ codes[i]!, 0x01000193);
        i++;
      }
      word = hash | 0;
      const role = roleOfHash(hash >>> 0);
      emitted = role > 0 ? token.role + role : token.variable;
    } else {
      emitted = c;
      i++;
      if (i < to && c < 128) {
        const next = codes[i]!;
        if (c === 46 && next === 46 && i + 1 < to) {
          const after = codes[i + 1]!;
          if (after === 47 || after === 92) {
            emitted = after === 47 ? token.dotDotSlash : token.dotDotBackslash;
            i += 2;
          }
        } else if (c === 58 && next === 47 && i + 1 < to && codes[i + 1] === 47) {
          emitted = token.schemeEnd;
          i += 2;
        } else if (c === 60 && next === 33 && i + 1 < to && codes[i + 1] === 45) {
          emitted = token.markupComment;
          i += 2;
        } else if (next < 128) {
          const both = pairs[c * 128 + next]!;
          if (both !== 0) {
            emitted = both;
            i++;
          } else if (c === 37 && kinds[next] === 2) {
            emitted = token.escape;
            i = wordEnd(codes, i, Math.min(to, i + 2));
          }
        }
      }
    }
    into.codes[count] = emitted;
    into.starts[count] = start;
    into.ends[count] = i;
    into.words[count] = word;
    count++;
  }
  into.length = count;
}

function wordEnd(codes: Uint8Array, from: number, to: number): number {
  let i = from;
  while (i < to && (kinds[codes[i]!] === 1 || kinds[codes[i]!] === 2)) i++;
  return i;
}

function numberKind(codes: Uint8Array, start: number, end: number): number {
  for (let i = start; i < end; i++) {
    if (kinds[codes[i]!] === 1) return codes[start + 1] === 120 ? token.hexNumber : token.identifier;
  }
  return end - start >= 3 ? token.longNumber : token.number;
}

function wordKind(codes: Uint8Array, start: number, end: number, to: number, hash: number): number {
  const role = roleOfHash(hash);
  if (role > 0) return token.role + role;
  const length = end - start;
  if (length >= 5 && length <= 28 && codes[start] === 111 && codes[start + 1] === 110) {
    let next = end;
    while (next < to && kinds[codes[next]!] === 3) next++;
    if (next < to && codes[next] === 61) return token.eventHandler;
  }
  return length <= 2 ? token.shortWord : length <= 10 ? token.word : token.longWord;
}
