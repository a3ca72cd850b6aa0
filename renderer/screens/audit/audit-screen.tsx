import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { Download, ShieldCheck } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import type { getVerification, LogVerification } from "../../../shared/audit.ts";
import type { Output } from "../../../shared/route.ts";
import {
  auditPages,
  foundAuditPages,
  isAuditFiltered,
  makeCheckpoint,
  noAuditFilter,
  verification,
  verifyLog,
} from "../../queries/audit.ts";
import { refusalInWords } from "../../queries/client.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { Button } from "../../ui/button.tsx";
import { EmptyPanel, PanelStatus, StaleNote } from "../../ui/panel-status.tsx";
import { saveFile } from "../../ui/save-file.ts";
import { notify } from "../../ui/toast.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatInstant, formatPlural } from "../../view/format.ts";
import { useKeys } from "../../view/use-keys.ts";
import { AuditDetail } from "./audit-detail.tsx";
import { AuditFilterBar } from "./audit-filter-bar.tsx";
import { AuditRow, auditColumns, auditGrid } from "./audit-row.tsx";
import { VerificationNote } from "./verification-note.tsx";

const rowHeight = 34;

/** The event log, newest first. Links between neighbours are checked here; the whole chain by the button. */
export function AuditScreen() {
  const client = useQueryClient();
  const [filter, setFilter] = useState(noAuditFilter);
  const isFiltered = isAuditFiltered(filter);
  const whole = useInfiniteQuery({ ...auditPages(), enabled: !isFiltered });
  const found = useInfiniteQuery({ ...foundAuditPages(filter), enabled: isFiltered });
  const query = isFiltered ? found : whole;
  const entries = useMemo(
    () =>
      isFiltered
        ? (found.data?.pages.flatMap((page) => page.entries) ?? [])
        : (whole.data?.pages.flatMap((page) => page.entries.toReversed()) ?? []),
    [isFiltered, found.data, whole.data],
  );
  const [selected, setSelected] = useState<string | null>(null);
  const [isDismissed, setDismissed] = useState(false);
  const { data: verified } = useQuery(verification());
  const verifying = useMutation({
    mutationFn: verifyLog,
    onSuccess: () => setDismissed(false),
    onSettled: () => client.invalidateQueries({ queryKey: ["audit"] }),
  });
  const keeping = useMutation({
    mutationFn: makeCheckpoint,
    onSuccess: (checkpoint) => {
      const line = new Blob([`${JSON.stringify(checkpoint)}\n`], { type: "application/jsonl" });
      saveFile(line, `sentinel-checkpoint-${checkpoint.count}.jsonl`);
    },
    onError: (error) => notify(`No checkpoint was made: ${refusalInWords(error)}`, { tone: "danger" }),
  });
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: entries.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 10,
  });
  const items = virtual.getVirtualItems();
  const lastInSight = items.at(-1)?.index ?? 0;
  const { hasNextPage, isFetching, fetchNextPage } = query;
  useEffect(() => {
    if (hasNextPage && !isFetching && lastInSight >= entries.length - 40) void fetchNextPage();
  }, [hasNextPage, isFetching, lastInSight, entries.length, fetchNextPage]);
  const at = entries.findIndex(({ id }) => id === selected);
  const select = (to: number) => {
    const row = Math.max(0, Math.min(entries.length - 1, to));
    const entry = entries[row];
    if (entry === undefined) return;
    setSelected(entry.id);
    virtual.scrollToIndex(row, { align: "auto" });
  };
  useKeys({
    verifyLog: () => (verifying.isPending ? undefined : verifying.mutate()),
    next: () => select(at + 1),
    previous: () => select(at - 1),
    first: () => select(0),
    last: () => select(entries.length - 1),
    pageDown: () => select(at + 15),
    pageUp: () => select(at - 15),
    back: () => setSelected(null),
  });
  if (query.data === undefined && !isFiltered) return <PanelStatus query={query} what="the audit log" />;
  const head = query.data?.pages[0]?.head;
  const entry = entries[at];
  return (
    <div className="flex h-full flex-col">
      <div className="flex h-11 shrink-0 items-center gap-3 border-b border-line px-4">
        <p className="flex-1 text-xs text-ink-2">
          {head === undefined || head.seq === 0
            ? "The log is empty."
            : `${formatPlural(head.seq, "entry", "entries")}, chained by hash: each names the one before it.`}{" "}
          <Checked last={verified?.last ?? null} />
        </p>
        <Button
          icon={Download}
          disabled={keeping.isPending || (head?.seq ?? 0) === 0}
          title="A signed line that says how long the log is and how it ends. Keep it where nobody who can change the log can."
          onClick={() => keeping.mutate()}
        >
          Save a checkpoint
        </Button>
        <Button icon={ShieldCheck} disabled={verifying.isPending} onClick={() => verifying.mutate()}>
          {verifying.isPending ? "Verifying…" : "Verify the whole chain"}
        </Button>
      </div>
      <AuditFilterBar filter={filter} onChange={setFilter} />
      <VerificationNote
        verification={isDismissed ? null : shownVerification(verified?.last ?? null, verifying.data ?? null)}
        error={verifying.error}
        onClose={() => {
          setDismissed(true);
          verifying.reset();
        }}
      />
      <StaleNote query={query} what="the log" />
      <div className="flex min-h-0 flex-1">
        {entries.length === 0 ? (
          <div className="min-w-0 flex-1">
            <NothingFound isFiltered={isFiltered} isLooking={isFetching || hasNextPage} />
          </div>
        ) : (
          <div
            ref={scroller}
            role="grid"
            aria-label="Audit log"
            aria-rowcount={isFiltered ? entries.length + 1 : (head?.seq ?? entries.length) + 1}
            aria-activedescendant={entry === undefined ? undefined : `entry-${entry.id}`}
            tabIndex={0}
            className="min-w-0 flex-1 overflow-x-hidden overflow-y-auto bg-surface focus-visible:outline-offset-[-2px]"
          >
            <div
              role="row"
              tabIndex={-1}
              className={`sticky top-0 z-[1] h-8 border-b border-line bg-surface ${auditGrid}`}
            >
              {auditColumns.map((column) => (
                <div key={column} role="columnheader" tabIndex={-1} className="th">
                  {column}
                </div>
              ))}
            </div>
            <div role="presentation" className="relative" style={{ height: virtual.getTotalSize() }}>
              {items.map(({ index, start }) => {
                const row = entries[index];
                if (row === undefined) return null;
                return (
                  <AuditRow
                    key={row.id}
                    entry={row}
                    before={isFiltered ? undefined : entries[index + 1]}
                    index={index}
                    top={start}
                    height={rowHeight}
                    selected={row.id === selected}
                    onSelect={setSelected}
                  />
                );
              })}
            </div>
          </div>
        )}
        {entry !== undefined && <AuditDetail entry={entry} onClose={() => setSelected(null)} />}
      </div>
    </div>
  );
}

/** When the chain was last checked, and whether it held. */
function Checked({ last }: { last: Verified | null }) {
  const zone = useTimeZone();
  if (last === null) return null;
  return (
    <span className={last.result.ok ? "" : "font-semibold text-danger"}>
      Checked {formatInstant(last.at, zone)} by {last.by === "engine" ? "itself" : <UntrustedText text={last.by} />}:{" "}
      {last.result.ok ? "whole" : "not as it was written"}.
    </span>
  );
}

type Verified = NonNullable<Output<typeof getVerification>["last"]>;

/** What was just found; before, only what is wrong. */
function shownVerification(last: Verified | null, now: LogVerification | null): LogVerification | null {
  return now ?? (last === null || last.result.ok ? null : last.result);
}

function NothingFound({ isFiltered, isLooking }: { isFiltered: boolean; isLooking: boolean }) {
  if (!isFiltered) return <EmptyPanel title="Nothing was done yet" />;
  return <EmptyPanel title={isLooking ? "Looking further back…" : "No entry fits"} />;
}
