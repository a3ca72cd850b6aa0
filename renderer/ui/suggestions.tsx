import { useEffect, useRef } from "react";
import { KeyCap } from "./key-cap.tsx";

export interface Suggestion {
  readonly label: string;
  readonly detail: string;
}

interface SuggestionsProps<S extends Suggestion> {
  readonly id: string;
  readonly items: readonly S[];
  /** The item that arrows are on; -1: none. */
  readonly active: number;
  /** Where it stands and how wide it is. */
  readonly className: string;
  /** Whether Tab takes the first one; else it does so only for one that arrows are on. */
  readonly tabTakesFirst: boolean;
  readonly onPick: (item: S) => void;
}

/** What could be written into a field, under it: the listbox of an ARIA combobox. */
export function Suggestions<S extends Suggestion>({
  id,
  items,
  active,
  className,
  tabTakesFirst,
  onPick,
}: SuggestionsProps<S>) {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.querySelector(`[data-at="${active}"]`)?.scrollIntoView({ block: "nearest" });
  }, [active]);
  return (
    <div
      ref={list}
      id={id}
      role="listbox"
      aria-label="What could be written here"
      className={`max-h-[320px] overflow-y-auto rounded-lg border border-line bg-raised p-1 shadow-(--shadow) ${className}`}
    >
      {items.map((item, i) => (
        <div
          key={item.label}
          id={`${id}-${i}`}
          data-at={i}
          role="option"
          tabIndex={-1}
          aria-selected={i === active}
          // The field keeps the focus.
          onPointerDown={(event) => {
            event.preventDefault();
            onPick(item);
          }}
          className={`flex h-7 items-center gap-3 rounded-md px-2 ${i === active ? "bg-selected" : "hover:bg-hover"}`}
        >
          <span className="shrink-0 font-mono text-xs font-semibold">{item.label}</span>
          <span className="min-w-0 flex-1 truncate text-xs text-ink-2">{item.detail}</span>
          {i === (tabTakesFirst ? Math.max(0, active) : active) && <KeyCap name="Tab" />}
        </div>
      ))}
    </div>
  );
}
