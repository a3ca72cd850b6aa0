import { labelOf } from "../../base/labels.ts";
import type { PolicyBook, ToolPolicy } from "../policy/tool-policy.ts";
import type { ResolveOptions } from "./resolve-arguments.ts";
import type { Value, Values } from "./values.ts";

/** Shorter texts are likely to be in a request by chance. */
const shortest = 3;
const boundary = /[\s"'`,;:()<>[\]{}]/;

/** Whether a text stands in a request as a word or phrase of its own: with white space, quotes or brackets around it. */
export function isTyped(text: string, request: string): boolean {
  if (text.length < shortest) return false;
  for (let at = request.indexOf(text); at >= 0; at = request.indexOf(text, at + 1)) {
    const [before, after] = [request[at - 1], request.slice(at + text.length)];
    // A full stop or the like ends a sentence, not the phrase.
    if ((before === undefined || boundary.test(before)) && /^(?:[.!?]?(?:$|[\s"'`,;:()<>[\]{}]))/.test(after))
      return true;
  }
  return false;
}

/**
 * Trusted values that stand for untrusted ones which equal them, where the policy of the tool says so for the argument. An attacker
 * gains at most the choice among what the user typed, or among the entries of a list that the user trusts.
 */
export function createEndorsing(
  values: Values,
  request: string,
  book: PolicyBook,
): (policy: ToolPolicy | null) => ResolveOptions["endorse"] {
  const trusted = (text: string, from: string) => values.give(text, labelOf("user", "trusted"), from);
  return (policy) => (argument: string, value: Value) => {
    const { json } = value;
    const ways = policy !== null && Object.hasOwn(policy.endorse, argument) ? policy.endorse[argument]! : [];
    if (typeof json !== "string") return null;
    for (const by of ways) {
      const equal = by === "typed" ? isTyped(json, request) : (book.lists[by.list] ?? []).includes(json);
      if (!equal) continue;
      const source = by === "typed" ? "typed by the user" : `in the list ${by.list}`;
      return { value: values.endorse(value, trusted(json, source), source), by };
    }
    return null;
  };
}
