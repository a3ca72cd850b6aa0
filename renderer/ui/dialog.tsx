import { X } from "lucide-react";
import { type ReactNode, useEffect, useId, useLayoutEffect, useRef, useState } from "react";
import { visibleWords } from "../../shared/visible-text.ts";
import { IconButton } from "./button.tsx";

const widths = { small: "w-[460px]", medium: "w-[640px]", large: "w-[1000px]" };

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
  /** Buttons, right-aligned at the bottom. */
  readonly actions?: ReactNode;
  readonly size?: keyof typeof widths;
  /** What the keyboard is on at first; else the first thing that takes it. */
  readonly focus?: React.RefObject<HTMLElement | null>;
  readonly onKeyDown?: (event: React.KeyboardEvent) => void;
}

/** Puts the caret of the field that is written in back where it is now: the browser gives the field the focus again, but not always the caret. */
function keepCaret(): () => void {
  const field = document.activeElement;
  if (!(field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement)) return () => {};
  const { selectionStart, selectionEnd } = field;
  return () => {
    // Null: a kind of field without a caret.
    if (selectionStart !== null && document.activeElement === field)
      field.setSelectionRange(selectionStart, selectionEnd);
  };
}

/** A modal dialog while it is mounted. The platform's own element keeps the focus inside and closes on Escape. */
export function Dialog({ title, onClose, children, actions, size = "small", focus, onKeyDown }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  const [restoreCaret] = useState(keepCaret);
  useEffect(() => {
    const element = dialog.current;
    if (element !== null && !element.open) element.showModal();
    focus?.current?.focus();
  }, [focus]);
  useLayoutEffect(() => {
    const element = dialog.current;
    // While it is still on the page: then the focus goes back to where it was.
    return () => {
      element?.close();
      restoreCaret();
    };
  }, [restoreCaret]);
  return (
    <dialog
      ref={dialog}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === dialog.current) onClose();
      }}
      onKeyDown={(event) => {
        if (event.key === "Escape") event.stopPropagation();
        else onKeyDown?.(event);
      }}
      className={`m-auto max-h-[85vh] rounded-xl border border-line bg-raised p-0 text-ink shadow-(--shadow) ${widths[size]}`}
    >
      <div className="flex max-h-[calc(85vh-2px)] flex-col">
        <div className="flex items-center justify-between py-3 pr-3 pl-5">
          <h2 id={heading} className="text-base font-semibold">
            {visibleWords(title)}
          </h2>
          <IconButton icon={X} label="Close" onClick={onClose} />
        </div>
        {/* Relative: what is hidden but for screen readers is placed within, and makes nothing around it longer. */}
        <div className="relative min-h-0 overflow-y-auto px-5 pb-4">{children}</div>
        {actions !== undefined && (
          <div className="flex justify-end gap-2 border-t border-line px-5 py-3">{actions}</div>
        )}
      </div>
    </dialog>
  );
}
