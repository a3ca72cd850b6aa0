import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ArchiveX, ShieldAlert, X } from "lucide-react";
import type { Evidence } from "../../../shared/evidence.ts";
import { refusalInWords } from "../../queries/client.ts";
import { evidenceQuery, withdraw } from "../../queries/evidence.ts";
import { Button, IconButton } from "../../ui/button.tsx";
import { CustodyView } from "../../ui/custody.tsx";
import { offerUndo } from "../../ui/offer-undo.ts";
import { PanelStatus } from "../../ui/panel-status.tsx";
import { ProblemList } from "../../ui/problem-list.tsx";
import { notify } from "../../ui/toast.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { goTo, placeHash } from "../../view/place.ts";
import { useView } from "../../view/view.ts";

/** Withdrawing changes what every list shows. */
function useWithdraw(evidence: Evidence | undefined) {
  const client = useQueryClient();
  const refresh = () => {
    void client.invalidateQueries({ queryKey: ["evidence"] });
    void client.invalidateQueries({ queryKey: ["audit"] });
    void client.resetQueries({ queryKey: ["verdicts"] });
  };
  return useMutation({
    mutationFn: (target: Evidence) => withdraw(target),
    onSuccess: ({ event_id }) => {
      refresh();
      offerUndo(`Withdrawn: ${evidence?.file_name ?? "evidence"} and its verdicts are out of view.`, {
        eventId: event_id,
        undone: "The evidence and its verdicts are back.",
        onTried: refresh,
      });
    },
    onError: (error) => {
      refresh();
      notify(`Not withdrawn: ${refusalInWords(error)}`, { tone: "danger" });
    },
  });
}

export function EvidenceDetail({ id }: { id: string }) {
  const query = useQuery(evidenceQuery(id));
  const withdrawing = useWithdraw(query.data);
  const evidence = query.data;
  return (
    <section
      aria-label="Custody of the evidence"
      tabIndex={0}
      className="w-[400px] shrink-0 overflow-y-auto border-l border-line bg-surface p-4 focus-visible:outline-offset-[-2px] 2xl:w-[520px]"
    >
      {evidence === undefined ? (
        <PanelStatus query={query} what="this evidence" />
      ) : (
        <div className="space-y-4">
          <div className="flex items-start justify-between gap-2">
            <h2 className="min-w-0 text-sm font-semibold break-all [&_.untrusted]:font-sans">
              <UntrustedText text={evidence.file_name} />
            </h2>
            <IconButton
              icon={X}
              label="Close"
              className="!size-6"
              onClick={() => goTo({ screen: "evidence" }, { replace: true })}
            />
          </div>
          <div className="flex gap-2">
            {evidence.status !== "withdrawn" && evidence.sessions > 0 && (
              <Button
                size="small"
                icon={ShieldAlert}
                onClick={() => {
                  useView.getState().showEvidence(evidence.id, evidence.file_name);
                  goTo({ screen: "verdicts" });
                }}
              >
                Show its verdicts
              </Button>
            )}
            {evidence.status !== "withdrawn" && evidence.status !== "analysing" && (
              <Button
                size="small"
                icon={ArchiveX}
                disabled={withdrawing.isPending}
                onClick={() => withdrawing.mutate(evidence)}
              >
                Withdraw
              </Button>
            )}
          </div>
          {evidence.status === "withdrawn" && (
            <p className="rounded-md bg-warn-soft px-3 py-2 text-xs text-warn">
              Withdrawn: its verdicts are out of view. The{" "}
              <a className="underline" href={placeHash({ screen: "audit" })}>
                audit log
              </a>{" "}
              can undo that.
            </p>
          )}
          <ProblemList problems={evidence.problems} count={evidence.problem_count} />
          <div>
            <h3 className="th mb-2">Chain of custody</h3>
            <CustodyView custody={evidence.custody} />
          </div>
        </div>
      )}
    </section>
  );
}
