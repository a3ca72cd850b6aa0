import { type Language, languages } from "./languages.ts";
import type { CodeRule } from "./rule.ts";
import { weaknesses } from "./weaknesses.ts";

/**
 * Checks a list of rules and sorts it by language.
 * @throws Error that names the rule, where one is doubled, incomplete or of an unknown language or weakness
 */
export function loadRules(rules: readonly CodeRule[]): ReadonlyMap<Language, readonly CodeRule[]> {
  const byLanguage = new Map<Language, CodeRule[]>(languages.map((language) => [language, []]));
  const ids = new Set<string>();
  for (const rule of rules) {
    const wrong = checkRule(rule, ids);
    if (wrong !== null) throw new Error(`code rule ${rule.id}: ${wrong}`);
    ids.add(rule.id);
    byLanguage.get(rule.language)!.push(rule);
  }
  for (const [language, list] of byLanguage) if (list.length === 0) throw new Error(`no code rule for ${language}`);
  return byLanguage;
}

function checkRule(rule: CodeRule, ids: ReadonlySet<string>): string | null {
  if (!/^[a-z]+\.[a-z-]+$/.test(rule.id)) return "its id is not language.name";
  if (ids.has(rule.id)) return "its id is there twice";
  if (!languages.includes(rule.language) || !rule.id.startsWith(`${rule.language}.`)) return "unknown language";
  if (!Object.hasOwn(weaknesses, rule.weakness)) return "unknown weakness";
  if (rule.find.length === 0) return "it finds nothing";
  if (rule.insecure.trim() === "" || rule.secure.trim() === "") return "an example is missing";
  return null;
}
