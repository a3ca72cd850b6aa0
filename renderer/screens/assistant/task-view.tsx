import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { CircleStop, LoaderCircle } from "lucide-react";
import { lazy, Suspense, useRef, useState } from "react";
import { isOpenTask, type ListedTask } from "../../../shared/agent-task.ts";
import { plannerInWords, spentInWords, taskLooks, taskMeanings } from "../../agent/task-words.ts";
import { UntrustedValue } from "../../agent/untrusted-value.tsx";
import { sendCancel, taskQuery } from "../../queries/assistant.ts";
import { refusalInWords } from "../../queries/client.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { LoadingPanel, PanelStatus, StaleNote } from "../../ui/panel-status.tsx";
import { Segments } from "../../ui/segments.tsx";
import { notify } from "../../ui/toast.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatInstant } from "../../view/format.ts";
import { useKeys } from "../../view/use-keys.ts";
import { scrollWithin } from "./scroll-within.ts";
import { StepCard } from "./step-card.tsx";
import { TaskApprovalCard } from "./task-approval.tsx";

/** The graph's library is large: read when somebody wants to see it. */
const ProvenanceView = lazy(async () => ({ default: (await import("./provenance-view.tsx")).ProvenanceView }));

/** The keys of the last task of a conversation. */
function TaskKeys({ onCancel, onView }: { onCancel: (() => void) | null; onView: () => void }) {
  useKeys({ provenanceView: onView });
  useKeys({ cancelTask: () => onCancel?.() }, () => (onCancel === null ? "nothing runs" : null));
  return null;
}

interface TaskViewProps {
  readonly summary: ListedTask;
  /** Whether it is the last of its conversation: keys act on that one. */
  readonly isLast: boolean;
}

/** One turn: what was asked, the plan as steps, what came of it, and what it waits for. */
export function TaskView({ summary, isLast }: TaskViewProps) {
  const { task_id: id } = summary;
  const client = useQueryClient();
  const zone = useTimeZone();
  const query = useQuery(taskQuery(id));
  const [view, setView] = useState<"steps" | "provenance">("steps");
  const card = useRef<HTMLDivElement>(null);
  const show = (next: "steps" | "provenance") => {
    setView(next);
    // What waits for a word stands below, and may be all that is in sight.
    scrollWithin(card.current, "start");
  };
  const cancelling = useMutation({
    mutationFn: () => sendCancel(id),
    networkMode: "always",
    onError: (error) => notify(`Not cancelled: ${refusalInWords(error)}`, { tone: "danger" }),
    onSettled: () => client.invalidateQueries({ queryKey: ["tasks"] }),
  });
  const task = query.data;
  const status = task?.status ?? summary.status;
  const isOpen = isOpenTask(status);
  const cancel = isOpen && !cancelling.isPending ? () => cancelling.mutate() : null;
  const { label, tone } = taskLooks[status];
  const last = task?.steps.findLast((step) => step.status === "completed");
  return (
    <article aria-label="Task" className="space-y-3">
      {isLast && <TaskKeys onCancel={cancel} onView={() => show(view === "steps" ? "provenance" : "steps")} />}
      <div className="ml-16 rounded-lg bg-accent-soft px-4 py-2.5">
        <p className="text-sm break-words whitespace-pre-wrap [&_.untrusted]:font-sans">
          <UntrustedText text={summary.title ?? summary.request ?? "(erased)"} lines />
        </p>
        <p className="mt-1 text-xs text-ink-2 [&_.untrusted]:font-sans">
          <UntrustedText text={summary.asked_by} />, {formatInstant(summary.at, zone).slice(0, 16)}
        </p>
      </div>
      <div ref={card} className="card mr-8 space-y-3 p-4">
        <div className="flex flex-wrap items-center gap-2.5">
          <Badge tone={tone}>{label}</Badge>
          <span className="text-xs text-ink-2">
            {status === "completed" && task?.reason != null
              ? "It is done with the reservation below."
              : taskMeanings[status]}
            {task !== undefined && task.planner !== null && ` It is ${plannerInWords(task.planner)}.`}
          </span>
          <span className="flex-1" />
          {task !== undefined && task.steps.length > 0 && (
            <Segments
              legend="Shown as"
              options={[
                { value: "steps", label: "Steps" },
                { value: "provenance", label: "Origins" },
              ]}
              value={view}
              onChange={show}
            />
          )}
          {isOpen && (
            <Button size="small" icon={CircleStop} disabled={cancel === null} onClick={() => cancel?.()}>
              Cancel
            </Button>
          )}
        </div>
        {task === undefined ? (
          <PanelStatus query={query} what="the task" />
        ) : (
          <>
            <StaleNote query={query} what="the task" />
            {task.reason !== null && (
              <p
                role={status === "completed" ? "note" : "alert"}
                className={`rounded-md px-3 py-2 text-sm [&_.untrusted]:font-sans ${status === "completed" || status === "cancelled" ? "bg-calm-soft text-calm" : "bg-warn-soft text-warn"}`}
              >
                <UntrustedText text={task.reason} />
              </p>
            )}
            {task.summary !== null && task.summary !== "" && (
              <p className="text-sm [&_.untrusted]:font-sans">
                Plan: <UntrustedText text={task.summary} />
              </p>
            )}
            {status === "running" && task.steps.length === 0 && (
              <p role="status" className="flex items-center gap-2 text-sm text-ink-2">
                <LoaderCircle size={15} className="spin" aria-hidden="true" /> It is being looked at and planned…
              </p>
            )}
            {view === "provenance" ? (
              <Suspense fallback={<LoadingPanel what="the graph" />}>
                <ProvenanceView id={id} />
              </Suspense>
            ) : (
              <ol aria-label="Steps" className="ml-2">
                {task.steps.map((step) => (
                  <StepCard key={step.id} step={step} isOver={!isOpen} />
                ))}
              </ol>
            )}
            {task.approval_id !== undefined && status === "awaiting_approval" && (
              <TaskApprovalCard key={task.approval_id} id={task.approval_id} />
            )}
            {!isOpen && last !== undefined && task.output !== null && (
              <section aria-label="Result">
                <h3 className="mb-1 text-sm font-semibold">
                  Result{" "}
                  {last.trust_level === "untrusted" && <span className="font-normal text-warn">(untrusted text)</span>}
                </h3>
                <UntrustedValue value={task.output} label="Result" trust={last.trust_level} />
              </section>
            )}
            <p className="text-xs text-ink-2">Used so far: {spentInWords(task.spent)}.</p>
            {task.conversation.risk > 0 && (
              <div className="text-xs text-ink-2">
                <p>Risk of the conversation: {task.conversation.risk.toFixed(2)} of 1.</p>
                {task.conversation.heuristics.length > 0 && (
                  <ul className="list-disc pl-4">
                    {task.conversation.heuristics.map(({ name, why }) => (
                      <li key={name}>
                        <UntrustedText text={why} />
                      </li>
                    ))}
                  </ul>
                )}
              </div>
            )}
          </>
        )}
      </div>
    </article>
  );
}
