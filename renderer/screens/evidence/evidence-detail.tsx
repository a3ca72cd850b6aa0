import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ArchiveX, Eraser, Pin, PinOff, ShieldAlert, X } from "lucide-react";
import { useState } from "react";
import type { Evidence } from "../../../shared/evidence.ts";
import { refusalInWords } from "../../queries/client.ts";
import { pin, sendErasure } from "../../queries/data.ts";
import { evidenceQuery, withdraw } from "../../queries/evidence.ts";
import { Button, IconButton } from "../../ui/button.tsx";
import { CustodyView } from "../../ui/custody.tsx";
import { EraseDialog } from "../../ui/erase-dialog.tsx";
import { FetchEvidence } from "../../ui/fetch-evidence.tsx";
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

/** Pinning keeps evidence from retention; either way can be undone. */
function usePin() {
  const client = useQueryClient();
  const refresh = () => client.invalidateQueries({ queryKey: ["evidence"] });
  return useMutation({
    mutationFn: pin,
    onSuccess: ({ event_id }, { pinned }) => {
      offerUndo(pinned ? "No longer pinned: retention may erase it." : "Pinned: retention does not erase it.", {
        eventId: event_id,
        undone: "As it was before.",
        onTried: refresh,
      });
    },
    onError: (error) => notify(`Not changed: ${refusalInWords(error)}`, { tone: "danger" }),
    onSettled: refresh,
  });
}

const leave = () => goTo({ screen: "evidence" }, { replace: true });

export function EvidenceDetail({ id }: { id: string }) {
  const [isErasing, setErasing] = useState(false);
  // What is being erased is not asked for again: there is soon no answer.
  const query = useQuery({ ...evidenceQuery(id), enabled: !isErasing });
  const withdrawing = useWithdraw(query.data);
  const pinning = usePin();
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
            <IconButton icon={X} label="Close" className="!size-6" onClick={leave} />
          </div>
          <div className="flex flex-wrap gap-2">
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
            <Button
              size="small"
              icon={evidence.pinned ? PinOff : Pin}
              disabled={pinning.isPending}
              onClick={() => pinning.mutate(evidence)}
            >
              {evidence.pinned ? "Unpin" : "Pin"}
            </Button>
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
            <Button size="small" icon={Eraser} onClick={() => setErasing(true)}>
              Erase…
            </Button>
          </div>
          {evidence.status === "at_fleet" && (
            <div className="space-y-2">
              <p className="text-xs text-ink-2">An engine of the fleet judged it; its content is not here.</p>
              <FetchEvidence evidence={evidence} size={evidence.size_bytes === 0 ? null : evidence.size_bytes} />
            </div>
          )}
          {evidence.pinned && (
            <p className="flex items-center gap-1.5 text-xs text-ink-2">
              <Pin size={13} aria-hidden="true" /> Pinned: retention does not erase it.
            </p>
          )}
          {isErasing && (
            <EraseDialog
              title="Erase this evidence?"
              ids={[evidence.id]}
              start={() => sendErasure([evidence.id])}
              onClose={() => setErasing(false)}
              onErased={leave}
            />
          )}
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
