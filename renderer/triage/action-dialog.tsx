import { type ReactNode, useEffect, useId, useRef } from "react";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { KeyCap } from "../ui/key-cap.tsx";
import { nameTarget, type Target } from "./target.ts";

interface ActionDialogProps {
  /** What is done, before what it is done to. */
  readonly verb: string;
  readonly target: Target;
  /** What the button says that does it; the verb unless told. */
  readonly confirm?: string;
  readonly isReady: boolean;
  /** Enter alone is a new line where the dialog is about a longer text. */
  readonly confirmKey?: "Enter" | "Ctrl+Enter";
  readonly focus: React.RefObject<HTMLElement | null>;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
  /** Hears a digit that was pressed outside a text field, from 1. */
  readonly onDigit?: (digit: number) => void;
  readonly children: ReactNode;
}

function isTextField(target: EventTarget): boolean {
  if (target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLInputElement && target.type !== "radio" && target.type !== "checkbox";
}

/** A dialog of one action: digits choose, Enter does it, Escape leaves everything as it is. */
export function ActionDialog(props: ActionDialogProps) {
  const { verb, target, confirm = verb, isReady, confirmKey = "Enter", focus, onConfirm, onClose, onDigit } = props;
  const onKeyDown = (event: React.KeyboardEvent) => {
    const isMeant = event.ctrlKey || event.metaKey;
    if (event.key === "Enter") {
      if (event.target instanceof HTMLButtonElement) return;
      if (!isMeant && event.target instanceof HTMLTextAreaElement && (event.shiftKey || confirmKey !== "Enter")) return;
      event.preventDefault();
      if (isReady) onConfirm();
    } else if (/^[1-9]$/.test(event.key) && !isMeant && !event.altKey && !isTextField(event.target)) {
      event.preventDefault();
      onDigit?.(Number(event.key));
    }
  };
  return (
    <Dialog
      title={`${verb}: ${nameTarget(target)}`}
      onClose={onClose}
      focus={focus}
      onKeyDown={onKeyDown}
      actions={
        <>
          <Button onClick={onClose} aria-keyshortcuts="Escape">
            Cancel <KeyCap name="Escape" isHint />
          </Button>
          <Button
            tone="primary"
            aria-keyshortcuts={confirmKey.replace("Ctrl", "Control")}
            disabled={!isReady}
            onClick={onConfirm}
          >
            {confirm} <KeyCap name={confirmKey} isHint />
          </Button>
        </>
      }
    >
      {target.kind === "all" && (
        <p className="mb-3 text-xs text-ink-2">
          {target.q === "" ? "Every alert there is" : <code className="font-mono text-ink">{target.q}</code>}, read or
          not. It goes on while you work, can be cancelled, and undone.
        </p>
      )}
      {props.children}
    </Dialog>
  );
}

export interface Option<V extends string> {
  readonly value: V;
  readonly label: string;
  readonly detail?: string;
}

interface OptionsProps<V extends string> {
  readonly legend: string;
  readonly options: readonly Option<V>[];
  readonly value: V | null;
  readonly onChange: (value: V) => void;
  /** Where the keyboard is at first. */
  readonly first?: React.RefObject<HTMLInputElement | null>;
}

/** One of several, each with the digit that chooses it. */
export function Options<V extends string>({ legend, options, value, onChange, first }: OptionsProps<V>) {
  const name = useId();
  const group = useRef<HTMLFieldSetElement>(null);
  useEffect(() => {
    // What a digit chose has the keyboard as well.
    const chosen = value === null ? null : group.current?.querySelector<HTMLInputElement>("input:checked");
    if (group.current?.contains(document.activeElement)) chosen?.focus();
  }, [value]);
  const focused = options.some((option) => option.value === value) ? value : options[0]?.value;
  return (
    <fieldset ref={group} className="space-y-px">
      <legend className="sr-only">{legend}</legend>
      {options.map((option, i) => (
        <label
          key={option.value}
          className={`flex min-h-8 items-center gap-2.5 rounded-md px-2 py-1 ${option.value === value ? "bg-selected" : "hover:bg-hover"}`}
        >
          <input
            ref={option.value === focused ? first : undefined}
            type="radio"
            name={name}
            checked={option.value === value}
            onChange={() => onChange(option.value)}
            className="size-4 shrink-0 accent-accent"
          />
          <span className="shrink-0 font-medium">{option.label}</span>
          <span className="min-w-0 flex-1 text-xs text-ink-2">{option.detail}</span>
          {i < 9 && <KeyCap name={String(i + 1)} isHint />}
        </label>
      ))}
    </fieldset>
  );
}
