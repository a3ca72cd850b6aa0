import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { AlertDetail } from "../../queries/alerts.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { noteRows, removeNote } from "../../triage/change-alerts.ts";
import { WriteNote, WrittenNote } from "../../triage/written-note.tsx";

/** What colleagues have to say about the alert, the oldest first, and a box to say something. */
export function AlertNotes({ detail }: { detail: AlertDetail }) {
  const client = useQueryClient();
  const zone = useTimeZone();
  const { alert, notes } = detail;
  const [isWriting, setWriting] = useState(false);
  const asking = { client, zone };
  const write = async (text: string, clear: () => void) => {
    setWriting(true);
    if (await noteRows(asking, [alert], text)) clear();
    setWriting(false);
  };
  return (
    <section aria-labelledby="alert-notes" className="card p-4">
      <h2 id="alert-notes" className="text-sm font-semibold">
        Notes
      </h2>
      {notes.length === 0 && <p className="mt-1 text-xs text-ink-2">Nobody has written anything yet.</p>}
      {notes.length > 0 && (
        <ul className="divide-y divide-line">
          {notes.map(({ id, by, at, text }) => (
            <WrittenNote key={id} by={by} at={at} text={text} onRemove={() => void removeNote(asking, alert, id)} />
          ))}
        </ul>
      )}
      <WriteNote
        label="Write a note (Markdown)"
        about={`alert ${alert.id}`}
        isBusy={isWriting}
        onWrite={(text, clear) => void write(text, clear)}
      />
    </section>
  );
}
