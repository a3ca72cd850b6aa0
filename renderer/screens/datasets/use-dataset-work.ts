import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { Job } from "../../../shared/job.ts";
import { refusalInWords } from "../../queries/client.ts";
import { useJob } from "../../queries/data.ts";
import { offerUndo } from "../../ui/offer-undo.ts";
import { notify } from "../../ui/toast.tsx";

/** Something done at once: said, and offered to be taken back. */
export function useDatasetDeed() {
  const client = useQueryClient();
  const refresh = () => void client.invalidateQueries({ queryKey: ["datasets"] });
  return useMutation({
    mutationFn: ({ send }: { words: string; send: () => Promise<{ event_id: string }> }) => send(),
    networkMode: "always",
    onSuccess: ({ event_id }, { words }) => offerUndo(words, { eventId: event_id, onTried: refresh }),
    onError: (error) => notify(`Not done: ${refusalInWords(error)}`, { tone: "danger" }),
    onSettled: refresh,
  });
}

interface Work {
  /** Begins it, unless one runs. */
  readonly start: (send: () => Promise<{ job_id: string }>) => void;
  readonly isBusy: boolean;
  readonly job: Job | undefined;
}

/** A job that this screen starts and follows. @param tell says what came of it, from its result */
export function useDatasetJob(tell: (result: Record<string, unknown>) => string): Work {
  const client = useQueryClient();
  const [id, setId] = useState<string | null>(null);
  const job = useJob(id);
  const starting = useMutation({
    mutationFn: (send: () => Promise<{ job_id: string }>) => send(),
    networkMode: "always",
    onSuccess: ({ job_id }) => {
      setId(job_id);
      void client.invalidateQueries({ queryKey: ["jobs"] });
    },
    onError: (error) => notify(`Not begun: ${refusalInWords(error)}`, { tone: "danger" }),
  });
  const isEnded = job !== undefined && job.state !== "queued" && job.state !== "running";
  useEffect(() => {
    if (!isEnded) return;
    setId(null);
    const refresh = () => void client.invalidateQueries({ queryKey: ["datasets"] });
    refresh();
    const { state, result, error } = job;
    if (state !== "done" || result === null) {
      notify(state === "cancelled" ? "Cancelled." : (error?.message ?? "It was broken off."), { tone: "danger" });
      return;
    }
    const words = tell(result);
    if (typeof result.event_id === "string") offerUndo(words, { eventId: result.event_id, onTried: refresh });
    else notify(words);
  }, [isEnded, job, tell, client]);
  return { start: starting.mutate, isBusy: starting.isPending || id !== null, job };
}
