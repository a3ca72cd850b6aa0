import { ArrowLeft, CircleCheck, GitMerge, Pencil, RotateCcw, UserRound } from "lucide-react";
import { visibleWords } from "../../../shared/visible-text.ts";
import { ReadyTaskButton } from "../../agent/start-ready-task.tsx";
import { type CaseDetail, sendCaseChange } from "../../queries/cases.ts";
import { readCaseReport } from "../../queries/reports.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { useCasework } from "../../triage/casework.ts";
import { ReportButton } from "../../triage/report-button.tsx";
import { SeverityBadge } from "../../ui/alert-badges.tsx";
import { Button } from "../../ui/button.tsx";
import { KeyCap, KeyCaps } from "../../ui/key-cap.tsx";
import { NoteText } from "../../ui/note-text.tsx";
import { formatInstant, formatPlural } from "../../view/format.ts";
import { useKeyOf } from "../../view/keys-in-force.ts";
import { nameAssignee } from "../../view/own-name.ts";
import { placeHash } from "../../view/place.ts";
import { CaseStatusBadge, nameCase } from "./case-badges.tsx";
import type { CaseDialogName } from "./case-detail.tsx";
import { CaseExportMenu } from "./case-export-menu.tsx";

interface CaseHeaderProps {
  readonly detail: CaseDetail;
  readonly onAsk: (dialog: CaseDialogName) => void;
}

/** What the case is and what can be done with it as a whole. */
export function CaseHeader({ detail, onAsk }: CaseHeaderProps) {
  const zone = useTimeZone();
  const { isBusy, run } = useCasework();
  const closeKey = useKeyOf("close");
  const { case: shown } = detail;
  const isMerged = shown.merged_into !== null;
  const tags = shown.tags.map((tag) => `#${tag}`).join(" ");
  return (
    <header className="shrink-0 border-b border-line bg-surface px-4 py-3">
      <div className="flex items-start gap-3">
        <div className="min-w-0 flex-1">
          <a
            href={placeHash({ screen: "cases" })}
            className="inline-flex items-center gap-1 text-xs text-ink-2 hover:text-ink"
          >
            <ArrowLeft size={13} aria-hidden="true" /> Cases <KeyCap name="Escape" isHint />
          </a>
          <h2 className="mt-0.5 text-lg font-semibold break-words">{nameCase(shown)}</h2>
        </div>
        <div className="flex shrink-0 gap-2">
          <ReadyTaskButton size="normal" subjects={[{ kind: "case", id: shown.id }]} />
          <CaseExportMenu id={shown.id} alerts={shown.alerts} />
          <ReportButton size="normal" name={`case-${shown.id}`} read={() => readCaseReport(shown.id)} />
          {isMerged ? (
            <Button
              icon={RotateCcw}
              disabled={isBusy}
              onClick={() => run("The case stands alone again.", () => sendCaseChange(shown, { merged_into: null }))}
            >
              Take out of the other case
            </Button>
          ) : (
            <>
              <Button icon={Pencil} onClick={() => onAsk("edit")}>
                Edit
              </Button>
              {shown.status === "open" && (
                <Button
                  icon={GitMerge}
                  title="Takes in other cases; each can be taken out again"
                  onClick={() => onAsk("merge")}
                >
                  Merge
                </Button>
              )}
              {shown.status === "open" ? (
                <Button tone="primary" icon={CircleCheck} onClick={() => onAsk("close")}>
                  Close {closeKey !== undefined && <KeyCaps keys={closeKey} isHint />}
                </Button>
              ) : (
                <Button
                  icon={RotateCcw}
                  disabled={isBusy}
                  onClick={() => run("The case is open again.", () => sendCaseChange(shown, { status: "open" }))}
                >
                  Reopen
                </Button>
              )}
            </>
          )}
        </div>
      </div>
      <div className="mt-1.5 flex flex-wrap items-center gap-x-3 gap-y-1 text-xs text-ink-2">
        <SeverityBadge severity={shown.severity} />
        <CaseStatusBadge status={shown.status} outcome={shown.outcome} />
        <span className="flex items-center gap-1">
          <UserRound size={13} aria-hidden="true" />
          <span className="sr-only">Assigned to</span>
          {nameAssignee(shown.assignee)}
        </span>
        <span>
          {formatPlural(shown.alerts, "alert")}, {shown.open_alerts === 0 ? "none open" : `${shown.open_alerts} open`}
        </span>
        <span>{formatPlural(shown.sessions, "session")}</span>
        {tags !== "" && <span className="font-medium">{tags}</span>}
        <span className="text-ink-3">
          opened {formatInstant(shown.opened_at, zone)} by {visibleWords(shown.opened_by)}
        </span>
        {shown.closed_at !== null && <span className="text-ink-3">closed {formatInstant(shown.closed_at, zone)}</span>}
      </div>
      {isMerged && (
        <p className="mt-2 rounded-md bg-warn-soft px-3 py-2 text-xs text-warn">
          Merged into{" "}
          <a className="font-medium underline" href={placeHash({ screen: "cases", item: shown.merged_into ?? "" })}>
            another case
          </a>
          : what is in it is seen there.
        </p>
      )}
      {shown.summary !== null && shown.summary !== "" && (
        <div className="mt-2 max-w-[110ch] text-sm">
          <NoteText text={shown.summary} />
        </div>
      )}
    </header>
  );
}
