import { createRandom } from "../engine/learn/training/random.ts";

/** Words of the made-up language; how often each is used follows Zipf's law, as in any. */
const vocabularySize = 30_000;
const syllables = "ba ce di fo gu ha ke li mo nu pa re si to vu xa ye zi al en ist or und ter".split(" ");
/** Characters that a paragraph has at least: two of them never fit one chunk. */
const leastCharacters = 380;

const vocabulary: readonly string[] = (() => {
  const random = createRandom("bench memory vocabulary");
  const words = new Set<string>();
  while (words.size < vocabularySize) {
    const length = 1 + Math.floor(random.next() * 4);
    words.add(Array.from({ length }, () => syllables[Math.floor(random.next() * syllables.length)]!).join(""));
  }
  return [...words].sort((a, b) => a.length - b.length);
})();

/** A word by its place in a Zipf distribution: P(rank ≤ r) is about log r / log n. */
const wordAt = (u: number) => vocabulary[Math.floor(vocabularySize ** u) - 1] ?? vocabulary[0]!;

/** The paragraph of a number, always the same: sentences about one of some thousand subjects. */
export function paragraphOf(i: number): string {
  const random = createRandom(`bench memory ${i}`);
  // What is written about one subject uses some words again and again.
  const subject = createRandom(`bench subject ${i % 5000}`);
  const own = Array.from({ length: 12 }, () => wordAt(0.3 + 0.7 * subject.next()));
  const sentences: string[] = [];
  for (let length = 0; length < leastCharacters; length += sentences.at(-1)!.length + 1) {
    const words = Array.from({ length: 8 + Math.floor(random.next() * 10) }, () =>
      random.next() < 0.25 ? own[Math.floor(random.next() * own.length)]! : wordAt(random.next()),
    );
    sentences.push(`${words[0]!.charAt(0).toUpperCase()}${words.join(" ").slice(1)}.`);
  }
  return sentences.join(" ");
}

/** A question about the paragraph of a number: some of its words, not in its order, some cut short. */
export function questionOf(i: number): string {
  const random = createRandom(`bench question ${i}`);
  const words = random.shuffle(paragraphOf(i).replace(/\./g, "").toLowerCase().split(" "));
  return words
    .slice(0, 4 + Math.floor(random.next() * 8))
    .map((word) => (word.length > 5 && random.next() < 0.3 ? word.slice(0, -2) : word))
    .join(" ");
}
