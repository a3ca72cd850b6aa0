import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { caseQuery } from "../../queries/cases.ts";
import { PanelStatus, StaleNote } from "../../ui/panel-status.tsx";
import { goTo } from "../../view/place.ts";
import { useKeys } from "../../view/use-keys.ts";
import { CaseAlerts } from "./case-alerts.tsx";
import { CaseHeader } from "./case-header.tsx";
import { CaseHistory } from "./case-history.tsx";
import { CaseNotes } from "./case-notes.tsx";
import { CaseObservables } from "./case-observables.tsx";
import { CaseTasks } from "./case-tasks.tsx";
import { CaseTimeline } from "./case-timeline.tsx";
import { CloseCaseDialog } from "./close-case-dialog.tsx";
import { EditCaseDialog } from "./edit-case-dialog.tsx";
import { MergeDialog } from "./merge-dialog.tsx";
import { MergedCases } from "./merged-cases.tsx";

export type CaseDialogName = "edit" | "close" | "merge";

/** Everything about one case. */
export function CaseDetailView({ id }: { id: string }) {
  const query = useQuery(caseQuery(id));
  const [dialog, setDialog] = useState<CaseDialogName | null>(null);
  const detail = query.data;
  const isOpen = detail?.case.status === "open" && detail.case.merged_into === null;
  useKeys(
    {
      back: () => goTo({ screen: "cases" }),
      close: () => {
        if (isOpen) setDialog("close");
      },
    },
    (action) => (action === "close" && !isOpen ? "the case is closed already" : null),
  );
  if (detail === undefined) return <PanelStatus query={query} what="this case" />;
  const props = { detail, onClose: () => setDialog(null) };
  return (
    <div className="flex h-full flex-col">
      <CaseHeader detail={detail} onAsk={setDialog} />
      <StaleNote query={query} what="the case" />
      <section
        aria-label="About the case"
        tabIndex={0}
        className="grid min-h-0 flex-1 grid-cols-2 content-start items-start gap-3 overflow-y-auto p-4 focus-visible:outline-offset-[-2px] 2xl:grid-cols-3"
      >
        <div className="space-y-3">
          <CaseAlerts detail={detail} />
          <MergedCases detail={detail} />
          <CaseTasks detail={detail} />
        </div>
        <div className="space-y-3">
          <CaseTimeline detail={detail} />
          <CaseNotes detail={detail} />
        </div>
        <div className="space-y-3 max-2xl:col-span-2 max-2xl:grid max-2xl:grid-cols-2 max-2xl:items-start max-2xl:gap-3 max-2xl:space-y-0">
          <CaseObservables detail={detail} />
          <CaseHistory detail={detail} />
        </div>
      </section>
      {dialog === "edit" && <EditCaseDialog {...props} />}
      {dialog === "close" && <CloseCaseDialog {...props} />}
      {dialog === "merge" && <MergeDialog {...props} />}
    </div>
  );
}
