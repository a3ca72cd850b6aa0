import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { writeAttackIds } from "../../../shared/attack-ids.ts";
import { ruleQuery } from "../../queries/rules.ts";
import { RuleFacts } from "../../respond/rule-facts.tsx";
import { RuleHitsCard } from "../../respond/rule-hits-card.tsx";
import { PanelStatus, StaleNote } from "../../ui/panel-status.tsx";
import { TabPanel, Tabs } from "../../ui/tabs.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatCount, formatPlural } from "../../view/format.ts";
import { useKeys } from "../../view/use-keys.ts";
import { BacktestsPanel } from "./backtests-panel.tsx";
import { EditRule } from "./edit-rule.tsx";
import { ExclusionsPanel } from "./exclusions-panel.tsx";
import { ExportRule } from "./export-rule.tsx";
import { HistoryPanel } from "./history-panel.tsx";
import { RenewRule } from "./renew-rule.tsx";
import { SampleTable } from "./sample-table.tsx";
import { StageCard } from "./stage-card.tsx";
import { useRuleDeeds } from "./use-rule-deeds.ts";

/** Hours of hits that are shown. */
const hitHours = 72;
const tabs = ["rule", "backtests", "exclusions", "history"] as const;
type Tab = (typeof tabs)[number];

/** One rule: what it matches, how far it may go, what it would have done, what is excluded, what became of it. */
export function RuleDetail({ id }: { id: string }) {
  const query = useQuery(ruleQuery(id));
  const [tab, setTab] = useState<Tab>("rule");
  const rule = query.data;
  const deeds = useRuleDeeds(rule);
  const move = (by: number) => setTab(tabs[(tabs.indexOf(tab) + by + tabs.length) % tabs.length] ?? "rule");
  useKeys({ nextTab: () => move(1), previousTab: () => move(-1) });
  if (rule === undefined) return <PanelStatus query={query} what="the rule" />;
  const labels: Record<Tab, { label: string; count?: string }> = {
    rule: { label: "Rule" },
    backtests: { label: "Back-tests", count: formatCount(rule.backtests.length) },
    exclusions: { label: "Exclusions", count: formatCount(rule.exclusions.length) },
    history: { label: "History" },
  };
  return (
    <section aria-label={`Rule ${rule.number}`} className="flex h-full flex-col">
      <StaleNote query={query} what="the rule" />
      <div className="flex items-center gap-3 px-4 pt-3">
        <h2 className="min-w-0 flex-1 truncate text-base font-semibold [&_.untrusted]:font-sans">
          {rule.number}. <UntrustedText text={rule.name} />
        </h2>
        <RenewRule rule={rule} />
        <EditRule rule={rule} />
        <ExportRule rule={rule} />
      </div>
      <div className="px-4">
        <StageCard rule={rule} deeds={deeds} />
        <Tabs
          label="Parts of the rule"
          tabs={tabs.map((key) => ({ key, ...labels[key] }))}
          current={tab}
          onChange={setTab}
        />
      </div>
      <TabPanel tab={tab} scrolls className="min-h-0 flex-1 p-4">
        {tab === "rule" && (
          <div className="space-y-3">
            <section aria-label="What it matches and does" className="card p-4">
              <RuleFacts definition={rule.definition} />
              <p className="mt-2 text-xs text-ink-3">
                {writeAttackIds(rule)} · made by <UntrustedText text={rule.made_by} /> ·{" "}
                <span className="font-mono">{rule.definition_hash.slice(0, 16)}</span>
              </p>
            </section>
            <section aria-label="What it is made of" className="card p-4">
              <h3 className="mb-1 text-sm font-semibold">
                Made of {formatPlural(rule.samples.length, "confirmed attack")}
              </h3>
              <SampleTable samples={rule.samples} />
            </section>
            {rule.stage !== "proposed" && (
              <RuleHitsCard rule={rule.id} title="Hits at the gatekeepers" hours={hitHours} />
            )}
          </div>
        )}
        {tab === "backtests" && <BacktestsPanel rule={rule} deeds={deeds} />}
        {tab === "exclusions" && <ExclusionsPanel rule={rule} deeds={deeds} />}
        {tab === "history" && <HistoryPanel id={id} />}
      </TabPanel>
    </section>
  );
}
