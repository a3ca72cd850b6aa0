import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { DriftAlarm } from "../../../shared/drift.ts";
import { refusalInWords } from "../../queries/client.ts";
import { sendAcknowledgement, sendRefit } from "../../queries/drift.ts";
import { offerUndo } from "../../ui/offer-undo.ts";
import { notify } from "../../ui/toast.tsx";

/** What can be done about an alarm; null: not now. */
export interface DriftDeeds {
  readonly acknowledge: (() => void) | null;
  readonly refit: (() => void) | null;
}

export function useDriftDeeds(alarm: DriftAlarm | undefined): DriftDeeds {
  const client = useQueryClient();
  const read = () => {
    void client.invalidateQueries({ queryKey: ["drift"] });
    void client.invalidateQueries({ queryKey: ["audit"] });
  };
  const onError = (error: Error) => notify(`Not done: ${refusalInWords(error)}`, { tone: "danger" });
  const acknowledging = useMutation({
    mutationFn: sendAcknowledgement,
    networkMode: "always",
    onSuccess: ({ event_id }) =>
      offerUndo("Acknowledged: the alarm stays quiet until it is worse.", { eventId: event_id, onTried: read }),
    onError,
    onSettled: read,
  });
  const refitting = useMutation({
    mutationFn: sendRefit,
    networkMode: "always",
    onSuccess: () => notify("The behaviour model is being fitted to this machine's sessions. The fit can be undone."),
    onError,
    onSettled: read,
  });
  return {
    acknowledge:
      alarm?.state !== "raised" || acknowledging.isPending
        ? null
        : () => acknowledging.mutate({ version: alarm.version }),
    refit: refitting.isPending ? null : () => refitting.mutate(),
  };
}
