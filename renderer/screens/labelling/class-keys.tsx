import { Flag, MessageSquarePlus, SkipForward } from "lucide-react";
import type { PayloadClass } from "../../../shared/payload.ts";
import { Button } from "../../ui/button.tsx";
import { KeyCaps } from "../../ui/key-cap.tsx";
import { ariaKey, useKeysInForce } from "../../view/keys-in-force.ts";
import { labelKeys } from "../../view/labelling.ts";
import { classLabels } from "../../view/labels.ts";

interface ClassKeysProps {
  /** What the model says: marked, so that agreeing is quick and disagreeing no slower. */
  readonly said: PayloadClass | null;
  readonly onSay: (label: PayloadClass) => void;
  readonly onSkip: () => void;
  readonly onFlag: () => void;
  readonly onNote: () => void;
}

/** Everything that can be said of a task, each with its key. */
export function ClassKeys({ said, onSay, onSkip, onFlag, onNote }: ClassKeysProps) {
  const bindings = useKeysInForce((state) => state.bindings);
  const more = [
    { action: "skipTask", label: "Skip", icon: SkipForward, run: onSkip },
    { action: "flagTask", label: "Flag", icon: Flag, run: onFlag },
    { action: "noteTask", label: "Note", icon: MessageSquarePlus, run: onNote },
  ] as const;
  return (
    <div className="space-y-2">
      <fieldset className="grid grid-cols-4 gap-2">
        <legend className="sr-only">What it is</legend>
        {labelKeys.map(({ action, label }) => {
          const [key] = bindings[action];
          return (
            <button
              key={label}
              type="button"
              aria-keyshortcuts={ariaKey(key)}
              onClick={() => onSay(label)}
              className={`flex h-10 min-w-0 items-center gap-2 rounded-md border px-2.5 text-left text-sm font-medium hover:bg-hover ${label === said ? "border-accent bg-accent-soft text-accent" : "border-line-strong bg-surface"}`}
            >
              {key !== undefined && <KeyCaps keys={key} isHint />}
              <span className="min-w-0 flex-1 truncate">{classLabels[label]}</span>
            </button>
          );
        })}
      </fieldset>
      <div className="flex gap-2">
        {more.map(({ action, label, icon, run }) => {
          const [key] = bindings[action];
          return (
            <Button key={action} icon={icon} aria-keyshortcuts={ariaKey(key)} onClick={run}>
              {label} {key !== undefined && <KeyCaps keys={key} isHint />}
            </Button>
          );
        })}
      </div>
    </div>
  );
}
