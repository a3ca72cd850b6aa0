import { useId, useRef, useState } from "react";
import { sendNewCase } from "../../queries/cases.ts";
import { useCasework } from "../../triage/casework.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { KeyCap } from "../../ui/key-cap.tsx";
import { goTo } from "../../view/place.ts";

/** Opens a case without alerts. */
export function NewCaseDialog({ onClose }: { onClose: () => void }) {
  const [title, setTitle] = useState("");
  const { isBusy, run } = useCasework();
  const field = useRef<HTMLInputElement>(null);
  const id = useId();
  const isReady = title.trim() !== "" && !isBusy;
  const open = () =>
    run(
      `Case "${title.trim()}" is open.`,
      () => sendNewCase(title.trim(), []),
      (opened) => {
        onClose();
        goTo({ screen: "cases", item: opened.id });
      },
    );
  return (
    <Dialog
      title="New case"
      onClose={onClose}
      focus={field}
      onKeyDown={(event) => {
        if (event.key !== "Enter" || event.target instanceof HTMLButtonElement) return;
        event.preventDefault();
        if (isReady) open();
      }}
      actions={
        <>
          <Button onClick={onClose}>
            Cancel <KeyCap name="Escape" isHint />
          </Button>
          <Button tone="primary" disabled={!isReady} onClick={open}>
            Open <KeyCap name="Enter" isHint />
          </Button>
        </>
      }
    >
      <label htmlFor={id} className="mb-1 block text-xs font-medium text-ink-2">
        Title
      </label>
      <input
        ref={field}
        id={id}
        className="input w-full"
        maxLength={200}
        autoComplete="off"
        value={title}
        onChange={(event) => setTitle(event.target.value)}
      />
    </Dialog>
  );
}
