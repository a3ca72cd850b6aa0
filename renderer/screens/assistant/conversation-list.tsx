import { MessageSquarePlus } from "lucide-react";
import { taskLooks } from "../../agent/task-words.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatInstant, formatPlural } from "../../view/format.ts";
import { ariaKey, useKeyOf, withKey } from "../../view/keys-in-force.ts";
import { placeHash } from "../../view/place.ts";
import type { Conversation } from "./conversations.ts";

interface ConversationListProps {
  readonly conversations: readonly Conversation[];
  readonly current: string;
  readonly onNew: () => void;
}

export function ConversationList({ conversations, current, onNew }: ConversationListProps) {
  const zone = useTimeZone();
  const key = useKeyOf("newConversation");
  return (
    <nav
      aria-label="Conversations"
      className="flex w-[252px] shrink-0 flex-col overflow-y-auto border-r border-line bg-surface 2xl:w-[320px]"
    >
      <div className="flex items-center justify-between border-b border-line px-3 py-2">
        <h2 className="text-sm font-semibold">Conversations</h2>
        <Button
          size="small"
          icon={MessageSquarePlus}
          title={withKey("Begin another conversation", key)}
          aria-keyshortcuts={ariaKey(key)}
          onClick={onNew}
        >
          New
        </Button>
      </div>
      {conversations.length === 0 && <p className="p-3 text-sm text-ink-2">Nothing was asked yet.</p>}
      <ul className="divide-y divide-line">
        {conversations.map(({ id, first, last, tasks }) => (
          <li key={id}>
            <a
              href={placeHash({ screen: "assistant", item: id })}
              aria-current={id === current ? "page" : undefined}
              className={`block px-3 py-2 ${id === current ? "bg-selected" : "hover:bg-hover"}`}
            >
              <span className="line-clamp-2 text-sm font-medium break-words [&_.untrusted]:font-sans">
                <UntrustedText text={first.title ?? first.request ?? "(erased)"} />
              </span>
              <span className="mt-1 flex items-center gap-2 text-xs text-ink-2">
                <Badge tone={taskLooks[last.status].tone}>{taskLooks[last.status].label}</Badge>
                <span className="truncate">
                  {formatInstant(last.at, zone).slice(5, 16)}
                  {tasks > 1 && ` · ${formatPlural(tasks, "task")}`}
                </span>
              </span>
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
