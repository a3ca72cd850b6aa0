import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import type { VerdictSummary } from "../../../shared/verdict.ts";
import { isRunning, jobsQuery } from "../../queries/jobs.ts";
import { countsQuery, verdictRows } from "../../queries/verdicts.ts";
import { DropZone } from "../../ui/drop-zone.tsx";
import { Progress } from "../../ui/progress.tsx";
import { SampleButton } from "../../ui/sample-button.tsx";
import { type PagedList, usePagedList } from "../../ui/use-paged-list.ts";
import { placeHash } from "../../view/place.ts";
import { isFiltered, useView } from "../../view/view.ts";
import { ClassCounts } from "./class-counts.tsx";
import { FilterBar } from "./filter-bar.tsx";
import { Timeline } from "./timeline.tsx";
import { VerdictTable } from "./verdict-table.tsx";

const steps = [
  { title: "Bring evidence", text: "A recording of web traffic. It is stored encrypted, and checked before use." },
  {
    title: "Read the verdict",
    text: "Each session gets a score, its class of attack, and whether it seems to have worked.",
  },
  { title: "See why", text: "The payloads in their requests, and what moved the score, feature by feature." },
];

/** What stands here before there is any evidence. */
function FirstStart() {
  const running = useQuery(jobsQuery()).data?.find(isRunning);
  return (
    <div className="h-full overflow-y-auto">
      <div className="mx-auto max-w-[760px] px-6 py-[7vh]">
        <h2 className="mb-1 text-xl font-semibold">Nothing has been analysed yet</h2>
        <p className="mb-6 text-ink-2">
          Bring a recording of suspicious traffic, or look around with the sample evidence.
        </p>
        <DropZone>
          <SampleButton tone="primary" />
        </DropZone>
        <div className="mt-3 h-9" role="status">
          {running !== undefined && (
            <a href={placeHash({ screen: "import" })} className="block text-xs text-ink-2">
              <span className="mb-1 block">
                {running.subject}: {running.step}
              </span>
              <Progress label={`Import of ${running.subject}`} done={running.done} total={running.total} />
            </a>
          )}
        </div>
        <ol className="mt-6 grid grid-cols-3 gap-5">
          {steps.map(({ title, text }, i) => (
            <li key={title}>
              <p className="mb-1 font-semibold">
                <span className="mr-2 inline-flex size-5 items-center justify-center rounded-full bg-accent-soft text-xs text-accent">
                  {i + 1}
                </span>
                {title}
              </p>
              <p className="text-ink-2">{text}</p>
            </li>
          ))}
        </ol>
      </div>
    </div>
  );
}

function FilledScreen({ list }: { list: PagedList<VerdictSummary> }) {
  const filter = useView((view) => view.filter);
  return (
    <div className="flex h-full flex-col">
      <FilterBar />
      <div className="flex h-[142px] shrink-0 gap-3 px-4 pb-2.5">
        <div className="card min-w-0 flex-1 px-3 pt-1.5 pb-1">
          <Timeline filter={filter} />
        </div>
        <div className="card w-[360px] shrink-0 px-2 pt-2 pb-1">
          <ClassCounts filter={filter} />
        </div>
      </div>
      <div className="min-h-0 flex-1 border-t border-line bg-surface">
        <VerdictTable
          list={list}
          emptyText={isFiltered(filter) ? "Loosen the filter, or clear it with Esc." : "All evidence was withdrawn."}
        />
      </div>
    </div>
  );
}

/** Live verdicts. Server state: the query cache. View state (filter, selection): zustand. */
export function VerdictsScreen() {
  const set = useView((view) => view.set);
  useEffect(() => set({ list: "verdicts" }), [set]);
  const filter = useView((view) => view.filter);
  const list = usePagedList(
    useMemo(() => verdictRows(filter), [filter]),
    useQuery(countsQuery(filter)).data?.total,
  );
  const nothingYet =
    !list.isPending && list.rows.length === 0 && list.fresh === 0 && !isFiltered(filter) && list.error === null;
  return nothingYet ? <FirstStart /> : <FilledScreen list={list} />;
}
