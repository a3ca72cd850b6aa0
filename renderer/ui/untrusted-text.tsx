import { memo } from "react";
import { splitVisible } from "../view/visible-text.ts";

interface UntrustedTextProps {
  readonly text: string;
  /** True where line ends are shown as line ends. */
  readonly lines?: boolean;
}

/**
 * Text that an attacker may have written.
 * SECURITY: shown as text only, in its own bidirectional isolate, and characters that would hide or reorder are named.
 */
export const UntrustedText = memo(function UntrustedText({ text, lines = false }: UntrustedTextProps) {
  return (
    <span className="untrusted">
      {splitVisible(text, lines).map((part, i) =>
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
      )}
    </span>
  );
});
