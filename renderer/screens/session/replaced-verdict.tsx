import { History } from "lucide-react";
import { useEffect } from "react";
import { CallFailed } from "../../queries/client.ts";
import { Button } from "../../ui/button.tsx";
import { EmptyPanel } from "../../ui/panel-status.tsx";
import { notify } from "../../ui/toast.tsx";
import { goTo, placeHash, type SessionTab } from "../../view/place.ts";

/** What took the place of a verdict that a link leads to; null: the verdict was not replaced. */
export function successorIn(error: Error | null): { verdict: string | null; evidence: string } | null {
  if (!(error instanceof CallFailed)) return null;
  const { replaced_by: verdict, evidence_id: evidence } = error.details ?? {};
  if (typeof evidence !== "string") return null;
  return { verdict: typeof verdict === "string" ? verdict : null, evidence };
}

interface ReplacedVerdictProps {
  readonly successor: NonNullable<ReturnType<typeof successorIn>>;
  readonly tab: SessionTab;
  readonly request: number | undefined;
}

function goToVerdict(id: string, { tab, request }: Omit<ReplacedVerdictProps, "successor">): void {
  goTo({ screen: "session", id, tab, ...(request === undefined ? {} : { request }) }, { replace: true });
}

/** Above a verdict that was in force when it was opened: whoever reads it is told, and goes on when they like. */
export function ReplacedNote({ successor: { verdict, evidence }, ...place }: ReplacedVerdictProps) {
  return (
    <div role="status" className="flex items-center gap-2 bg-warn-soft px-4 py-1.5 text-xs text-warn">
      <History size={14} aria-hidden="true" />
      <span className="flex-1">
        Its evidence was judged again meanwhile: this verdict is not in force any more.{" "}
        {verdict === null && (
          <a className="underline" href={placeHash({ screen: "evidence", item: evidence })}>
            The evidence
          </a>
        )}
      </span>
      {verdict !== null && (
        <Button size="small" onClick={() => goToVerdict(verdict, place)}>
          Show what is in force
        </Button>
      )}
    </div>
  );
}

/** Leads on to the verdict in force, or says why there is none. */
export function ReplacedVerdict({ successor: { verdict, evidence }, tab, request }: ReplacedVerdictProps) {
  useEffect(() => {
    if (verdict === null) return;
    goToVerdict(verdict, { tab, request });
    notify("This session was judged again: this is what is in force now. Provenance lists what was decided before.");
  }, [verdict, tab, request]);
  return (
    <EmptyPanel icon={History} title="This verdict is not in force any more">
      <p>
        Its evidence was judged again
        {verdict === null ? ", and its session is none of those that the evidence has now. " : ". "}
        <a className="text-accent underline" href={placeHash({ screen: "evidence", item: evidence })}>
          The evidence
        </a>
      </p>
    </EmptyPanel>
  );
}
