import { useMutation, useQueryClient } from "@tanstack/react-query";
import { refusalInWords } from "../../queries/client.ts";
import { offerUndo } from "../../ui/offer-undo.ts";
import { notify } from "../../ui/toast.tsx";

interface Deed {
  /** What is said once it is done. */
  readonly words: string;
  /** @returns the event; null: nothing had to be done */
  readonly send: () => Promise<{ event_id: string | null }>;
}

/** Something done with the memory: said, and offered to be taken back. */
export function useMemoryDeed() {
  const client = useQueryClient();
  const refresh = () => client.invalidateQueries({ queryKey: ["memory"] });
  return useMutation({
    mutationFn: ({ send }: Deed) => send(),
    networkMode: "always",
    onSuccess: ({ event_id }, { words }) => {
      if (event_id === null) notify("All of it is remembered already.");
      else offerUndo(words, { eventId: event_id, onTried: refresh });
    },
    onError: (error) => notify(`Not done: ${refusalInWords(error)}`, { tone: "danger" }),
    onSettled: refresh,
  });
}
