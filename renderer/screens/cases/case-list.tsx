import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { BriefcaseBusiness, Plus } from "lucide-react";
import { useMemo, useRef, useState } from "react";
import type { Case, CaseStatus } from "../../../shared/case.ts";
import { casePages } from "../../queries/cases.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { SeverityBadge } from "../../ui/alert-badges.tsx";
import { Button } from "../../ui/button.tsx";
import { EmptyPanel, PanelStatus, StaleNote } from "../../ui/panel-status.tsx";
import { formatCount, formatInstant } from "../../view/format.ts";
import { useKeyOf, withKey } from "../../view/keys-in-force.ts";
import { nameAssignee } from "../../view/own-name.ts";
import { goTo, placeHash } from "../../view/place.ts";
import { type KeyHandlers, useKeys } from "../../view/use-keys.ts";
import { CaseStatusBadge, nameCase } from "./case-badges.tsx";
import { NewCaseDialog } from "./new-case-dialog.tsx";

const states: readonly { status: CaseStatus | null; label: string }[] = [
  { status: "open", label: "Open" },
  { status: "closed", label: "Closed" },
  { status: null, label: "All" },
];

const columns = [
  { name: "Severity", width: "w-[104px]", right: false },
  { name: "Title", width: "", right: false },
  { name: "Status", width: "w-[196px]", right: false },
  { name: "Alerts", width: "w-[84px]", right: true },
  { name: "Open", width: "w-[72px]", right: true },
  { name: "Tasks", width: "w-[84px]", right: true },
  { name: "Assignee", width: "w-[140px]", right: false },
  { name: "Opened", width: "w-[168px]", right: true },
] as const;

function CaseRow({ row, isAt }: { row: Case; isAt: boolean }) {
  const zone = useTimeZone();
  const open = () => goTo({ screen: "cases", item: row.id });
  return (
    <tr
      onClick={open}
      aria-current={isAt}
      className={`h-11 border-b border-line ${isAt ? "bg-selected" : "hover:bg-hover"}`}
    >
      <td className="pl-4">
        <SeverityBadge severity={row.severity} />
      </td>
      <td className="max-w-0 truncate pr-3 font-medium">
        <a className="hover:underline" href={placeHash({ screen: "cases", item: row.id })}>
          {nameCase(row)}
        </a>
        {row.tags.length > 0 && (
          <span className="ml-2 text-xs font-normal text-ink-3">{row.tags.map((tag) => `#${tag}`).join(" ")}</span>
        )}
      </td>
      <td>
        <CaseStatusBadge status={row.status} outcome={row.outcome} />
      </td>
      <td className="text-right">{formatCount(row.alerts)}</td>
      <td className={`text-right ${row.open_alerts > 0 ? "" : "text-ink-3"}`}>{formatCount(row.open_alerts)}</td>
      <td className="text-right text-ink-2">
        {row.tasks === 0 ? (
          <span className="text-ink-3">none</span>
        ) : (
          `${formatCount(row.tasks - row.open_tasks)} of ${formatCount(row.tasks)}`
        )}
      </td>
      <td className={`truncate pl-6 ${row.assignee === null ? "text-ink-3" : ""}`}>{nameAssignee(row.assignee)}</td>
      <td className="pr-4 text-right whitespace-nowrap text-ink-2">{formatInstant(row.opened_at, zone)}</td>
    </tr>
  );
}

/** Cases, the last opened first. */
export function CaseList() {
  const [status, setStatus] = useState<CaseStatus | null>("open");
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const [isOpening, setOpening] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const [filterKey, newKey, putKey] = [useKeyOf("filter"), useKeyOf("newCase"), useKeyOf("putInCase")];
  const query = useInfiniteQuery({ ...casePages({ status, text: text.trim() }), placeholderData: keepPreviousData });
  const items = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  const move = (to: number) => setAt(Math.max(0, Math.min(items.length - 1, to)));
  const totals = query.data?.pages[0];
  const keys: KeyHandlers = {
    next: () => move(at + 1),
    previous: () => move(at - 1),
    first: () => move(0),
    last: () => move(items.length - 1),
    open: () => {
      const row = items[at];
      if (row !== undefined) goTo({ screen: "cases", item: row.id });
    },
    filter: () => field.current?.focus(),
    newCase: () => setOpening(true),
  };
  useKeys(keys, (action) => {
    if (action === "filter" || action === "newCase") return null;
    if (items.length === 0) return "the list is empty";
    return action === "open" && items[at] === undefined ? "no case is chosen" : null;
  });
  if (query.data === undefined) return <PanelStatus query={query} what="the cases" />;
  return (
    <div className="flex h-full flex-col bg-surface">
      <div className="flex h-12 shrink-0 items-center gap-3 border-b border-line px-4">
        <div role="group" aria-label="Which cases" className="flex gap-1">
          {states.map(({ status: each, label }) => (
            <button
              key={label}
              type="button"
              aria-pressed={each === status}
              onClick={() => setStatus(each)}
              className={`h-7 rounded-md px-2.5 text-sm font-medium ${each === status ? "bg-accent-soft text-accent" : "text-ink-2 hover:bg-hover"}`}
            >
              {label}
              {totals !== undefined && (
                <span className="ml-1.5 text-xs font-normal">
                  {formatCount(each === null ? totals.open + totals.closed : totals[each])}
                </span>
              )}
            </button>
          ))}
        </div>
        <input
          ref={field}
          type="search"
          aria-label="Part of a title or tag"
          placeholder={withKey("Part of a title or tag", filterKey)}
          className="input w-[280px]"
          maxLength={200}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setAt(0);
          }}
          onKeyDown={(event) => {
            if (event.key === "Enter" || event.key === "Escape") event.currentTarget.blur();
          }}
        />
        <div className="flex-1" />
        <Button tone="primary" icon={Plus} title={withKey("Open a new case", newKey)} onClick={() => setOpening(true)}>
          New case
        </Button>
      </div>
      <StaleNote query={query} what="the list" />
      {items.length === 0 ? (
        <EmptyPanel icon={BriefcaseBusiness} title={emptyTitle(status, text)}>
          {text.trim() === "" &&
            `A case holds alerts that belong together: ${withKey("choose Case for alerts of the queue", putKey)}, or open one here.`}
        </EmptyPanel>
      ) : (
        <section
          aria-label="Cases"
          tabIndex={0}
          className="min-h-0 flex-1 overflow-y-auto focus-visible:outline-offset-[-2px]"
        >
          <table className="w-full table-fixed">
            <thead className="sticky top-0 z-[1] bg-surface">
              <tr className="border-b border-line">
                {columns.map(({ name, width, right }) => (
                  <th
                    key={name}
                    className={`th py-2.5 first:pl-4 last:pr-4 ${right ? "!text-right" : ""} ${name === "Assignee" ? "pl-6" : ""} ${width}`}
                  >
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {items.map((row, i) => (
                <CaseRow key={row.id} row={row} isAt={i === at} />
              ))}
            </tbody>
          </table>
          {query.hasNextPage && (
            <div className="p-3 text-center">
              <Button disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                Show more
              </Button>
            </div>
          )}
        </section>
      )}
      {isOpening && <NewCaseDialog onClose={() => setOpening(false)} />}
    </div>
  );
}

function emptyTitle(status: CaseStatus | null, text: string): string {
  const which = status === null ? "case" : `${status} case`;
  return text.trim() === "" ? `There is no ${which}` : `No ${which} has that in its title or tags`;
}
