import { useQuery } from "@tanstack/react-query";
import type { Alert } from "../../../shared/alert.ts";
import { formatTerm } from "../../../shared/query-complete.ts";
import { someAlertsQuery } from "../../queries/alerts.ts";
import { SeverityBadge, StatusBadge } from "../../ui/alert-badges.tsx";
import { PanelStatus } from "../../ui/panel-status.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { classLabels } from "../../view/labels.ts";
import { goTo, placeHash } from "../../view/place.ts";
import { useQueue } from "../../view/queue.ts";

const shown = 5;

interface Relation {
  readonly name: string;
  readonly q: string;
}

/** What else an alert can have in common with others, besides payload and reasons. */
function relationsOf({ client, host, request_line }: Alert): Relation[] {
  const path = request_line.slice(request_line.indexOf(" ") + 1);
  const canAsk = (text: string | null): text is string => text !== null && text !== "" && !text.includes("*");
  const atHost = canAsk(host) ? `${formatTerm("host", host)} ` : "";
  return [
    ...(canAsk(client) ? [{ name: "Same client", q: formatTerm("client", client) }] : []),
    ...(canAsk(path) && path.startsWith("/")
      ? [{ name: "Same host and path, or below it", q: atHost + formatTerm("path", path) }]
      : []),
  ];
}

function Related({ relation, id }: { relation: Relation; id: string }) {
  const query = useQuery(someAlertsQuery(`${relation.q} -id:${id}`, shown));
  if (query.data === undefined) return <PanelStatus query={query} what="related alerts" />;
  const { items, next } = query.data;
  return (
    <>
      <h3 className="th flex items-center justify-between px-4 pt-1">
        {relation.name}
        {items.length > 0 && (
          <button
            type="button"
            className="min-h-6 font-medium text-accent hover:underline"
            onClick={() => {
              useQueue.getState().ask(relation.q);
              goTo({ screen: "alerts" });
            }}
          >
            {next === null ? "Show in the queue" : "Show all in the queue"}
          </button>
        )}
      </h3>
      {items.length === 0 && <p className="px-4 pb-1 text-xs text-ink-2">No other alert.</p>}
      <ul>
        {items.map((alert) => (
          <li key={alert.id}>
            <a
              href={placeHash({ screen: "session", id: alert.verdict_id, tab: "alert" })}
              className="flex items-center gap-2.5 px-4 py-1.5 text-xs hover:bg-hover"
            >
              <SeverityBadge severity={alert.severity} />
              <StatusBadge alert={alert} />
              <span className="shrink-0 text-ink-2">
                {alert.class === "benign" ? "Behaviour only" : classLabels[alert.class]}
              </span>
              <span className="min-w-0 flex-1 truncate">
                <UntrustedText text={alert.payload ?? alert.request_line} />
              </span>
            </a>
          </li>
        ))}
      </ul>
    </>
  );
}

/** Alerts that share a client or an address with this one. Server state: TanStack Query. */
export function RelatedAlerts({ alert }: { alert: Alert }) {
  const relations = relationsOf(alert);
  if (relations.length === 0) return null;
  return (
    <section aria-labelledby="alert-related" className="card overflow-clip pb-2">
      <h2 id="alert-related" className="px-4 pt-4 text-sm font-semibold">
        Related alerts
      </h2>
      {relations.map((relation) => (
        <Related key={relation.q} relation={relation} id={alert.id} />
      ))}
    </section>
  );
}
