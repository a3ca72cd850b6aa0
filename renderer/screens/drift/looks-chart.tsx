import { Line, LineChart, ReferenceLine, ResponsiveContainer, XAxis, YAxis } from "recharts";
import type { DriftLook } from "../../../shared/drift.ts";
import { formatInstant } from "../../view/format.ts";
import type { TimeZone } from "../../view/view.ts";

/** Index from which a number has drifted. */
const driftedFrom = 0.25;

/** The largest index of each look, oldest first. The table below says the same. */
export function LooksChart({ looks, zone }: { looks: readonly DriftLook[]; zone: TimeZone }) {
  const tick = { fontSize: 11, fill: "var(--ink-3)" };
  const rows = looks.toReversed().map(({ at, largest }) => ({ at, largest }));
  return (
    <div
      role="img"
      aria-label={`Largest population stability index of each look, ${rows.length} points. The table below has the same numbers.`}
      className="h-[150px]"
    >
      <ResponsiveContainer width="100%" height="100%">
        <LineChart data={rows} accessibilityLayer={false} margin={{ top: 6, right: 12, bottom: 0, left: 0 }}>
          <XAxis
            dataKey="at"
            tickFormatter={(at: string) => formatInstant(at, zone).slice(5, 16)}
            tick={tick}
            stroke="var(--line-strong)"
            tickLine={false}
            height={18}
            minTickGap={60}
          />
          <YAxis
            width={40}
            tick={tick}
            axisLine={false}
            tickLine={false}
            tickCount={4}
            domain={[0, (most: number) => Math.max(0.3, most)]}
          />
          <ReferenceLine y={driftedFrom} stroke="var(--ink-3)" strokeDasharray="4 4" />
          <Line
            dataKey="largest"
            stroke="var(--bar-down)"
            strokeWidth={2}
            dot={rows.length < 40}
            isAnimationActive={false}
          />
        </LineChart>
      </ResponsiveContainer>
    </div>
  );
}
