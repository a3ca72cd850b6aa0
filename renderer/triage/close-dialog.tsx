import { useRef, useState } from "react";
import { type CloseReason, closeReasons } from "../../shared/alert.ts";
import { reasonLabels, reasonMeanings } from "../view/labels.ts";
import { ActionDialog, Options } from "./action-dialog.tsx";
import { NoteField } from "./note-field.tsx";
import type { Target } from "./target.ts";

const options = closeReasons.map((value) => ({ value, label: reasonLabels[value], detail: reasonMeanings[value] }));

interface CloseDialogProps {
  readonly target: Target;
  readonly onClose: () => void;
  readonly onConfirm: (reason: CloseReason, note: string | undefined) => void;
}

/** Why alerts are closed, and a word about it. */
export function CloseDialog({ target, onClose, onConfirm }: CloseDialogProps) {
  const [reason, setReason] = useState<CloseReason | null>(null);
  const [note, setNote] = useState("");
  const first = useRef<HTMLInputElement>(null);
  return (
    <ActionDialog
      verb="Close"
      target={target}
      isReady={reason !== null}
      focus={first}
      onClose={onClose}
      onDigit={(digit) => setReason(closeReasons[digit - 1] ?? reason)}
      onConfirm={() => {
        if (reason !== null) onConfirm(reason, note.trim() === "" ? undefined : note.trim());
      }}
    >
      <Options legend="Reason" options={options} value={reason} onChange={setReason} first={first} />
      <div className="mt-3">
        <NoteField
          label="Note (optional; Markdown, Shift Enter for a new line)"
          rows={2}
          value={note}
          onChange={setNote}
        />
      </div>
    </ActionDialog>
  );
}
