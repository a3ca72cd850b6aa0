import type { Random } from "../../engine/learn/training/random.ts";
import { carrierFamilies, poseFamilies } from "./attack-carriers.ts";
import { deputyFamilies } from "./attack-deputies.ts";
import { type AttackFamily, attackFamilies } from "./attack-grammars.ts";
import { hintFamilies } from "./attack-hints.ts";
import { indirectFamilies } from "./attack-indirect.ts";
import { languageFamilies } from "./attack-languages.ts";
import { probingFamilies } from "./attack-probing.ts";
import { quietFamilies } from "./attack-quiet.ts";
import { schemeFamilies } from "./attack-schemes.ts";
import { takeoverFamilies } from "./attack-takeover.ts";
import { turnFamilies } from "./attack-turns.ts";
import { analystFamilies } from "./benign-analysts.ts";
import { customFamilies } from "./benign-customs.ts";
import { deputyTwins } from "./benign-deputies.ts";
import { everydayFamilies } from "./benign-everyday.ts";
import { type BenignFamily, benignFamilies } from "./benign-grammars.ts";
import { benignLanguages } from "./benign-languages.ts";
import { plainDealingFamilies } from "./benign-schemes.ts";
import { toldFamilies } from "./benign-told.ts";
import { deputyLanguages } from "./deputy-languages.ts";
import { quietLanguages } from "./quiet-languages.ts";

/** Families of both kinds. */
export const allAttacks: readonly AttackFamily[] = [
  ...attackFamilies,
  ...takeoverFamilies,
  ...quietFamilies,
  ...indirectFamilies,
  ...probingFamilies,
  ...carrierFamilies,
  ...poseFamilies,
  ...schemeFamilies,
  ...deputyFamilies,
  ...turnFamilies,
  ...hintFamilies,
  ...languageFamilies,
  ...quietLanguages,
  ...deputyLanguages,
];
export const allBenign: readonly Pick<BenignFamily, "name" | "heldOut" | "expander">[] = [
  ...benignFamilies,
  ...everydayFamilies,
  ...analystFamilies,
  ...customFamilies,
  ...plainDealingFamilies,
  ...deputyTwins,
  ...toldFamilies,
  ...benignLanguages,
  ...quietLanguages,
  ...deputyLanguages,
];

/** What the attacker wrote, as people type it. */
export function writeAttack(family: AttackFamily, random: Random): string {
  const text = family.expander.expand(random, "attack").replace(/ {2,}/g, " ").trim();
  const kind = random.next();
  if (kind < 0.06) return text.toUpperCase();
  if (kind < 0.12) return text.toLowerCase();
  if (kind < 0.2) return misspell(text, random);
  return kind < 0.6 ? text.slice(0, 1).toUpperCase() + text.slice(1) : text;
}

export function writeBenign(family: Pick<BenignFamily, "expander">, random: Random): string {
  const text = family.expander.expand(random, "text").trim();
  return random.chance(0.05) ? text.toUpperCase() : random.chance(0.08) ? misspell(text, random) : text;
}

/** Two letters changed places, one is missing or doubled, in a few words. */
function misspell(text: string, random: Random): string {
  return text.replace(/\p{L}{5,}/gu, (word) => {
    if (!random.chance(0.15)) return word;
    const at = random.between(1, word.length - 2);
    const kind = random.below(3);
    if (kind === 0) return word.slice(0, at) + word[at + 1]! + word[at]! + word.slice(at + 2);
    return kind === 1 ? word.slice(0, at) + word.slice(at + 1) : word.slice(0, at) + word[at]! + word.slice(at);
  });
}
