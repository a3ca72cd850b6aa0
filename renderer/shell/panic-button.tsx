import { OctagonX } from "lucide-react";
import { useId, useState } from "react";
import { type PanicAnswer, pullPanic } from "../queries/panic.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { notify } from "../ui/toast.tsx";
import { formatDuration, formatPlural } from "../view/format.ts";
import { useKeyOf, withKey } from "../view/keys-in-force.ts";
import { useKeys } from "../view/use-keys.ts";

/** Nothing else on most screens tells that it lasts. */
const staysHeld =
  "No rule is raised, no model gets a larger share and nothing is simulated by itself until an admin re-arms under Response, Rules.";

function stoppedWords({ destroyed, left, held, took_ms, noted }: PanicAnswer): string {
  const ended = `Stopped: ${formatPlural(destroyed, "sandbox", "sandboxes")} ended in ${formatDuration(took_ms)}`;
  const late = left === 0 ? "" : `; ${left} killed and not gone yet`;
  const back =
    held === null || held === 0
      ? ""
      : `; ${formatPlural(held, "push or tool call", "pushes and tool calls")} held back`;
  const unnoted =
    noted === false ? " The log takes nothing in just now: it is written down once it does, or at the next start." : "";
  return `${ended}${late}${back}. ${staysHeld}${unnoted}`;
}

function PanicDialog({ onClose }: { onClose: () => void }) {
  const reasonId = useId();
  const [reason, setReason] = useState("");
  const [pulling, setPulling] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const pull = async () => {
    setPulling(true);
    setFailure(null);
    try {
      const result = await pullPanic(reason.trim() === "" ? undefined : reason.trim());
      notify(result === null ? `Everything that acts was stopped. ${staysHeld}` : stoppedWords(result));
      onClose();
    } catch (error) {
      setFailure(error instanceof Error ? error.message : String(error));
      setPulling(false);
    }
  };
  return (
    <Dialog
      title="Stop everything that acts?"
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button tone="danger" icon={OctagonX} disabled={pulling} onClick={() => void pull()}>
            {pulling ? "Stopping…" : "Stop everything"}
          </Button>
        </>
      }
    >
      <p className="mb-3 text-ink-2">
        Ends every sandbox, task and push at once, even when the engine hangs.{" "}
        <strong className="text-ink">This cannot be undone.</strong> Stored evidence and verdicts stay as they are.
      </p>
      <label htmlFor={reasonId} className="mb-1 block text-xs font-medium text-ink-2">
        Reason, for the audit log (optional)
      </label>
      <input
        id={reasonId}
        className="input w-full"
        maxLength={500}
        value={reason}
        onChange={(event) => setReason(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && !pulling) void pull();
        }}
      />
      {failure !== null && (
        <p role="alert" className="mt-3 text-danger">
          Not stopped: {failure}
        </p>
      )}
    </Dialog>
  );
}

/** On every screen. */
export function PanicButton() {
  const [open, setOpen] = useState(false);
  const key = useKeyOf("panic");
  useKeys({ panic: () => setOpen(true) });
  return (
    <>
      <button
        type="button"
        title={withKey("Stop everything that acts; asks first", key)}
        onClick={() => setOpen(true)}
        className="inline-flex h-[30px] items-center gap-1.5 rounded-md border border-danger px-3 text-sm font-semibold text-danger hover:bg-danger-soft"
      >
        <OctagonX size={15} aria-hidden="true" />
        Panic
      </button>
      {open && <PanicDialog onClose={() => setOpen(false)} />}
    </>
  );
}
