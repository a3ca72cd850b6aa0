import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Bot } from "lucide-react";
import { useRef, useState } from "react";
import type { ReadyTask, TaskSubject } from "../../shared/agent-template.ts";
import { sendTemplate, tasksQuery, templatesQuery } from "../queries/assistant.ts";
import { refusalInWords } from "../queries/client.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { KeyCap } from "../ui/key-cap.tsx";
import { PanelStatus } from "../ui/panel-status.tsx";
import { notify } from "../ui/toast.tsx";
import { ariaKey, useKeyOf, withKey } from "../view/keys-in-force.ts";
import { goTo } from "../view/place.ts";
import { useKeys } from "../view/use-keys.ts";

/** Starts ready tasks, and shows them in the assistant as soon as they are there: the answer comes when they stop. */
export function useReadyTask(): (task: ReadyTask, subject: TaskSubject) => void {
  const client = useQueryClient();
  const starting = useMutation({
    mutationFn: ({ task, subject, session_id }: { task: ReadyTask; subject: TaskSubject; session_id: string }) =>
      sendTemplate({ template: task.name, subject, session_id }),
    networkMode: "always",
    onError: (error) => notify(`Not done: ${refusalInWords(error)}`, { tone: "danger" }),
    onSettled: () => client.invalidateQueries({ queryKey: ["tasks"] }),
  });
  return (task, subject) => {
    const session_id = crypto.randomUUID();
    starting.mutate({ task, subject, session_id });
    void client.invalidateQueries({ queryKey: tasksQuery().queryKey });
    goTo({ screen: "assistant", item: session_id });
  };
}

interface ReadyTaskDialogProps {
  /** What it can be about, the likeliest first. */
  readonly subjects: readonly TaskSubject[];
  readonly onClose: () => void;
}

function ReadyTaskDialog({ subjects, onClose }: ReadyTaskDialogProps) {
  const query = useQuery(templatesQuery());
  const first = useRef<HTMLButtonElement>(null);
  const start = useReadyTask();
  const offers = subjects.flatMap((subject) =>
    (query.data?.items ?? [])
      .filter((task) => task.subjects.includes(subject.kind))
      .map((task) => ({ task, subject, key: `${task.name} ${subject.kind}` })),
  );
  const choose = ({ task, subject }: (typeof offers)[number]) => {
    onClose();
    start(task, subject);
  };
  return (
    <Dialog
      title="Ready tasks"
      onClose={onClose}
      focus={first}
      onKeyDown={(event) => {
        const offer = /^[1-9]$/.test(event.key) ? offers[Number(event.key) - 1] : undefined;
        if (offer === undefined) return;
        event.preventDefault();
        choose(offer);
      }}
    >
      {query.data === undefined ? (
        <PanelStatus query={query} what="the ready tasks" />
      ) : (
        <>
          <ol className="space-y-1 p-1">
            {offers.map((offer, i) => (
              <li key={offer.key}>
                <button
                  ref={i === 0 ? first : undefined}
                  type="button"
                  aria-keyshortcuts={String(i + 1)}
                  className="flex w-full items-start gap-3 rounded-md px-3 py-1.5 text-left hover:bg-hover"
                  onClick={() => choose(offer)}
                >
                  <KeyCap name={String(i + 1)} isHint />
                  <span>
                    <span className="block text-sm font-medium">
                      {offer.task.title} <span className="font-normal text-ink-2">({offer.subject.kind})</span>
                    </span>
                    <span className="block text-xs text-ink-2">{offer.task.description}</span>
                  </span>
                </button>
              </li>
            ))}
          </ol>
          <p className="mt-3 text-xs text-ink-2">
            Their plans were reviewed; nothing goes to Claude. Without the local model the text is written by rule.
          </p>
        </>
      )}
    </Dialog>
  );
}

/** Opens the ready tasks that can be about something, by key or by hand. */
export function ReadyTaskButton({
  subjects,
  size = "small",
  label = "Assistant",
}: Pick<ReadyTaskDialogProps, "subjects"> & { size?: "small" | "normal"; label?: string }) {
  const [isOpen, setIsOpen] = useState(false);
  const key = useKeyOf("readyTask");
  const open = () => setIsOpen(subjects.length > 0);
  useKeys({ readyTask: open }, () => (subjects.length > 0 ? null : "nothing is chosen"));
  return (
    <>
      <Button
        size={size}
        icon={Bot}
        disabled={subjects.length === 0}
        title={withKey("Start a ready task about it", key)}
        aria-keyshortcuts={ariaKey(key)}
        onClick={open}
      >
        {label}
      </Button>
      {isOpen && <ReadyTaskDialog subjects={subjects} onClose={() => setIsOpen(false)} />}
    </>
  );
}
