import type { Arrived, NewsPage } from "../queries/news.ts";

/** One that was closed and came back because it is worse now is news again. */
function nameOf({ id, reopened }: Arrived): string {
  return reopened ? `${id}+` : id;
}

/**
 * Tells what came from what was there: not what comes into sight because others were dealt with, nor what was dealt with and taken back.
 * @returns a function of what there is now that gives what came since it was asked last; the first time nothing
 */
export function createArrivals(): (now: NewsPage) => readonly Arrived[] {
  const seen = new Set<string>();
  let before: NewsPage | null = null;
  return (now) => {
    const last = before;
    before = now;
    const isNew = now.items.map((item) => !seen.has(nameOf(item)));
    for (const item of now.items) seen.add(nameOf(item));
    if (last === null) return [];
    const fresh = now.items.filter((_, i) => isNew[i]);
    // All that there was is known, so whatever is not known came.
    if (last.isWhole) return fresh;
    const known = isNew.indexOf(false);
    if (known !== -1) return now.items.slice(0, known);
    // Nothing of it is known: a flood, or everything that was in sight was dealt with. The total tells which.
    return fresh.slice(0, Math.max(0, now.total - last.total));
  };
}
