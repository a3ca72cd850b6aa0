import { type QueryClient, useMutation, useQueryClient } from "@tanstack/react-query";
import { useId, useRef, useState } from "react";
import { type Severity, severities } from "../../../shared/alert.ts";
import { keepLasting } from "../../../shared/alert-query-lasting.ts";
import type { NamedQueryDraft, NamedQueryKind } from "../../../shared/named-query.ts";
import { formatTerm } from "../../../shared/query-complete.ts";
import type { QueueView } from "../../queries/alerts.ts";
import { refusalInWords } from "../../queries/client.ts";
import { saveQuery } from "../../queries/named-queries.ts";
import { listedAlerts } from "../../triage/alert-cache.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { offerUndo } from "../../ui/offer-undo.ts";
import { useQueue } from "../../view/queue.ts";

const kinds: { kind: NamedQueryKind; label: string; detail: string }[] = [
  { kind: "view", label: "View", detail: "a queue to come back to" },
  {
    kind: "suppress",
    label: "Suppress",
    detail: "what matches stays out of the open queue for a while; nothing is closed",
  },
  { kind: "watch", label: "Watch", detail: "alerts are marked; requests, also benign ones, are counted and told of" },
];

const spans = [
  { hours: 4, label: "4 hours" },
  { hours: 24, label: "1 day" },
  { hours: 7 * 24, label: "1 week" },
  { hours: 30 * 24, label: "30 days" },
];

/** What the alert under the cursor is, where the query itself says nothing of that. */
function likeCursor(client: QueryClient, view: QueueView): string {
  const { cursor } = useQueue.getState();
  const row = listedAlerts(client, view).find(({ id }) => id === cursor);
  if (row === undefined) return "";
  const path = row.request_line.slice(row.request_line.indexOf(" ") + 1);
  return [
    ...(row.client === null ? [] : [formatTerm("client", row.client)]),
    formatTerm("path", path),
    formatTerm("class", row.class),
  ].join(" ");
}

/** Gives the query of the queue a name, as a view, a suppression or a watch. */
export function SaveQueryDialog({ onClose }: { onClose: () => void }) {
  const asked = useQueue((queue) => queue.q);
  const order = useQueue((queue) => queue.order);
  const client = useQueryClient();
  const [kind, setKind] = useState<NamedQueryKind>("view");
  const [name, setName] = useState("");
  const [typed, setTyped] = useState<string | null>(null);
  const [hours, setHours] = useState(24);
  const [upTo, setUpTo] = useState<Severity>("medium");
  const first = useRef<HTMLInputElement>(null);
  const id = useId();
  const q =
    typed ?? (kind === "view" ? asked : keepLasting(asked, Date.now()) || likeCursor(client, { q: asked, order }));
  const refresh = () => client.invalidateQueries({ queryKey: ["alerts"] });
  const saving = useMutation({
    mutationFn: () => saveQuery(toDraft()),
    networkMode: "always",
    onSuccess: ({ event_id }) => {
      offerUndo(`"${name.trim()}" is saved.`, { eventId: event_id, onTried: refresh });
      onClose();
    },
    onSettled: refresh,
  });

  function toDraft(): NamedQueryDraft {
    const shared = { name: name.trim(), q: q.trim() };
    if (kind === "view") return { kind, ...shared, order };
    if (kind === "watch") return { kind, ...shared };
    return { kind, ...shared, until: new Date(Date.now() + hours * 3_600_000).toISOString(), up_to: upTo };
  }

  const isReady = name.trim() !== "" && (kind === "view" || q.trim() !== "") && !saving.isPending;
  return (
    <Dialog
      title="Save this query"
      onClose={onClose}
      focus={first}
      onKeyDown={(event) => {
        if (event.key !== "Enter" || event.target instanceof HTMLButtonElement) return;
        event.preventDefault();
        if (isReady) saving.mutate();
      }}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button tone="primary" disabled={!isReady} onClick={() => saving.mutate()}>
            Save
          </Button>
        </>
      }
    >
      <fieldset className="mb-3">
        <legend className="th mb-1">As</legend>
        {kinds.map((each) => (
          <label
            key={each.kind}
            className={`flex min-h-8 items-center gap-2.5 rounded-md px-2 py-1 ${each.kind === kind ? "bg-selected" : "hover:bg-hover"}`}
          >
            <input
              type="radio"
              name={`${id}-kind`}
              checked={each.kind === kind}
              onChange={() => setKind(each.kind)}
              className="size-4 shrink-0 accent-accent"
            />
            <span className="w-[68px] shrink-0 font-medium">{each.label}</span>
            <span className="min-w-0 flex-1 text-xs text-ink-2">{each.detail}</span>
          </label>
        ))}
      </fieldset>
      <label htmlFor={`${id}-name`} className="th mb-1 block">
        {kind === "suppress" ? "Why" : "Name"}
      </label>
      <input
        ref={first}
        id={`${id}-name`}
        className="input mb-3 w-full"
        maxLength={80}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <label htmlFor={`${id}-q`} className="th mb-1 block">
        Query
      </label>
      <input
        id={`${id}-q`}
        className="input mb-3 w-full font-mono"
        spellCheck={false}
        maxLength={2000}
        value={q}
        onChange={(event) => setTyped(event.target.value)}
      />
      {kind === "suppress" && (
        <div className="flex gap-4">
          <label className="flex-1">
            <span className="th mb-1 block">For</span>
            <select className="input w-full" value={hours} onChange={(event) => setHours(Number(event.target.value))}>
              {spans.map((span) => (
                <option key={span.hours} value={span.hours}>
                  {span.label}
                </option>
              ))}
            </select>
          </label>
          <label className="flex-1">
            <span className="th mb-1 block">Up to severity; worse stays in</span>
            <select
              className="input w-full"
              value={upTo}
              onChange={(event) => setUpTo(severities.find((each) => each === event.target.value) ?? "medium")}
            >
              {severities.map((each) => (
                <option key={each} value={each}>
                  {each}
                </option>
              ))}
            </select>
          </label>
        </div>
      )}
      {saving.error !== null && (
        <p role="alert" className="mt-3 text-xs text-danger">
          {refusalInWords(saving.error)}
        </p>
      )}
    </Dialog>
  );
}
