import { X } from "lucide-react";
import type { z } from "zod";
import type { previewTask } from "../../../shared/agent-task.ts";
import { UntrustedValue } from "../../agent/untrusted-value.tsx";
import { IconButton } from "../../ui/button.tsx";
import { formatCount } from "../../view/format.ts";

/** Everything that would go to the planner, before anything does. */
export function PreviewPanel({
  preview,
  onClose,
}: {
  preview: z.infer<typeof previewTask.output>;
  onClose: () => void;
}) {
  const { system, messages, tool } = preview;
  const size = system.length + messages.reduce((sum, { text }) => sum + text.length, 0);
  return (
    <section
      aria-label="What would leave this machine"
      tabIndex={0}
      className="mb-3 max-h-[45vh] overflow-y-auto rounded-lg border border-line-strong bg-canvas p-3"
    >
      <div className="mb-2 flex items-center gap-3">
        <h3 className="flex-1 text-sm font-semibold">What would leave this machine ({formatCount(size)} characters)</h3>
        <IconButton icon={X} label="Close the preview" onClick={onClose} />
      </div>
      <p className="mb-2 text-xs text-ink-2">
        Nothing was sent. Credentials are taken out. Of evidence, alerts, files and answers nothing ever goes to the
        planner: it sees what you typed, the names of tools, and this.
      </p>
      <div className="space-y-2">
        {messages.map(({ role, text }, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the messages of one preview never move.
          <div key={i}>
            <p className="th mb-0.5">{role === "user" ? "What you typed" : "What the planner is told it said"}</p>
            <UntrustedValue value={text} label="Message" trust="trusted" />
          </div>
        ))}
        <div>
          <p className="th mb-0.5">What it is told to do, with the tools</p>
          <UntrustedValue value={system} label="Instructions" trust="trusted" />
        </div>
        <div>
          <p className="th mb-0.5">How it has to answer</p>
          <UntrustedValue value={tool} label="Form of the answer" trust="trusted" />
        </div>
      </div>
    </section>
  );
}
