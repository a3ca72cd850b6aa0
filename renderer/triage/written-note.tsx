import { Trash2 } from "lucide-react";
import { lazy, Suspense } from "react";
import { visibleWords } from "../../shared/visible-text.ts";
import { useTimeZone } from "../queries/settings.ts";
import { Button, IconButton } from "../ui/button.tsx";
import { KeyCap } from "../ui/key-cap.tsx";
import { settleDraft, useDraft } from "../view/drafts.ts";
import { formatInstant } from "../view/format.ts";
import { NoteField } from "./note-field.tsx";

// What reads Markdown is only needed where there is a note.
const NoteText = lazy(async () => ({ default: (await import("../ui/note-text.tsx")).NoteText }));

interface WrittenNoteProps {
  readonly by: string;
  readonly at: string;
  /** Null: it was erased. */
  readonly text: string | null;
  readonly isBusy?: boolean;
  readonly onRemove: () => void;
}

/** A note in a list of notes. */
export function WrittenNote({ by, at, text, isBusy = false, onRemove }: WrittenNoteProps) {
  const zone = useTimeZone();
  return (
    <li className="flex gap-2 py-2.5">
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
      <IconButton icon={Trash2} label="Remove this note" disabled={isBusy} onClick={onRemove} />
    </li>
  );
}

interface WriteNoteProps {
  readonly label: string;
  /** What the note is about: its draft is found under this. */
  readonly about: string;
  readonly isBusy?: boolean;
  /** @param clear empties the field: to be called once the note is stored */
  readonly onWrite: (text: string, clear: () => void) => void;
}

/** A field for the next note. */
export function WriteNote({ label, about, isBusy = false, onWrite }: WriteNoteProps) {
  const [text, setText] = useDraft(about);
  const isReady = text.trim() !== "" && !isBusy;
  const write = () => {
    const written = text.trim();
    if (isReady) onWrite(written, () => settleDraft(about, written));
  };
  return (
    <div className="mt-3">
      <NoteField
        label={label}
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
        <Button disabled={!isReady} onClick={write}>
          Write <KeyCap name="Ctrl+Enter" isHint />
        </Button>
      </div>
    </div>
  );
}
