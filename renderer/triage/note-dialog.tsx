import { useRef } from "react";
import { useDraft } from "../view/drafts.ts";
import { ActionDialog } from "./action-dialog.tsx";
import { NoteField } from "./note-field.tsx";
import { draftAbout, type Target } from "./target.ts";

interface NoteDialogProps {
  readonly target: Target;
  readonly onClose: () => void;
  readonly onConfirm: (text: string) => void;
}

/** A note on alerts, for whoever looks at them later. */
export function NoteDialog({ target, onClose, onConfirm }: NoteDialogProps) {
  const [text, setText] = useDraft(draftAbout("note", target));
  const field = useRef<HTMLTextAreaElement>(null);
  return (
    <ActionDialog
      verb="Note"
      target={target}
      confirm="Write"
      confirmKey="Ctrl+Enter"
      isReady={text.trim() !== ""}
      focus={field}
      onClose={onClose}
      onConfirm={() => onConfirm(text.trim())}
    >
      <NoteField label="Text (Markdown)" rows={6} value={text} onChange={setText} field={field} />
    </ActionDialog>
  );
}
