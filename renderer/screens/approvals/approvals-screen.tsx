import { useQuery } from "@tanstack/react-query";
import { CircleCheck } from "lucide-react";
import { useState } from "react";
import type { ApprovalSummary } from "../../../shared/approval.ts";
import { approvalsQuery } from "../../queries/approvals.ts";
import { Badge, type Tone } from "../../ui/badge.tsx";
import { EmptyPanel, PanelStatus, StaleNote } from "../../ui/panel-status.tsx";
import { Segments } from "../../ui/segments.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { goTo, placeHash } from "../../view/place.ts";
import { useKeys } from "../../view/use-keys.ts";
import { ApprovalDetail } from "./approval-detail.tsx";
import { stateWords } from "./state-words.ts";

const risks: Record<ApprovalSummary["risk"], { tone: Tone; label: string }> = {
  high: { tone: "danger", label: "High risk" },
  medium: { tone: "warn", label: "Medium risk" },
  low: { tone: "calm", label: "Low risk" },
};

const kinds: Record<ApprovalSummary["kind"], string> = {
  rule: "Rule",
  exclusion: "Exclusion",
  rollout: "Rollout",
  renewal: "Renewal",
  promotion: "Promotion",
  plan: "Plan",
  tool_call: "Call",
};

/** What waits for somebody's word, the riskiest first; each is decided by itself. */
export function ApprovalsScreen({ item }: { item: string | undefined }) {
  const [isPast, setIsPast] = useState(false);
  const query = useQuery(approvalsQuery(isPast));
  const items = query.data?.items ?? [];
  const current = item ?? items[0]?.id;
  const at = items.findIndex(({ id }) => id === current);
  const select = (to: number) => {
    const one = items[Math.max(0, Math.min(items.length - 1, to))];
    if (one !== undefined) goTo({ screen: "approvals", item: one.id }, { replace: true });
  };
  useKeys({
    next: () => select(at + 1),
    previous: () => select(Math.max(0, at - 1)),
    first: () => select(0),
    last: () => select(items.length - 1),
  });
  if (query.data === undefined) return <PanelStatus query={query} what="what waits for a word" />;
  return (
    <div className="flex h-full">
      <section
        aria-label="Approvals"
        tabIndex={0}
        className="flex w-[340px] shrink-0 flex-col overflow-y-auto border-r border-line bg-surface focus-visible:outline-offset-[-2px]"
      >
        <div className="flex items-center justify-between border-b border-line px-4 py-2">
          <h2 className="text-sm font-semibold">Approvals</h2>
          <Segments
            legend="Which"
            options={[
              { value: "open", label: "Waiting" },
              { value: "past", label: "Over" },
            ]}
            value={isPast ? "past" : "open"}
            onChange={(value) => {
              setIsPast(value === "past");
              goTo({ screen: "approvals" }, { replace: true });
            }}
          />
        </div>
        <StaleNote query={query} what="what waits" />
        <ul aria-label={isPast ? "Over" : "Waiting"} className="divide-y divide-line">
          {items.map((one) => (
            <li key={one.id} className={`px-4 py-2.5 ${one.id === current ? "bg-selected" : "hover:bg-hover"}`}>
              <a
                className="block text-sm font-medium hover:underline [&_.untrusted]:font-sans"
                aria-current={one.id === current ? "true" : undefined}
                href={placeHash({ screen: "approvals", item: one.id })}
              >
                <UntrustedText text={one.title} />
              </a>
              <p className="mt-1 flex items-center gap-2 text-xs text-ink-2 [&_.untrusted]:font-sans">
                <Badge tone={risks[one.risk].tone}>{risks[one.risk].label}</Badge>
                <span>{kinds[one.kind]}</span>
                <span className="min-w-0 flex-1 truncate">
                  asked by <UntrustedText text={one.requested_by} />
                </span>
                {isPast && <span>{stateWords[one.state]}</span>}
                {!isPast && !one.may_decide && <span>not by you</span>}
              </p>
            </li>
          ))}
        </ul>
      </section>
      <div className="min-w-0 flex-1">
        {current === undefined ? (
          <EmptyPanel icon={CircleCheck} title={isPast ? "Nothing was decided yet" : "Nothing waits for a word"}>
            A rule that is to be let in, to mark or to block, an exclusion, a larger share for a model on trial, and
            what the agent may not do by itself wait here until somebody approves exactly that.
          </EmptyPanel>
        ) : (
          <ApprovalDetail key={current} id={current} />
        )}
      </div>
    </div>
  );
}
