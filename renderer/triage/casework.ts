import type { QueryClient } from "@tanstack/react-query";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { sendUndoOfBatch } from "../queries/alerts.ts";
import { undo } from "../queries/audit.ts";
import { CallFailed, refusalInWords } from "../queries/client.ts";
import { notify } from "../ui/toast.tsx";
import { followUndo } from "./bulk-runs.tsx";

/** What an action on cases is taken back by: its one event, or else the batch of its events. */
export interface Done {
  readonly event_id: string | null;
  readonly batch_id?: string;
}

/** Cases, and the alerts in them, have to be read again. */
export function refreshCases(client: QueryClient): void {
  void client.invalidateQueries({ queryKey: ["cases"] });
  for (const what of ["head", "counts", "one"]) void client.invalidateQueries({ queryKey: ["alerts", what] });
  void client.invalidateQueries({ queryKey: ["audit"] });
}

async function takeBack(client: QueryClient, { event_id, batch_id }: Done): Promise<void> {
  try {
    if (event_id !== null) {
      await undo(event_id);
      notify("Taken back.");
    } else if (batch_id !== undefined) followUndo(client, (await sendUndoOfBatch(batch_id)).job_id);
  } catch (error) {
    notify(`Not undone: ${refusalInWords(error as Error)}`, { tone: "danger" });
  } finally {
    refreshCases(client);
  }
}

interface Deed<T> {
  /** What is said when it is done; nothing where the screen shows it. */
  readonly words: string;
  readonly send: () => Promise<T>;
  readonly onDone?: (done: T) => void;
}

/** Does something to a case; says so, offers to take it back, and tells a refusal. */
export function useCasework() {
  const client = useQueryClient();
  const work = useMutation({
    mutationFn: ({ send }: Deed<Done>) => send(),
    networkMode: "always",
    onSuccess: (done, { words, onDone }) => {
      notify(words, { undo: () => void takeBack(client, done) });
      onDone?.(done);
    },
    onError: (error) => {
      const isLate =
        error instanceof CallFailed && error.code === "CONFLICT" && error.details?.base_version !== undefined;
      const why = isLate
        ? "somebody else changed it meanwhile. Nothing was overwritten; this is how it stands now."
        : refusalInWords(error);
      notify(`Not done: ${why}`, { tone: "danger" });
    },
    onSettled: () => refreshCases(client),
  });
  return {
    isBusy: work.isPending,
    run: <T extends Done>(words: string, send: () => Promise<T>, onDone?: (done: T) => void) =>
      work.mutate({ words, send, ...(onDone === undefined ? {} : { onDone: onDone as (done: Done) => void }) }),
  };
}
