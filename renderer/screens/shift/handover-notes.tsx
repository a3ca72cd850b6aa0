import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { refusalInWords } from "../../queries/client.ts";
import { handoverNotes, sendHandoverNote, sendHandoverRemoval } from "../../queries/shift.ts";
import { WriteNote, WrittenNote } from "../../triage/written-note.tsx";
import { offerUndo } from "../../ui/offer-undo.ts";
import { PanelStatus } from "../../ui/panel-status.tsx";
import { notify } from "../../ui/toast.tsx";

/** Something done with the notes: said, and offered to be taken back. */
function useHandover() {
  const client = useQueryClient();
  const refresh = () => client.invalidateQueries({ queryKey: ["handover"] });
  return useMutation({
    mutationFn: ({ send }: { words: string; send: () => Promise<{ event_id: string }> }) => send(),
    networkMode: "always",
    onSuccess: ({ event_id }, { words }) => offerUndo(words, { eventId: event_id, onTried: refresh }),
    onError: (error) => notify(`Not done: ${refusalInWords(error)}`, { tone: "danger" }),
    onSettled: refresh,
  });
}

/** What one shift tells the next. */
export function HandoverNotes() {
  const query = useQuery(handoverNotes());
  const work = useHandover();
  return (
    <section aria-labelledby="shift-handover" className="card p-4">
      <h2 id="shift-handover" className="text-sm font-semibold">
        Handover
      </h2>
      <WriteNote
        label="To the next shift (Markdown)"
        about="handover"
        isBusy={work.isPending}
        onWrite={(text, clear) => {
          const send = async () => {
            const done = await sendHandoverNote(text);
            // Here, since what the mutation would call is not called once the screen was left.
            clear();
            return done;
          };
          work.mutate({ words: "The handover note is written.", send });
        }}
      />
      {query.data === undefined ? (
        <PanelStatus query={query} what="the handover notes" />
      ) : (
        query.data.length > 0 && (
          <ul className="max-h-[320px] divide-y divide-line overflow-y-auto">
            {query.data.map((note) => (
              <WrittenNote
                key={note.id}
                by={note.by}
                at={note.at}
                text={note.text}
                isBusy={work.isPending}
                onRemove={() => work.mutate({ words: "The note is removed.", send: () => sendHandoverRemoval(note) })}
              />
            ))}
          </ul>
        )
      )}
    </section>
  );
}
