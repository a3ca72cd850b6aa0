import {
  AlarmClock,
  BriefcaseBusiness,
  CircleCheck,
  Gauge,
  type LucideIcon,
  NotebookPen,
  Play,
  RotateCcw,
  Tag,
  UserCheck,
  UserPlus,
} from "lucide-react";
import type { Alert } from "../../shared/alert.ts";
import { keymap } from "../../shared/keymap.ts";
import { KeyCaps } from "../ui/key-cap.tsx";
import { ariaKey, useKeysInForce } from "../view/keys-in-force.ts";
import type { TriageAction } from "./use-triage.tsx";
import { whyNot } from "./why-not.ts";

const looks: readonly { action: TriageAction; icon: LucideIcon }[] = [
  { action: "close", icon: CircleCheck },
  { action: "assign", icon: UserPlus },
  { action: "assignToMe", icon: UserCheck },
  { action: "tag", icon: Tag },
  { action: "inProgress", icon: Play },
  { action: "reopen", icon: RotateCcw },
  { action: "snooze", icon: AlarmClock },
  { action: "severity", icon: Gauge },
  { action: "putInCase", icon: BriefcaseBusiness },
  { action: "note", icon: NotebookPen },
];

interface TriageButtonsProps {
  readonly act: Readonly<Record<TriageAction, () => void>>;
  readonly isDisabled?: boolean;
  /** The one alert that it is about: then what would change nothing is left out. */
  readonly alert?: Alert;
}

/** Whether an action without a dialog has something to do, and closing something to close. */
function isOfUse(action: TriageAction, alert: Alert | undefined): boolean {
  if (alert === undefined) return true;
  return action === "close" ? alert.status !== "closed" : whyNot(action, [alert]) === null;
}

/** What can be done, each with its key. */
export function TriageButtons({ act, isDisabled = false, alert }: TriageButtonsProps) {
  const bindings = useKeysInForce((keys) => keys.bindings);
  return (
    <div role="toolbar" aria-label="What to do with it" className="flex min-w-0 items-center gap-0.5">
      {looks
        .filter(({ action }) => isOfUse(action, alert))
        .map(({ action, icon: Icon }) => {
          const [key] = bindings[action];
          return (
            <button
              key={action}
              type="button"
              disabled={isDisabled}
              aria-keyshortcuts={ariaKey(key)}
              onClick={act[action]}
              className="inline-flex h-7 shrink-0 items-center gap-1.5 rounded-md px-1.5 text-xs font-medium whitespace-nowrap text-ink-2 hover:bg-hover hover:text-ink disabled:opacity-50"
            >
              <Icon size={14} aria-hidden="true" className="max-2xl:hidden" />
              {keymap[action].label}
              {key !== undefined && <KeyCaps keys={key} isHint />}
            </button>
          );
        })}
    </div>
  );
}
