/** Where words of a text begin. */
const wordStart = /(?<![\p{L}\p{N}])[\p{L}\p{N}]/gu;

function initialsOf(text: string): string {
  return (text.match(wordStart) ?? []).join("");
}

/** Whether the letters stand in a word of the text in this order, the first at its beginning. */
function isScattered(letters: string, text: string): boolean {
  return text.split(/[^\p{L}\p{N}]+/u).some((word) => {
    if (word[0] !== letters[0]) return false;
    let at = 0;
    for (const letter of letters.slice(1)) {
      at = word.indexOf(letter, at + 1);
      if (at === -1) return false;
    }
    return true;
  });
}

function matchWord(word: string, text: string): number | null {
  if (text === word) return 0;
  if (text.startsWith(word)) return 1;
  const at = text.indexOf(word);
  if (at !== -1) return /[\p{L}\p{N}]/u.test(text[at - 1] ?? " ") ? 5 : 2;
  if (word.length > 1 && initialsOf(text).startsWith(word)) return 3;
  return word.length > 2 && isScattered(word, text) ? 8 : null;
}

/**
 * How well what was typed fits a text: every word of it must, in any order; as the beginning of a word, within one, as initials, or scattered.
 * @returns smaller is better, 0 is best; null: it does not fit
 */
export function matchWords(typed: string, text: string): number | null {
  const lower = text.toLowerCase();
  let sum = 0;
  for (const word of typed.toLowerCase().split(/\s+/)) {
    if (word === "") continue;
    const score = matchWord(word, lower);
    if (score === null) return null;
    sum += score;
  }
  return sum;
}
