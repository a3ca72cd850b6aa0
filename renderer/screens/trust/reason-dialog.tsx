import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useId, useRef, useState } from "react";
import { refusalInWords } from "../../queries/client.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";

interface ReasonDialogProps<T> {
  readonly title: string;
  /** Of the button that does it. */
  readonly action: string;
  readonly tone: "primary" | "danger";
  /** What is said of it beforehand. */
  readonly children: ReactNode;
  readonly send: (reason: string) => Promise<T>;
  readonly onDone: (answer: T) => void;
  readonly onClose: () => void;
}

/** Asks for a reason and does something with it; a refusal stays in sight, and so does the reason. */
export function ReasonDialog<T>({ title, action, tone, children, send, onDone, onClose }: ReasonDialogProps<T>) {
  const client = useQueryClient();
  const reasonId = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  const [reason, setReason] = useState("");
  const sending = useMutation({
    mutationFn: () => send(reason.trim()),
    networkMode: "always",
    onSuccess(answer) {
      onDone(answer);
      onClose();
    },
    onSettled: () => client.invalidateQueries({ queryKey: ["trust"] }),
  });
  return (
    <Dialog
      title={title}
      onClose={onClose}
      focus={field}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button tone={tone} disabled={reason.trim() === "" || sending.isPending} onClick={() => sending.mutate()}>
            {action}
          </Button>
        </>
      }
    >
      {children}
      <label htmlFor={reasonId} className="mt-3 mb-1 block text-xs font-medium text-ink-2">
        Reason, for the log
      </label>
      <textarea
        ref={field}
        id={reasonId}
        rows={3}
        maxLength={2000}
        className="input !h-auto w-full py-1.5"
        value={reason}
        onChange={(event) => setReason(event.target.value)}
      />
      {sending.error !== null && (
        <p role="alert" className="mt-2 text-sm text-danger">
          Not done: {refusalInWords(sending.error)}
        </p>
      )}
    </Dialog>
  );
}
