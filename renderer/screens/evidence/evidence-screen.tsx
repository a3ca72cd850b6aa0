import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Evidence } from "../../../shared/evidence.ts";
import { evidencePages } from "../../queries/evidence.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { Badge, type Tone } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { EmptyPanel, PanelStatus, StaleNote } from "../../ui/panel-status.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatBytes, formatCount, formatInstant } from "../../view/format.ts";
import { kindLabels } from "../../view/labels.ts";
import { goTo, placeHash } from "../../view/place.ts";
import { useKeys } from "../../view/use-keys.ts";
import { EvidenceDetail } from "./evidence-detail.tsx";

const statusLooks: Record<Evidence["status"], { tone: Tone; word: string }> = {
  stored: { tone: "calm", word: "Stored" },
  analysing: { tone: "accent", word: "Analysing" },
  analysed: { tone: "good", word: "Analysed" },
  failed: { tone: "danger", word: "Failed" },
  withdrawn: { tone: "warn", word: "Withdrawn" },
  at_fleet: { tone: "calm", word: "At the fleet" },
};

interface EvidenceRowProps {
  readonly evidence: Evidence;
  readonly selected: boolean;
  readonly narrow: boolean;
}

function EvidenceRow({ evidence, selected, narrow }: EvidenceRowProps) {
  const zone = useTimeZone();
  const { tone, word } = statusLooks[evidence.status];
  const open = () => goTo({ screen: "evidence", item: evidence.id }, { replace: true });
  return (
    <tr
      onClick={open}
      aria-selected={selected}
      className={`border-b border-line ${selected ? "bg-selected" : "hover:bg-hover"}`}
    >
      <td
        className={`max-w-0 truncate py-2 pl-4 font-medium ${evidence.status === "withdrawn" ? "text-ink-3 line-through" : ""}`}
      >
        <a
          className="hover:underline [&_.untrusted]:font-sans"
          aria-current={selected ? "true" : undefined}
          href={placeHash({ screen: "evidence", item: evidence.id })}
        >
          <UntrustedText text={evidence.file_name} />
        </a>
      </td>
      {!narrow && <td className="text-ink-2">{kindLabels[evidence.kind]}</td>}
      <td>
        <Badge tone={tone}>{word}</Badge>
      </td>
      {!narrow && <td className="text-right text-ink-2">{formatBytes(evidence.size_bytes)}</td>}
      <td className="text-right">{formatCount(evidence.requests)}</td>
      <td className="text-right">{formatCount(evidence.sessions)}</td>
      {!narrow && <td className="text-right text-ink-2">{formatCount(evidence.overlapping)}</td>}
      <td className={`text-right ${evidence.problem_count > 0 ? "font-medium text-warn" : "text-ink-3"}`}>
        {formatCount(evidence.problem_count)}
      </td>
      <td className="pr-4 text-right whitespace-nowrap text-ink-2">{formatInstant(evidence.added_at, zone)}</td>
    </tr>
  );
}

/** Columns; those that step back while the custody is open stand in it. */
const columns = [
  { name: "File", width: "", right: false, always: true },
  { name: "Kind", width: "w-[128px]", right: false, always: false },
  { name: "Status", width: "w-[96px]", right: false, always: true },
  { name: "Size", width: "w-[84px]", right: true, always: false },
  { name: "Requests", width: "w-[84px]", right: true, always: true },
  { name: "Sessions", width: "w-[80px]", right: true, always: true },
  { name: "Known", width: "w-[72px]", right: true, always: false },
  { name: "Problems", width: "w-[84px]", right: true, always: true },
  { name: "Added", width: "w-[160px]", right: true, always: true },
] as const;

/** Stored evidence, newest first, with its custody beside it. */
export function EvidenceScreen({ item }: { item: string | undefined }) {
  const query = useInfiniteQuery(evidencePages());
  const items = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  const at = items.findIndex(({ id }) => id === item);
  const select = (to: number) => {
    const evidence = items[Math.max(0, Math.min(items.length - 1, to))];
    if (evidence !== undefined) goTo({ screen: "evidence", item: evidence.id }, { replace: true });
  };
  useKeys({
    next: () => select(at + 1),
    previous: () => select(Math.max(0, at - 1)),
    first: () => select(0),
    last: () => select(items.length - 1),
    back: () => goTo({ screen: "evidence" }, { replace: true }),
  });
  if (query.data === undefined) return <PanelStatus query={query} what="the evidence" />;
  if (items.length === 0 && item === undefined) {
    return (
      <EmptyPanel title="No evidence is stored">
        <a className="text-accent underline" href={placeHash({ screen: "import" })}>
          Import some
        </a>
      </EmptyPanel>
    );
  }
  return (
    <div className="flex h-full">
      <section
        aria-label="Stored evidence"
        tabIndex={0}
        className="min-w-0 flex-1 overflow-y-auto bg-surface focus-visible:outline-offset-[-2px]"
      >
        <StaleNote query={query} what="the list" />
        <table aria-label="Stored evidence" className="w-full table-fixed">
          <thead className="sticky top-0 z-[1] bg-surface">
            <tr className="border-b border-line">
              {columns
                .filter(({ always }) => always || item === undefined)
                .map(({ name, width, right }) => (
                  <th
                    key={name}
                    title={name === "Known" ? "Requests already known from earlier evidence" : undefined}
                    className={`th py-2.5 first:pl-4 last:pr-4 ${right ? "!text-right" : ""} ${width}`}
                  >
                    {name}
                  </th>
                ))}
            </tr>
          </thead>
          <tbody>
            {items.map((evidence) => (
              <EvidenceRow
                key={evidence.id}
                evidence={evidence}
                selected={evidence.id === item}
                narrow={item !== undefined}
              />
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
      {item !== undefined && <EvidenceDetail key={item} id={item} />}
    </div>
  );
}
