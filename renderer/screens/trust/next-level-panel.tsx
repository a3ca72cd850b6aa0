import { useQueryClient } from "@tanstack/react-query";
import { CircleCheck, CircleX, Flag, TrendingUp } from "lucide-react";
import { useState } from "react";
import type { AgentTrust } from "../../../shared/agent-trust.ts";
import { sendAgentReport, sendTrustRaise } from "../../queries/trust.ts";
import { Button } from "../../ui/button.tsx";
import { offerUndo } from "../../ui/offer-undo.ts";
import { Progress } from "../../ui/progress.tsx";
import { notify } from "../../ui/toast.tsx";
import { formatCount, formatPlural } from "../../view/format.ts";
import { ReasonDialog } from "./reason-dialog.tsx";
import { criterionWords } from "./trust-words.ts";

function Criteria({ trust: { criteria, tasks, tasks_needed } }: { trust: AgentTrust }) {
  return (
    <ul aria-label="What the next level asks for" className="divide-y divide-line">
      {criteria.map(({ name, met, told }) => {
        const Icon = met ? CircleCheck : CircleX;
        return (
          <li key={name} className="flex items-start gap-2 px-4 py-2.5 text-sm">
            <Icon size={16} className={`mt-0.5 shrink-0 ${met ? "text-good" : "text-warn"}`} aria-hidden="true" />
            <div className="min-w-0 flex-1">
              <span className="font-medium">{criterionWords[name]}</span>
              <span className="sr-only">{met ? " (met)" : " (not met)"}</span>
              <p className="text-ink-2">{told}</p>
              {name === "tasks" && (
                <div className="mt-1.5">
                  <Progress label="Tasks without incident" done={Math.min(tasks, tasks_needed)} total={tasks_needed} />
                </div>
              )}
            </div>
          </li>
        );
      })}
    </ul>
  );
}

/** What the next level asks for, and the two things that people do to the level. */
export function NextLevelPanel({ trust }: { trust: AgentTrust }) {
  const client = useQueryClient();
  const [open, setOpen] = useState<"raise" | "report" | null>(null);
  const { level, criteria, can_raise, denials, incident_count } = trust;
  const isHighest = criteria.some(({ name, met }) => name === "below_highest" && !met);
  const missing = criteria.filter(({ met }) => !met);
  const close = () => setOpen(null);
  return (
    <section aria-labelledby="trust-next" className="card">
      <h2 id="trust-next" className="border-b border-line px-4 py-2 text-sm font-semibold">
        {isHighest ? "No higher level" : `What level ${level + 1} asks for`}
      </h2>
      <Criteria trust={trust} />
      <p className="border-t border-line px-4 py-2.5 text-sm text-ink-2">
        {formatPlural(incident_count, "incident")} so far. {formatPlural(denials, "task")} denied: counted, and harmless
        to the level, so that nothing hostile can lower it by asking for too much.
      </p>
      <div className="flex flex-wrap gap-2 border-t border-line px-4 py-3">
        {!isHighest && (
          <Button icon={TrendingUp} tone={can_raise ? "primary" : "plain"} onClick={() => setOpen("raise")}>
            Raise to level {level + 1}…
          </Button>
        )}
        <Button icon={Flag} onClick={() => setOpen("report")}>
          Report an incident…
        </Button>
      </div>
      {open === "raise" && (
        <ReasonDialog
          title={`Raise the trust level to ${level + 1}`}
          action="Raise"
          tone="primary"
          send={sendTrustRaise}
          onDone={({ level: now, event_id }) =>
            offerUndo(`The trust level is ${formatCount(now)}.`, {
              eventId: event_id,
              onTried: () => client.invalidateQueries({ queryKey: ["trust"] }),
            })
          }
          onClose={close}
        >
          <p className="text-sm text-ink-2">
            Needs the role admin. Counting tasks begins anew. It can be undone until the next incident.
          </p>
          {missing.length > 0 && (
            <p className="mt-2 text-sm text-warn">Still missing: {missing.map(({ told }) => told).join(" ")}</p>
          )}
        </ReasonDialog>
      )}
      {open === "report" && (
        <ReasonDialog
          title="Report an incident"
          action="Report it"
          tone="danger"
          send={sendAgentReport}
          onDone={({ level: now }) => notify(`The incident is in the log. The trust level is ${formatCount(now)}.`)}
          onClose={close}
        >
          <p className="text-sm text-ink-2">
            The agent did what it should not have done. The level falls by one at once, also for tasks that go on, and
            counting begins anew. It cannot be undone: trust is earned again.
          </p>
        </ReasonDialog>
      )}
    </section>
  );
}
