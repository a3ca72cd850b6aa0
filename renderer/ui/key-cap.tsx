const shown: Record<string, string> = {
  ArrowDown: "↓",
  ArrowUp: "↑",
  Escape: "Esc",
  PageDown: "PgDn",
  PageUp: "PgUp",
  "Ctrl+z": "Ctrl Z",
  "Ctrl+Enter": "Ctrl ↵",
  Enter: "↵",
};

/** A key as it is printed on a keyboard. */
export function KeyCap({ name }: { name: string }) {
  return (
    <kbd className="inline-flex h-5 min-w-5 items-center justify-center rounded border border-line-strong bg-sunken px-1 font-sans text-2xs font-medium text-ink-2">
      {shown[name] ?? name}
    </kbd>
  );
}
