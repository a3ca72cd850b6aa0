import { useQuery } from "@tanstack/react-query";
import { CircleCheck, SearchX, Upload } from "lucide-react";
import { parseAlertQuery } from "../../../shared/alert-query.ts";
import { alertCountsQuery } from "../../queries/alerts.ts";
import { countsQuery } from "../../queries/verdicts.ts";
import { Button } from "../../ui/button.tsx";
import { EmptyPanel, LoadingPanel } from "../../ui/panel-status.tsx";
import { SampleButton } from "../../ui/sample-button.tsx";
import { withoutStretch } from "../../view/alert-facets.ts";
import { formatPlural } from "../../view/format.ts";
import { placeHash } from "../../view/place.ts";
import { defaultQuery, useQueue } from "../../view/queue.ts";

/** The query's terms, each with a way to leave it out. */
function Loosen({ q }: { q: string }) {
  const ask = useQueue((queue) => queue.ask);
  const { terms } = parseAlertQuery(q, Date.now());
  return (
    <>
      <p className="mb-3">
        {terms.length > 1 ? "All of the query must hold. Leave a part of it out:" : "Ask for something else:"}
      </p>
      <div className="flex flex-wrap justify-center gap-2">
        {terms.length > 1 &&
          terms.map(({ start, end }) => (
            <Button key={start} size="small" onClick={() => ask(withoutStretch(q, start, end))}>
              without <span className="max-w-[36ch] truncate font-mono">{q.slice(start, end)}</span>
            </Button>
          ))}
        {q !== defaultQuery && (
          <Button size="small" onClick={() => ask(defaultQuery)}>
            all open alerts
          </Button>
        )}
        <Button size="small" onClick={() => ask("")}>
          all alerts
        </Button>
      </div>
    </>
  );
}

/** Why there is no row, and what to do about it. */
export function EmptyQueue() {
  const q = useQueue((queue) => queue.q);
  const ask = useQueue((queue) => queue.ask);
  const sessions = useQuery(countsQuery({})).data?.total;
  const alerts = useQuery(alertCountsQuery("")).data?.total;
  if (sessions === undefined || alerts === undefined) return <LoadingPanel what="the alerts" />;
  if (sessions === 0) {
    return (
      <EmptyPanel icon={Upload} title="Nothing has been analysed yet">
        <p className="mb-3">
          Alerts come from evidence.{" "}
          <a className="font-medium text-accent underline" href={placeHash({ screen: "import" })}>
            Import a recording
          </a>
          , or look around with the samples.
        </p>
        <SampleButton tone="primary" />
      </EmptyPanel>
    );
  }
  if (alerts === 0) {
    return (
      <EmptyPanel icon={CircleCheck} title="No session was flagged">
        {formatPlural(sessions, "session")} analysed, none of them suspicious.{" "}
        <a className="font-medium text-accent underline" href={placeHash({ screen: "verdicts" })}>
          Look at the verdicts
        </a>
      </EmptyPanel>
    );
  }
  if (q === defaultQuery) {
    return (
      <EmptyPanel icon={CircleCheck} title="The queue is empty">
        <p className="mb-3">
          {alerts === 1 ? "The one alert is" : `All ${formatPlural(alerts, "alert")} are`} closed, snoozed or
          suppressed.
        </p>
        <div className="flex justify-center gap-2">
          <Button size="small" onClick={() => ask("is:snoozed")}>
            Snoozed ones
          </Button>
          <Button size="small" onClick={() => ask("status:closed")}>
            Closed ones
          </Button>
        </div>
      </EmptyPanel>
    );
  }
  return (
    <EmptyPanel icon={SearchX} title="No alert matches">
      <Loosen q={q} />
    </EmptyPanel>
  );
}
