import { useVirtualizer } from "@tanstack/react-virtual";
import { CircleCheck } from "lucide-react";
import { useEffect, useRef } from "react";
import type { z } from "zod";
import { requestNumber } from "../../../shared/request-number.ts";
import type { SessionRequest } from "../../../shared/verdict.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { EmptyPanel } from "../../ui/panel-status.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatClock, formatScore } from "../../view/format.ts";
import { classLabels, outcomeLabels, tellOutcome } from "../../view/labels.ts";
import type { Worked } from "../../view/worked-requests.ts";

type Item = z.infer<typeof SessionRequest>;

const rowHeight = 42;

function statusTone(status: number | null): string {
  if (status === null) return "text-ink-3";
  if (status >= 500) return "text-danger";
  return status >= 400 ? "text-warn" : "text-ink-2";
}

/** That the attack of a request worked, told as the session's head does. */
function WorkedMark({ outcome }: { outcome: Worked }) {
  return (
    <span
      title={tellOutcome(outcome)}
      className="flex shrink-0 items-center gap-1 rounded-sm bg-danger-soft px-1 text-2xs font-semibold text-danger"
    >
      <CircleCheck size={12} aria-hidden="true" />
      {outcomeLabels[outcome]}
    </span>
  );
}

/** Requests in time order. The selected one is named by `at`; arrows move it. @param worked those whose attack worked */
export function RequestList({
  items,
  worked,
  at,
  onSelect,
}: {
  items: readonly Item[];
  worked: ReadonlyMap<number, Worked>;
  at: number;
  onSelect: (row: number) => void;
}) {
  const scroller = useRef<HTMLDivElement>(null);
  const zone = useTimeZone();
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 8,
  });
  useEffect(() => {
    if (at >= 0) virtual.scrollToIndex(at, { align: "auto" });
  }, [at, virtual]);
  if (items.length === 0) return <EmptyPanel title="No request of this session can be shown" />;
  const active = items[at];
  return (
    <div
      ref={scroller}
      role="listbox"
      aria-label="Requests of the session"
      aria-activedescendant={active === undefined ? undefined : `request-${active.request}`}
      tabIndex={0}
      className="min-h-0 flex-1 overflow-y-auto focus-visible:outline-offset-[-2px]"
    >
      <div role="presentation" className="relative" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, start }) => {
          const item = items[index];
          if (item === undefined) return null;
          const attack = item.worst !== null && item.worst.class !== "benign";
          const outcome = worked.get(item.request);
          return (
            // biome-ignore lint/a11y/useKeyWithClickEvents: arrows move the selection of the list.
            <div
              key={item.request}
              id={`request-${item.request}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === at}
              aria-setsize={items.length}
              aria-posinset={index + 1}
              onClick={() => onSelect(index)}
              style={{ transform: `translateY(${start}px)`, height: rowHeight }}
              className={`absolute top-0 left-0 w-full border-b border-line px-3 py-1 ${index === at ? "bg-selected shadow-[inset_3px_0_0_var(--accent)]" : "hover:bg-hover"}`}
            >
              <div className="flex items-center gap-2 text-xs">
                <span className="w-10 shrink-0 truncate font-semibold">
                  <UntrustedText text={item.method} />
                </span>
                <span
                  className="min-w-0 flex-1 truncate"
                  title={item.overlaps_evidence === null ? undefined : "Also in earlier evidence"}
                >
                  <UntrustedText text={item.target} />
                </span>
                {outcome !== undefined && <WorkedMark outcome={outcome} />}
                <span className={`shrink-0 font-medium ${statusTone(item.status)}`}>{item.status ?? "–"}</span>
              </div>
              <div className="flex items-center gap-2 text-2xs text-ink-3">
                <span className="w-10 shrink-0">#{requestNumber(item.request)}</span>
                <span className="flex-1">
                  {item.started_at === null ? "no clock" : formatClock(item.started_at, zone)}
                  {item.overlaps_evidence !== null && " · known"}
                </span>
                {attack && item.worst !== null && (
                  <span className="font-medium text-danger">
                    {classLabels[item.worst.class]} {formatScore(item.worst.confidence)}
                  </span>
                )}
              </div>
            </div>
          );
        })}
      </div>
    </div>
  );
}
