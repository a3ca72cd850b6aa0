import { useLayoutEffect, useMemo, useRef, useState } from "react";
import type { Completion, CompletionItem } from "../../shared/query-complete.ts";

/** What could stand at a caret of a query. */
export type Complete = (q: string, caret: number) => Completion;

const nothing: Completion = { from: 0, to: 0, items: [] };

/** What could be written at the caret of the query's field, and how it gets there. */
export function useCompletion(
  input: React.RefObject<HTMLInputElement | null>,
  text: string,
  type: (text: string) => void,
  useComplete: (isNeeded: boolean) => Complete,
) {
  const [isOpen, setOpen] = useState(false);
  const [caret, setCaret] = useState(0);
  const [active, setActive] = useState(-1);
  const complete = useComplete(isOpen);
  const { from, to, items } = useMemo(
    () => (isOpen ? complete(text, caret) : nothing),
    [isOpen, text, caret, complete],
  );
  const caretAfter = useRef<number | null>(null);
  useLayoutEffect(() => {
    if (caretAfter.current === null) return;
    input.current?.setSelectionRange(caretAfter.current, caretAfter.current);
    caretAfter.current = null;
  });
  const show = (at: number) => {
    setOpen(true);
    setCaret(at);
    setActive(-1);
  };
  const accept = ({ insert }: CompletionItem) => {
    const end = from + insert.length;
    caretAfter.current = end;
    type(text.slice(0, from) + insert + text.slice(to));
    show(end);
  };
  return {
    items,
    /** The item that arrows are on; -1: none. */
    active,
    /** Whether something is being written that an item would complete. */
    isWriting: from < caret,
    show,
    hide: () => setOpen(false),
    move: (by: number) => {
      if (items.length === 0) return;
      const start = active === -1 && by < 0 ? 0 : active;
      setActive((start + by + items.length) % items.length);
    },
    accept,
  };
}
