import { Trash2 } from "lucide-react";
import { useState } from "react";
import type { CaseItem } from "../../../shared/case.ts";
import { visibleWords } from "../../../shared/visible-text.ts";
import { type CaseDetail, sendItem, sendItemRemoval } from "../../queries/cases.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { useCasework } from "../../triage/casework.ts";
import { NoteField } from "../../triage/note-field.tsx";
import { Button, IconButton } from "../../ui/button.tsx";
import { KeyCap } from "../../ui/key-cap.tsx";
import { NoteText } from "../../ui/note-text.tsx";
import { formatInstant } from "../../view/format.ts";

type Note = Extract<CaseItem, { kind: "note" }>;

/** What colleagues have to say about the case, the oldest first. */
export function CaseNotes({ detail }: { detail: CaseDetail }) {
  const [text, setText] = useState("");
  const zone = useTimeZone();
  const { isBusy, run } = useCasework();
  const { case: shown, items } = detail;
  const notes = items.filter((item): item is Note => item.kind === "note");
  const write = () => {
    const wanted = text.trim();
    if (wanted === "" || isBusy) return;
    run(
      "The note is written.",
      () => sendItem(shown.id, { kind: "note", text: wanted }, null),
      () => setText(""),
    );
  };
  return (
    <section aria-labelledby="case-notes" className="card p-4">
      <h3 id="case-notes" className="text-sm font-semibold">
        Notes
      </h3>
      <ul className="divide-y divide-line">
        {notes.map((note) => (
          <li key={note.id} className="flex gap-2 py-2.5">
            <div className="min-w-0 flex-1">
              <p className="text-xs text-ink-3">
                <span className="font-semibold text-ink-2">{visibleWords(note.by)}</span> ·{" "}
                {formatInstant(note.written_at, zone)}
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
              disabled={isBusy}
              onClick={() => run("The note is removed.", () => sendItemRemoval(note))}
            />
          </li>
        ))}
      </ul>
      <div className="mt-2">
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
          <Button disabled={text.trim() === "" || isBusy} onClick={write}>
            Write <KeyCap name="Ctrl+Enter" />
          </Button>
        </div>
      </div>
    </section>
  );
}
