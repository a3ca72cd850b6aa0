/** Longest part of a turn that is looked at, in UTF-16 units. */
export const mostUnits = 20_000;

/** Text in the form that signs are looked for: one case, one spelling of each character, single spaces; lines stay lines. */
export function normaliseTurn(text: string): string {
  return text
    .slice(0, mostUnits)
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[’‘´`]/g, (mark) => (mark === "`" ? "`" : "'"))
    .replace(/[^\S\n]+/g, " ");
}

/** Without what stands in quotes or is marked as code: who quotes an attack talks about it. */
export function withoutQuotes(normal: string): string {
  return normal
    .replace(/```[\s\S]*?(?:```|$)/g, " … ")
    .replace(/`[^`\n]*`/g, " … ")
    .replace(/"[^"\n]*"|„[^“”\n]*[“”]|“[^”\n]*”|«[^»\n]*»|»[^«\n]*«/g, " … ")
    .replace(/(?<![\p{L}\p{N}])'[^'\n]*'(?![\p{L}\p{N}])/gu, " … ")
    .replace(/^[ ]?>.*$/gm, " … ");
}

/** Of English, German, French, Spanish, Italian; and verbs that fit any subject. */
const stopWords = new Set(
  `the and for that this these those with from into onto about what which who whom whose when where why how are was were been being
  have has had having does did doing done can could will would shall should may might must not but you your yours our ours their theirs
  his her hers its they them then than there here also just only very much many more most some any all each every both please now again
  one two three first second last next new same other another let make made get got give gives show tell say said write use using like
  need want know see look out over under after before still already yet too than because while thing things way okay thanks thank
  der die das den dem des ein eine einen einem einer eines und oder aber nicht auch noch schon mit von vom zum zur bei aus auf für über
  unter vor nach wie was wer wen wem wann warum welche welcher welches ich wir ihr sie mir mich uns dir dich mein meine dein deine
  unser unsere ist sind war waren wird werden wurde hat haben hatte habe kann können könnte soll sollen muss bitte jetzt mal dann
  doch denn nur alle alles jede jeder jedes diese dieser dieses diesen einmal gib zeig zeige sag mach mache machen
  les des une est sont dans pour par avec sur pas plus que qui quoi dont nous vous ils elles mes tes ses nos vos leur cette ces cet tout
  tous toute toutes fait faire moi toi los las una unos unas del por para con sin sobre que qué cómo cuál como más pero este esta estos
  estas todo todos toda todas ahora favor dame nos muestra gli nel della delle dei che chi come per con non più questo questa tutti
  tutte ora mi`.split(/\s+/),
);

/** Words that say what a turn is about: without small words, cut to a stem of six letters; names and addresses whole. */
export function contentWords(normal: string): ReadonlySet<string> {
  const words = new Set<string>();
  for (const [word] of normal.matchAll(/[\p{L}\p{N}][\p{L}\p{N}._:@/-]*/gu)) {
    const bare = word.replace(/[._:@/-]+$/, "");
    if (bare.length < 3 || stopWords.has(bare)) continue;
    words.add(/^\p{L}+$/u.test(bare) ? bare.slice(0, 6) : bare);
  }
  return words;
}

/** Share of the smaller set's words that the other has, in [0, 1]; 0 where one is empty. */
export function overlapOf(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const [small, large] = a.size <= b.size ? [a, b] : [b, a];
  if (small.size === 0) return 0;
  let shared = 0;
  for (const word of small) if (large.has(word)) shared++;
  return shared / small.size;
}
