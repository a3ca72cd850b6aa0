import { Dialog } from "../ui/dialog.tsx";
import { KeyCap } from "../ui/key-cap.tsx";
import { keymap } from "../view/keymap.ts";

const groups = Map.groupBy(Object.values(keymap), ({ group }) => group);

function Keys({ keys }: { keys: readonly string[] }) {
  return keys.map((key, i) => (
    <span key={key} className="flex items-center gap-1">
      {i > 0 && <span className="text-ink-3">or</span>}
      {key.split(" ").map((part) => (
        <KeyCap key={part} name={part} />
      ))}
    </span>
  ));
}

/** Every shortcut that exists, from the table that binds them. */
export function HelpDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Keyboard shortcuts" onClose={onClose} wide>
      <div className="columns-3 gap-x-9">
        {[...groups].map(([group, actions]) => (
          <section key={group} className="mb-5 break-inside-avoid">
            <h3 className="th mb-2">{group}</h3>
            <dl className="space-y-1.5">
              {actions.map(({ keys, label }) => (
                <div key={label} className="flex items-center justify-between gap-4">
                  <dt>{label}</dt>
                  <dd className="flex shrink-0 items-center gap-1 text-xs">
                    <Keys keys={keys} />
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
