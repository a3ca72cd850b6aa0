// Each pattern reads forward with a bounded gap, so that time grows with the length of the text alone.

/** A few words between two that belong together, within one sentence. */
export const near = "[^.!?\\n]{0,60}?";

/** One of these at the beginning of a word; each is the source of a pattern. */
export const anyOf = (...words: readonly string[]) => new RegExp(`(?<![\\p{L}\\p{N}])(?:${words.join("|")})`, "u");
