import { X } from "lucide-react";
import type { Alert } from "../../../shared/alert.ts";
import { sendChange } from "../../queries/alerts.ts";
import type { CaseDetail } from "../../queries/cases.ts";
import { useCasework } from "../../triage/casework.ts";
import { SeverityBadge, StatusBadge } from "../../ui/alert-badges.tsx";
import { Button, IconButton } from "../../ui/button.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { nameAlert } from "../../view/alert-change.ts";
import { formatCount } from "../../view/format.ts";
import { useKeyOf, withKey } from "../../view/keys-in-force.ts";
import { classLabels } from "../../view/labels.ts";
import { goTo, placeHash } from "../../view/place.ts";
import { useQueue } from "../../view/queue.ts";

function AlertLine({ alert }: { alert: Alert }) {
  const { isBusy, run } = useCasework();
  return (
    <li className="flex items-center gap-1 pr-2 hover:bg-hover">
      <a
        href={placeHash({ screen: "session", id: alert.verdict_id, tab: "alert" })}
        className="block min-w-0 flex-1 py-1.5 pl-4 text-xs"
      >
        <span className="flex items-center gap-2.5">
          <SeverityBadge severity={alert.severity} />
          <StatusBadge alert={alert} />
          <span className="min-w-0 flex-1 truncate font-medium">
            {alert.class === "benign" ? "Behaviour only" : classLabels[alert.class]}
          </span>
          <span className="shrink-0 text-ink-2">
            {alert.client === null ? "unknown client" : <UntrustedText text={alert.client} />}
          </span>
        </span>
        <span className="mt-0.5 block truncate">
          <UntrustedText text={alert.payload ?? alert.request_line} />
        </span>
      </a>
      <IconButton
        icon={X}
        label={`Take out of the case: ${nameAlert(alert)}`}
        className="!size-6"
        disabled={isBusy}
        onClick={() =>
          run(`${nameAlert(alert)}: taken out of the case.`, () => sendChange([alert], { change: { case_id: null } }))
        }
      />
    </li>
  );
}

/** The alerts of the case, the worst first. */
export function CaseAlerts({ detail }: { detail: CaseDetail }) {
  const { case: shown, alerts } = detail;
  const putKey = useKeyOf("putInCase");
  const showInQueue = () => {
    useQueue.getState().ask(`case:${shown.id}`);
    goTo({ screen: "alerts" });
  };
  return (
    <section aria-labelledby="case-alerts" className="card overflow-clip pb-2">
      <div className="flex items-center justify-between px-4 pt-3 pb-1.5">
        <h3 id="case-alerts" className="text-sm font-semibold">
          Alerts <span className="font-normal text-ink-3">{formatCount(shown.alerts)}</span>
        </h3>
        {shown.alerts > 0 && (
          <Button size="small" onClick={showInQueue}>
            Show in the queue
          </Button>
        )}
      </div>
      {alerts.length === 0 && (
        <p className="px-4 text-xs text-ink-2">{`${withKey("None yet: alerts of the queue are put in with Case", putKey)}.`}</p>
      )}
      <ul className="max-h-[420px] overflow-y-auto">
        {alerts.map((alert) => (
          <AlertLine key={alert.id} alert={alert} />
        ))}
      </ul>
      {shown.alerts > alerts.length && (
        <p className="px-4 pt-1 text-xs text-ink-3">The worst {formatCount(alerts.length)}; the queue shows all.</p>
      )}
    </section>
  );
}
