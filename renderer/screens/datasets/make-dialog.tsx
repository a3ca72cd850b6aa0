import { useId, useRef, useState } from "react";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { KeyCap } from "../../ui/key-cap.tsx";

interface MakeDialogProps {
  readonly onClose: () => void;
  readonly onConfirm: (why: string) => void;
}

/** Why a version is made: whoever trains on it later wants to know. */
export function MakeDialog({ onClose, onConfirm }: MakeDialogProps) {
  const [why, setWhy] = useState("");
  const field = useRef<HTMLInputElement>(null);
  const id = useId();
  const confirm = () => {
    onClose();
    onConfirm(why.trim());
  };
  return (
    <Dialog
      title="Make a dataset version"
      onClose={onClose}
      focus={field}
      onKeyDown={(event) => {
        if (event.key !== "Enter" || event.target instanceof HTMLButtonElement) return;
        event.preventDefault();
        confirm();
      }}
      actions={
        <>
          <Button onClick={onClose} aria-keyshortcuts="Escape">
            Cancel <KeyCap name="Escape" isHint />
          </Button>
          <Button tone="primary" onClick={confirm} aria-keyshortcuts="Enter">
            Make it <KeyCap name="Enter" isHint />
          </Button>
        </>
      }
    >
      <p className="mb-3 text-ink-2">
        Of everything that is labelled and agreed on now. A version never changes; each sample keeps the split that it
        had.
      </p>
      <label htmlFor={id} className="mb-1 block text-xs font-medium text-ink-2">
        Why (optional)
      </label>
      <input
        ref={field}
        id={id}
        className="input w-full"
        maxLength={2000}
        autoComplete="off"
        value={why}
        onChange={(event) => setWhy(event.target.value)}
      />
    </Dialog>
  );
}
