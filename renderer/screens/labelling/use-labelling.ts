import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { LabelTask } from "../../../shared/label.ts";
import type { PayloadClass } from "../../../shared/payload.ts";
import { refusalInWords } from "../../queries/client.ts";
import { sendWord } from "../../queries/labels.ts";
import { offerUndo } from "../../ui/offer-undo.ts";
import { notify } from "../../ui/toast.tsx";
import { bringBack, finish, useLabelling } from "../../view/labelling.ts";
import { classLabels } from "../../view/labels.ts";

interface Word {
  readonly task: LabelTask;
  /** Null: only flagged. */
  readonly label: PayloadClass | null;
  readonly note: string;
  readonly resolves: boolean;
}

function toldOf({ why }: LabelTask, label: PayloadClass | null): string {
  if (label !== null) return `Labelled: ${classLabels[label]}.`;
  if (why?.kind !== "audit") return "Flagged for others.";
  return "Flagged for others. It was drawn at random, so it counts as missing until somebody says what it is.";
}

/** Says what a task is: the next one stands there at once, and what the engine refuses comes back. */
export function useSaying(): (task: LabelTask, label: PayloadClass | null) => void {
  const client = useQueryClient();
  const readProgress = () => void client.invalidateQueries({ queryKey: ["label-progress"] });
  const saying = useMutation({
    mutationFn: ({ task, ...word }: Word) => sendWord(task, word),
    networkMode: "always",
    // One after the other, so that taking back the last thing takes back the last label.
    scope: { id: "labels" },
    onSuccess: ({ event_id }, { task, label }) =>
      offerUndo(toldOf(task, label), {
        eventId: event_id,
        undone: "Taken back: here it is again.",
        onTried: () => {
          bringBack(task.sample_id);
          readProgress();
        },
      }),
    onSettled: readProgress,
    onError: (error, { task }) => {
      bringBack(task.sample_id);
      notify(`Not labelled: ${refusalInWords(error)}`, { tone: "danger" });
    },
  });
  return (task, label) => {
    const { note, queue } = useLabelling.getState();
    finish(task.sample_id);
    saying.mutate({ task, label, note, resolves: queue === "disagreements" && label !== null });
  };
}
