import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Check, X } from "lucide-react";
import { useEffect, useId, useRef, useState } from "react";
import { AskedCalls } from "../../agent/asked-calls.tsx";
import { sendTaskWord, taskApprovalQuery } from "../../queries/assistant.ts";
import { refusalInWords } from "../../queries/client.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { Button } from "../../ui/button.tsx";
import { KeyCaps } from "../../ui/key-cap.tsx";
import { PanelStatus } from "../../ui/panel-status.tsx";
import { formatInstant, formatPlural } from "../../view/format.ts";
import { ariaKey, useKeysInForce } from "../../view/keys-in-force.ts";
import { useKeys } from "../../view/use-keys.ts";
import { scrollWithin } from "./scroll-within.ts";

/** What a task waits for, where it waits: exactly what is approved, and the word. */
export function TaskApprovalCard({ id }: { id: string }) {
  const client = useQueryClient();
  const zone = useTimeZone();
  const field = useId();
  const bindings = useKeysInForce((keys) => keys.bindings);
  const [reason, setReason] = useState("");
  const query = useQuery(taskApprovalQuery(id));
  const approval = query.data;
  const card = useRef<HTMLElement>(null);
  const isThere = approval !== undefined;
  // What is asked for has to be seen before it is answered.
  useEffect(() => {
    if (isThere) scrollWithin(card.current, "start");
  }, [isThere]);
  const deciding = useMutation({
    mutationFn: ({ granted, shown_hash }: { granted: boolean; shown_hash: string }) =>
      sendTaskWord({ id, granted, shown_hash, reason: reason.trim() }),
    networkMode: "always",
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ["tasks"] }),
        client.invalidateQueries({ queryKey: ["approvals"] }),
      ]),
  });
  const mayDecide = approval?.status === "pending" && !deciding.isPending;
  const say = (granted: boolean) => () => {
    // SECURITY: the hash of what is on the screen: a word counts for that alone.
    if (approval !== undefined && mayDecide) deciding.mutate({ granted, shown_hash: approval.shown_hash });
  };
  useKeys({ grantApproval: say(true), denyApproval: say(false) }, () =>
    mayDecide ? null : "nothing waits for a word",
  );
  if (approval === undefined) return <PanelStatus query={query} what="what is asked for" />;
  const [grantKey] = bindings.grantApproval;
  const [denyKey] = bindings.denyApproval;
  return (
    <section ref={card} aria-label="What waits for your word" className="space-y-3 rounded-lg border-2 border-warn p-3">
      <h3 className="text-sm font-semibold">
        {approval.kind === "plan"
          ? `The plan waits for your word: ${formatPlural(approval.steps.length, "step")}`
          : `${formatPlural(approval.steps.length, "call")} ${approval.steps.length === 1 ? "waits" : "wait"} for your word`}
      </h3>
      <AskedCalls steps={approval.steps} />
      <p className="text-xs text-ink-2">
        Your word counts once, for exactly this, until {formatInstant(approval.expires_at, zone).slice(0, 16)}. Hash of
        what is shown: <span className="font-mono break-all">{approval.shown_hash}</span>
      </p>
      {/* In view however much is asked for. */}
      <div className="sticky -bottom-4 -mx-3 -mb-3 flex flex-wrap items-center gap-3 rounded-b-lg border-t border-line bg-surface p-3">
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
      {deciding.isPending && (
        <p role="status" className="text-xs text-ink-2">
          Said. The task goes on…
        </p>
      )}
      {deciding.error !== null && (
        <p role="alert" className="text-xs text-danger">
          Not done: {refusalInWords(deciding.error)}
        </p>
      )}
    </section>
  );
}
