import { useQueryClient } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { visibleWords } from "../../../shared/visible-text.ts";
import type { AlertDetail } from "../../queries/alerts.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { noteRows, removeNote } from "../../triage/change-alerts.ts";
import { NoteField } from "../../triage/note-field.tsx";
import { Button, IconButton } from "../../ui/button.tsx";
import { KeyCap } from "../../ui/key-cap.tsx";
import { formatInstant } from "../../view/format.ts";

// What reads Markdown is only needed where there is a note.
const NoteText = lazy(async () => ({ default: (await import("../../ui/note-text.tsx")).NoteText }));

function WriteNote({ onWrite }: { onWrite: (text: string) => void }) {
  const [text, setText] = useState("");
  const write = () => {
    if (text.trim() === "") return;
    onWrite(text.trim());
    setText("");
  };
  return (
    <div className="mt-3">
      <NoteField
        label="Write a note (Markdown)"
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
        <Button disabled={text.trim() === ""} onClick={write}>
          Write <KeyCap name="Ctrl+Enter" isHint />
        </Button>
      </div>
    </div>
  );
}

/** What colleagues have to say about the alert, the oldest first, and a box to say something. */
export function AlertNotes({ detail }: { detail: AlertDetail }) {
  const client = useQueryClient();
  const zone = useTimeZone();
  const { alert, notes } = detail;
  const asking = { client, zone };
  return (
    <section aria-labelledby="alert-notes" className="card p-4">
      <h2 id="alert-notes" className="text-sm font-semibold">
        Notes
      </h2>
      {notes.length === 0 && <p className="mt-1 text-xs text-ink-2">Nobody has written anything yet.</p>}
      <ul className="divide-y divide-line empty:hidden">
        {notes.map(({ id, by, at, text }) => (
          <li key={id} className="flex gap-2 py-2.5">
            <div className="min-w-0 flex-1">
              <p className="text-xs text-ink-3">
                <span className="font-semibold text-ink-2">{visibleWords(by)}</span> · {formatInstant(at, zone)}
              </p>
              {text === null ? (
                <p className="text-ink-3 italic">Its text was erased.</p>
              ) : (
                <Suspense fallback={<p className="whitespace-pre-wrap">{visibleWords(text, true)}</p>}>
                  <NoteText text={text} />
                </Suspense>
              )}
            </div>
            <IconButton icon={Trash2} label="Remove this note" onClick={() => removeNote(asking, alert, id)} />
          </li>
        ))}
      </ul>
      <WriteNote onWrite={(text) => noteRows(asking, [alert], text)} />
    </section>
  );
}
