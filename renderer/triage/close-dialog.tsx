import { useId, useRef, useState } from "react";
import { type CloseReason, closeReasons } from "../../shared/alert.ts";
import { reasonLabels, reasonMeanings } from "../view/labels.ts";
import { ActionDialog, Options } from "./action-dialog.tsx";
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
  const noteId = useId();
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
      {target.kind === "rows" && (
        <div className="mt-3">
          <label htmlFor={noteId} className="mb-1 block text-xs font-medium text-ink-2">
            Note (optional; Markdown, Shift Enter for a new line)
          </label>
          <textarea
            id={noteId}
            rows={2}
            maxLength={10_000}
            className="input w-full resize-y"
            value={note}
            onChange={(event) => setNote(event.target.value)}
          />
        </div>
      )}
    </ActionDialog>
  );
}
