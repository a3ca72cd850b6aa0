import { useEffect, useState } from "react";
import { bindKeys, findConflict, type KeyChoices, refuseKey } from "../../shared/key-bindings.ts";
import { type KeyAction, keyActions, keyOf } from "../../shared/keymap.ts";
import { nameKey, toKeyPress } from "../view/key-reader.ts";
import { wordKey } from "../view/keys-in-force.ts";

/** What a press means while a key is being chosen. */
export type Captured =
  | { readonly kind: "chosen"; readonly key: string }
  /** The first of two: the next press completes it. */
  | { readonly kind: "begun"; readonly lead: string }
  | { readonly kind: "refused"; readonly why: string };

/**
 * Reads the key that somebody chooses for an action.
 * @param lead the first of two keys, where it was pressed just now
 */
export function readChoice(action: KeyAction, pressed: string, lead: string | null, choices: KeyChoices): Captured {
  // Also what is switched off keeps its key.
  const bindings = bindKeys(choices);
  const key = lead === null ? pressed : `${lead} ${pressed}`;
  const begins = keyActions.some((other) => bindings[other].some((taken) => taken.startsWith(`${key} `)));
  if (lead === null && begins) return { kind: "begun", lead: key };
  const why = refuseKey(key);
  if (why !== null) return { kind: "refused", why };
  const other = findConflict(action, key, bindings);
  if (other === null) return { kind: "chosen", key };
  return {
    kind: "refused",
    why: `${wordKey(key)} already means "${keyOf(other).label}", which is alive at the same time. Give that another key first.`,
  };
}

interface Capture {
  readonly action: KeyAction;
  readonly lead: string | null;
  readonly refused: string | null;
}

/**
 * Listens for the key of one action at a time, before anything else does. Escape leaves it as it is, Backspace takes it away.
 * @param onChoose hears the key; an empty text: no key
 */
export function useKeyCapture(choices: KeyChoices, onChoose: (action: KeyAction, key: string) => void) {
  const [capture, setCapture] = useState<Capture | null>(null);
  useEffect(() => {
    if (capture === null) return;
    const onKeyDown = (event: KeyboardEvent) => {
      const key = nameKey(toKeyPress(event));
      if (key === null) return;
      event.preventDefault();
      event.stopPropagation();
      const { action, lead } = capture;
      if (key === "Escape") return setCapture(null);
      if (key === "Backspace" && lead === null) {
        setCapture(null);
        return onChoose(action, "");
      }
      const captured = readChoice(action, key, lead, choices);
      if (captured.kind === "begun") setCapture({ action, lead: captured.lead, refused: null });
      else if (captured.kind === "refused") setCapture({ action, lead: null, refused: captured.why });
      else {
        setCapture(null);
        onChoose(action, captured.key);
      }
    };
    window.addEventListener("keydown", onKeyDown, { capture: true });
    return () => window.removeEventListener("keydown", onKeyDown, { capture: true });
  }, [capture, choices, onChoose]);
  return {
    capture,
    begin: (action: KeyAction) => setCapture({ action, lead: null, refused: null }),
    end: () => setCapture(null),
  };
}
