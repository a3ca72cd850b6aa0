import { weightOf } from "./rule-tokens.ts";

/** Separates tokens in the key of a run; stands in no text that was folded. */
const separator = "\u0000";

/**
 * The run of tokens that says most (`weightOf`) among those that stand in every list; the longest of those that say as much, then the
 * first of the first list. Null when they share none.
 */
export function commonRun(lists: readonly (readonly string[])[]): string[] | null {
  const [first = [], ...others] = lists;
  let best: string[] | null = null;
  // Every run within a common run is common: once a length has none, no longer one has.
  for (let length = 1; length <= first.length; length++) {
    let common = new Map<string, number>();
    for (let i = 0; i + length <= first.length; i++) {
      const key = first.slice(i, i + length).join(separator);
      if (!common.has(key)) common.set(key, i);
    }
    for (const list of others) {
      const here = new Map<string, number>();
      for (let i = 0; i + length <= list.length; i++) {
        const key = list.slice(i, i + length).join(separator);
        const at = common.get(key);
        if (at !== undefined) here.set(key, at);
      }
      common = here;
      if (common.size === 0) break;
    }
    if (common.size === 0) break;
    for (const at of [...common.values()].sort((a, b) => a - b)) {
      const run = first.slice(at, at + length);
      if (best === null || weightOf(run) >= weightOf(best) + (run.length > best.length ? 0 : 1)) best = run;
    }
  }
  return best;
}

/**
 * Runs that stand in every list in this order, none overlapping: the common run, then what is common before and behind it.
 *
 * @param least weight below which a run is left out
 */
export function commonRuns(lists: readonly (readonly string[])[], least: number, depth = 3): string[][] {
  const run = depth === 0 || lists.some((list) => list.length === 0) ? null : commonRun(lists);
  if (run === null || weightOf(run) < least) return [];
  const cuts = lists.map((list) => ({ list, at: indexOfRun(list, run) }));
  const before = cuts.map(({ list, at }) => list.slice(0, at));
  const behind = cuts.map(({ list, at }) => list.slice(at + run.length));
  return [...commonRuns(before, least, depth - 1), run, ...commonRuns(behind, least, depth - 1)];
}

function indexOfRun(list: readonly string[], run: readonly string[]): number {
  for (let i = 0; i + run.length <= list.length; i++) if (run.every((token, k) => token === list[i + k])) return i;
  throw new RangeError("The run does not stand in the list.");
}
