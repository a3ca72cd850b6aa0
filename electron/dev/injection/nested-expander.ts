import type { Expander, Grammar } from "../../engine/learn/training/generated/grammar.ts";
import type { Random } from "../../engine/learn/training/random.ts";

const deepest = 16;

/** Splits at the bars that stand in no inner slot. */
function splitChoices(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "‹") depth++;
    else if (text[i] === "›") depth--;
    else if (text[i] === "|" && depth === 0) {
      parts.push(text.slice(from, i));
      from = i + 1;
    }
  }
  parts.push(text.slice(from));
  return parts;
}

/** As the expander of payloads, but a choice `‹a|b›` may hold slots and choices itself. */
export function createNestedExpander(grammar: Grammar): Expander {
  const rules = new Map<string, readonly string[] | ((random: Random) => string)>();
  for (const [name, rule] of Object.entries(grammar)) {
    rules.set(name, typeof rule === "string" ? rule.split("\n") : rule);
  }
  const choices = new Map<string, readonly string[]>();

  function fill(random: Random, text: string, depth: number): string {
    if (depth > deepest) throw new Error(`the grammar recurses too deeply at ${text.slice(0, 60)}`);
    let out = "";
    let at = 0;
    for (;;) {
      const open = text.indexOf("‹", at);
      if (open < 0) break;
      let close = open + 1;
      for (let inner = 1; inner > 0; close++) {
        if (close >= text.length) throw new Error(`slot is not closed in: ${text}`);
        if (text[close] === "‹") inner++;
        else if (text[close] === "›") inner--;
      }
      out += text.slice(at, open) + expandSlot(random, text.slice(open + 1, close - 1), depth + 1);
      at = close;
    }
    return out + text.slice(at);
  }

  function expandSlot(random: Random, slot: string, depth: number): string {
    const rule = rules.get(slot);
    if (typeof rule === "function") return rule(random);
    if (rule !== undefined) return fill(random, random.pick(rule), depth);
    let parts = choices.get(slot);
    if (parts === undefined) {
      parts = splitChoices(slot);
      choices.set(slot, parts);
    }
    if (parts.length === 1 && !slot.includes("‹")) throw new Error(`the grammar has no rule ${slot}`);
    return fill(random, random.pick(parts), depth);
  }

  const finish = (text: string) => text.replaceAll("␤", "\n").replaceAll("␣", " ");
  return {
    expand: (random, rule) => finish(expandSlot(random, rule, 0)),
    fill: (random, text) => finish(fill(random, text, 0)),
  };
}
