import { useRef, useState } from "react";
import { type Severity, severities } from "../../shared/alert.ts";
import { severityLabels } from "../view/labels.ts";
import { ActionDialog, type Option, Options } from "./action-dialog.tsx";
import { type Target, targetRows } from "./target.ts";

type Choice = Severity | "found";

const options: readonly Option<Choice>[] = [
  ...severities.toReversed().map((value) => ({ value, label: severityLabels[value] })),
  { value: "found", label: "As found", detail: "what its sessions make of it" },
];

interface SeverityDialogProps {
  readonly target: Target;
  readonly onClose: () => void;
  /** Null: as its sessions make it. */
  readonly onConfirm: (severity: Severity | null) => void;
}

export function SeverityDialog({ target, onClose, onConfirm }: SeverityDialogProps) {
  const [only, ...others] = targetRows(target);
  const [chosen, setChosen] = useState<Choice | null>(
    only !== undefined && others.length === 0 ? (only.severity_set ? only.severity : "found") : null,
  );
  const first = useRef<HTMLInputElement>(null);
  return (
    <ActionDialog
      verb="Severity"
      target={target}
      confirm="Set"
      isReady={chosen !== null}
      focus={first}
      onClose={onClose}
      onDigit={(digit) => setChosen(options[digit - 1]?.value ?? chosen)}
      onConfirm={() => {
        if (chosen !== null) onConfirm(chosen === "found" ? null : chosen);
      }}
    >
      <Options legend="Severity" options={options} value={chosen} onChange={setChosen} first={first} />
    </ActionDialog>
  );
}
