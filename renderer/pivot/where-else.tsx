import { useQuery } from "@tanstack/react-query";
import { Crosshair } from "lucide-react";
import { useState } from "react";
import { alertCountsQuery } from "../queries/alerts.ts";
import { foundCountsQuery } from "../queries/search.ts";
import { useTimeZone } from "../queries/settings.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { UntrustedText } from "../ui/untrusted-text.tsx";
import { formatCount, formatInstant } from "../view/format.ts";
import { useKeyOf, withKey } from "../view/keys-in-force.ts";
import type { PivotValue } from "../view/pivot.ts";
import { goTo } from "../view/place.ts";
import { useQueue } from "../view/queue.ts";
import { searchPlace } from "../view/search.ts";
import { useKeys } from "../view/use-keys.ts";

function showRequests(value: PivotValue): void {
  goTo(searchPlace(value.requests));
}

function showAlerts(q: string): void {
  useQueue.getState().ask(q);
  goTo({ screen: "alerts" });
}

function Row({ value, onClose }: { value: PivotValue; onClose: () => void }) {
  const zone = useTimeZone();
  const requests = useQuery(foundCountsQuery(value.requests));
  const alerts = useQuery({
    ...alertCountsQuery(value.alerts ?? ""),
    enabled: value.alerts !== null,
  });
  const counts = requests.data;
  const more = counts?.exact === false ? "+" : "";
  const leave = (go: () => void) => () => {
    onClose();
    go();
  };
  return (
    <tr className="border-b border-line align-baseline last:border-0">
      <th scope="row" className="py-1.5 pr-3 text-left font-medium whitespace-nowrap">
        {value.label}
      </th>
      <td className="max-w-[300px] py-1.5 pr-3">
        <span className="line-clamp-2 break-all">
          <UntrustedText text={value.text} />
        </span>
      </td>
      {counts === undefined ? (
        <td colSpan={4} className={`py-1.5 pr-3 ${requests.error === null ? "text-ink-3" : "text-danger"}`}>
          {requests.error === null ? "Counting…" : requests.error.message}
        </td>
      ) : (
        <>
          <td className="py-1.5 pr-4 text-right whitespace-nowrap">
            {counts.requests === 0 && counts.exact ? (
              "0"
            ) : (
              <button type="button" className="text-accent hover:underline" onClick={leave(() => showRequests(value))}>
                {formatCount(counts.requests)}
                {more}
                <span className="sr-only"> requests with this {value.label.toLowerCase()}: search for them</span>
              </button>
            )}
          </td>
          <td className="py-1.5 pr-4 text-right whitespace-nowrap">
            {formatCount(counts.flagged)}
            {more}
            <span className="text-ink-3">
              {" "}
              / {formatCount(counts.requests - counts.flagged)}
              {more}
            </span>
          </td>
          <td className="py-1.5 pr-4 text-right">
            {formatCount(counts.sessions)}
            {more}
          </td>
          <td className="py-1.5 pr-4 whitespace-nowrap text-ink-2">
            {counts.first_seen === null || counts.last_seen === null ? (
              <span className="text-ink-3">no clock</span>
            ) : (
              <>
                {more !== "" && "within "}
                {formatInstant(counts.first_seen, zone)}
                <br />
                {formatInstant(counts.last_seen, zone)}
              </>
            )}
          </td>
        </>
      )}
      <td className="py-1.5 text-right">
        {value.alerts === null ? (
          <span className="text-ink-3">–</span>
        ) : alerts.data === undefined ? (
          <span className="text-ink-3">{alerts.error === null ? "…" : "failed"}</span>
        ) : alerts.data.total === 0 ? (
          "0"
        ) : (
          <button
            type="button"
            className="text-accent hover:underline"
            onClick={leave(() => showAlerts(value.alerts ?? ""))}
          >
            {formatCount(alerts.data.total)}
            <span className="sr-only"> alerts with this {value.label.toLowerCase()}: show them in the queue</span>
          </button>
        )}
      </td>
    </tr>
  );
}

/** Where else each value was seen: in requests, flagged and benign, and in alerts. */
export function WhereElseDialog({ values, onClose }: { values: readonly PivotValue[]; onClose: () => void }) {
  return (
    <Dialog title="Where else was it seen?" onClose={onClose} size="large">
      {values.length === 0 ? (
        <p className="text-ink-2">Neither client, host, path nor payload of it is known.</p>
      ) : (
        <table className="w-full text-xs">
          <thead>
            <tr className="border-b border-line">
              <th className="th py-1.5">What</th>
              <th className="th">Value</th>
              <th className="th pr-4 text-right">Requests</th>
              <th className="th pr-4 text-right">Flagged / benign</th>
              <th className="th pr-4 text-right">Sessions</th>
              <th className="th">First and last seen</th>
              <th className="th text-right">Alerts</th>
            </tr>
          </thead>
          <tbody>
            {values.map((value) => (
              <Row key={value.requests} value={value} onClose={onClose} />
            ))}
          </tbody>
        </table>
      )}
      <p className="mt-3 text-xs text-ink-3">
        A number with a plus is what was counted in a second; there is more. Of payloads, flagged ones are compared.
      </p>
    </Dialog>
  );
}

/** A button, and the key w, that tell where else the values of something were seen. */
export function WhereElse({ values }: { values: readonly PivotValue[] }) {
  const [isOpen, setOpen] = useState(false);
  useKeys({ whereElse: () => setOpen(true) });
  return (
    <>
      <Button
        size="small"
        icon={Crosshair}
        title={withKey("Where else was it seen", useKeyOf("whereElse"))}
        onClick={() => setOpen(true)}
      >
        Where else
      </Button>
      {isOpen && <WhereElseDialog values={values} onClose={() => setOpen(false)} />}
    </>
  );
}
