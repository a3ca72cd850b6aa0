import { useId, useRef, useState } from "react";
import { ActionDialog } from "./action-dialog.tsx";
import type { Target } from "./target.ts";

interface NoteDialogProps {
  readonly target: Target;
  readonly onClose: () => void;
  readonly onConfirm: (text: string) => void;
}

/** A note on alerts, for whoever looks at them later. */
export function NoteDialog({ target, onClose, onConfirm }: NoteDialogProps) {
  const [text, setText] = useState("");
  const field = useRef<HTMLTextAreaElement>(null);
  const id = useId();
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
      <label htmlFor={id} className="mb-1 block text-xs font-medium text-ink-2">
        Text (Markdown)
      </label>
      <textarea
        ref={field}
        id={id}
        rows={6}
        maxLength={10_000}
        className="input w-full resize-y"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
    </ActionDialog>
  );
}
