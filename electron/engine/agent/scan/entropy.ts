/**
 * Shannon entropy of a text's characters, in bits a character: about 4 at most for hexadecimal digits, 6 for Base64; words of a
 * language are seldom above 3.8.
 */
export function entropyOf(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}

/** Whether a text looks drawn at random: letters of both cases and figures mixed, without words. */
export function looksRandom(text: string): boolean {
  if (text.length < 16 || !/[a-z]/.test(text) || !/[A-Z]/.test(text) || !/\d/.test(text)) return false;
  // Names in camel case and paths have long runs of one kind.
  const changes = text.match(/[a-z](?=[A-Z\d])|[A-Z](?=[A-Z\d])|\d(?=[a-zA-Z])/g)?.length ?? 0;
  return entropyOf(text) >= Math.min(4.2, Math.log2(text.length) - 0.7) && changes * 4 >= text.length;
}
