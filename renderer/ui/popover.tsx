import { ChevronDown, type LucideIcon } from "lucide-react";
import { type ReactNode, useEffect, useId, useRef, useState } from "react";

interface PopoverProps {
  readonly label: string;
  readonly icon: LucideIcon;
  readonly active: boolean;
  /** As high as a small button. */
  readonly small?: boolean;
  readonly children: (close: () => void) => ReactNode;
}

/** A button with a small panel under it. Escape and a click elsewhere close it. */
export function Popover({ label, icon: Icon, active, small = false, children }: PopoverProps) {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const panelId = useId();
  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  useEffect(() => {
    if (!open) return;
    const onDown = (event: PointerEvent) => {
      if (event.target instanceof Node && root.current?.contains(event.target) !== true) setOpen(false);
    };
    window.addEventListener("pointerdown", onDown);
    return () => window.removeEventListener("pointerdown", onDown);
  }, [open]);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only hears Escape on behalf of what is in it.
    <div
      ref={root}
      className="relative"
      onKeyDown={(event) => {
        if (!open || event.key !== "Escape") return;
        event.preventDefault();
        event.stopPropagation();
        close();
      }}
    >
      <button
        ref={button}
        type="button"
        aria-expanded={open}
        aria-controls={open ? panelId : undefined}
        onClick={() => setOpen(!open)}
        className={`inline-flex items-center gap-1.5 rounded-md border font-medium whitespace-nowrap ${small ? "h-6 px-2 text-xs" : "h-[30px] px-2.5 text-sm"} ${active ? "border-accent bg-accent-soft text-accent" : "border-line-strong bg-surface text-ink-2 hover:bg-hover hover:text-ink"}`}
      >
        <Icon size={14} aria-hidden="true" />
        {label}
        <ChevronDown size={14} aria-hidden="true" />
      </button>
      {open && (
        <div
          id={panelId}
          className="absolute top-[34px] right-0 z-20 rounded-lg border border-line bg-raised p-3 shadow-(--shadow)"
        >
          {children(close)}
        </div>
      )}
    </div>
  );
}
