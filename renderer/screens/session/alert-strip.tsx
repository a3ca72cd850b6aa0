import { AlarmClock, BriefcaseBusiness, ChevronDown, ChevronUp, Eye, RotateCcw, UserRound } from "lucide-react";
import type { Alert } from "../../../shared/alert.ts";
import { visibleWords } from "../../../shared/visible-text.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { openAlert } from "../../triage/open-alert.ts";
import { TriageButtons } from "../../triage/triage-buttons.tsx";
import { useTriage } from "../../triage/use-triage.tsx";
import { SeverityBadge, StatusBadge } from "../../ui/alert-badges.tsx";
import { Badge } from "../../ui/badge.tsx";
import { IconButton } from "../../ui/button.tsx";
import { isSnoozed, nameAlert } from "../../view/alert-change.ts";
import { formatInstant, formatPlural } from "../../view/format.ts";
import { useKeyOf } from "../../view/keys-in-force.ts";
import { nameAssignee } from "../../view/own-name.ts";
import { goTo, placeHash, type SessionTab } from "../../view/place.ts";
import { useView } from "../../view/view.ts";

function Facts({ alert, caseTitle }: Pick<AlertStripProps, "alert" | "caseTitle">) {
  const zone = useTimeZone();
  const tags = alert.tags.map((tag) => `#${tag}`).join(" ");
  return (
    <div className="flex min-w-0 flex-1 flex-wrap items-center gap-x-2.5 gap-y-1 text-xs">
      <SeverityBadge severity={alert.severity} />
      <StatusBadge alert={alert} />
      {alert.reopened && (
        <Badge tone="warn" icon={RotateCcw}>
          Reopened by a worse session
        </Badge>
      )}
      {alert.snoozed_until !== null && isSnoozed(alert, Date.now()) && (
        <Badge tone="warn" icon={AlarmClock}>
          Snoozed until {formatInstant(alert.snoozed_until, zone).slice(0, 16)}
        </Badge>
      )}
      {alert.watched.map((name) => (
        <Badge key={name} tone="accent" icon={Eye}>
          <span className="sr-only">Watched:</span>
          {visibleWords(name)}
        </Badge>
      ))}
      <span className="flex items-center gap-1 text-ink-2">
        <UserRound size={13} aria-hidden="true" />
        <span className="sr-only">Assigned to</span>
        <span className="max-w-[18ch] truncate" title={nameAssignee(alert.assignee)}>
          {nameAssignee(alert.assignee)}
        </span>
      </span>
      {alert.sessions > 1 && <span className="text-ink-2">One of {formatPlural(alert.sessions, "session")}</span>}
      {alert.case_id !== null && <CaseLink id={alert.case_id} title={caseTitle} />}
      {alert.tags.length > 0 && (
        <span className="min-w-0 truncate font-medium text-ink-2" title={tags}>
          {tags}
        </span>
      )}
    </div>
  );
}

/** The case that the alert is in, by its title once that is read. */
function CaseLink({ id, title }: { id: string; title: string | null }) {
  return (
    <a
      href={placeHash({ screen: "cases", item: id })}
      className="flex min-w-0 items-center gap-1 font-medium text-accent hover:underline"
    >
      <BriefcaseBusiness size={13} aria-hidden="true" />
      <span className="sr-only">In the case</span>
      <span className="max-w-[32ch] truncate">{title === null ? "Case" : visibleWords(title)}</span>
    </a>
  );
}

interface AlertStripProps {
  readonly alert: Alert;
  /** Of the case that it is in, once that is read. */
  readonly caseTitle: string | null;
  readonly tab: SessionTab;
  readonly onMove: (by: 1 | -1) => void;
}

/** What is decided about the session's alert, and what can be done about it. Who came from the queue goes on in it. */
export function AlertStrip({ alert, caseTitle, tab, onMove }: AlertStripProps) {
  const isTriaging = useView((view) => view.list === "alerts");
  const onLeft = (next: Alert | undefined): string => {
    if (!isTriaging) return "";
    if (next === undefined || next.id === alert.id) {
      goTo({ screen: "alerts" });
      return " That was the last one of the queue.";
    }
    openAlert(next, { tab, replace: true });
    return ` Next: ${nameAlert(next)}.`;
  };
  const { act, dialog } = useTriage({ target: () => ({ kind: "rows", rows: [alert] }), onLeft });
  return (
    <section
      aria-label="Alert"
      className="mx-4 mb-1.5 flex items-center justify-between gap-4 rounded-lg border border-line bg-surface py-1 pr-1 pl-2.5"
    >
      <Facts alert={alert} caseTitle={caseTitle} />
      <div className="flex shrink-0 items-center">
        <TriageButtons act={act} alert={alert} />
        <IconButton
          icon={ChevronDown}
          label="Next alert of the queue"
          shortcut={useKeyOf("nextAlert")}
          onClick={() => onMove(1)}
        />
        <IconButton
          icon={ChevronUp}
          label="Previous alert of the queue"
          shortcut={useKeyOf("previousAlert")}
          onClick={() => onMove(-1)}
        />
      </div>
      {dialog}
    </section>
  );
}
