import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import type { FlowOverride } from "../../../shared/telemetry.ts";
import { visibleWords } from "../../../shared/visible-text.ts";
import { refusalInWords } from "../../queries/client.ts";
import { sendOverrideEnd } from "../../queries/telemetry.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { offerUndo } from "../../ui/offer-undo.ts";
import { notify } from "../../ui/toast.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatInstant } from "../../view/format.ts";
import type { TimeZone } from "../../view/view.ts";
import { decisionWords } from "./answer-words.ts";

interface OverridesPanelProps {
  readonly overrides: readonly FlowOverride[];
  readonly zone: TimeZone;
  readonly onDecide: () => void;
}

/** What people decided for routes and users, until when, and the way back. */
export function OverridesPanel({ overrides, zone, onDecide }: OverridesPanelProps) {
  const client = useQueryClient();
  const refresh = () => void client.invalidateQueries({ queryKey: ["telemetry"] });
  const ending = useMutation({
    mutationFn: sendOverrideEnd,
    networkMode: "always",
    onSuccess: ({ event_id }) => offerUndo("The model judges again.", { eventId: event_id, onTried: refresh }),
    onError: (error) => notify(`Not done: ${refusalInWords(error)}`, { tone: "danger" }),
    onSettled: refresh,
  });
  return (
    <section aria-labelledby="telemetry-decided" className="card">
      <div className="flex items-center justify-between border-b border-line px-4 py-2">
        <h2 id="telemetry-decided" className="text-sm font-semibold">
          Decided by people
        </h2>
        <Button size="small" icon={Plus} onClick={onDecide}>
          Decide for a route or user…
        </Button>
      </div>
      {overrides.length === 0 ? (
        <p className="px-4 py-3 text-sm text-ink-2">
          Nothing: every sample is judged by the model, or by fixed limits until it has learned.
        </p>
      ) : (
        <ul aria-label="Decided by people" className="divide-y divide-line">
          {overrides.map((one) => (
            <li key={one.id} className="flex items-center gap-3 px-4 py-2 text-sm">
              <span className="w-[84px] shrink-0">
                <Badge tone={decisionWords[one.action].tone}>{decisionWords[one.action].word}</Badge>
              </span>
              <div className="min-w-0 flex-1">
                <p className="font-mono text-xs break-all">
                  {one.kind === "user" && <span className="font-sans">User </span>}
                  <UntrustedText text={one.subject} />
                </p>
                <p className="mt-0.5 text-xs break-words text-ink-2">
                  {one.expires_at === null
                    ? "until somebody takes it back"
                    : `until ${formatInstant(one.expires_at, zone)}`}{" "}
                  · {visibleWords(one.actor)}, {formatInstant(one.at, zone)}
                  {one.reason === null ? " · reason erased" : one.reason === "" ? "" : ` · ${visibleWords(one.reason)}`}
                </p>
              </div>
              <Button
                size="small"
                disabled={ending.isPending}
                aria-label={`Let the model judge ${one.subject}`}
                onClick={() => ending.mutate(one.id)}
              >
                Let the model judge
              </Button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
