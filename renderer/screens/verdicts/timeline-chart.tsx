import { Bar, BarChart, ResponsiveContainer, Tooltip, type TooltipContentProps, XAxis, YAxis } from "recharts";
import { formatCount, formatInstant } from "../../view/format.ts";
import type { TimeZone } from "../../view/view.ts";
import type { Bucket } from "./timeline.tsx";

interface TimelineChartProps {
  readonly buckets: readonly Bucket[];
  readonly zone: TimeZone;
  readonly onPick: (bucket: Bucket) => void;
}

const day = 86_400_000;

function TimelineTip({ active, payload, zone }: TooltipContentProps<number, string> & { zone: TimeZone }) {
  const bucket: Bucket | undefined = payload[0]?.payload;
  if (!active || bucket === undefined) return null;
  return (
    <div className="rounded-md border border-line bg-raised px-2.5 py-1.5 text-xs shadow-(--shadow)">
      <p className="mb-0.5 font-medium">{formatInstant(bucket.start, zone)}</p>
      <p>Simulate {formatCount(bucket.counts.simulate)}</p>
      <p>Tag {formatCount(bucket.counts.tag)}</p>
      <p>Benign {formatCount(bucket.counts.benign)}</p>
    </div>
  );
}

/** Bars of the timeline. The table beside it says the same to those who cannot see or point. */
export function TimelineChart({ buckets, zone, onPick }: TimelineChartProps) {
  const width = buckets[0]?.width_ms ?? day;
  const tick = (start: string) => {
    const text = formatInstant(start, zone);
    return width >= day ? text.slice(5, 10) : text.slice(5, 16);
  };
  return (
    <div
      role="img"
      aria-label={`Sessions over time, ${buckets.length} bars. The same numbers are in the table.`}
      className="size-full"
    >
      <ResponsiveContainer width="100%" height="100%">
        <BarChart
          data={[...buckets]}
          accessibilityLayer={false}
          margin={{ top: 4, right: 0, bottom: 0, left: 0 }}
          barCategoryGap={1}
          onClick={({ activeIndex }) => {
            const bucket = buckets[Number(activeIndex)];
            if (bucket !== undefined) onPick(bucket);
          }}
        >
          <XAxis
            dataKey="start"
            tickFormatter={tick}
            tick={{ fontSize: 11, fill: "var(--ink-3)" }}
            stroke="var(--line-strong)"
            tickLine={false}
            height={18}
            minTickGap={40}
          />
          <YAxis
            width={34}
            allowDecimals={false}
            tick={{ fontSize: 11, fill: "var(--ink-3)" }}
            axisLine={false}
            tickLine={false}
            tickCount={3}
          />
          <Tooltip
            cursor={{ fill: "var(--hover)" }}
            isAnimationActive={false}
            content={(props) => <TimelineTip {...(props as TooltipContentProps<number, string>)} zone={zone} />}
          />
          <Bar dataKey="counts.simulate" stackId="v" fill="var(--bar-simulate)" isAnimationActive={false} />
          <Bar dataKey="counts.tag" stackId="v" fill="var(--bar-tag)" isAnimationActive={false} />
          <Bar dataKey="counts.benign" stackId="v" fill="var(--bar-benign)" isAnimationActive={false} />
        </BarChart>
      </ResponsiveContainer>
    </div>
  );
}
