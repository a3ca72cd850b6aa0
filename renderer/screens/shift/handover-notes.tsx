import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import { useState } from "react";
import { visibleWords } from "../../../shared/visible-text.ts";
import { refusalInWords } from "../../queries/client.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { handoverNotes, sendHandoverNote, sendHandoverRemoval } from "../../queries/shift.ts";
import { NoteField } from "../../triage/note-field.tsx";
import { Button, IconButton } from "../../ui/button.tsx";
import { KeyCap } from "../../ui/key-cap.tsx";
import { NoteText } from "../../ui/note-text.tsx";
import { offerUndo } from "../../ui/offer-undo.ts";
import { PanelStatus } from "../../ui/panel-status.tsx";
import { notify } from "../../ui/toast.tsx";
import { formatInstant } from "../../view/format.ts";

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
  const zone = useTimeZone();
  const [text, setText] = useState("");
  const work = useHandover();
  const wanted = text.trim();
  const write = () => {
    if (wanted === "" || work.isPending) return;
    work.mutate(
      { words: "The handover note is written.", send: () => sendHandoverNote(wanted) },
      { onSuccess: () => setText("") },
    );
  };
  return (
    <section aria-labelledby="shift-handover" className="card p-4">
      <h2 id="shift-handover" className="mb-1.5 text-sm font-semibold">
        Handover
      </h2>
      <NoteField
        label="To the next shift (Markdown)"
        rows={3}
        value={text}
        onChange={setText}
        onKeyDown={(event) => {
          if (event.key === "Escape") event.currentTarget.blur();
          if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
          event.preventDefault();
          write();
        }}
      />
      <div className="mt-1.5 flex justify-end">
        <Button disabled={wanted === "" || work.isPending} onClick={write}>
          Write <KeyCap name="Ctrl+Enter" />
        </Button>
      </div>
      {query.data === undefined ? (
        <PanelStatus query={query} what="the handover notes" />
      ) : (
        <ul className="max-h-[320px] divide-y divide-line overflow-y-auto">
          {query.data.map((note) => (
            <li key={note.id} className="flex gap-2 py-2.5">
              <div className="min-w-0 flex-1">
                <p className="text-xs text-ink-3">
                  <span className="font-semibold text-ink-2">{visibleWords(note.by)}</span> ·{" "}
                  {formatInstant(note.at, zone)}
                </p>
                {note.text === null ? (
                  <p className="text-ink-3 italic">Its text was erased.</p>
                ) : (
                  <NoteText text={note.text} />
                )}
              </div>
              <IconButton
                icon={Trash2}
                label="Remove this note"
                disabled={work.isPending}
                onClick={() => work.mutate({ words: "The note is removed.", send: () => sendHandoverRemoval(note) })}
              />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
