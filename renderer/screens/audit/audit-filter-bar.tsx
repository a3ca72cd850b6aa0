import { X } from "lucide-react";
import { useEffect, useId, useRef, useState } from "react";
import { type AuditFilter, isAuditFiltered, noAuditFilter } from "../../queries/audit.ts";
import { Button } from "../../ui/button.tsx";
import { TimeRange } from "../../ui/time-range.tsx";
import { useKeys } from "../../view/use-keys.ts";

/** Typing is applied after a pause, so that not every letter asks the engine. */
const pauseMs = 250;

/** Which entries of the log are shown: by who did it, what was done to what, and when. */
export function AuditFilterBar({ filter, onChange }: { filter: AuditFilter; onChange: (filter: AuditFilter) => void }) {
  const [typed, setTyped] = useState({ who: filter.who, what: filter.what });
  const what = useRef<HTMLInputElement>(null);
  const whatId = useId();
  const whoId = useId();
  useEffect(() => {
    if (typed.who === filter.who && typed.what === filter.what) return;
    const timer = setTimeout(() => onChange({ ...filter, ...typed }), pauseMs);
    return () => clearTimeout(timer);
  }, [typed, filter, onChange]);
  useKeys({ filter: () => what.current?.focus() });
  const clear = () => {
    setTyped({ who: "", what: "" });
    onChange(noAuditFilter);
  };
  const field = (name: "who" | "what", id: string, label: string, placeholder: string) => (
    <>
      <label htmlFor={id} className="text-xs text-ink-2">
        {label}
      </label>
      <input
        id={id}
        ref={name === "what" ? what : undefined}
        className="input w-[190px]"
        placeholder={placeholder}
        maxLength={200}
        spellCheck={false}
        value={typed[name]}
        onChange={(event) => setTyped({ ...typed, [name]: event.target.value })}
        onKeyDown={(event) => {
          if (event.key === "Escape") event.currentTarget.blur();
        }}
      />
    </>
  );
  return (
    <search
      aria-label="Filter of the log"
      className="flex shrink-0 flex-wrap items-center gap-2 border-b border-line px-4 py-1.5"
    >
      {field("what", whatId, "What", "alert, panic, an id …")}
      {field("who", whoId, "Who", "a name or a role")}
      <TimeRange
        what="Done"
        range={filter}
        onChange={({ after, before }) => onChange({ ...filter, ...typed, after, before })}
      />
      {isAuditFiltered(filter) && (
        <Button size="small" tone="ghost" icon={X} onClick={clear}>
          Clear
        </Button>
      )}
    </search>
  );
}
