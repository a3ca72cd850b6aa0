import { useId } from "react";

interface NoteFieldProps {
  readonly label: string;
  readonly rows: number;
  readonly value: string;
  readonly onChange: (text: string) => void;
  readonly field?: React.RefObject<HTMLTextAreaElement | null>;
  readonly onKeyDown?: (event: React.KeyboardEvent<HTMLTextAreaElement>) => void;
}

/** Where a note on alerts is written, as long as the engine takes it. */
export function NoteField({ label, rows, value, onChange, field, onKeyDown }: NoteFieldProps) {
  const id = useId();
  return (
    <>
      <label htmlFor={id} className="mb-1 block text-xs font-medium text-ink-2">
        {label}
      </label>
      <textarea
        ref={field}
        id={id}
        rows={rows}
        maxLength={10_000}
        className="input w-full resize-y"
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={onKeyDown}
      />
    </>
  );
}
