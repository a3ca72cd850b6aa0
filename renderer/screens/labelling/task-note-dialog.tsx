import { useRef, useState } from "react";
import { NoteField } from "../../triage/note-field.tsx";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { KeyCap } from "../../ui/key-cap.tsx";
import { useLabelling } from "../../view/labelling.ts";

/** A note that goes with the next label or flag. */
export function TaskNoteDialog({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState(useLabelling.getState().note);
  const field = useRef<HTMLTextAreaElement>(null);
  const keep = () => {
    useLabelling.setState({ note: text.slice(0, 2000) });
    onClose();
  };
  return (
    <Dialog
      title="Note with the label"
      onClose={onClose}
      focus={field}
      onKeyDown={(event) => {
        if (event.key !== "Enter" || event.shiftKey || event.target instanceof HTMLButtonElement) return;
        event.preventDefault();
        keep();
      }}
      actions={
        <>
          <Button onClick={onClose} aria-keyshortcuts="Escape">
            Cancel <KeyCap name="Escape" isHint />
          </Button>
          <Button tone="primary" onClick={keep} aria-keyshortcuts="Enter">
            Keep <KeyCap name="Enter" isHint />
          </Button>
        </>
      }
    >
      <NoteField
        label="For whoever looks at it later (Shift Enter for a new line)"
        rows={4}
        value={text}
        onChange={setText}
        field={field}
      />
    </Dialog>
  );
}
