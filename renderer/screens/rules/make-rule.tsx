import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Sparkles } from "lucide-react";
import { useState } from "react";
import type { Output } from "../../../shared/route.ts";
import type { generateRuleOffers } from "../../../shared/rule-record.ts";
import { refusalInWords } from "../../queries/client.ts";
import { confirmedAlertsQuery, ruleOffersQuery, sendNewRule } from "../../queries/rules.ts";
import { RuleFacts } from "../../respond/rule-facts.tsx";
import { matchWords } from "../../respond/rule-words.ts";
import { Button } from "../../ui/button.tsx";
import { EmptyPanel, PanelStatus } from "../../ui/panel-status.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatCount, formatPlural } from "../../view/format.ts";
import { classLabels } from "../../view/labels.ts";
import { goTo } from "../../view/place.ts";
import { useRuleMaking } from "../../view/rule-making.ts";
import { chosenEnd, EndField, type EnteredEnd, enteredEnd, firstEnd, noEnd } from "./end-field.tsx";
import { SampleTable } from "./sample-table.tsx";

type Offers = Output<typeof generateRuleOffers>;
type Offer = Offers["groups"][number][number];

/** Alerts that were closed as true positives, to choose from. */
function ChooseAlerts() {
  const query = useQuery(confirmedAlertsQuery());
  const [chosen, setChosen] = useState<readonly string[]>([]);
  if (query.data === undefined) return <PanelStatus query={query} what="the closed alerts" />;
  const alerts = query.data.items;
  if (alerts.length === 0) {
    return (
      <EmptyPanel icon={Sparkles} title="No alert was closed as a true positive yet">
        Rules are made of confirmed attacks. Close an alert as a true positive first.
      </EmptyPanel>
    );
  }
  const toggle = (id: string) => setChosen(chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id]);
  return (
    <section aria-label="Alerts to make rules of" tabIndex={0} className="h-full overflow-y-auto p-4">
      <div className="mb-3 flex items-center gap-3">
        <h2 className="flex-1 text-base font-semibold">Make a rule of confirmed attacks</h2>
        <Button
          tone="primary"
          icon={Sparkles}
          disabled={chosen.length === 0}
          onClick={() => useRuleMaking.setState({ alerts: chosen })}
        >
          Look for rules
        </Button>
      </div>
      <ul className="card divide-y divide-line">
        {alerts.map((alert) => (
          <li key={alert.id}>
            <label className="flex items-center gap-3 px-4 py-2 text-sm hover:bg-hover">
              <input type="checkbox" checked={chosen.includes(alert.id)} onChange={() => toggle(alert.id)} />
              <span className="w-[160px] shrink-0">{classLabels[alert.class]}</span>
              <span className="min-w-0 flex-1 truncate font-mono text-xs">
                <UntrustedText text={alert.payload ?? alert.request_line} />
              </span>
              <span className="shrink-0 text-xs text-ink-2">{formatPlural(alert.sessions, "session")}</span>
            </label>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** One of the rules that a group of samples makes, and its samples. */
function OfferCard({ group, alerts }: { group: readonly Offer[]; alerts: readonly string[] }) {
  const client = useQueryClient();
  const [at, setAt] = useState(0);
  /** Null: nobody chose one. */
  const [entered, setEntered] = useState<EnteredEnd | null>(null);
  const [first] = useState(() => firstEnd(Date.now()));
  const creating = useMutation({
    mutationFn: ({ name, definition, samples }: Offer) =>
      sendNewRule({ name, definition, source: { alerts: [...alerts] }, samples: samples.map(({ id }) => id) }),
    networkMode: "always",
    onSuccess: ({ id }) => goTo({ screen: "rules", item: id }),
    onSettled: () => client.invalidateQueries({ queryKey: ["rules", "list"] }),
  });
  const offer = group[at];
  if (offer === undefined) return null;
  const offered = offer.definition.expires_at;
  const end = entered ?? enteredEnd(offered);
  const wanted = chosenEnd(end, offered, first);
  const definition = { ...offer.definition, expires_at: wanted === undefined ? offered : wanted };
  return (
    <section aria-label={offer.name} className="card space-y-3 p-4">
      <div className="flex flex-wrap items-end gap-3">
        <h3 className="min-w-0 flex-1 text-sm font-semibold [&_.untrusted]:font-sans">
          <UntrustedText text={offer.name} />
        </h3>
        {group.length > 1 && (
          <label className="flex items-center gap-2 text-xs text-ink-2">
            As
            <select className="input" value={at} onChange={(event) => setAt(Number(event.target.value))}>
              {group.map(({ definition }, i) => (
                <option key={definition.match.kind} value={i}>
                  {matchWords[definition.match.kind]}
                </option>
              ))}
            </select>
          </label>
        )}
        <EndField
          entered={end}
          onChange={setEntered}
          first={first}
          problem={wanted === undefined ? noEnd(first) : null}
        />
        <Button
          tone="primary"
          disabled={wanted === undefined || creating.isPending}
          onClick={() => creating.mutate({ ...offer, definition })}
        >
          Keep this rule
        </Button>
      </div>
      <RuleFacts definition={definition} />
      <SampleTable samples={offer.samples} />
      {offer.aside > 0 && (
        <p className="text-xs text-ink-2">
          {formatPlural(offer.aside, "more attack")} of this group {offer.aside === 1 ? "is" : "are"} kept aside: what a
          rule is made of proves nothing of it, so these do once it is tried.
        </p>
      )}
      {creating.error !== null && (
        <p role="alert" className="text-xs text-danger">
          Not kept: {refusalInWords(creating.error)}
        </p>
      )}
    </section>
  );
}

function OfferedRules({ alerts }: { alerts: readonly string[] }) {
  const query = useQuery(ruleOffersQuery(alerts));
  if (query.data === undefined) return <PanelStatus query={query} what="what rules these attacks make" />;
  const { groups, unruled, benign } = query.data;
  return (
    <section
      aria-label="Rules that these attacks make"
      tabIndex={0}
      className="h-full space-y-3 overflow-y-auto p-4 focus-visible:outline-offset-[-2px]"
    >
      <div className="flex items-center gap-3">
        <div className="flex-1">
          <h2 className="text-base font-semibold">
            {groups.length === 0 ? "No rule can be made of these" : formatPlural(groups.length, "rule")} of{" "}
            {formatPlural(alerts.length, "alert")}
          </h2>
          <p className="text-xs text-ink-2">
            Each matches all of its samples and none of {formatCount(benign)} ordinary values that are known. Nothing is
            kept until you say so.
          </p>
        </div>
        <Button onClick={() => useRuleMaking.setState({ alerts: [] })}>Other alerts…</Button>
      </div>
      {groups.map((group) => (
        <OfferCard key={group[0]?.samples[0]?.id ?? ""} group={group} alerts={alerts} />
      ))}
      {unruled.map(({ samples, reason }) => (
        <section key={samples[0]?.id ?? reason} aria-label="No rule" className="card space-y-2 p-4">
          <h3 className="text-sm font-semibold">No rule for {formatPlural(samples.length, "sample")}</h3>
          <p className="text-sm text-ink-2">{reason}</p>
          <SampleTable samples={samples} />
        </section>
      ))}
    </section>
  );
}

/** Makes rules of confirmed attacks. */
export function MakeRule() {
  const alerts = useRuleMaking((making) => making.alerts);
  return alerts.length === 0 ? <ChooseAlerts /> : <OfferedRules alerts={alerts} />;
}
