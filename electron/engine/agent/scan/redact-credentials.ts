import { findCredentials } from "./credentials.ts";

/** What stands in the place of a credential. No rule takes it for one. */
export const redacted = "[redacted]";

/** Rounds after which a text in which ever more is found is given up. */
const mostRounds = 1000;

/**
 * A text without the credentials that the scanner finds in it.
 * SECURITY: what is found is taken out and the rest looked at again, until nothing is found: the scanner tells of the first hundreds only,
 * and what is taken out may have hidden more. A text with which that does not end is given away whole.
 */
export function redactCredentials(text: string): string {
  let rest = text;
  for (let round = 0; round < mostRounds; round++) {
    const found = [...findCredentials(rest)].filter(({ start, end }) => rest.slice(start, end) !== redacted);
    if (found.length === 0) return rest;
    for (const { start, end } of found.sort((a, b) => b.start - a.start)) {
      rest = `${rest.slice(0, start)}${redacted}${rest.slice(end)}`;
    }
  }
  return redacted;
}
