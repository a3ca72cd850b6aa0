import { memo, type ReactNode } from "react";
import { splitVisible } from "../../shared/visible-text.ts";

interface UntrustedTextProps {
  readonly text: string;
  /** True where line ends are shown as line ends. */
  readonly lines?: boolean;
}

/**
 * Text that an attacker may have written, for an element of class `untrusted`, which isolates it.
 * SECURITY: shown as text only; characters that would hide or reorder are named.
 */
export function visibleText(text: string, lines = false): ReactNode {
  const parts = splitVisible(text, lines);
  const [only] = parts;
  if (only === undefined) return "";
  if (parts.length === 1 && only.kind === "text") return only.text;
  return parts.map((part, i) =>
    part.kind === "text" ? (
      part.text
    ) : (
      <span
        // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one text never move.
        key={i}
        className="mx-px rounded-[3px] border border-mark-line px-0.5 text-[0.85em] text-warn"
      >
        {part.name}
      </span>
    ),
  );
}

/**
 * Text that an attacker may have written.
 * SECURITY: in its own bidirectional isolate, so that it cannot reorder what stands around it.
 */
export const UntrustedText = memo(function UntrustedText({ text, lines = false }: UntrustedTextProps) {
  return <span className="untrusted">{visibleText(text, lines)}</span>;
});
