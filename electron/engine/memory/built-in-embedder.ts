import type { Embedder } from "./embedder.ts";

/** Numbers of a vector of the built-in embedder. */
export const builtInDimensions = 256;

/** Changes with everything that changes a vector: then all texts are embedded again. */
export const builtInName = "built-in-1";

/** Words that say little of what a text is about. */
const common = new Set(
  `a an and are as at be been but by can could did do does for from had has have he her his how i if in into is it its may
  more most no not of on or our she so some such than that the their them then there these they this those to up was we were what
  when where which while who will with would you your`.split(/\s+/),
);

/** What people in this trade write in two ways. */
const longForms: Readonly<Record<string, string>> = {
  sqli: "sql injection",
  xss: "cross site scripting",
  csrf: "cross site request forgery",
  xsrf: "cross site request forgery",
  ssrf: "server side request forgery",
  rce: "remote code execution",
  lfi: "local file inclusion",
  rfi: "remote file inclusion",
  xxe: "xml external entity",
  ssti: "server side template injection",
  idor: "insecure direct object reference",
  waf: "web application firewall",
  fp: "false positive",
  tp: "true positive",
  ua: "user agent",
  auth: "authentication",
  creds: "credentials",
  db: "database",
};

/** Share of a common word, and of a whole word beside its parts. */
const commonWeight = 0.1;
const wordWeight = 1.3;
/** Lengths of the parts of words, with a mark before and behind the word. */
const gramLengths = [3, 4] as const;
/** A word that is longer is cut: it is no word. */
const longestWord = 64;

const wordPattern = /[\p{L}\p{M}\p{N}]+/gu;

/**
 * Vector of a text without a model: its words and their parts of three and four characters, each added to one of the numbers with
 * a sign, both by a hash. Word forms and misspellings come close to each other; synonyms do not, save some of this trade.
 * Deterministic: the same text gives the same vector on every machine.
 *
 * Source: Weinberger et al. 2009, "Feature Hashing for Large Scale Multitask Learning"; Bojanowski et al. 2017, "Enriching Word
 * Vectors with Subword Information" (character n-grams); Perronnin et al. 2010, "Improving the Fisher Kernel for Large-Scale Image Classification" (square roots).
 *
 * @returns shape [builtInDimensions], of length 1; all 0 for a text without words
 */
export function embedBuiltIn(text: string): Float32Array {
  const vector = new Float32Array(builtInDimensions);
  const counts = new Map<string, number>();
  for (const word of wordsOf(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
  for (const [word, count] of counts) addWord(vector, word, 1 + Math.log(count));
  // Square roots: else the few words that come again and again outweigh all others, and one byte each is too coarse for the rest.
  for (let i = 0; i < vector.length; i++) vector[i] = Math.sign(vector[i]!) * Math.sqrt(Math.abs(vector[i]!));
  let length = 0;
  for (const value of vector) length += value * value;
  if (length > 0) for (let i = 0; i < vector.length; i++) vector[i]! /= Math.sqrt(length);
  return vector;
}

function* wordsOf(text: string): Generator<string> {
  for (const [found] of text.normalize("NFKD").toLowerCase().matchAll(wordPattern)) {
    const word = (isAscii.test(found) ? found : found.replace(/\p{M}/gu, "")).slice(0, longestWord);
    const long = Object.hasOwn(longForms, word) ? longForms[word] : undefined;
    if (long === undefined) yield word;
    else yield* long.split(" ");
  }
}

const isAscii = /^[a-z0-9]*$/;

function addWord(vector: Float32Array, word: string, count: number): void {
  const weight = count * (common.has(word) ? commonWeight : 1);
  const places = placesOf(word);
  add(vector, places[0]!, weight * wordWeight);
  // A part of a long word says less of it than the whole of a short one: together they weigh the same.
  const share = weight / Math.sqrt(word.length + 2);
  for (let i = 1; i < places.length; i++) add(vector, places[i]!, share);
}

function add(vector: Float32Array, place: number, value: number): void {
  if (place > 0) vector[place - 1]! += value;
  else vector[-place - 1]! -= value;
}

/** Places of words that were met lately: most of a text is words that come again and again. */
const known = new Map<string, Int16Array>();
const mostKnown = 20_000;

/** Where a word and then its parts are added: the number's index plus 1, negative where the sign is. */
function placesOf(word: string): Int16Array {
  const before = known.get(word);
  if (before !== undefined) return before;
  const marked = `<${word}>`;
  const places = [toPlace(hash(word, 0, word.length, 1))];
  for (const n of gramLengths) {
    for (let at = 0; at + n <= marked.length; at++) places.push(toPlace(hash(marked, at, at + n, n)));
  }
  const made = Int16Array.from(places);
  if (known.size >= mostKnown) known.clear();
  known.set(word, made);
  return made;
}

function toPlace(hashed: number): number {
  const place = (hashed & (builtInDimensions - 1)) + 1;
  return (hashed & 0x8000_0000) === 0 ? place : -place;
}

/** FNV-1a over UTF-16 units, then mixed as MurmurHash3 ends: else neighbouring texts share their last bits. */
function hash(text: string, from: number, to: number, seed: number): number {
  let h = (0x811c9dc5 ^ Math.imul(seed, 0x9e3779b1)) >>> 0;
  for (let at = from; at < to; at++) h = Math.imul(h ^ text.charCodeAt(at), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** What embeds where no model does. Never away. */
export const builtInEmbedder: Embedder = {
  name: builtInName,
  dimensions: builtInDimensions,
  embed: async (texts) => texts.map(embedBuiltIn),
};
