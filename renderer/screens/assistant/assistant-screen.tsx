import { useQuery } from "@tanstack/react-query";
import { Bot } from "lucide-react";
import { useEffect, useRef } from "react";
import { ReadyTaskButton } from "../../agent/start-ready-task.tsx";
import { tasksQuery } from "../../queries/assistant.ts";
import { EmptyPanel, PanelStatus, StaleNote } from "../../ui/panel-status.tsx";
import { goTo } from "../../view/place.ts";
import { spanOf, useShiftRange } from "../../view/shift-range.ts";
import { useKeys } from "../../view/use-keys.ts";
import { useView } from "../../view/view.ts";
import { ConversationList } from "./conversation-list.tsx";
import { toConversations } from "./conversations.ts";
import { RequestBox } from "./request-box.tsx";
import { scrollBox, scrollWithin } from "./scroll-within.ts";
import { TaskView } from "./task-view.tsx";

/** Turns of a conversation that are shown; earlier ones stand in the log. */
const mostTurns = 40;

/** Conversations with the agent: what was asked, what it plans and does, and what it waits for. */
export function AssistantScreen({ item }: { item: string | undefined }) {
  const query = useQuery(tasksQuery());
  const { conversation: kept, set } = useView();
  const range = useShiftRange((state) => state.range);
  const end = useRef<HTMLDivElement>(null);
  const conversations = toConversations(query.data?.items ?? []);
  const current = item ?? kept;
  const tasks = (query.data?.items ?? [])
    .filter(({ session_id }) => session_id === current)
    .slice(0, mostTurns)
    .reverse();
  const at = conversations.findIndex(({ id }) => id === current);
  const select = (to: number) => {
    const one = conversations[Math.max(0, Math.min(conversations.length - 1, to))];
    if (one !== undefined) goTo({ screen: "assistant", item: one.id }, { replace: true });
  };
  const begin = () => {
    set({ conversation: crypto.randomUUID() });
    goTo({ screen: "assistant" });
  };
  useKeys({
    next: () => select(at + 1),
    previous: () => select(Math.max(0, at - 1)),
    first: () => select(0),
    last: () => select(conversations.length - 1),
    newConversation: begin,
  });
  // Whoever comes back from another screen finds it as it was left.
  useEffect(() => set({ conversation: current }), [current, set]);
  const count = tasks.length;
  const last = tasks.at(-1)?.task_id;
  // What was asked last is what one wants to see.
  useEffect(() => {
    if (count > 0 && last !== undefined) scrollWithin(end.current, "end");
  }, [count, last]);
  if (query.data === undefined) return <PanelStatus query={query} what="the conversations" />;
  return (
    <div className="flex h-full">
      <ConversationList conversations={conversations} current={current} onNew={begin} />
      <div className="flex min-w-0 flex-1 flex-col">
        <StaleNote query={query} what="the conversations" />
        <div className="flex shrink-0 items-center gap-3 border-b border-line px-4 py-1.5 text-xs text-ink-2">
          <p className="min-w-0 flex-1">
            Claude plans without seeing evidence; the local model writes; what the policy does not allow waits for your
            word.
          </p>
          <ReadyTaskButton label="Ready tasks" subjects={[{ kind: "shift", ...spanOf(range, Date.now()) }]} />
        </div>
        <section
          {...scrollBox}
          aria-label="Conversation"
          tabIndex={0}
          className="min-h-0 flex-1 overflow-y-auto p-4 focus-visible:outline-offset-[-2px]"
        >
          {tasks.length === 0 ? (
            <EmptyPanel icon={Bot} title="Ask for something, or start a ready task">
              Alerts, sessions, cases and shifts have a button and a key of their own for ready tasks: summaries,
              explanations, drafts of reports, mails and rules. They need no planner.
            </EmptyPanel>
          ) : (
            <div className="mx-auto max-w-[1100px] space-y-6">
              {tasks.map((task, i) => (
                <TaskView key={task.task_id} summary={task} isLast={i === tasks.length - 1} />
              ))}
              <div ref={end} />
            </div>
          )}
        </section>
        <RequestBox
          key={current}
          sessionId={current}
          onSent={() => goTo({ screen: "assistant", item: current }, { replace: true })}
        />
      </div>
    </div>
  );
}
