import { useMutation } from "@tanstack/react-query";
import { Eye } from "lucide-react";
import { useId, useState } from "react";
import type { z } from "zod";
import { requestNumber } from "../../../shared/request-number.ts";
import type { RequestSegment } from "../../../shared/verdict.ts";
import { reveal } from "../../queries/verdicts.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";

interface RevealDialogProps {
  readonly verdictId: string;
  readonly request: number;
  readonly onClose: () => void;
  readonly onRevealed: (segments: z.infer<typeof RequestSegment>[]) => void;
}

/** Asks before secrets are shown: that they were is in the log for good. */
export function RevealDialog({ verdictId, request, onClose, onRevealed }: RevealDialogProps) {
  const [reason, setReason] = useState("");
  const reasonId = useId();
  const asking = useMutation({
    mutationFn: () => reveal({ id: verdictId, request, reason: reason.trim() }),
    onSuccess: ({ segments }) => onRevealed(segments),
  });
  return (
    <Dialog
      title={`Reveal the secrets of request #${requestNumber(request)}?`}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button tone="primary" icon={Eye} disabled={asking.isPending} onClick={() => asking.mutate()}>
            Reveal
          </Button>
        </>
      }
    >
      <p className="mb-3 text-ink-2">
        Passwords, tokens and session cookies of this request become visible here until you leave it. The audit log
        records that you asked, and why. <strong className="text-ink">This cannot be undone.</strong>
      </p>
      <label htmlFor={reasonId} className="mb-1 block text-xs font-medium text-ink-2">
        Reason (optional)
      </label>
      <input
        id={reasonId}
        className="input w-full"
        maxLength={500}
        value={reason}
        onChange={(event) => setReason(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && !asking.isPending) asking.mutate();
        }}
      />
      {asking.error !== null && (
        <p role="alert" className="mt-3 text-danger">
          {asking.error.message}
        </p>
      )}
    </Dialog>
  );
}
