import { useMutation, useQueryClient } from "@tanstack/react-query";
import { OctagonAlert } from "lucide-react";
import { useId, useState } from "react";
import { refusalInWords } from "../queries/client.ts";
import { sendRearm } from "../queries/rules.ts";
import { useTimeZone } from "../queries/settings.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { UntrustedText } from "../ui/untrusted-text.tsx";
import { formatInstant } from "../view/format.ts";

/** Panic holds the response, and the way out of it. @param by who pulled it, where that is known here */
export function HeldNote({ at, by }: { at: string; by?: string }) {
  const client = useQueryClient();
  const zone = useTimeZone();
  const field = useId();
  const [isOpen, setIsOpen] = useState(false);
  const [reason, setReason] = useState("");
  const rearming = useMutation({
    mutationFn: () => sendRearm(reason.trim()),
    networkMode: "always",
    onSuccess: () => setIsOpen(false),
    onSettled: async () => {
      await Promise.all(["rules", "sandboxes"].map((key) => client.invalidateQueries({ queryKey: [key] })));
    },
  });
  return (
    <div role="status" className="flex items-center gap-2 bg-danger-soft px-4 py-1.5 text-sm text-danger">
      <OctagonAlert size={15} aria-hidden="true" />
      <span className="flex-1">
        Panic holds the response since {formatInstant(at, zone).slice(0, 19)}
        {by !== undefined && (
          <>
            , by <UntrustedText text={by} />
          </>
        )}
        : no rule is let in by itself or raised, and no model gets a larger share. Taking back works.
      </span>
      <Button size="small" onClick={() => setIsOpen(true)}>
        Re-arm…
      </Button>
      {isOpen && (
        <Dialog
          title="Let rules be applied and raised again"
          onClose={() => setIsOpen(false)}
          actions={
            <>
              <Button onClick={() => setIsOpen(false)}>Cancel</Button>
              <Button
                tone="danger"
                disabled={reason.trim() === "" || rearming.isPending}
                onClick={() => rearming.mutate()}
              >
                Re-arm the response
              </Button>
            </>
          }
        >
          <label htmlFor={field} className="mb-1 block text-xs font-medium text-ink-2">
            Reason, for the log
          </label>
          <textarea
            id={field}
            rows={3}
            maxLength={2000}
            className="input !h-auto w-full py-1.5"
            value={reason}
            onChange={(event) => setReason(event.target.value)}
          />
          <p className="mt-2 text-xs text-ink-2">
            Needs the role admin. It cannot be undone; another panic holds the response again.
          </p>
          {rearming.error !== null && (
            <p role="alert" className="mt-2 text-xs text-danger">
              Not re-armed: {refusalInWords(rearming.error)}
            </p>
          )}
        </Dialog>
      )}
    </div>
  );
}
