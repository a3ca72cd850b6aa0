import { TriangleAlert } from "lucide-react";
import { useId, useRef, useState } from "react";
import { CloseReason, closeReasons } from "../../../shared/alert.ts";
import { type CaseOutcome, caseOutcomes } from "../../../shared/case.ts";
import { visibleWords } from "../../../shared/visible-text.ts";
import { type CaseDetail, sendCaseChange } from "../../queries/cases.ts";
import { Options } from "../../triage/action-dialog.tsx";
import { useCasework } from "../../triage/casework.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { KeyCap } from "../../ui/key-cap.tsx";
import { formatPlural } from "../../view/format.ts";
import { caseOutcomeLabels, caseOutcomeMeanings, reasonLabels } from "../../view/labels.ts";
import { nameCase } from "./case-badges.tsx";

const options = caseOutcomes.map((value) => ({
  value,
  label: caseOutcomeLabels[value],
  detail: caseOutcomeMeanings[value],
}));

/** The reason for alerts that goes with the outcome of their case; none where that was not found out. */
const reasonFor: Record<CaseOutcome, CloseReason | null> = {
  true_positive: "true_positive",
  benign_true_positive: "benign_true_positive",
  false_positive: "false_positive",
  indeterminate: null,
};

const leave = "";

function OpenTasks({ detail }: { detail: CaseDetail }) {
  const open = detail.items.filter((item) => item.kind === "task" && !item.done);
  if (open.length === 0) return null;
  return (
    <div role="alert" className="mb-3 rounded-md bg-warn-soft px-3 py-2 text-xs text-warn">
      <p className="flex items-center gap-1.5 font-semibold">
        <TriangleAlert size={14} aria-hidden="true" />
        {formatPlural(open.length, "task is", "tasks are")} still open
      </p>
      <ul className="mt-1 list-disc pl-7">
        {open.map((item) => (
          <li key={item.id}>{item.text === null ? "erased" : visibleWords(item.text)}</li>
        ))}
      </ul>
    </div>
  );
}

/** What the case came to, and what becomes of its open alerts. */
export function CloseCaseDialog({ detail, onClose }: { detail: CaseDetail; onClose: () => void }) {
  const [outcome, setOutcome] = useState<CaseOutcome | null>(null);
  const [picked, setPicked] = useState<CloseReason | typeof leave | null>(null);
  const first = useRef<HTMLInputElement>(null);
  const id = useId();
  const { isBusy, run } = useCasework();
  const { case: shown } = detail;
  const reason = picked ?? (outcome === null ? null : reasonFor[outcome]) ?? leave;
  const isReady = outcome !== null && !isBusy;
  const close = () => {
    if (outcome === null) return;
    const more = {
      despite_open_tasks: true,
      ...(reason === leave || shown.open_alerts === 0 ? {} : { close_alerts: reason }),
    };
    run("The case is closed.", () => sendCaseChange(shown, { status: "closed", outcome }, more), onClose);
  };
  return (
    <Dialog
      title={`Close "${nameCase(shown)}"`}
      onClose={onClose}
      focus={first}
      onKeyDown={(event) => {
        if (event.key === "Enter" && !(event.target instanceof HTMLButtonElement)) {
          event.preventDefault();
          if (isReady) close();
        } else if (/^[1-9]$/.test(event.key)) setOutcome(caseOutcomes[Number(event.key) - 1] ?? outcome);
      }}
      actions={
        <>
          <Button onClick={onClose}>
            Cancel <KeyCap name="Escape" isHint />
          </Button>
          <Button tone="primary" disabled={!isReady} onClick={close}>
            {shown.open_tasks > 0 ? "Close despite open tasks" : "Close"} <KeyCap name="Enter" isHint />
          </Button>
        </>
      }
    >
      <OpenTasks detail={detail} />
      <Options legend="Outcome" options={options} value={outcome} onChange={setOutcome} first={first} />
      {shown.open_alerts > 0 && (
        <>
          <label htmlFor={id} className="mt-3 mb-1 block text-xs font-medium text-ink-2">
            Its {formatPlural(shown.open_alerts, "open alert")}
          </label>
          <select
            id={id}
            className="input w-full"
            value={reason}
            onChange={(event) => setPicked(CloseReason.safeParse(event.target.value).data ?? leave)}
          >
            <option value={leave}>stay as they are</option>
            {closeReasons.map((each) => (
              <option key={each} value={each}>
                are closed as {reasonLabels[each].toLowerCase()}
              </option>
            ))}
          </select>
        </>
      )}
    </Dialog>
  );
}
