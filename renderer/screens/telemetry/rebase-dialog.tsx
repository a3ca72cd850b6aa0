import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useId, useRef, useState } from "react";
import { refusalInWords } from "../../queries/client.ts";
import { sendRebase } from "../../queries/telemetry.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { notify } from "../../ui/toast.tsx";

/** Warns, and then lets telemetry learn anew. */
export function RebaseDialog({ isDrifting, onClose }: { isDrifting: boolean; onClose: () => void }) {
  const client = useQueryClient();
  const reasonId = useId();
  const field = useRef<HTMLInputElement>(null);
  const [reason, setReason] = useState("");
  const sending = useMutation({
    mutationFn: () => sendRebase(reason.trim()),
    networkMode: "always",
    onSuccess: () => {
      notify("Telemetry learns anew. Until it has learned, fixed limits decide.");
      onClose();
    },
    onSettled: () => {
      void client.invalidateQueries({ queryKey: ["telemetry"] });
      void client.invalidateQueries({ queryKey: ["health"] });
    },
  });
  return (
    <Dialog
      title="Accept what comes now as ordinary?"
      onClose={onClose}
      focus={field}
      size="medium"
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button tone="danger" disabled={sending.isPending} onClick={() => sending.mutate()}>
            Learn anew
          </Button>
        </>
      }
    >
      <p className="text-sm text-ink-2">
        History, model, reference and the counts of this screen are forgotten, and whatever is reported from now on
        counts as ordinary. If an attack is under way, it will be learned.{" "}
        <strong className="text-ink">This cannot be undone.</strong>
      </p>
      {isDrifting && (
        <p className="mt-2 text-sm text-warn">
          Ordinary values have moved. Make sure that a release or growth explains it before you accept it: somebody who
          creeps up looks the same.
        </p>
      )}
      <label htmlFor={reasonId} className="mt-3 mb-1 block text-xs font-medium text-ink-2">
        Reason, for the log (optional)
      </label>
      <input
        id={reasonId}
        ref={field}
        className="input w-full"
        maxLength={500}
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
