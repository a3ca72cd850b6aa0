import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ChevronsRight, Undo2 } from "lucide-react";
import type { Canary, CanaryMove } from "../../../shared/canary.ts";
import { TrialMeasures } from "../../learn/trial-measures.tsx";
import { canaryQuery, sendPromotion, sendRollBack } from "../../queries/canary.ts";
import { heldQuery } from "../../queries/rules.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { Button } from "../../ui/button.tsx";
import { PanelStatus, StaleNote } from "../../ui/panel-status.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatCount, formatInstant } from "../../view/format.ts";
import { placeHash } from "../../view/place.ts";
import { CanaryStart } from "./canary-start.tsx";
import { CanarySteps } from "./canary-steps.tsx";

const reasons: Record<CanaryMove["because"], string> = {
  asked: "asked for",
  passed: "every bound below its limit",
  failed: "a bound above its limit",
  superseded: "another model decides",
};

function stepWords({ percent, model_id }: Pick<CanaryMove, "percent" | "model_id">): string {
  if (percent === null) return model_id === null ? "Back to the model before" : "Off trial";
  if (percent === 100) return "Decides all sessions";
  return percent === 0 ? "Shadow" : `${percent} % of sessions`;
}

function History({ history }: Pick<Canary, "history">) {
  const zone = useTimeZone();
  return (
    <section aria-labelledby="canary-history" className="card p-4">
      <h2 id="canary-history" className="text-sm font-semibold">
        What happened
      </h2>
      {history.length === 0 ? (
        <p className="mt-1 text-xs text-ink-3">No model was on trial yet.</p>
      ) : (
        <table aria-labelledby="canary-history" className="mt-2 w-full text-xs">
          <thead>
            <tr>
              <th className="th py-1">When</th>
              <th className="th">Model</th>
              <th className="th">Step</th>
              <th className="th">Because</th>
              <th className="th">Who</th>
              <th className="th !text-right">After sessions</th>
            </tr>
          </thead>
          <tbody>
            {history.map(({ at, actor, percent, model_id, because, sessions }) => (
              // Several may happen in one millisecond.
              <tr key={`${at} ${percent} ${because}`} className="h-7 border-t border-line">
                <td>{formatInstant(at, zone).slice(0, 19)}</td>
                <td className="font-mono">{model_id?.slice(0, 12) ?? ""}</td>
                <td>{stepWords({ percent, model_id })}</td>
                <td>{reasons[because]}</td>
                <td>{actor}</td>
                <td className="text-right tabular-nums">{formatCount(sessions)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

/** The model on trial: its share of sessions, how it fares, and the way on and back. */
export function CanaryScreen() {
  const client = useQueryClient();
  const query = useQuery(canaryQuery());
  const after = (canary: Canary) => client.setQueryData(canaryQuery().queryKey, canary);
  const promoting = useMutation({ mutationFn: sendPromotion, onSuccess: after });
  const rolling = useMutation({ mutationFn: sendRollBack, onSuccess: after });
  const isHeld = useQuery(heldQuery()).data != null;
  const canary = query.data;
  if (canary === undefined) return <PanelStatus query={query} what="the model on trial" />;
  const { model_id, percent, next, champion, mode, share, approval, can_go_back: canGoBack } = canary;
  const isDenied = approval?.state === "denied";
  const isBusy = promoting.isPending || rolling.isPending;
  const error = promoting.error ?? rolling.error;
  return (
    <section
      aria-label="Canary"
      tabIndex={0}
      className="h-full space-y-3 overflow-y-auto p-4 focus-visible:outline-offset-[-2px]"
    >
      <StaleNote query={query} what="the model on trial" />
      <div className="card flex flex-wrap items-center gap-3 p-4">
        <p className="min-w-0 flex-1 text-sm">
          Model <span className="font-mono">{champion.slice(0, 12)}</span> decides.{" "}
          {model_id !== null && (
            <>
              <span className="font-mono">{model_id.slice(0, 12)}</span> is on trial and{" "}
              {mode === "by_hand"
                ? "waits for somebody's word at each step."
                : percent === share
                  ? `stays at ${share} % until you let it decide or take it out.`
                  : share === null
                    ? "steps on by itself."
                    : `steps on by itself, up to ${share} % of sessions.`}
            </>
          )}
        </p>
        {model_id !== null && (
          <Button
            tone="primary"
            icon={ChevronsRight}
            disabled={isBusy || next === null || isHeld}
            onClick={() => promoting.mutate({ model_id, canary_percent: next ?? 0 })}
          >
            {next === null
              ? isDenied
                ? "The next step was denied"
                : "Not enough seen for the next step"
              : next === 100
                ? "Let it decide"
                : `On to ${next} %`}
          </Button>
        )}
        <Button icon={Undo2} disabled={isBusy || !canGoBack} onClick={() => rolling.mutate()}>
          {model_id === null ? "Back to the model before" : "Take it out"}
        </Button>
        {model_id !== null && isHeld && (
          <p className="basis-full text-sm text-danger">
            Panic holds the response: no model gets a larger share until an admin re-arms it under{" "}
            <a className="underline" href={placeHash({ screen: "sandboxes" })}>
              Sandboxes
            </a>
            . Taking it out works.
          </p>
        )}
        {approval !== null && (isDenied || approval.state === "pending") && (
          <p className="basis-full text-sm">
            {isDenied ? (
              <>
                The next step was denied by <UntrustedText text={approval.decided_by ?? ""} />.
              </>
            ) : (
              "The next step waits for somebody's word."
            )}{" "}
            <a className="text-accent underline" href={placeHash({ screen: "approvals", item: approval.id })}>
              {isDenied ? "Why" : "See and decide"}
            </a>
          </p>
        )}
        {model_id === null && canGoBack && (
          <p className="basis-full text-xs text-ink-2">
            It was on trial before, and the comparison with the model before it ended as it was let decide: nothing
            takes it out by itself any more.{" "}
            <a className="text-accent underline" href={placeHash({ screen: "drift" })}>
              Drift
            </a>{" "}
            watches what it is given and what it says, and{" "}
            <a className="text-accent underline" href={placeHash({ screen: "health" })}>
              Health
            </a>{" "}
            whether it answers; where either says that it does badly, the way back stands beside it.
          </p>
        )}
        {error !== null && (
          <p role="alert" className="basis-full text-xs text-danger">
            {error.message}
          </p>
        )}
      </div>
      {model_id === null ? (
        <CanaryStart isBusy={isBusy} onStart={(start) => promoting.mutate({ canary_percent: 0, ...start })} />
      ) : (
        <>
          <CanarySteps percent={percent} share={share} />
          <TrialMeasures sessions={canary.sessions} measures={canary.measures} />
        </>
      )}
      <History history={canary.history} />
    </section>
  );
}
