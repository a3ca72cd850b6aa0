import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Scissors } from "lucide-react";
import { useState } from "react";
import type { Backtest } from "../../../shared/backtest.ts";
import type { OwnExclusion, Rule } from "../../../shared/rule-record.ts";
import { refusalInWords } from "../../queries/client.ts";
import { exclusionProposalsQuery, sendExclusion, sendExclusionRemoval } from "../../queries/rules.ts";
import { exclusionWords } from "../../respond/rule-words.ts";
import { Button } from "../../ui/button.tsx";
import { offerUndo } from "../../ui/offer-undo.ts";
import { EmptyPanel, PanelStatus } from "../../ui/panel-status.tsx";
import { notify } from "../../ui/toast.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatPlural } from "../../view/format.ts";
import { goTo } from "../../view/place.ts";
import type { RuleDeeds } from "./use-rule-deeds.ts";

function Own({ rule, exclusion }: { rule: Rule; exclusion: OwnExclusion }) {
  const client = useQueryClient();
  const refresh = () => void client.invalidateQueries({ queryKey: ["rules"] });
  const removing = useMutation({
    mutationFn: () => sendExclusionRemoval({ id: rule.id, exclusion: exclusion.id, base_version: rule.version }),
    networkMode: "always",
    onSuccess: ({ event_id }) => offerUndo("The exclusion is taken out.", { eventId: event_id, onTried: refresh }),
    onError: (error) => notify(`Not taken out: ${refusalInWords(error)}`, { tone: "danger" }),
    onSettled: refresh,
  });
  return (
    <li className="flex items-center gap-3 px-4 py-2 text-sm">
      <div className="min-w-0 flex-1 [&_.untrusted]:font-sans">
        <p>
          <UntrustedText text={exclusionWords(exclusion)} />
        </p>
        <p className="font-mono text-xs break-all text-ink-2">
          {exclusion.shape === null ? "any value" : <UntrustedText text={exclusion.shape} />}
        </p>
        <p className="text-xs text-ink-3">
          asked by <UntrustedText text={exclusion.by} /> · until{" "}
          {exclusion.expires_at === null ? "it is taken out" : exclusion.expires_at.slice(0, 10)}
        </p>
      </div>
      <Button size="small" disabled={removing.isPending} onClick={() => removing.mutate()}>
        Take out
      </Button>
    </li>
  );
}

/** An exclusion that was tried, and whether it can be asked for. */
function Tried({ rule, backtest }: { rule: Rule; backtest: Backtest }) {
  const client = useQueryClient();
  const { summary, exclusion } = backtest;
  const asking = useMutation({
    mutationFn: () => sendExclusion({ id: rule.id, base_version: rule.version, backtest_id: backtest.id }),
    networkMode: "always",
    onSuccess: ({ approval_id }) => goTo({ screen: "approvals", item: approval_id }),
    onError: (error) => notify(`Not asked for: ${refusalInWords(error)}`, { tone: "danger" }),
    onSettled: () => client.invalidateQueries({ queryKey: ["approvals"] }),
  });
  if (exclusion === null) return null;
  const isSafe = summary.excluded_attacks === 0 && !backtest.is_outdated && backtest.ended_at !== null;
  return (
    <li className="flex items-center gap-3 px-4 py-2 text-sm">
      <div className="min-w-0 flex-1 [&_.untrusted]:font-sans">
        <p>
          <UntrustedText text={exclusionWords(exclusion)} />
        </p>
        <p className="text-xs text-ink-2">
          Tried over {formatPlural(summary.requests, "request")}: takes{" "}
          {formatPlural(summary.kinds.excluded.hits, "hit")} out, lets{" "}
          {formatPlural(summary.excluded_attacks, "known attack")} through.
          {backtest.is_outdated && " The rule was changed since."}
        </p>
      </div>
      <Button size="small" tone="primary" disabled={!isSafe || asking.isPending} onClick={() => asking.mutate()}>
        Ask for it…
      </Button>
    </li>
  );
}

function Proposed({
  rule,
  backtest,
  deeds,
  ordinary,
}: {
  rule: Rule;
  backtest: Backtest;
  deeds: RuleDeeds;
  ordinary: boolean;
}) {
  const query = useQuery(exclusionProposalsQuery(rule.id, backtest.id, ordinary));
  if (query.data === undefined) return <PanelStatus query={query} what="what could be excluded" />;
  const { proposals, refused } = query.data;
  if (proposals.length + refused.length === 0) {
    return <p className="px-4 py-2 text-sm text-ink-2">There is no false positive in the last back-test.</p>;
  }
  return (
    <ul aria-label="Proposed exclusions" className="divide-y divide-line">
      {proposals.map(({ exclusion, words, covers, examples }) => (
        <li
          key={`${exclusionWords(exclusion)} ${exclusion.shape}`}
          className="flex items-center gap-3 px-4 py-2 text-sm"
        >
          <div className="min-w-0 flex-1 [&_.untrusted]:font-sans">
            <p>
              <UntrustedText text={exclusionWords(exclusion)} />, {formatPlural(covers, "value")}:{" "}
              <UntrustedText text={words} />
            </p>
            <p className="truncate font-mono text-xs text-ink-2">
              {examples.map(({ evidence_id, request, text }) => (
                <span key={`${evidence_id} ${request} ${text}`} className="mr-3">
                  <UntrustedText text={text} />
                </span>
              ))}
            </p>
          </div>
          <Button size="small" disabled={deeds.running !== undefined} onClick={() => deeds.backtest({ exclusion })}>
            Try it
          </Button>
        </li>
      ))}
      {refused.map(({ path, parameter, reason }) => (
        <li key={`${path} ${parameter} ${reason}`} className="px-4 py-2 text-sm text-ink-2 [&_.untrusted]:font-sans">
          <UntrustedText text={`${parameter} on ${path}`} />: {reason}
        </li>
      ))}
    </ul>
  );
}

/** What is excluded from the rule, what was tried, and the narrowest that its false positives ask for. */
export function ExclusionsPanel({ rule, deeds }: { rule: Rule; deeds: RuleDeeds }) {
  const [ordinary, setOrdinary] = useState(false);
  const tried = rule.backtests.filter(({ exclusion, is_outdated }) => exclusion !== null && !is_outdated);
  const last = rule.backtests.find(({ exclusion, is_outdated }) => exclusion === null && !is_outdated);
  return (
    <div className="space-y-3">
      <section aria-label="Exclusions in force" className="card">
        <h3 className="px-4 pt-3 text-sm font-semibold">In force</h3>
        {rule.exclusions.length === 0 ? (
          <p className="px-4 pt-1 pb-3 text-sm text-ink-2">Nothing is excluded from this rule.</p>
        ) : (
          <ul className="divide-y divide-line">
            {rule.exclusions.map((exclusion) => (
              <Own key={exclusion.id} rule={rule} exclusion={exclusion} />
            ))}
          </ul>
        )}
      </section>
      {tried.length > 0 && (
        <section aria-label="Exclusions that were tried" className="card">
          <h3 className="px-4 pt-3 text-sm font-semibold">Tried</h3>
          <ul className="divide-y divide-line">
            {tried.map((backtest) => (
              <Tried key={backtest.id} rule={rule} backtest={backtest} />
            ))}
          </ul>
        </section>
      )}
      <section aria-label="The narrowest exclusions" className="card">
        <div className="flex items-center gap-3 px-4 pt-3">
          <h3 className="flex-1 text-sm font-semibold">The narrowest for its false positives</h3>
          <label className="flex items-center gap-2 text-xs text-ink-2">
            <input type="checkbox" checked={ordinary} onChange={(event) => setOrdinary(event.target.checked)} />
            Also what nothing flagged
          </label>
        </div>
        {last === undefined ? (
          <EmptyPanel icon={Scissors} title="Back-test the rule first">
            Its false positives are those that the last back-test found.
          </EmptyPanel>
        ) : (
          <Proposed key={last.id} rule={rule} backtest={last} deeds={deeds} ordinary={ordinary} />
        )}
      </section>
    </div>
  );
}
