import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Check, X } from "lucide-react";
import { useId, useState } from "react";
import { ShownPromotion } from "../../../shared/canary.ts";
import { approvalQuery, sendWordOf } from "../../queries/approvals.ts";
import { refusalInWords } from "../../queries/client.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { oneIn } from "../../respond/rule-words.ts";
import { Button } from "../../ui/button.tsx";
import { KeyCaps } from "../../ui/key-cap.tsx";
import { PanelStatus, StaleNote } from "../../ui/panel-status.tsx";
import { notify } from "../../ui/toast.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatInstant } from "../../view/format.ts";
import { ariaKey, useKeysInForce } from "../../view/keys-in-force.ts";
import { useKeys } from "../../view/use-keys.ts";
import { ShownCalls } from "./shown-calls.tsx";
import { measureOf, ShownParts, ShownRule, ShownTask } from "./shown-parts.tsx";
import { ShownStep } from "./shown-step.tsx";
import { stateWords } from "./state-words.ts";

/** One approval: exactly what is asked for, and the word. */
export function ApprovalDetail({ id }: { id: string }) {
  const client = useQueryClient();
  const zone = useTimeZone();
  const field = useId();
  const bindings = useKeysInForce((keys) => keys.bindings);
  const [reason, setReason] = useState("");
  const query = useQuery(approvalQuery(id));
  const approval = query.data;
  const deciding = useMutation({
    mutationFn: ({ granted, shown_hash }: { granted: boolean; shown_hash: string }) =>
      sendWordOf(approval?.kind ?? "rule", { id, granted, shown_hash, reason: reason.trim() }),
    networkMode: "always",
    onSuccess: (state) => notify(state === "denied" ? "Denied." : "Approved, and done."),
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ["approvals"] }),
        client.invalidateQueries({ queryKey: ["rules"] }),
        client.invalidateQueries({ queryKey: ["tasks"] }),
        client.invalidateQueries({ queryKey: ["models"] }),
      ]),
  });
  const mayDecide = approval?.may_decide === true && approval.state === "pending" && !deciding.isPending;
  const say = (granted: boolean) => () => {
    // SECURITY: the hash of what is on the screen: if it has become something else, the word does not count for that.
    if (approval !== undefined && mayDecide) deciding.mutate({ granted, shown_hash: approval.shown_hash });
  };
  useKeys({ grantApproval: say(true), denyApproval: say(false) }, () =>
    mayDecide ? null : (approval?.why_not ?? "nothing is chosen"),
  );
  if (approval === undefined) return <PanelStatus query={query} what="the approval" />;
  const shown = ShownRule.safeParse(approval.shown);
  const task = ShownTask.safeParse(approval.shown);
  const promotion = ShownPromotion.safeParse(approval.shown);
  const measured = shown.success ? measureOf(shown.data) : null;
  const [grantKey] = bindings.grantApproval;
  const [denyKey] = bindings.denyApproval;
  return (
    <section aria-label="Approval" className="flex h-full flex-col">
      <StaleNote query={query} what="the approval" />
      <section
        aria-label="All of it"
        tabIndex={0}
        className="min-h-0 flex-1 space-y-3 overflow-y-auto p-4 focus-visible:outline-offset-[-2px]"
      >
        <header>
          <h2 className="text-base font-semibold [&_.untrusted]:font-sans">
            <UntrustedText text={approval.title} />
          </h2>
          <p className="text-xs text-ink-2 [&_.untrusted]:font-sans">
            {stateWords[approval.state]} · asked by <UntrustedText text={approval.requested_by} />,{" "}
            {formatInstant(approval.requested_at, zone).slice(0, 16)} · expires{" "}
            {formatInstant(approval.expires_at, zone).slice(0, 16)}
          </p>
        </header>
        {approval.shown === null ? (
          <p className="text-sm text-ink-2">What was asked for was erased.</p>
        ) : shown.success ? (
          <ShownParts shown={shown.data} />
        ) : promotion.success ? (
          <ShownStep shown={promotion.data} />
        ) : task.success ? (
          <ShownCalls task={task.data} />
        ) : (
          <pre className="card overflow-x-auto p-4 text-xs">
            <UntrustedText text={JSON.stringify(approval.shown, null, 2)} lines />
          </pre>
        )}
        {approval.decided_by !== null && (
          <p className="text-sm">
            Decided by <UntrustedText text={approval.decided_by} />
            {approval.reason !== null && (
              <>
                : <UntrustedText text={approval.reason} />
              </>
            )}
          </p>
        )}
      </section>
      {approval.state === "pending" && (
        <footer className="space-y-2 border-t border-line bg-surface p-4">
          {!approval.may_decide && (
            <p role="note" className="text-sm text-warn">
              {approval.why_not}
            </p>
          )}
          <p className="text-xs text-ink-2">
            Your word counts once, for exactly this. Hash of what is shown:{" "}
            <span className="font-mono break-all">{approval.shown_hash}</span>
          </p>
          <div className="flex flex-wrap items-center gap-3">
            <label htmlFor={field} className="sr-only">
              Reason, for the log
            </label>
            <input
              id={field}
              className="input min-w-0 flex-1"
              placeholder="Reason, for the log (optional)"
              maxLength={2000}
              value={reason}
              onChange={(event) => setReason(event.target.value)}
            />
            {measured !== null && (
              <p className="text-sm">
                hits at most <strong className="font-semibold">{oneIn(measured.fp_upper)}</strong> of other requests
              </p>
            )}
            <Button icon={X} disabled={!mayDecide} aria-keyshortcuts={ariaKey(denyKey)} onClick={say(false)}>
              Deny {denyKey !== undefined && <KeyCaps keys={denyKey} isHint />}
            </Button>
            <Button
              tone="primary"
              icon={Check}
              disabled={!mayDecide}
              aria-keyshortcuts={ariaKey(grantKey)}
              onClick={say(true)}
            >
              Approve {grantKey !== undefined && <KeyCaps keys={grantKey} isHint />}
            </Button>
          </div>
          {deciding.error !== null && (
            <p role="alert" className="text-xs text-danger">
              Not done: {refusalInWords(deciding.error)}
            </p>
          )}
        </footer>
      )}
    </section>
  );
}
