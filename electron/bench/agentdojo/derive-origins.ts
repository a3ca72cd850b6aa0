import type { Json } from "../../engine/agent/flow/json.ts";
import { splitWords, type Words } from "./words.ts";

/** What an earlier call gave. */
export interface Given {
  /** Position of the call. */
  readonly at: number;
  readonly output: Json;
  /** It says nothing but what it was told: a confirmation. */
  readonly isEcho: boolean;
}

/** Where an argument comes from: the planner can write it without having read anything, or what these calls gave is needed to know it. */
export type Origin = { readonly kind: "planner" } | { readonly kind: "read"; readonly from: readonly number[] };

const planner: Origin = { kind: "planner" };
/** What the authors of a task left open. */
const placeholder = /^(?:<[^<>]*>|\.{3}|…)$/;

/**
 * Where one argument of a call that solves a task comes from, told by where its words stand.
 *
 * What the request says, in whichever way it writes dates and times, is the planner's. A word of four letters or more, a number, a date or
 * a time that is not in the request and that an earlier call gave comes from that call. A number in neither, and a text that was left open,
 * was made of all that was read before; other words in neither are the planner's own. A time beside a day that the request names, when
 * the request names a time too, is a sum that the planner does itself: the end of an hour.
 *
 * Limits: a value that both the request and a file hold is taken for the request's, also where only a file decides between two that the
 * request names; a word may stand in a file by chance; of a choice among what was read ("the largest") only the place where the
 * chosen value stands is seen, not all that it was compared with.
 */
export function originOf(value: Json, request: Words, given: readonly Given[]): Origin {
  const found = new Set<number>();
  for (const leaf of leavesOf(value)) for (const at of sourcesOf(leaf, request, given)) found.add(at);
  return found.size === 0 ? planner : { kind: "read", from: [...found].sort((a, b) => a - b) };
}

function leavesOf(value: Json): Json[] {
  if (Array.isArray(value)) return (value as readonly Json[]).flatMap(leavesOf);
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(leavesOf) : [value];
}

function sourcesOf(leaf: Json, request: Words, given: readonly Given[]): readonly number[] {
  const everything = given.filter(({ isEcho }) => !isEcho).map(({ at }) => at);
  if (typeof leaf === "string" && placeholder.test(leaf)) return everything;
  if (typeof leaf !== "string" && typeof leaf !== "number") return [];
  const own = splitWords(leaf);
  const holding = (has: (words: Words) => boolean) => {
    const holders = given.filter(({ output }) => has(splitWords(output)));
    const better = holders.filter(({ isEcho }) => !isEcho);
    return (better.length > 0 ? better : holders).map(({ at }) => at);
  };
  if (typeof leaf === "number" || /^\d+(?:\.\d+)?$/.test(leaf)) {
    const number = Number(leaf);
    if (request.numbers.has(number)) return [];
    const holders = holding(({ numbers }) => numbers.has(number));
    return holders.length > 0 ? holders : everything;
  }
  const isOnNamedDay = [...own.dates].some((date) => request.dates.has(date)) && request.times.size > 0;
  const telling = [...own.words].filter((word) => word.length > 3 || /\d/.test(word));
  const words = telling.length > 0 || own.dates.size + own.times.size > 0 ? telling : [...own.words];
  return [
    ...words.flatMap((word) => (request.words.has(word) ? [] : holding((other) => other.words.has(word)))),
    ...[...own.dates].flatMap((date) => (request.dates.has(date) ? [] : holding(({ dates }) => dates.has(date)))),
    ...[...own.times].flatMap((time) =>
      request.times.has(time) || isOnNamedDay ? [] : holding(({ times }) => times.has(time)),
    ),
  ];
}
