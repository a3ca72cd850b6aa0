import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Siren } from "lucide-react";
import type { SandboxStatus } from "../../../shared/sandbox.ts";
import { sendDrill } from "../../queries/sandboxes.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { HeldNote } from "../../respond/held-note.tsx";
import { Button } from "../../ui/button.tsx";
import { Fact, Facts } from "../../ui/facts.tsx";
import { notify } from "../../ui/toast.tsx";
import { formatDuration, formatInstant, formatPlural } from "../../view/format.ts";

/** Whether panic holds the response, when it was pulled, and when it was last rehearsed. */
export function PanicPanel({ status }: { status: SandboxStatus }) {
  const client = useQueryClient();
  const zone = useTimeZone();
  const { last_drill: drill, last_panic: panic } = status;
  const rehearse = useMutation({
    mutationFn: sendDrill,
    onSuccess: ({ sandboxes, took_ms }) =>
      notify(`Drill: ${formatPlural(sandboxes, "sandbox", "sandboxes")} were gone in ${formatDuration(took_ms)}.`),
    onSettled: () => client.invalidateQueries({ queryKey: ["sandboxes"] }),
  });
  return (
    <section aria-labelledby="sandbox-panic" className="card">
      <div className="flex items-center justify-between border-b border-line px-4 py-2">
        <h2 id="sandbox-panic" className="text-sm font-semibold">
          Panic
        </h2>
        <Button
          icon={Siren}
          size="small"
          disabled={rehearse.isPending || status.status !== "healthy"}
          onClick={() => rehearse.mutate()}
        >
          {rehearse.isPending ? "Rehearsing…" : "Rehearse panic"}
        </Button>
      </div>
      {status.held !== null && <HeldNote at={status.held.at} by={status.held.by} />}
      <div className="space-y-3 px-4 py-3">
        <p className="text-sm text-ink-2">
          A drill starts eight harmless sandboxes, ends them the way panic does, and tells how long that took. It ends
          nothing else. The log keeps it.
        </p>
        <Facts>
          <Fact name="Response">
            {status.held === null
              ? "Armed: rules may be let in, raised and sent"
              : "Held until an admin re-arms it, with a reason"}
          </Fact>
          <Fact name="Last drill">
            {drill === null
              ? "Never: rehearse it before it is needed"
              : `${formatInstant(drill.at, zone)} by ${drill.by}: ${formatPlural(drill.sandboxes, "sandbox", "sandboxes")} with ${formatPlural(drill.processes, "process", "processes")} gone in ${formatDuration(drill.took_ms)}${drill.left === 0 ? "" : `, ${drill.left} left`}`}
          </Fact>
          <Fact name="Last panic">
            {panic === null
              ? "Never pulled"
              : `${formatInstant(panic.at, zone)} by ${panic.by}: ${formatPlural(panic.destroyed, "sandbox", "sandboxes")} gone in ${formatDuration(panic.took_ms)}${panic.left === 0 ? "" : `, ${panic.left} left`}`}
          </Fact>
        </Facts>
        {rehearse.error !== null && (
          <p role="alert" className="text-sm text-danger">
            Not rehearsed: {rehearse.error.message}
          </p>
        )}
      </div>
    </section>
  );
}
