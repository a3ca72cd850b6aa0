import { type Decoder, put, resetRewriter } from "../../../detect/canonical/rewriter.ts";

/** Letters that look like Latin ones, by the Latin letter (a choice from Unicode TR 39's confusables). */
const lookAlikes: Readonly<Record<string, string>> = {
  a: "аɑαạąấаａ𝐚ᴀ",
  b: "ЬьƄʙᏏ",
  c: "сϲᴄ",
  d: "ԁᏧɗᴅ",
  e: "еҽėęёєᴇ",
  f: "ſꜰғ",
  g: "ɡɢց",
  h: "һհʜ",
  i: "іıɩιӏɪ",
  j: "јϳᴊ",
  k: "кκᴋ",
  l: "ⅼʟլ",
  m: "мᴍ",
  n: "пոηɴո",
  o: "оοօ০ᴏσ",
  p: "рρᴘ",
  q: "ԛգ",
  r: "гʀᴦ",
  s: "ѕꜱʂ",
  t: "тτᴛ",
  u: "υսᴜц",
  v: "ѵνᴠ",
  w: "ԝѡᴡшω",
  x: "хχ",
  y: "уүγʏ",
  z: "ᴢʐ",
  A: "АΑᎪ",
  B: "ВΒᏴ",
  C: "СϹᏟ",
  D: "ᎠⅮ",
  E: "ЕΕᎬ",
  F: "Ϝ",
  G: "ԌᏀ",
  H: "НΗᎻ",
  I: "ІΙӀ",
  J: "ЈᎫ",
  K: "КΚᏦ",
  L: "Ꮮ",
  M: "МΜᎷ",
  N: "Ν",
  O: "ОΟՕ",
  P: "РΡᏢ",
  Q: "Ԛ",
  R: "Ꭱ",
  S: "ЅՏᏚ",
  T: "ТΤᎢ",
  U: "Ս",
  V: "ѴᏙ",
  W: "ԜᎳ",
  X: "ХΧ",
  Y: "ΥҮ",
  Z: "ΖᏃ",
};
const latinOf = new Map<string, string>();
for (const [latin, others] of Object.entries(lookAlikes)) for (const other of others) latinOf.set(other, latin);

/** Upside-down and script letters that NFKC keeps. */
for (const [i, other] of [..."ɐqɔpǝɟƃɥᴉɾʞlɯuodbɹsʇnʌʍxʎz"].entries()) {
  if (other.charCodeAt(0) > 127) latinOf.set(other, String.fromCharCode(97 + i));
}
/** Circled, squared and regional letters, which NFKC gives in upper case or not at all. */
for (let i = 0; i < 26; i++) {
  const latin = String.fromCharCode(97 + i);
  for (const base of [0x24b6, 0x24d0, 0x1f110, 0x1f130, 0x1f150, 0x1f170, 0x1f1e6])
    latinOf.set(String.fromCodePoint(base + i), latin);
}

/** Words of one other script are what they are; look-alikes stand between Latin letters, or spell a whole word of them. */
function isWordCode(code: number): boolean {
  return (code | 32) >= 97 && (code | 32) <= 122
    ? true
    : code > 0xaa &&
        code !== 0xd7 &&
        code !== 0xf7 &&
        !(code >= 0x2000 && code <= 0x206f) &&
        !(code >= 0x3000 && code <= 0xa71f) &&
        !(code >= 0xac00 && code <= 0xd7ff);
}

/**
 * Writes look-alike letters as the Latin ones they are taken for, in words that mix scripts or hold nothing but look-alikes;
 * compatibility forms (full-width, mathematical, circled) as plain ones; and takes stacked combining marks away.
 */
export const foldLookAlikes: Decoder = (text, out) => {
  let any = false;
  for (let i = 0; i < text.length && !any; i++) any = text.charCodeAt(i) > 0xff;
  if (!any) return null;
  resetRewriter(out, text.length * 2);
  let changed = false;
  for (let i = 0; i < text.length; ) {
    const code = text.charCodeAt(i);
    if (!isWordCode(code)) {
      put(out, code, i++);
      continue;
    }
    let end = i;
    let hasOther = false;
    while (end < text.length && end - i < 400 && isWordCode(text.charCodeAt(end))) {
      if (text.charCodeAt(end) > 0xff) hasOther = true;
      end++;
    }
    if (!hasOther) {
      for (; i < end; i++) put(out, text.charCodeAt(i), i);
      continue;
    }
    changed = foldWord(text, i, end, out) || changed;
    i = end;
  }
  return changed ? "look_alikes" : null;
};

const mark = /^\p{Mn}$/u;

function foldWord(text: string, start: number, end: number, out: Parameters<Decoder>[1]): boolean {
  const word = text.slice(start, end);
  let latin = 0;
  let alike = 0;
  let foreign = 0;
  let marks = 0;
  for (const character of word) {
    const code = character.codePointAt(0)!;
    if (code < 0x250) latin++;
    else if (mark.test(character)) marks++;
    else if (latinOf.has(character) || isCompatible(character)) alike++;
    else foreign++;
  }
  // A Russian or Greek word has letters that look like no Latin one; two or three letters that all do are most often a word too.
  const compatible =
    alike > 0 &&
    [...word].every((character) => character.charCodeAt(0) < 0x250 || mark.test(character) || isCompatible(character));
  const folds = alike > 0 && (compatible || latin > 0 || (foreign === 0 && alike >= 6));
  const strips = marks >= 3 && latin > 0;
  let changed = false;
  let at = start;
  for (const character of word) {
    const width = character.length;
    const folded = folds ? (latinOf.get(character) ?? compatibleForm(character)) : null;
    if (strips && mark.test(character)) changed = true;
    else if (folded !== null) {
      for (let k = 0; k < folded.length && k < 2; k++) put(out, folded.charCodeAt(k), at);
      changed = true;
    } else for (let k = 0; k < width; k++) put(out, character.charCodeAt(k), at + k);
    at += width;
  }
  return changed;
}

function compatibleForm(character: string): string | null {
  const code = character.codePointAt(0)!;
  if (code < 0x2000) return null;
  const folded = character.normalize("NFKC");
  return folded !== character && /^[A-Za-z0-9]{1,2}$/.test(folded) ? folded : null;
}

const isCompatible = (character: string) => {
  const code = character.codePointAt(0)!;
  if ((code >= 0x24b6 && code <= 0x24e9) || (code >= 0x1f110 && code <= 0x1f1ff)) return true;
  // Small capitals and letters of phonetic alphabets spell no language.
  if (
    latinOf.has(character) &&
    ((code >= 0x250 && code <= 0x2af) || (code >= 0x1d00 && code <= 0x1d7f) || (code >= 0xa720 && code <= 0xa7ff))
  )
    return true;
  return compatibleForm(character) !== null;
};
