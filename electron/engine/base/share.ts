import { contentId } from "./ids.ts";

/**
 * Whether something belongs to a share: always the same answer for the same key and name, and whoever is in at one share is still in
 * at a larger one. Another key draws others.
 *
 * @param key what the share is of
 * @param name of what is drawn; any text
 * @param percent in [0, 100]; 0: nobody, 100: everybody
 * @throws RangeError for another percentage
 */
export function isInShare(key: string, name: string, percent: number): boolean {
  if (!(percent >= 0 && percent <= 100)) throw new RangeError(`${percent} is no percentage.`);
  // The first 32 bits of a cryptographic hash: nobody can choose a name so as to be on one side.
  const position = Number.parseInt(contentId(key, name).slice(0, 8), 16) / 2 ** 32;
  return position * 100 < percent;
}
