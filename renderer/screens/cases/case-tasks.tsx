import { Trash2 } from "lucide-react";
import { useState } from "react";
import type { CaseItem } from "../../../shared/case.ts";
import { visibleWords } from "../../../shared/visible-text.ts";
import { type CaseDetail, sendItem, sendItemRemoval } from "../../queries/cases.ts";
import { useCasework } from "../../triage/casework.ts";
import { Button, IconButton } from "../../ui/button.tsx";
import { formatCount } from "../../view/format.ts";

type Task = Extract<CaseItem, { kind: "task" }>;

function TaskLine({ task }: { task: Task }) {
  const ticking = useCasework();
  const removing = useCasework();
  const name = task.text === null ? "a task whose text was erased" : visibleWords(task.text);
  const tick = () => {
    const { done, assignee, text } = task;
    const words = done ? `Open again: ${name}` : `Done: ${name}`;
    ticking.run(words, () => sendItem(task.case_id, { kind: "task", text: text ?? "", done: !done, assignee }, task));
  };
  return (
    <li className="flex items-center gap-2 py-0.5">
      <label className="flex min-h-7 min-w-0 flex-1 items-center gap-2.5">
        <input
          type="checkbox"
          className="size-4 shrink-0 accent-accent"
          // At once, before the engine has answered.
          checked={task.done !== ticking.isBusy}
          disabled={task.text === null}
          onChange={tick}
        />
        <span className={`min-w-0 break-words ${task.done ? "text-ink-3 line-through" : ""}`}>{name}</span>
      </label>
      {task.assignee !== null && <span className="shrink-0 text-xs text-ink-2">{visibleWords(task.assignee)}</span>}
      <IconButton
        icon={Trash2}
        label={`Remove the task ${name}`}
        className="!size-6"
        disabled={removing.isBusy}
        onClick={() => removing.run(`Removed: ${name}`, () => sendItemRemoval(task))}
      />
    </li>
  );
}

/** What is to be done, open first. */
export function CaseTasks({ detail }: { detail: CaseDetail }) {
  const [text, setText] = useState("");
  const { isBusy, run } = useCasework();
  const { case: shown, items } = detail;
  const tasks = items
    .filter((item): item is Task => item.kind === "task")
    .sort((a, b) => Number(a.done) - Number(b.done));
  const wanted = text.trim();
  const add = () =>
    run(
      `New task: ${wanted}`,
      () => sendItem(shown.id, { kind: "task", text: wanted, done: false, assignee: null }, null),
      () => setText(""),
    );
  return (
    <section aria-labelledby="case-tasks" className="card p-4">
      <h3 id="case-tasks" className="mb-1 text-sm font-semibold">
        Tasks{" "}
        <span className="font-normal text-ink-3">
          {shown.tasks === 0 ? "" : `${formatCount(shown.open_tasks)} of ${formatCount(shown.tasks)} open`}
        </span>
      </h3>
      <ul>
        {tasks.map((task) => (
          <TaskLine key={task.id} task={task} />
        ))}
      </ul>
      <form
        className="mt-1.5 flex gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          if (wanted !== "" && !isBusy) add();
        }}
      >
        <input
          aria-label="New task"
          placeholder="What is to be done"
          className="input min-w-0 flex-1"
          maxLength={1000}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <Button type="submit" disabled={wanted === "" || isBusy}>
          Add
        </Button>
      </form>
    </section>
  );
}
