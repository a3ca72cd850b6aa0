import { heuristics as all, type Heuristic, type ReadTurn } from "./heuristics.ts";
import { readSigns } from "./turn-signs.ts";

/** What somebody asked for, and what became of it. */
export interface ConversationTurn {
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Of its task; none for the new one. */
  readonly status?: string;
}

export interface ConversationRisk {
  /** Cumulative, in [0, 1]: how likely it is that this is an attack, by all heuristics together. */
  readonly risk: number;
  /** Those that found something, by score. */
  readonly heuristics: readonly { readonly name: string; readonly score: number; readonly why: string }[];
  /** Whether the new request is not taken up. */
  readonly refused: boolean;
}

/** What was found loses half its weight in this time, milliseconds: an hour, about as long as one piece of work. */
export const halfLifeMs = 3_600_000;
/**
 * From this risk on a request is refused: one heuristic that is sure (0.74 to 0.78), or two findings of about even odds. A single one
 * never is: it is shown, and what the task may do is for the policy to say.
 */
export const refusedFrom = 0.7;
/** Older turns are not looked at. */
export const mostTurns = 50;

/** Independent findings together: 1 − Π(1 − wᵢ). */
const either = (weights: readonly number[]) => 1 - weights.reduce((rest, weight) => rest * (1 - weight), 1);

/**
 * Looks for attacks that take several turns, by what the user typed alone. It is no boundary: that is the policy. Depends on nothing but its
 * arguments; time grows with the length of the texts.
 *
 * @param turns the oldest first, the last is the new one; at least one
 * @param now milliseconds since 1970
 */
export function analyseConversation(
  turns: readonly ConversationTurn[],
  now: number,
  heuristics: readonly Heuristic[] = all,
): ConversationRisk {
  const read = turns.slice(-mostTurns).map(({ text, at, status }): ReadTurn => {
    return { ...readSigns(text), at, wasRefused: status === "refused" };
  });
  // A clock that was set back makes nothing heavier.
  const age = (turn: number) => Math.max(0, now - read[turn]!.at);
  const found = heuristics.flatMap(({ name, find }) => {
    const signs = find(read).map(({ turn, weight, why }) => ({ why, weight: weight * 2 ** (-age(turn) / halfLifeMs) }));
    if (signs.length === 0) return [];
    const heaviest = signs.reduce((a, b) => (b.weight > a.weight ? b : a));
    return [{ name, score: either(signs.map(({ weight }) => weight)), why: heaviest.why }];
  });
  const risk = either(found.map(({ score }) => score));
  return { risk, heuristics: found.sort((a, b) => b.score - a.score), refused: risk >= refusedFrom };
}
