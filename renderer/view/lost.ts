import type { LostDecision } from "../../shared/fleet-decisions.ts";
import { formatPlural } from "./format.ts";

/** What entities of the event log are called on the screens; what is not here is called what the log calls it. */
const names: Readonly<Record<string, readonly [one: string, many: string]>> = {
  alert: ["alert", "alerts"],
  case: ["case", "cases"],
  case_item: ["part of a case", "parts of cases"],
  label: ["label", "labels"],
  label_exclusion: ["exclusion of labels", "exclusions of labels"],
  false_positive: ["false positive", "false positives"],
  waf_rule: ["rule", "rules"],
  approval: ["approval", "approvals"],
  handover_note: ["handover note", "handover notes"],
  named_query: ["saved query", "saved queries"],
};

/** What of an analyst's decisions others were before, after an entry of the log that was seen; null: nothing. */
export function describeLost(lost: readonly LostDecision[], seen: number): { words: string; last: number } | null {
  const news = lost.filter(({ seq }) => seq > seen);
  const [latest] = news;
  if (latest === undefined) return null;
  const counts = new Map<string, number>();
  for (const { entity_type, count } of news) counts.set(entity_type, (counts.get(entity_type) ?? 0) + count);
  const what = [...counts].map(([type, count]) => {
    const [one, many] = names[type] ?? [type, type];
    return formatPlural(count, one, many);
  });
  const others = [...new Set(news.flatMap(({ because }) => (because === null ? [] : [because.actor])))];
  const who = others.length === 0 ? "Somebody at another engine" : others.slice(0, 3).join(", ");
  const words = `${who} decided before you: your change of ${what.join(" and ")} was taken back.`;
  return { words, last: Math.max(...news.map(({ seq }) => seq)) };
}
