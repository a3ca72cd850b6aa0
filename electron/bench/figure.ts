/** One measured figure as `npm run bench -- --json` prints it. */
export interface Figure {
  readonly group: string;
  /** What was measured, in words. */
  readonly name: string;
  readonly value: number;
  /** "MB/s", "ms", "µs", "rows/s", … */
  readonly unit: string;
  /** What was asked for, with its direction: "≥ 20", "< 500"; null: for information. */
  readonly target: string | null;
  /** Whether the target is met; null without one. */
  readonly met: boolean | null;
}

/** Hears of each figure as it is known. */
export type Report = (name: string, value: number, unit: string, target?: string) => void;

/** What a file `electron/bench/NAME.bench.ts` exports as `group`. */
export interface BenchGroup {
  /** import, detect, explain, ui, … */
  readonly name: string;
  /** Measures, reporting each figure as it is known. */
  run(report: Report): Promise<void>;
}

/** @param target "≥ 20", "> 20", "≤ 5" or "< 5" @throws RangeError for anything else */
export function meetsTarget(value: number, target: string): boolean {
  const [, comparison, bound] = /^(≥|>|≤|<) ?([\d.,]+)$/.exec(target) ?? [];
  if (bound === undefined) throw new RangeError(`"${target}" is no target.`);
  const limit = Number(bound.replaceAll(",", ""));
  if (comparison === "≥") return value >= limit;
  if (comparison === ">") return value > limit;
  return comparison === "≤" ? value <= limit : value < limit;
}

/** For people: `import  HAR to stored verdicts  31.2 MB/s  (≥ 20: met)`. */
export function formatFigure(figure: Figure): string {
  const value = Math.abs(figure.value) >= 100 ? figure.value.toFixed(0) : figure.value.toPrecision(3);
  const verdict = figure.target === null ? "" : `  (${figure.target}: ${figure.met ? "met" : "MISSED"})`;
  return `${figure.group}  ${figure.name}  ${value} ${figure.unit}${verdict}`;
}
