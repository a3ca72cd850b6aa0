import type { LucideIcon } from "lucide-react";

interface SegmentsProps<V extends string> {
  /** What is chosen, for those who hear it. */
  readonly legend: string;
  readonly options: readonly { readonly value: V; readonly label: string; readonly icon?: LucideIcon }[];
  readonly value: V;
  readonly onChange: (value: V) => void;
}

/** One of a few, all in sight. */
export function Segments<V extends string>({ legend, options, value, onChange }: SegmentsProps<V>) {
  return (
    <fieldset className="flex shrink-0 rounded-md border border-line-strong bg-surface p-px">
      <legend className="sr-only">{legend}</legend>
      {options.map(({ value: each, label, icon: Icon }) => (
        <button
          key={each}
          type="button"
          aria-pressed={each === value}
          onClick={() => onChange(each)}
          className={`flex h-[26px] items-center gap-1.5 rounded-[5px] px-2.5 text-sm font-medium ${each === value ? "bg-accent-soft text-accent" : "text-ink-2 hover:bg-hover hover:text-ink"}`}
        >
          {Icon !== undefined && <Icon size={14} aria-hidden="true" />}
          {label}
        </button>
      ))}
    </fieldset>
  );
}
