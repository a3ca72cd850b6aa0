import { useQuery } from "@tanstack/react-query";
import { Plus, ShieldCheck } from "lucide-react";
import { rulesQuery } from "../../queries/rules.ts";
import { HeldNote } from "../../respond/held-note.tsx";
import { Button } from "../../ui/button.tsx";
import { EmptyPanel, PanelStatus, StaleNote } from "../../ui/panel-status.tsx";
import { useKeyOf, wordKey } from "../../view/keys-in-force.ts";
import { goTo } from "../../view/place.ts";
import { makeRuleOf, newRule } from "../../view/rule-making.ts";
import { useKeys } from "../../view/use-keys.ts";
import { MakeRule } from "./make-rule.tsx";
import { RuleDetail } from "./rule-detail.tsx";
import { RuleList } from "./rule-list.tsx";

/** Rules: what they are made of, what they would have done, and how far they have come. */
export function RulesScreen({ item }: { item: string | undefined }) {
  const query = useQuery(rulesQuery());
  const makeRuleKey = useKeyOf("makeRule");
  const rules = query.data?.items ?? [];
  const current = item ?? rules[0]?.id;
  const at = rules.findIndex(({ id }) => id === current);
  const select = (to: number) => {
    const rule = rules[Math.max(0, Math.min(rules.length - 1, to))];
    if (rule !== undefined) goTo({ screen: "rules", item: rule.id }, { replace: true });
  };
  useKeys({
    next: () => select(at + 1),
    previous: () => select(Math.max(0, at - 1)),
    first: () => select(0),
    last: () => select(rules.length - 1),
  });
  if (query.data === undefined) return <PanelStatus query={query} what="the rules" />;
  return (
    <div className="flex h-full flex-col">
      {query.data.held !== null && <HeldNote at={query.data.held.at} />}
      <div className="flex min-h-0 flex-1">
        <section
          aria-label="All rules"
          tabIndex={0}
          className="flex w-[340px] shrink-0 flex-col overflow-y-auto border-r border-line bg-surface focus-visible:outline-offset-[-2px]"
        >
          <div className="flex items-center justify-between border-b border-line px-4 py-2">
            <h2 className="text-sm font-semibold">Rules</h2>
            <Button size="small" icon={Plus} onClick={() => makeRuleOf([])}>
              Make…
            </Button>
          </div>
          <StaleNote query={query} what="the rules" />
          <RuleList rules={rules} selected={current} />
        </section>
        <div className="min-w-0 flex-1">
          {item === newRule ? (
            <MakeRule />
          ) : current === undefined ? (
            <EmptyPanel icon={ShieldCheck} title="There is no rule yet">
              Rules are made of confirmed attacks: close an alert as a true positive, and make a rule of it{" "}
              {makeRuleKey === undefined ? "from its row" : `with the key ${wordKey(makeRuleKey)}`}, or choose Make.
            </EmptyPanel>
          ) : (
            <RuleDetail key={current} id={current} />
          )}
        </div>
      </div>
    </div>
  );
}
