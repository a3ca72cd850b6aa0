import { ShieldAlert, ShieldCheck, X } from "lucide-react";
import type { LogVerification } from "../../../shared/audit.ts";
import { IconButton } from "../../ui/button.tsx";
import { formatPlural, humanise } from "../../view/format.ts";

interface VerificationNoteProps {
  readonly verification: LogVerification | null;
  readonly error: Error | null;
  readonly onClose: () => void;
}

/** What the check of the whole chain found. */
export function VerificationNote({ verification, error, onClose }: VerificationNoteProps) {
  if (error !== null) {
    return (
      <div role="alert" className="border-b border-line bg-danger-soft px-4 py-2 text-xs text-danger">
        The chain could not be verified: {error.message}
      </div>
    );
  }
  if (verification === null) return null;
  const { ok, entries, faults } = verification;
  const Icon = ok ? ShieldCheck : ShieldAlert;
  return (
    <div
      role="status"
      className={`flex items-start gap-2 border-b border-line py-2 pr-2 pl-4 text-xs ${ok ? "bg-good-soft text-good" : "bg-danger-soft text-danger"}`}
    >
      <Icon size={16} className="mt-0.5 shrink-0" aria-hidden="true" />
      <div className="flex-1 pt-0.5">
        <p className="font-semibold">
          {ok
            ? `All ${formatPlural(entries, "entry", "entries")} verified: the chain and its checkpoints hold.`
            : "The log is not as it was written."}
        </p>
        <ul>
          {faults.map((fault) => (
            <li key={`${fault.fault}-${fault.seq}-${fault.message}`}>
              {humanise(fault.fault)}
              {fault.seq !== null && ` at entry ${fault.seq}`}: {fault.message}
            </li>
          ))}
        </ul>
      </div>
      <IconButton icon={X} label="Dismiss" className="!size-6" onClick={onClose} />
    </div>
  );
}
