import { useQuery } from "@tanstack/react-query";
import { Search, X } from "lucide-react";
import { memo, useEffect, useRef, useState } from "react";
import { type VerdictKind, verdictKinds } from "../../../shared/verdict.ts";
import { countsQuery } from "../../queries/verdicts.ts";
import { verdictBars } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { DensityButton } from "../../ui/density-button.tsx";
import { KeyCaps } from "../../ui/key-cap.tsx";
import { TimeRange } from "../../ui/time-range.tsx";
import { formatCount } from "../../view/format.ts";
import { useKeyOf } from "../../view/keys-in-force.ts";
import { verdictLabels, verdictMeanings } from "../../view/labels.ts";
import { useKeys } from "../../view/use-keys.ts";
import { isFiltered, type ListFilter, useView } from "../../view/view.ts";

/** Typing is applied after a pause, so that not every letter asks the engine. */
const pauseMs = 200;

function TextFilter({ filter }: { filter: ListFilter }) {
  const setFilter = useView((view) => view.setFilter);
  const [text, setText] = useState(filter.text ?? "");
  const input = useRef<HTMLInputElement>(null);
  const applied = filter.text ?? "";
  const latest = useRef(applied);
  useEffect(() => {
    // Cleared from elsewhere; what is being typed stays.
    if (latest.current !== applied) setText(applied);
    latest.current = applied;
  }, [applied]);
  useEffect(() => {
    if (text.trim() === latest.current) return;
    const timer = setTimeout(() => {
      latest.current = text.trim();
      setFilter({ text });
    }, pauseMs);
    return () => clearTimeout(timer);
  }, [text, setFilter]);
  const filterKey = useKeyOf("filter");
  useKeys({ filter: () => input.current?.select() });
  return (
    <div className="relative min-w-[180px] flex-1">
      <Search size={15} className="pointer-events-none absolute top-[7.5px] left-2.5 text-ink-3" aria-hidden="true" />
      <input
        ref={input}
        type="search"
        aria-label="Filter by text: payload, request, host, client"
        placeholder="Payload, request, host, client"
        maxLength={500}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          event.preventDefault();
          if (text === "") event.currentTarget.blur();
          else setText("");
        }}
        className="input w-full pr-8 pl-8"
      />
      {text === "" && (
        <span className="pointer-events-none absolute top-[5px] right-2" aria-hidden="true">
          {filterKey !== undefined && <KeyCaps keys={filterKey} />}
        </span>
      )}
    </div>
  );
}

function VerdictFacets({ filter }: { filter: ListFilter }) {
  const setFilter = useView((view) => view.setFilter);
  const { verdict: _, ...others } = filter;
  const counts = useQuery(countsQuery(others)).data;
  const choices: readonly { verdict: VerdictKind | undefined; label: string; count: number | undefined }[] = [
    { verdict: undefined, label: "All", count: counts?.total },
    ...verdictKinds.map((verdict) => ({ verdict, label: verdictLabels[verdict], count: counts?.by_verdict[verdict] })),
  ];
  return (
    <fieldset className="flex rounded-md border border-line-strong bg-surface p-px">
      <legend className="sr-only">Filter by verdict</legend>
      {choices.map(({ verdict, label, count }) => {
        const on = filter.verdict === verdict;
        return (
          <button
            key={label}
            type="button"
            aria-pressed={on}
            title={verdict === undefined ? undefined : verdictMeanings[verdict]}
            onClick={() => setFilter({ verdict })}
            className={`flex h-[26px] items-center gap-1.5 rounded-[5px] px-2.5 text-sm font-medium ${on ? "bg-accent-soft text-accent" : "text-ink-2 hover:bg-hover hover:text-ink"}`}
          >
            {verdict !== undefined && (
              <span className={`size-2 rounded-sm ${verdictBars[verdict]}`} aria-hidden="true" />
            )}
            {label}
            <span className="min-w-4 text-left text-xs font-normal">
              {count === undefined ? "" : formatCount(count)}
            </span>
          </button>
        );
      })}
    </fieldset>
  );
}

function MinScore({ filter }: { filter: ListFilter }) {
  const setFilter = useView((view) => view.setFilter);
  const value = filter.min_score ?? 0;
  return (
    <label className="flex items-center gap-2 text-xs text-ink-2">
      Score ≥
      <input
        type="number"
        min={0}
        max={1}
        step={0.05}
        value={value}
        onChange={(event) => {
          const score = event.target.valueAsNumber;
          setFilter({ min_score: Number.isNaN(score) ? undefined : Math.min(1, Math.max(0, score)) });
        }}
        className="input w-[64px]"
      />
    </label>
  );
}

/** What the list shows; every choice stands beside how many it would show. */
export const FilterBar = memo(function FilterBar() {
  const filter = useView((view) => view.filter);
  const evidenceName = useView((view) => view.evidenceName);
  const { setFilter, clearFilter } = useView.getState();
  useKeys({ back: () => clearFilter() }, () => (isFiltered(filter) ? null : "nothing is filtered"));
  return (
    <search className="flex items-center gap-2.5 px-4 py-2.5">
      <TextFilter filter={filter} />
      <VerdictFacets filter={filter} />
      <MinScore filter={filter} />
      <TimeRange what="Started" range={{ after: filter.after, before: filter.before }} onChange={setFilter} />
      {filter.evidence_id !== undefined && (
        <Button
          size="small"
          icon={X}
          className="max-w-[180px]"
          title="Show all evidence"
          onClick={() => setFilter({ evidence_id: undefined })}
        >
          <span className="truncate">{evidenceName ?? "One evidence"}</span>
        </Button>
      )}
      <Button tone="ghost" className="!px-2" disabled={!isFiltered(filter)} onClick={clearFilter}>
        Clear
      </Button>
      <DensityButton />
    </search>
  );
});
