import { useQuery } from "@tanstack/react-query";
import { Plus, TriangleAlert } from "lucide-react";
import { useState } from "react";
import type { Gatekeeper, GatekeeperOverview } from "../../../shared/gatekeeper.ts";
import { gatekeepersQuery } from "../../queries/gatekeepers.ts";
import { RuleHitsCard } from "../../respond/rule-hits-card.tsx";
import { Button } from "../../ui/button.tsx";
import { PanelStatus, StaleNote } from "../../ui/panel-status.tsx";
import { formatCount, formatPlural } from "../../view/format.ts";
import { EngineKey } from "./engine-key.tsx";
import { GatekeeperCard } from "./gatekeeper-card.tsx";
import { GatekeeperDialog } from "./gatekeeper-dialog.tsx";
import { HitsPanel } from "./hits-panel.tsx";

const hitHours = 24;

/** Name of a rule as gatekeepers know it. */
function nameOf(rule: string, items: readonly Gatekeeper[]): string {
  const found = items.flatMap(({ rules }) => rules).find(({ id }) => id === rule);
  return found === undefined ? rule : `Rule ${found.number}, ${found.name}`;
}

function Floods({ overview }: { overview: GatekeeperOverview }) {
  return overview.floods.map(({ rule, last_minutes, usual }) => (
    <p key={rule} role="alert" className="card flex items-start gap-2 px-4 py-3 text-sm">
      <TriangleAlert size={18} className="mt-0.5 shrink-0 text-warn" aria-hidden="true" />
      <span>
        <strong className="font-semibold text-warn">
          {nameOf(rule, overview.items)} matches far more than before:
        </strong>{" "}
        {formatPlural(last_minutes, "request")} in five minutes, usually {formatCount(Math.round(usual))}. It is left as
        it is: look at its hits below, and call a false one false.
      </span>
    </p>
  ));
}

/** Where rules are enforced: what is in force there, what waits, and what it did. */
export function GatekeepersScreen() {
  const query = useQuery(gatekeepersQuery());
  const [edited, setEdited] = useState<Gatekeeper | "new" | null>(null);
  const [chosen, setChosen] = useState<string | null>(null);
  const overview = query.data;
  if (overview === undefined) return <PanelStatus query={query} what="the gatekeepers" />;
  const { items, hits } = overview;
  const rule = chosen ?? hits[0]?.rule ?? null;
  return (
    <section
      aria-label="Gatekeepers"
      tabIndex={0}
      className="h-full overflow-y-auto focus-visible:outline-offset-[-2px]"
    >
      <StaleNote query={query} what="the gatekeepers" />
      <div className="mx-auto max-w-[1320px] space-y-3 p-4">
        {overview.is_held && (
          <p role="status" className="card px-4 py-3 text-sm">
            <strong className="font-semibold text-warn">Panic holds pushes.</strong> Nothing that does more to requests
            is sent until an admin re-arms the response; what does less goes through.
          </p>
        )}
        <Floods overview={overview} />
        <div className="flex items-center gap-3">
          <h2 className="min-w-0 flex-1 text-sm font-semibold">
            Gatekeepers{" "}
            <span className="font-normal text-ink-3">
              {items.length === 0 ? "none yet" : formatPlural(items.length, "gatekeeper")}
            </span>
          </h2>
          <Button icon={Plus} tone={items.length === 0 ? "primary" : "plain"} onClick={() => setEdited("new")}>
            Add a gatekeeper…
          </Button>
        </div>
        {items.map((gatekeeper) => (
          <GatekeeperCard
            key={gatekeeper.id}
            gatekeeper={gatekeeper}
            chosen={rule}
            onChoose={setChosen}
            onEdit={() => setEdited(gatekeeper)}
          />
        ))}
        {rule !== null && <RuleHitsCard rule={rule} title={`Hits of ${nameOf(rule, items)}`} hours={hitHours} />}
        {items.length > 0 && <HitsPanel hits={hits} nameOf={(id) => nameOf(id, items)} />}
        <EngineKey overview={overview} />
      </div>
      {edited !== null && (
        <GatekeeperDialog gatekeeper={edited === "new" ? null : edited} onClose={() => setEdited(null)} />
      )}
    </section>
  );
}
