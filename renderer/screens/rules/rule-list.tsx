import type { RuleSummary } from "../../../shared/rule-record.ts";
import { expiryWords, percent, scopeWords, stageWords } from "../../respond/rule-words.ts";
import { Badge } from "../../ui/badge.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { placeHash } from "../../view/place.ts";

/** Whether what it matches passes again within two weeks. @param now epoch milliseconds */
function isEnding({ stage, definition: { expires_at } }: RuleSummary, now: number): boolean {
  if (expires_at === null || !["log", "tag", "block"].includes(stage)) return false;
  const left = Date.parse(expires_at) - now;
  return left > 0 && left < 14 * 86_400_000;
}

/** All rules, the furthest stage first. */
export function RuleList({ rules, selected }: { rules: readonly RuleSummary[]; selected: string | undefined }) {
  return (
    <ul aria-label="Rules" className="divide-y divide-line">
      {rules.map((rule) => {
        const isSelected = rule.id === selected;
        const stage = stageWords[rule.stage];
        return (
          <li key={rule.id} className={`px-4 py-2.5 ${isSelected ? "bg-selected" : "hover:bg-hover"}`}>
            <div className="flex items-center gap-2">
              <a
                className="min-w-0 flex-1 truncate text-sm font-medium hover:underline [&_.untrusted]:font-sans"
                aria-current={isSelected ? "true" : undefined}
                href={placeHash({ screen: "rules", item: rule.id })}
              >
                {rule.number}. <UntrustedText text={rule.name} />
              </a>
              {rule.too_far !== null && <Badge tone="danger">Too low for its stage</Badge>}
              {isEnding(rule, Date.now()) && <Badge tone="warn">Ends soon</Badge>}
              {rule.approvals.length > 0 && <Badge tone="warn">Asked</Badge>}
              <Badge tone={stage.tone}>{stage.label}</Badge>
            </div>
            <p className="mt-1 truncate text-xs text-ink-2 [&_.untrusted]:font-sans">
              {rule.measured === null
                ? "not tried yet"
                : rule.is_outdated
                  ? "to be tried again"
                  : `confidence ${percent(rule.measured.confidence)}`}
              {rule.definition.expires_at !== null && ` · ${expiryWords(rule.definition.expires_at, Date.now())}`}
              {" · "}
              <UntrustedText text={scopeWords(rule.definition.scope)} />
            </p>
          </li>
        );
      })}
    </ul>
  );
}
