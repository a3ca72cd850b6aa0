import { memo, useMemo, useState } from "react";
import { type VerdictKind, verdictKinds } from "../../../shared/verdict.ts";
import { verdictBars } from "../../ui/badge.tsx";
import { formatCount, formatInstant } from "../../view/format.ts";
import { verdictLabels } from "../../view/labels.ts";
import { axisLabels, topOfAxis } from "../../view/time-axis.ts";
import type { TimeZone } from "../../view/view.ts";
import type { Bucket } from "./timeline.tsx";

interface TimelineChartProps {
  readonly buckets: readonly Bucket[];
  readonly zone: TimeZone;
  readonly onPick: (bucket: Bucket) => void;
}

const total = ({ counts }: Bucket) => counts.simulate + counts.tag + counts.benign;

/** From the bottom up: what matters most stands on the axis. */
const stack: readonly VerdictKind[] = verdictKinds;

const Bars = memo(function Bars({ buckets, top }: { buckets: readonly Bucket[]; top: number }) {
  return buckets.map((bucket) => (
    <span key={bucket.start} className="flex h-full min-w-0 flex-1 flex-col-reverse">
      {stack.map((kind) =>
        bucket.counts[kind] === 0 ? null : (
          // A single attack among thousands is still seen: never less than two pixels.
          <span
            key={kind}
            className={`block min-h-0.5 shrink-0 ${verdictBars[kind]}`}
            style={{ height: `${(bucket.counts[kind] / top) * 100}%` }}
          />
        ),
      )}
    </span>
  ));
});

function Tip({ bucket, share, zone }: { bucket: Bucket; share: number; zone: TimeZone }) {
  return (
    <div
      className={`pointer-events-none absolute top-full z-10 mt-1 rounded-md border border-line bg-raised px-2.5 py-1.5 text-xs whitespace-nowrap shadow-(--shadow) ${share > 0.5 ? "-translate-x-full" : ""}`}
      style={{ left: `${share * 100}%` }}
    >
      <p className="font-medium">{formatInstant(bucket.start, zone)}</p>
      {stack.map((kind) => (
        <p key={kind} className="flex items-center gap-1.5">
          <span className={`size-2 rounded-sm ${verdictBars[kind]}`} />
          {verdictLabels[kind]} {formatCount(bucket.counts[kind])}
        </p>
      ))}
      <p className="text-ink-3">Click to show only these</p>
    </div>
  );
}

/**
 * Bars of the timeline; plain elements, since it is drawn again every second while evidence comes in. The table says the same to
 * those who cannot see or point.
 */
export function TimelineChart({ buckets, zone, onPick }: TimelineChartProps) {
  const [over, setOver] = useState<number | null>(null);
  const top = useMemo(() => topOfAxis(Math.max(0, ...buckets.map(total))), [buckets]);
  const labels = useMemo(() => axisLabels(buckets, zone), [buckets, zone]);
  const at = (event: React.MouseEvent) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    return Math.max(0, Math.min(buckets.length - 1, Math.floor(((event.clientX - left) / width) * buckets.length)));
  };
  const hovered = over === null ? undefined : buckets[over];
  return (
    <div className="flex size-full gap-2 pb-0.5 text-2xs text-ink-3">
      <div className="flex w-9 flex-col justify-between pb-4 text-right" aria-hidden="true">
        <span>{formatCount(top)}</span>
        <span>0</span>
      </div>
      <div className="flex min-w-0 flex-1 flex-col">
        {/* biome-ignore lint/a11y/useKeyWithClickEvents: the table has a button for each bar. */}
        <div
          role="img"
          aria-label={`Sessions over time, ${buckets.length} bars. The table has the same numbers.`}
          className="relative flex min-h-0 flex-1 gap-px border-b border-line-strong"
          onPointerMove={(event) => setOver(at(event))}
          onPointerLeave={() => setOver(null)}
          onClick={(event) => {
            const bucket = buckets[at(event)];
            if (bucket !== undefined && total(bucket) > 0) onPick(bucket);
          }}
        >
          {over !== null && (
            <span
              className="absolute inset-y-0 bg-accent/15"
              style={{ left: `${(over / buckets.length) * 100}%`, width: `${100 / buckets.length}%` }}
            />
          )}
          <Bars buckets={buckets} top={top} />
          {hovered !== undefined && over !== null && (
            <Tip bucket={hovered} share={(over + 0.5) / buckets.length} zone={zone} />
          )}
        </div>
        <div className="relative h-4" aria-hidden="true">
          {labels.map(({ share, text }) => (
            <span key={share} className="absolute top-0.5 whitespace-nowrap" style={{ left: `${share * 100}%` }}>
              {text}
            </span>
          ))}
        </div>
      </div>
    </div>
  );
}
