import { RotateCcw } from "lucide-react";
import { bindKeys, type KeyChoices } from "../../shared/key-bindings.ts";
import { type KeyAction, keyActions, keyOf } from "../../shared/keymap.ts";
import { Button, IconButton } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { KeyCap, KeyCaps } from "../ui/key-cap.tsx";
import { wordKey } from "../view/keys-in-force.ts";
import { useChangeKeys, useKeyChoices } from "./use-change-keys.ts";
import { useKeyCapture } from "./use-key-capture.ts";

const groups = Map.groupBy(keyActions, (action) => keyOf(action).group);

interface KeyRowProps {
  readonly action: KeyAction;
  /** The key that can be changed; undefined: none. */
  readonly own: string | undefined;
  readonly isChanged: boolean;
  readonly isListening: boolean;
  readonly onBegin: () => void;
  readonly onEnd: () => void;
  readonly onReset: () => void;
}

/** The keys of an action and what pressing them here does, for those who hear it. */
function tellKeys(own: string | undefined, fixed: readonly string[]): string {
  const keys = [...(own === undefined ? [] : [own]), ...fixed].map(wordKey).join(" or ");
  return `${keys === "" ? "no key" : keys}. ${own === undefined ? "Add one" : "Change"}`;
}

function KeyRow({ action, own, isChanged, isListening, onBegin, onEnd, onReset }: KeyRowProps) {
  const { label, fixed = [] } = keyOf(action);
  return (
    <div className="flex min-h-7 items-center justify-between gap-3">
      <dt className={isChanged ? "font-medium text-accent" : ""}>{label}</dt>
      <dd className="flex shrink-0 items-center gap-1 text-xs">
        {isChanged && (
          <IconButton icon={RotateCcw} label={`Give "${label}" its usual key`} onClick={onReset} className="!size-6" />
        )}
        <button
          type="button"
          aria-pressed={isListening}
          onClick={isListening ? onEnd : onBegin}
          onBlur={onEnd}
          className={`inline-flex h-6 min-w-7 items-center justify-center rounded-md px-1 ${isListening ? "bg-accent-soft font-medium text-accent" : "text-ink-3 hover:bg-hover hover:text-ink"}`}
        >
          <span className="sr-only">
            {label}: {isListening ? "" : tellKeys(own, fixed)}
          </span>
          {isListening ? (
            "Press a key…"
          ) : (
            <span aria-hidden="true">{own === undefined ? "+" : <KeyCaps keys={own} />}</span>
          )}
        </button>
        {fixed.map((key) => (
          <KeyCap key={key} name={key} isHint />
        ))}
      </dd>
    </div>
  );
}

/** The choices without those of one action, and without what is as usual anyway. */
function choose(choices: KeyChoices, action: KeyAction, key: string | null): KeyChoices {
  const { [action]: _, ...others } = choices;
  return key === null || key === (keyOf(action).key ?? "") ? others : { ...others, [action]: key };
}

/** Every shortcut that exists, from the table that binds them, and the way to change it: press its key, then the new one. */
export function HelpDialog({ onClose }: { onClose: () => void }) {
  const { choices, withSingle } = useKeyChoices();
  const change = useChangeKeys();
  const save = (action: KeyAction, key: string | null) => {
    const next = choose(choices, action, key);
    const now = bindKeys(next)[action][0];
    const words = `"${keyOf(action).label}" has ${now === undefined ? "no key" : `the key ${wordKey(now)}`} now.`;
    if (JSON.stringify(next) !== JSON.stringify(choices)) change.mutate({ changes: { keys: next }, done: words });
  };
  const { capture, begin, end } = useKeyCapture(choices, save);
  const bindings = bindKeys(choices);
  const changed = Object.keys(choices).length;
  const said =
    capture !== null
      ? (capture.refused ??
        (capture.lead !== null
          ? `${wordKey(capture.lead)}, then …`
          : `Press the new key of "${keyOf(capture.action).label}". Backspace: no key. Escape: as it is.`))
      : change.isSuccess
        ? change.variables.done
        : change.isPending
          ? "Saving…"
          : "";
  return (
    <Dialog
      title="Keyboard shortcuts"
      onClose={onClose}
      size="large"
      actions={
        <>
          <p
            role="status"
            className={`min-w-0 flex-1 self-center text-xs ${capture?.refused == null ? "text-ink-2" : "font-medium text-danger"}`}
          >
            {change.isError && capture === null ? "Not changed; see the message." : said}
          </p>
          <Button
            icon={RotateCcw}
            disabled={changed === 0 || change.isPending}
            onClick={() => change.mutate({ changes: { keys: {} }, done: "All keys are the usual ones now." })}
          >
            All usual keys
          </Button>
        </>
      }
    >
      <div className="mb-4 flex items-baseline justify-between gap-6 text-xs text-ink-2">
        <p>Press a key here to give its action another one. Every window and every hint follows; undo takes it back.</p>
        <label className="flex shrink-0 items-center gap-1.5">
          <input
            type="checkbox"
            checked={withSingle}
            disabled={change.isPending}
            onChange={(event) => {
              const isOn = event.target.checked;
              change.mutate({
                changes: { single_keys: isOn ? "on" : "off" },
                done: `Keys without Ctrl or Alt ${isOn ? "act" : "do nothing"} now.`,
              });
            }}
          />
          Keys without Ctrl or Alt act
        </label>
      </div>
      <div className="columns-3 gap-x-8">
        {[...groups].map(([group, actions]) => (
          <section key={group} aria-label={group} className="mb-4 break-inside-avoid">
            <h3 className="th mb-1">{group}</h3>
            <dl>
              {actions.map((action) => (
                <KeyRow
                  key={action}
                  action={action}
                  own={bindings[action].find((key) => !keyOf(action).fixed?.includes(key))}
                  isChanged={choices[action] !== undefined}
                  isListening={capture?.action === action}
                  onBegin={() => begin(action)}
                  onEnd={end}
                  onReset={() => save(action, null)}
                />
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
