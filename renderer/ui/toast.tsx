import { CircleAlert, CircleCheck, X } from "lucide-react";
import { create } from "zustand";
import { visibleWords } from "../../shared/visible-text.ts";
import { Button, IconButton } from "./button.tsx";

interface Toast {
  readonly id: number;
  readonly text: string;
  readonly tone: "good" | "danger";
  readonly undo: (() => void) | null;
}

const shownMs = 8000;
/** What can be undone, and what did not work, stays longer. */
const shownLongMs = 20_000;
const most = 6;
/** Of those that went well only the last are seen; the undo key reaches the others. */
const mostSeen = 2;

let nextId = 1;
const useToasts = create<{ readonly toasts: readonly Toast[] }>(() => ({ toasts: [] }));

function remove(id: number): void {
  useToasts.setState(({ toasts }) => ({ toasts: toasts.filter((toast) => toast.id !== id) }));
}

/**
 * Says what happened; with `undo`, offers to take it back (button, or the undo key).
 * @returns the function that takes the message away, where it turns out to be wrong
 */
export function notify(text: string, options: { tone?: Toast["tone"]; undo?: () => void } = {}): () => void {
  const toast: Toast = { id: nextId++, text, tone: options.tone ?? "good", undo: options.undo ?? null };
  useToasts.setState(({ toasts }) => ({ toasts: [...toasts, toast].slice(-most) }));
  setTimeout(() => remove(toast.id), toast.undo === null && toast.tone === "good" ? shownMs : shownLongMs);
  return () => remove(toast.id);
}

/** Takes back the last thing that a toast still offers. @returns false when there is none */
export function undoLast(): boolean {
  const toast = useToasts.getState().toasts.findLast(({ undo }) => undo !== null);
  if (toast?.undo === undefined || toast.undo === null) return false;
  remove(toast.id);
  toast.undo();
  return true;
}

function ToastCard({ toast }: { toast: Toast }) {
  const { id, undo } = toast;
  const Icon = toast.tone === "good" ? CircleCheck : CircleAlert;
  return (
    <div className="flex max-w-[520px] items-center gap-2.5 rounded-lg border border-line bg-raised py-2 pr-2 pl-3 shadow-(--shadow)">
      <Icon
        size={16}
        className={toast.tone === "good" ? "shrink-0 text-good" : "shrink-0 text-danger"}
        aria-hidden="true"
      />
      <span className="min-w-0 flex-1 break-words">{visibleWords(toast.text)}</span>
      {undo !== null && (
        <Button
          size="small"
          onClick={() => {
            remove(id);
            undo();
          }}
        >
          Undo
        </Button>
      )}
      <IconButton icon={X} label="Dismiss" onClick={() => remove(id)} className="!size-6" />
    </div>
  );
}

/** Where toasts appear: over the content, so that nothing moves, and above the buttons at the lower edge, which may have the focus. */
export function Toasts() {
  const toasts = useToasts((state) => state.toasts);
  const seen = toasts.filter(({ tone }, i) => tone === "danger" || i >= toasts.length - mostSeen);
  return (
    <div
      role="log"
      aria-label="Messages"
      className="pointer-events-none fixed right-4 bottom-14 z-40 flex flex-col items-end gap-2"
    >
      {seen.map((toast) => (
        <div key={toast.id} className="pointer-events-auto">
          <ToastCard toast={toast} />
        </div>
      ))}
    </div>
  );
}
