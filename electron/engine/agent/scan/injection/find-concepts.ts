import { type Concept, concepts, conceptWords } from "./concepts.ts";

/** A tree of all words, flat: a node's children by code. The root of words, and of those that are looked for at every place: */
const words = 0;
const anywhere = 1;
const none = -1;
const tableBits = 17;
const tableMask = (1 << tableBits) - 1;
const keys = new Float64Array(1 << tableBits).fill(none);
const children = new Int32Array(1 << tableBits);
/** Concepts of the word that ends at a node, as bits in the order of `concepts`; and those whose word may go on. */
const whole: number[] = [0, 0];
const open: number[] = [0, 0];

/** Slot of a child in the table: its own, or the free one where it would stand. */
function slotOf(node: number, code: number): number {
  const key = node * 65_536 + code;
  let slot = (Math.imul(node, 0x9e3779b1) ^ Math.imul(code, 0x85ebca6b)) >>> (32 - tableBits);
  while (keys[slot] !== key && keys[slot] !== none) slot = (slot + 1) & tableMask;
  return slot;
}

function childOf(node: number, code: number): number {
  const slot = slotOf(node, code);
  return keys[slot] === none ? none : children[slot]!;
}

/** @returns the node where the word ends */
function addWord(root: number, word: string): number {
  let node = root;
  for (let k = 0; k < word.length; k++) {
    const slot = slotOf(node, word.charCodeAt(k));
    if (keys[slot] === none) {
      keys[slot] = node * 65_536 + word.charCodeAt(k);
      children[slot] = whole.length;
      whole.push(0);
      open.push(0);
    }
    node = children[slot]!;
  }
  return node;
}

const noBlanks = /[\u0600-\u06ff\u0900-\u097f\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/;
for (const [i, concept] of concepts.entries()) {
  for (const word of conceptWords[concept].split("|")) {
    if (word === "") continue;
    const node = addWord(noBlanks.test(word) ? anywhere : words, word.replace(/\*$/, ""));
    const ends = word.endsWith("*") || noBlanks.test(word) ? open : whole;
    ends[node] = ends[node]! | (1 << i);
  }
}

/** Bit of a concept in a set. */
export function bitOf(concept: Concept): number {
  return 1 << concepts.indexOf(concept);
}

/** Whether a code belongs to a word of a script that separates words. */
export function isWordCode(code: number): boolean {
  if (code < 128)
    return (code >= 97 && code <= 122) || (code >= 48 && code <= 57) || code === 39 || (code >= 65 && code <= 90);
  return (
    code >= 0xc0 &&
    code !== 0xd7 &&
    code !== 0xf7 &&
    !(code >= 0x2000 && code <= 0x2bff) &&
    !(code >= 0x3000 && code <= 0x303f) &&
    !(code >= 0xff00 && code <= 0xff0f)
  );
}

/** Scripts that put no blanks between words: Thai, kana, Han. */
export function isUnspaced(code: number): boolean {
  return (code >= 0xe00 && code <= 0xe7f) || (code >= 0x3040 && code <= 0x30ff) || (code >= 0x3400 && code <= 0x9fff);
}

/** Scripts whose words are looked for anywhere: those, and those that put particles right before or behind words. */
export function isLookedForAnywhere(code: number): boolean {
  return (
    isUnspaced(code) ||
    (code >= 0x600 && code <= 0x6ff) ||
    (code >= 0x900 && code <= 0x97f) ||
    (code >= 0xac00 && code <= 0xd7af)
  );
}

/**
 * Which concepts the word or phrase that begins at `at` stands for.
 * @param codes of a text in lower case, blanks folded
 * @returns a set as bits; 0 for none
 */
export function conceptsAt(codes: Uint16Array, length: number, at: number): number {
  let node = isLookedForAnywhere(codes[at]!) ? anywhere : words;
  let found = 0;
  for (let i = at; i < length; i++) {
    node = childOf(node, codes[i]!);
    if (node === none) break;
    if (open[node] !== 0) found = open[node]!;
    if (whole[node] !== 0 && !(i + 1 < length && isWordCode(codes[i + 1]!))) found = whole[node]! | open[node]!;
  }
  return found;
}
