import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Bookmark, BookmarkPlus, X } from "lucide-react";
import { useState } from "react";
import type { NamedQuery, NamedQueryKind } from "../../../shared/named-query.ts";
import { watchedTraffic } from "../../../shared/watch-traffic.ts";
import { refusalInWords } from "../../queries/client.ts";
import { namedQueries, removeQuery } from "../../queries/named-queries.ts";
import { foundCountsQuery } from "../../queries/search.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { Button, IconButton } from "../../ui/button.tsx";
import { offerUndo } from "../../ui/offer-undo.ts";
import { Popover } from "../../ui/popover.tsx";
import { notify } from "../../ui/toast.tsx";
import { visibleText } from "../../ui/untrusted-text.tsx";
import { formatCount, formatInstant } from "../../view/format.ts";
import { goTo } from "../../view/place.ts";
import { useQueue } from "../../view/queue.ts";
import { searchPlace } from "../../view/search.ts";
import { useKeys } from "../../view/use-keys.ts";
import { SaveQueryDialog } from "./save-query-dialog.tsx";

const headings: Record<NamedQueryKind, { title: string; none: string }> = {
  view: { title: "Views", none: "No view is saved." },
  suppress: { title: "Suppressed", none: "Nothing is suppressed." },
  watch: { title: "Watched", none: "Nothing is watched." },
};

function useRemove() {
  const client = useQueryClient();
  const refresh = () => client.invalidateQueries({ queryKey: ["alerts"] });
  return useMutation({
    mutationFn: removeQuery,
    networkMode: "always",
    onSuccess: ({ event_id }, { name }: NamedQuery) => {
      offerUndo(`"${name}" is removed.`, { eventId: event_id, onTried: refresh });
    },
    onError: (error, { name }) => notify(`"${name}" is not removed: ${refusalInWords(error)}`, { tone: "danger" }),
    onSettled: refresh,
  });
}

interface EntryProps {
  readonly query: NamedQuery;
  readonly onChoose: () => void;
  readonly onRemove: () => void;
  /** Hears that another screen is gone to. */
  readonly onLeave: () => void;
}

function Entry({ query, onChoose, onRemove, onLeave }: EntryProps) {
  const zone = useTimeZone();
  const { kind, name, q, until, up_to, active, by } = query;
  return (
    <li className="flex items-center gap-1 rounded-md hover:bg-hover">
      <button type="button" onClick={onChoose} className="min-w-0 flex-1 px-2 py-1 text-left">
        <span className="flex items-baseline gap-2">
          <span className={`truncate font-medium ${active ? "" : "text-ink-3"}`}>{visibleText(name)}</span>
          <span className="ml-auto shrink-0 text-xs text-ink-3">{visibleText(by)}</span>
        </span>
        <code className="block truncate font-mono text-xs text-ink-2">{q === "" ? "everything" : visibleText(q)}</code>
        {kind === "suppress" && until !== null && (
          <span className="block text-xs text-ink-3">
            {active ? `up to ${up_to}, until ${formatInstant(until, zone).slice(0, 16)}` : "expired: it hides nothing"}
          </span>
        )}
      </button>
      {kind === "watch" && <Traffic query={query} onLeave={onLeave} />}
      <IconButton icon={X} label={`Remove ${name}`} onClick={onRemove} className="!size-6" />
    </li>
  );
}

/** In how many requests what is watched was seen, benign ones included, and the way to them. */
function Traffic({ query: { name, q }, onLeave }: { query: NamedQuery; onLeave: () => void }) {
  const asked = watchedTraffic(q, Date.now());
  const { data } = useQuery({ ...foundCountsQuery(asked ?? ""), enabled: asked !== null });
  if (asked === null) return <span className="shrink-0 text-xs text-ink-3">alerts alone</span>;
  if (data === undefined) return null;
  const count = `${formatCount(data.requests)}${data.exact ? "" : "+"} ${data.requests === 1 ? "request" : "requests"}`;
  return (
    <Button
      size="small"
      tone="ghost"
      aria-label={`${count} with ${name}: search for them`}
      title={`${formatCount(data.flagged)} flagged, ${formatCount(data.requests - data.flagged)} benign, of all evidence in view`}
      onClick={() => {
        onLeave();
        goTo(searchPlace(asked));
      }}
    >
      {count}
    </Button>
  );
}

/** Saved views, suppressions and watches: choose one, remove one, or save what is asked for now. */
export function SavedQueries() {
  const queries = useQuery(namedQueries()).data ?? [];
  const [isSaving, setSaving] = useState(false);
  const remove = useRemove();
  useKeys({ saveQuery: () => setSaving(true) });
  const show = (query: NamedQuery) => {
    const { ask, setOrder } = useQueue.getState();
    ask(query.q);
    if (query.order !== null) setOrder(query.order);
  };
  return (
    <>
      <Popover icon={Bookmark} label="Views" active={queries.some(({ kind, active }) => kind === "suppress" && active)}>
        {(close) => (
          <div className="w-[420px]">
            <div className="max-h-[52vh] overflow-y-auto">
              {(["view", "suppress", "watch"] as const).map((kind) => {
                const own = queries.filter((query) => query.kind === kind);
                return (
                  <section key={kind} aria-label={headings[kind].title} className="mb-3">
                    <h2 className="th mb-1 px-2">{headings[kind].title}</h2>
                    {own.length === 0 ? (
                      <p className="px-2 text-xs text-ink-3">{headings[kind].none}</p>
                    ) : (
                      <ul>
                        {own.map((query) => (
                          <Entry
                            key={query.id}
                            query={query}
                            onChoose={() => {
                              show(query);
                              close();
                            }}
                            onRemove={() => remove.mutate(query)}
                            onLeave={close}
                          />
                        ))}
                      </ul>
                    )}
                  </section>
                );
              })}
            </div>
            <Button
              icon={BookmarkPlus}
              className="w-full"
              onClick={() => {
                close();
                setSaving(true);
              }}
            >
              Save this query…
            </Button>
          </div>
        )}
      </Popover>
      {isSaving && <SaveQueryDialog onClose={() => setSaving(false)} />}
    </>
  );
}
