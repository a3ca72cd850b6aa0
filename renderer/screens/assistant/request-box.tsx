import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Eye, Send } from "lucide-react";
import { useId, useRef, useState } from "react";
import { askPreview, sendPlan, sendRequest, templatesQuery } from "../../queries/assistant.ts";
import { refusalInWords } from "../../queries/client.ts";
import { Button } from "../../ui/button.tsx";
import { KeyCap } from "../../ui/key-cap.tsx";
import { Segments } from "../../ui/segments.tsx";
import { useKeys } from "../../view/use-keys.ts";
import { PreviewPanel } from "./preview-panel.tsx";

const example = `{
  "summary": "The time",
  "steps": [{ "id": "now", "type": "tool_call", "tool": "clock.now", "args": {} }]
}`;

interface Sent {
  readonly kind: "request" | "plan";
  readonly text: string;
}

function parsePlan(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new Error(`The plan is no JSON: ${error instanceof Error ? error.message : "it cannot be read"}`);
  }
}

/** Where a request is written, or a plan by hand. What would leave can be looked at first. */
export function RequestBox({ sessionId, onSent }: { sessionId: string; onSent: () => void }) {
  const client = useQueryClient();
  const field = useId();
  const area = useRef<HTMLTextAreaElement>(null);
  const [kind, setKind] = useState<Sent["kind"]>("request");
  const [texts, setTexts] = useState({ request: "", plan: "" });
  const text = texts[kind];
  const hasPlanner = useQuery(templatesQuery()).data?.has_planner;
  const setText = (to: string) => setTexts((now) => ({ ...now, [kind]: to }));
  const preview = useMutation({ mutationFn: () => askPreview({ request: text, session_id: sessionId }) });
  const sending = useMutation({
    mutationFn: async (sent: Sent) =>
      sent.kind === "plan"
        ? await sendPlan({ plan: parsePlan(sent.text), session_id: sessionId })
        : await sendRequest({ request: sent.text, session_id: sessionId }),
    networkMode: "always",
    onMutate: onSent,
    onError: (_error, sent) => setTexts((now) => (now[sent.kind] === "" ? { ...now, [sent.kind]: sent.text } : now)),
    onSettled: () => client.invalidateQueries({ queryKey: ["tasks"] }),
  });
  const isMissing = kind === "request" && hasPlanner === false;
  const maySend = text.trim() !== "" && !sending.isPending && !isMissing;
  const send = () => {
    if (!maySend) return;
    sending.mutate({ kind, text });
    setText("");
    preview.reset();
    // The keys of the task, such as those of its approvals, are next.
    area.current?.blur();
  };
  useKeys({ writeRequest: () => area.current?.focus() });
  return (
    <div className="shrink-0 border-t border-line bg-surface p-3">
      {preview.data !== undefined && <PreviewPanel preview={preview.data} onClose={() => preview.reset()} />}
      <div className="mb-2 flex flex-wrap items-center gap-3">
        <Segments
          legend="What is written"
          options={[
            { value: "request", label: "Request in words" },
            { value: "plan", label: "Plan by hand" },
          ]}
          value={kind}
          onChange={setKind}
        />
        {isMissing && (
          <p role="status" className="text-xs text-warn">
            There is no planner: no key of Claude's API is set. Ready tasks and plans by hand work without one.
          </p>
        )}
      </div>
      <div className="flex items-end gap-3">
        <label htmlFor={field} className="sr-only">
          {kind === "request" ? "What shall be done?" : "The plan, as JSON"}
        </label>
        <textarea
          ref={area}
          id={field}
          rows={kind === "plan" ? 6 : 3}
          className={`input !h-auto min-h-[64px] flex-1 resize-y py-2 ${kind === "plan" ? "font-mono text-xs" : "font-sans"}`}
          placeholder={kind === "plan" ? example : "What shall be done? Summarise this week's SQL injection alerts…"}
          maxLength={kind === "plan" ? 262_144 : 20_000}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            if (preview.data !== undefined || preview.error !== null) preview.reset();
          }}
          onKeyDown={(event) => {
            if (event.key === "Escape") area.current?.blur();
            if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
            event.preventDefault();
            send();
          }}
        />
        <div className="flex flex-col items-stretch gap-1.5">
          {kind === "request" && (
            <Button
              size="small"
              icon={Eye}
              disabled={text.trim() === "" || preview.isPending}
              onClick={() => preview.mutate()}
            >
              Show what would leave this machine
            </Button>
          )}
          <Button tone="primary" icon={Send} disabled={!maySend} onClick={send}>
            {kind === "plan" ? "Do the plan" : "Send"} <KeyCap name="Ctrl+Enter" isHint />
          </Button>
        </div>
      </div>
      {(sending.error ?? preview.error) !== null && (
        <p role="alert" className="mt-2 text-xs text-danger">
          Not done: {refusalInWords((sending.error ?? preview.error)!)}
        </p>
      )}
    </div>
  );
}
