import { dotsAt, endOfAxis, pathThrough, placeNames, placeOf } from "./line-shape.ts";

export interface ChartLine {
  readonly key: string;
  readonly name: string;
  /** One tells apart by colour and by dashes. */
  readonly look: "first" | "second";
}

interface NumberChartProps {
  /** What the chart shows, for those who hear it; its table has the same numbers. */
  readonly label: string;
  readonly rows: readonly Record<string, number | string | null>[];
  readonly x: {
    readonly key: string;
    readonly name: string;
    /** Its values are in [0, 1]; otherwise they are names, side by side. */
    readonly isNumber?: boolean;
  };
  readonly lines: readonly ChartLine[];
  /** A line from corner to corner, where that is what would be perfect. */
  readonly diagonal?: boolean;
}

const looks = {
  first: { stroke: "var(--bar-down)", dash: undefined },
  second: { stroke: "var(--bar-up)", dash: "5 3" },
};
const quarters = [0, 0.25, 0.5, 0.75, 1];
/** Points of a line that are still told apart. */
const mostDots = 40;

/** In percent of the plot, whose width and height are stretched apart: strokes keep their width. */
const steady = { vectorEffect: "non-scaling-stroke", fill: "none" } as const;

/**
 * Lines over numbers or names, from 0 to 1 or to the round number above the highest. Drawn without a library, since it is drawn anew
 * with every epoch while the machine is busy: a library's first chart alone took the page 50 ms.
 */
export function NumberChart({ label, rows, x, lines, diagonal = false }: NumberChartProps) {
  const end = endOfAxis(rows.flatMap((row) => lines.map(({ key }) => row[key])));
  const named =
    x.isNumber === true
      ? quarters.map((at) => ({ x: at, name: String(at) }))
      : placeNames(rows.map((row) => String(row[x.key])));
  const drawn = lines.map((line) => ({
    ...line,
    ...looks[line.look],
    points: rows.flatMap((row, i) => {
      const y = row[line.key];
      return typeof y !== "number"
        ? []
        : [{ x: x.isNumber === true ? Number(row[x.key]) : placeOf(i, rows.length), y: y / end }];
    }),
  }));
  return (
    <div role="img" aria-label={label} className="flex size-full flex-col text-[11px] text-ink-3">
      <div className="flex h-[22px] shrink-0 justify-end gap-3 text-xs text-ink-2">
        {drawn.map(({ key, name, stroke, dash }) => (
          <span key={key} className="flex items-center gap-1">
            <svg aria-hidden="true" width="18" height="4">
              <path d="M0 2h18" stroke={stroke} strokeWidth={2} strokeDasharray={dash} />
            </svg>
            {name}
          </span>
        ))}
      </div>
      <div className="relative mt-1 mr-6 mb-[34px] ml-10 min-h-0 flex-1">
        <svg
          aria-hidden="true"
          className="absolute size-full overflow-visible"
          viewBox="0 0 100 100"
          preserveAspectRatio="none"
        >
          <path {...steady} d="M0 0h100M0 25h100M0 50h100M0 75h100" stroke="var(--line)" />
          <path {...steady} d="M0 100h100" stroke="var(--line-strong)" />
          {diagonal && <path {...steady} d="M0 100L100 0" stroke="var(--line-strong)" strokeDasharray="2 3" />}
          {drawn.map(({ key, points, stroke, dash }) => (
            <g key={key} stroke={stroke}>
              <path {...steady} d={pathThrough(points)} strokeWidth={2} strokeDasharray={dash} />
              {rows.length <= mostDots && <path {...steady} d={dotsAt(points)} strokeWidth={6} strokeLinecap="round" />}
            </g>
          ))}
        </svg>
        {quarters.map((at) => (
          <span
            key={at}
            className="absolute right-full -translate-y-1/2 pr-1.5 tabular-nums"
            style={{ top: `${100 * (1 - at)}%` }}
          >
            {end * at}
          </span>
        ))}
        {named.map(({ x: at, name }) => (
          <span
            key={name}
            className="absolute top-full mt-1 -translate-x-1/2 whitespace-nowrap"
            style={{ left: `${100 * at}%` }}
          >
            {name}
          </span>
        ))}
        <span className="absolute top-full mt-[18px] w-full text-center">{x.name}</span>
      </div>
    </div>
  );
}
