import { isGrave } from "./turn-reach.ts";
import { isBoundless, type TurnSigns } from "./turn-signs.ts";
import { overlapOf } from "./turn-words.ts";

/** A turn as the heuristics see it. */
export interface ReadTurn extends TurnSigns {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Whether the request was not taken up. A denial is no word on the asker: what a document says may have caused it. */
  readonly wasRefused: boolean;
}

/** What speaks for an attack, at one turn. */
export interface Sign {
  /** Position of the turn. */
  readonly turn: number;
  /** In (0, 1]: how likely it is an attack, by this alone. */
  readonly weight: number;
  readonly why: string;
}

export interface Heuristic {
  readonly name: string;
  /** @returns nothing for a conversation that shows none of it */
  find(turns: readonly ReadTurn[]): readonly Sign[];
}

/** From this share of common words on, two turns are about the same. */
const sameTopic = 0.25;
/** Parts that are put together on trial. */
const mostParts = 10;
const sign = (turn: number, weight: number, why: string): Sign => ({ turn, weight, why });
const isAbout = (a: ReadTurn, b: ReadTurn) => overlapOf(a.words, b.words) >= sameTopic;

/** What was brought up before is sent where nobody can follow: secrets that were looked at, much that was collected. */
function carriedAway(turn: ReadTurn, earlier: readonly ReadTurn[]): boolean {
  const { takes } = turn.carrying;
  if (takes === null) return false;
  return earlier.some((one) => {
    const { brings } = one.carrying;
    // Much is looked at in any overview; it is taken in hand once it is collected.
    const isInHand = brings !== null && one.reach >= (brings === "secret" ? 1 : 2);
    return isInHand && (takes === "it" || isAbout(turn, one));
  });
}

/** Each step asks for a little more of the same, until it serves an attacker. Source: Russinovich et al. 2024, "Great, Now Write an Article About That: The Crescendo Multi-Turn LLM Jailbreak Attack". */
const crescendo: Heuristic = {
  name: "crescendo",
  find: (turns) =>
    turns.flatMap((turn, i) => {
      if (carriedAway(turn, turns.slice(0, i)))
        return [sign(i, 0.74, "What was brought up before is to be sent where nobody can follow it.")];
      if (turn.reach !== 4) return [];
      const steps = [turn];
      for (let at = i - 1; at >= 0; at--) {
        const earlier = turns[at]!;
        if (earlier.reach > 0 && earlier.reach <= steps[0]!.reach && steps.some((step) => isAbout(step, earlier)))
          steps.unshift(earlier);
      }
      const heights = new Set(steps.map(({ reach }) => reach));
      return steps.length >= 3 && heights.size >= 3
        ? [
            sign(
              i,
              0.78,
              `${steps.length} requests about the same, each asking for more, end in one that serves an attacker.`,
            ),
          ]
        : [];
    }),
};

/** The assistant is made somebody else, or the asker is, and then asked for what neither may do. */
const roleShift: Heuristic = {
  name: "role_shift",
  find: (turns) =>
    turns.flatMap((turn, i) => {
      if (turn.persona && turn.unbound) return [sign(i, 0.55, "The assistant is to be one that no rules hold for.")];
      const before = turns.slice(0, i).some((other) => other.persona || (other.authority && !turn.skips));
      const isGiven = before || ((turn.persona || turn.authority) && i > 0);
      if (isGiven && (turn.reach === 4 || turn.unbound)) {
        return [sign(i, 0.74, "A role is claimed, and what it would allow is asked for.")];
      }
      return turn.persona ? [sign(i, 0.2, "The assistant is told to be somebody else.")] : [];
    }),
};

/** After ordinary turns something quite different that serves an attacker. */
const goalDrift: Heuristic = {
  name: "goal_drift",
  find: (turns) =>
    turns.flatMap((turn, i) => {
      const before = turns.slice(0, i);
      if (turn.reach !== 4 || before.length < 2 || before.some((other) => isAbout(turn, other))) return [];
      return [sign(i, 0.74, "The topic leaves all that was talked about, for what serves an attacker.")];
    }),
};

/** An instruction in pieces that are harmless alone. */
const splitPayload: Heuristic = {
  name: "split_payload",
  find: (turns) =>
    turns.flatMap((turn, i) => {
      const parts = turns.slice(0, i).filter(({ part }) => part);
      if (turn.joins && parts.length >= 2)
        return [sign(i, 0.78, "Parts handed over before are to be joined and obeyed.")];
      const fragments = [...parts, ...(turn.part ? [turn] : [])].slice(-mostParts).map(({ fragment }) => fragment);
      if (fragments.length < 2) return [];
      const isBad = (text: string) => isGrave(text) || isBoundless(text);
      const joined = [fragments.join(" "), fragments.join("")];
      const isMade = joined.some(isBad) && !fragments.some(isBad);
      return isMade ? [sign(i, 0.74, "Parts handed over one by one make an instruction that serves an attacker.")] : [];
    }),
};

/** What was refused is asked for again in other words. */
const persistence: Heuristic = {
  name: "persistence",
  find(turns) {
    const last = turns.at(-1)!;
    return turns.slice(0, -1).flatMap((turn, i) => {
      if (!turn.wasRefused || overlapOf(turn.words, last.words) < 0.4) return [];
      return [sign(i, 0.4, "A request that was refused is made again in other words.")];
    });
  },
};

/** Permissions that nobody gave are spoken of as given. */
const contextPoisoning: Heuristic = {
  name: "context_poisoning",
  find: (turns) =>
    turns.flatMap((turn, i) => {
      const claims = turn.claims ? [sign(i, 0.45, "Something is said to have been permitted or agreed before.")] : [];
      const isLeant = i > 0 && turns.slice(0, i + 1).some((other) => other.claims);
      const leans = isLeant && turn.reach === 4 ? [sign(i, 0.6, "What serves an attacker leans on it.")] : [];
      const repeats = turn.claims && turn.reach === 3 ? [sign(i, 0.2, "An effect leans on it.")] : [];
      return [...claims, ...leans, ...repeats];
    }),
};

/** Approvals and checks are to be left out, again, or in a hurry. */
const approvalFishing: Heuristic = {
  name: "approval_fishing",
  find: (turns) =>
    turns.flatMap((turn, i) => {
      if (!turn.skips) return [];
      const isUrged = turn.urgent || turns[i - 1]?.urgent === true;
      return [sign(i, isUrged ? 0.6 : 0.48, `Approvals or checks are to be left out${isUrged ? ", in a hurry" : ""}.`)];
    }),
};

/** The assistant's defences are felt for, then gone around. */
const reconnaissance: Heuristic = {
  name: "reconnaissance",
  find: (turns) =>
    turns.flatMap((turn, i) => {
      if (turn.probe === "deep") return [sign(i, 0.42, "It is asked what the defences are and what they let through.")];
      if (turn.probe === "plain") return [sign(i, 0.15, "It is asked for tools and policies.")];
      const before = turns.slice(0, i).filter(({ probe }) => probe === "deep").length;
      if (before > 0 && turn.reach === 4)
        return [sign(i, 0.58, "What serves an attacker follows on questions about the defences.")];
      return before > 1 && turn.reach === 3 ? [sign(i, 0.3, "An effect follows on questions about the defences.")] : [];
    }),
};

export const heuristics: readonly Heuristic[] = [
  crescendo,
  roleShift,
  goalDrift,
  splitPayload,
  persistence,
  contextPoisoning,
  approvalFishing,
  reconnaissance,
];
