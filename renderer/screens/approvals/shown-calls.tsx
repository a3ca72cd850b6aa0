import { useQuery } from "@tanstack/react-query";
import type { z } from "zod";
import { AskedCalls } from "../../agent/asked-calls.tsx";
import { taskQuery } from "../../queries/assistant.ts";
import { placeHash } from "../../view/place.ts";
import type { ShownTask } from "./shown-parts.tsx";

/** What the agent asks for: every call with its arguments, and the way to the task. */
export function ShownCalls({ task }: { task: z.infer<typeof ShownTask> }) {
  const query = useQuery(taskQuery(task.task_id));
  const session = query.data?.conversation.session_id;
  return (
    <div className="space-y-3">
      <p className="text-sm">
        {task.kind === "plan"
          ? "The agent wants to begin a plan with these steps. At this trust level every plan needs a word."
          : "The agent stopped before these calls, because something in them cannot be trusted, or because their policy always asks."}{" "}
        {session !== undefined && (
          <a className="text-accent underline" href={placeHash({ screen: "assistant", item: session })}>
            The task in its conversation
          </a>
        )}
      </p>
      <AskedCalls steps={task.steps} />
    </div>
  );
}
