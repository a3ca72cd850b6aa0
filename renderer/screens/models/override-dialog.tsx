import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useId, useRef, useState } from "react";
import type { ModelEntry } from "../../../shared/model.ts";
import { gateLabels, shortId } from "../../learn/estimate.ts";
import { refusalInWords } from "../../queries/client.ts";
import { sendOverride } from "../../queries/models.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { offerUndo } from "../../ui/offer-undo.ts";

const shortestReason = 10;

/** Lets a model decide although a gate failed: an admin's word, with a reason. */
export function OverrideDialog({ model, onClose }: { model: ModelEntry; onClose: () => void }) {
  const client = useQueryClient();
  const reasonId = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  const [reason, setReason] = useState("");
  const { metadata, evaluation, version } = model;
  const failed = evaluation?.gates.filter(({ verdict }) => verdict === "failed") ?? [];
  const refresh = () => client.invalidateQueries({ queryKey: ["models"] });
  const overriding = useMutation({
    mutationFn: () => sendOverride({ id: metadata.id, reason: reason.trim(), base_version: version }),
    networkMode: "always",
    onSuccess({ event_id }) {
      offerUndo(`The gates of ${shortId(metadata.id)} are overridden.`, { eventId: event_id, onTried: refresh });
      onClose();
    },
    onSettled: refresh,
  });
  const isReady = reason.trim().length >= shortestReason && !overriding.isPending;
  return (
    <Dialog
      title={`Let ${shortId(metadata.id)} decide although a gate failed`}
      onClose={onClose}
      focus={field}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button tone="danger" disabled={!isReady} onClick={() => overriding.mutate()}>
            Override the gates
          </Button>
        </>
      }
    >
      <ul className="mb-3 space-y-1 text-sm">
        {failed.map((gate) => (
          <li key={gate.name}>
            <strong className="font-semibold">{gateLabels[gate.name]}</strong>: {gate.why}
          </li>
        ))}
      </ul>
      <label htmlFor={reasonId} className="mb-1 block text-xs font-medium text-ink-2">
        Reason, for the log and the model's card (at least {shortestReason} characters)
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
      <p className="mt-2 text-xs text-ink-2">
        Needs the role admin. It ends with the next judgement, and can be undone. The model decides only once it is made
        champion.
      </p>
      {overriding.error !== null && (
        <p role="alert" className="mt-2 text-xs text-danger">
          Not overridden: {refusalInWords(overriding.error)}
        </p>
      )}
    </Dialog>
  );
}
