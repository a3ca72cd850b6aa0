import type { CaseItem } from "../../../shared/case.ts";
import { type CaseDetail, sendItem, sendItemRemoval } from "../../queries/cases.ts";
import { useCasework } from "../../triage/casework.ts";
import { WriteNote, WrittenNote } from "../../triage/written-note.tsx";

type Note = Extract<CaseItem, { kind: "note" }>;

/** What colleagues have to say about the case, the oldest first. */
export function CaseNotes({ detail }: { detail: CaseDetail }) {
  const { isBusy, run } = useCasework();
  const { case: shown, items } = detail;
  const notes = items.filter((item): item is Note => item.kind === "note");
  return (
    <section aria-labelledby="case-notes" className="card p-4">
      <h3 id="case-notes" className="text-sm font-semibold">
        Notes
      </h3>
      {notes.length > 0 && (
        <ul className="divide-y divide-line">
          {notes.map((note) => (
            <WrittenNote
              key={note.id}
              by={note.by}
              at={note.written_at}
              text={note.text}
              isBusy={isBusy}
              onRemove={() => run("The note is removed.", () => sendItemRemoval(note))}
            />
          ))}
        </ul>
      )}
      <WriteNote
        label="Write a note (Markdown)"
        about={`case ${shown.id}`}
        isBusy={isBusy}
        onWrite={(text, clear) =>
          run("The note is written.", () => sendItem(shown.id, { kind: "note", text }, null), clear)
        }
      />
    </section>
  );
}
