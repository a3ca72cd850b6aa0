import { useQuery } from "@tanstack/react-query";
import { Rows3, Rows4 } from "lucide-react";
import { useEffect, useMemo, useRef } from "react";
import { completeQuery } from "../../../shared/query-complete.ts";
import type { SearchCounts } from "../../../shared/search.ts";
import { parseSearchQuery, searchLanguage } from "../../../shared/search-query.ts";
import { foundCountsQuery, foundRows } from "../../queries/search.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { IconButton } from "../../ui/button.tsx";
import { QueryField } from "../../ui/query-field.tsx";
import { QueryHelp } from "../../ui/query-help.tsx";
import type { Complete } from "../../ui/use-completion.ts";
import { usePagedList } from "../../ui/use-paged-list.ts";
import { formatCount, formatInstant } from "../../view/format.ts";
import { useSearch } from "../../view/search.ts";
import { useKeys } from "../../view/use-keys.ts";
import { useView } from "../../view/view.ts";
import { FoundTable } from "./found-table.tsx";
import { ScanBar } from "./scan-bar.tsx";

const problemsOf = (text: string) => parseSearchQuery(text, Date.now()).problems;
const complete: Complete = (text, caret) => completeQuery(searchLanguage, text, caret, {});
const useComplete = () => complete;

/** How much matches; where not everything was counted, that it is more. */
function Counts({ counts }: { counts: SearchCounts | undefined }) {
  const zone = useTimeZone();
  if (counts === undefined) return <span className="text-ink-3">Counting…</span>;
  const { requests, flagged, sessions, first_seen, last_seen, exact } = counts;
  const more = exact ? "" : "+";
  return (
    <span>
      <span className="font-semibold text-ink">
        {formatCount(requests)}
        {more}
      </span>{" "}
      {requests === 1 && exact ? "request" : "requests"}
      {requests > 0 && (
        <>
          , {formatCount(flagged)}
          {more} of them flagged, in {formatCount(sessions)}
          {more} {sessions === 1 && exact ? "session" : "sessions"}
          {first_seen !== null &&
            last_seen !== null &&
            ` · ${exact ? "" : "seen between "}${formatInstant(first_seen, zone)} ${exact ? "to" : "and"} ${formatInstant(last_seen, zone)}`}
        </>
      )}
    </span>
  );
}

/** Search over every request, benign ones included. Server state: the query cache. The query: the address. */
export function SearchScreen({ q }: { q: string }) {
  const text = useSearch((search) => search.text);
  const { type, run, follow } = useSearch.getState();
  const density = useView((view) => view.density);
  const set = useView((view) => view.set);
  useEffect(() => follow(q), [q, follow]);
  useEffect(() => set({ list: "search" }), [set]);
  const isRight = useMemo(() => problemsOf(q).length === 0, [q]);
  const asked = isRight ? q : "";
  const counted = useQuery(foundCountsQuery(asked));
  const list = usePagedList(
    useMemo(() => foundRows(asked), [asked]),
    counted.data?.requests,
  );
  const frame = useRef<HTMLDivElement>(null);
  const toggleDensity = () => set({ density: density === "compact" ? "comfortable" : "compact" });
  useKeys({
    back: () => {
      type("");
      run();
    },
    density: toggleDensity,
  });
  return (
    <div ref={frame} className="flex h-full flex-col">
      <search className="flex shrink-0 items-center gap-2.5 px-4 pt-2.5">
        <QueryField
          label="Query of the search"
          placeholder="All requests. Try status>=500 path:/api client:10.0.*, or any text"
          text={text}
          onType={type}
          run={run}
          problemsOf={problemsOf}
          useComplete={useComplete}
          onLeave={() => frame.current?.querySelector<HTMLElement>("[role=grid]")?.focus()}
        />
        <QueryHelp
          language={searchLanguage}
          onAdd={(example) => {
            type(`${text.trim()} ${example}`.trim());
            run();
          }}
        >
          Anything else is looked for as text in host, path and query, client, user agent, and flagged payloads.
        </QueryHelp>
        <IconButton
          icon={density === "compact" ? Rows3 : Rows4}
          label={density === "compact" ? "Comfortable rows" : "Compact rows"}
          onClick={toggleDensity}
        />
      </search>
      <div className="flex min-h-10 shrink-0 items-center justify-between gap-4 px-4 py-1 text-xs text-ink-2">
        <span role="status">
          {counted.error !== null && counted.data === undefined ? (
            <span className="text-ink-3">Could not be counted</span>
          ) : (
            <Counts counts={counted.data} />
          )}
        </span>
        <ScanBar q={asked} />
      </div>
      <div className="min-h-0 flex-1 bg-surface">
        <FoundTable list={list} q={asked} />
      </div>
    </div>
  );
}
