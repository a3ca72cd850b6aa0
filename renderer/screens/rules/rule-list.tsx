import type { RuleSummary } from "../../../shared/rule-record.ts";
import { percent, scopeWords, stageWords } from "../../respond/rule-words.ts";
import { Badge } from "../../ui/badge.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { placeHash } from "../../view/place.ts";

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
              {rule.approvals.length > 0 && <Badge tone="warn">Asked</Badge>}
              <Badge tone={stage.tone}>{stage.label}</Badge>
            </div>
            <p className="mt-1 truncate text-xs text-ink-2 [&_.untrusted]:font-sans">
              {rule.measured === null
                ? "not tried yet"
                : rule.is_outdated
                  ? "to be tried again"
                  : `confidence ${percent(rule.measured.confidence)}`}
              {" · "}
              <UntrustedText text={scopeWords(rule.definition.scope)} />
            </p>
          </li>
        );
      })}
    </ul>
  );
}
