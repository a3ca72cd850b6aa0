import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Undo2 } from "lucide-react";
import type { AlertHistoryEntry } from "../../../shared/alert.ts";
import { visibleWords } from "../../../shared/visible-text.ts";
import { type AlertDetail, readAlerts } from "../../queries/alerts.ts";
import { undo } from "../../queries/audit.ts";
import { refusalInWords } from "../../queries/client.ts";
import { readReport } from "../../queries/reports.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { patchAlerts } from "../../triage/alert-cache.ts";
import { refreshAlerts } from "../../triage/change-alerts.ts";
import { describeEntry } from "../../triage/refusal.ts";
import { ReportButton } from "../../triage/report-button.tsx";
import { Button } from "../../ui/button.tsx";
import { notify } from "../../ui/toast.tsx";
import { formatCount, formatInstant } from "../../view/format.ts";

function Entry({ alertId, entry }: { alertId: string; entry: AlertHistoryEntry }) {
  const client = useQueryClient();
  const zone = useTimeZone();
  const words = describeEntry(entry, zone);
  const undoing = useMutation({
    mutationFn: () => undo(entry.event_id),
    onSuccess: async () => {
      notify(`Undone: ${words}.`);
      patchAlerts(client, await readAlerts([alertId]));
    },
    onError: (error) => notify(`Not undone: ${refusalInWords(error)}`, { tone: "danger" }),
    onSettled: () => refreshAlerts(client),
  });
  return (
    <li className="flex min-h-8 items-center gap-3 py-1 text-xs">
      <span className="w-[124px] shrink-0 text-ink-3">{formatInstant(entry.at, zone)}</span>
      <span className="w-20 shrink-0 truncate font-medium">{visibleWords(entry.by)}</span>
      <span className="min-w-0 flex-1 break-words">
        {words}
        {entry.alerts > 1 && <span className="text-ink-3"> · with {formatCount(entry.alerts - 1)} more</span>}
      </span>
      {entry.undoable && (
        <Button size="small" icon={Undo2} disabled={undoing.isPending} onClick={() => undoing.mutate()}>
          {entry.alerts > 1 ? `Undo for all ${formatCount(entry.alerts)}` : "Undo"}
        </Button>
      )}
    </li>
  );
}

/** Who did what to the alert, the last first. */
export function AlertHistory({ detail }: { detail: AlertDetail }) {
  const { alert, history } = detail;
  return (
    <section aria-labelledby="alert-history" className="card p-4">
      <div className="mb-1 flex items-center justify-between">
        <h2 id="alert-history" className="text-sm font-semibold">
          History
        </h2>
        <ReportButton name={`alert-${alert.id.slice(0, 12)}`} read={() => readReport(alert.id)} />
      </div>
      {alert.reopened && (
        <p className="text-xs text-warn">
          A worse session joined it after it was closed or snoozed: that ended there, and it is open.
        </p>
      )}
      {history.length === 0 && <p className="text-xs text-ink-2">Nobody has touched it yet.</p>}
      <ul className="divide-y divide-line empty:hidden">
        {history.map((entry) => (
          <Entry key={entry.event_id} alertId={alert.id} entry={entry} />
        ))}
      </ul>
    </section>
  );
}
