import { create } from "zustand";
import type { FalseBlocks, Impact, ImpactReport, RequestPrice } from "../../shared/impact.ts";
import { formatCount } from "./format.ts";

export const impactDays = [
  { value: "1", label: "Today" },
  { value: "7", label: "7 days" },
  { value: "30", label: "30 days" },
  { value: "90", label: "90 days" },
] as const;
export type ImpactDays = (typeof impactDays)[number]["value"];

export const impactGroups = [
  { value: "routes", label: "By route" },
  { value: "rules", label: "By rule" },
  { value: "pairs", label: "By route and rule" },
] as const;
export type ImpactGroup = (typeof impactGroups)[number]["value"];

/** One row of any of the three tables. */
export interface ImpactRow extends Impact {
  readonly key: string;
  readonly route: string | null;
  readonly rule: ImpactReport["rules"][number]["rule"] | null;
}

/** What a table can be sorted by. */
export const impactSorts = [
  "name",
  "requests",
  "blocked",
  "challenged",
  "tagged",
  "logged",
  "false_blocks",
  "mean",
  "p95",
  "max",
] as const;
export type ImpactSort = (typeof impactSorts)[number];

interface ImpactView {
  readonly days: ImpactDays;
  readonly group: ImpactGroup;
  readonly sort: ImpactSort;
  readonly isUp: boolean;
}

/** How the impact screen is looked at. */
export const useImpactView = create<ImpactView>(() => ({ days: "7", group: "routes", sort: "blocked", isUp: false }));

/** The same column the other way round, another one with its most first (names: from A). */
export function sortBy(sort: ImpactSort): void {
  useImpactView.setState((view) => ({ sort, isUp: view.sort === sort ? !view.isUp : sort === "name" }));
}

export function rowsOf(report: ImpactReport, group: ImpactGroup): readonly ImpactRow[] {
  if (group === "routes") return report.routes.map((row) => ({ ...row, key: row.route, rule: null }));
  if (group === "rules") return report.rules.map((row) => ({ ...row, key: row.rule.id, route: null }));
  return report.pairs.map((row) => ({ ...row, key: `${row.rule.id} ${row.route}` }));
}

/** A rule as it is spoken of. */
export function nameRule({ id, number, name }: NonNullable<ImpactRow["rule"]>): string {
  return number === null || name === null ? id : `Rule ${number}, ${name}`;
}

const nameRow = ({ route, rule }: ImpactRow) => `${route ?? ""} ${rule === null ? "" : nameRule(rule)}`;

function amountOf({ requests, deeds, false_blocks, times }: ImpactRow, sort: Exclude<ImpactSort, "name">): number {
  switch (sort) {
    case "requests":
      return requests;
    case "false_blocks":
      return false_blocks.known + false_blocks.at_most / 1e9;
    case "mean":
      return times?.mean_us ?? -1;
    case "p95":
      return times === null ? -1 : (times.p95_us ?? Number.POSITIVE_INFINITY);
    case "max":
      return times?.max_us ?? -1;
    default:
      return deeds[sort];
  }
}

/** Rows in the order of a column; those alike by requests, then by name. */
export function sortRows(rows: readonly ImpactRow[], sort: ImpactSort, isUp: boolean): readonly ImpactRow[] {
  const byName = (a: ImpactRow, b: ImpactRow) => (nameRow(a) < nameRow(b) ? -1 : nameRow(a) > nameRow(b) ? 1 : 0);
  const turn = isUp ? 1 : -1;
  return rows.toSorted((a, b) => {
    if (sort === "name") return turn * byName(a, b);
    const [x, y] = [amountOf(a, sort), amountOf(b, sort)];
    return x === y ? b.requests - a.requests || byName(a, b) : turn * (x - y);
  });
}

/** Microseconds as a person would say it: 34 µs, 1.2 ms, 2.1 s. */
export function formatMicros(us: number): string {
  if (us < 1) return `${us.toFixed(2)} µs`;
  if (us < 1000) return `${us < 10 ? us.toFixed(1) : Math.round(us)} µs`;
  if (us < 1_000_000) return `${(us / 1000).toFixed(us < 10_000 ? 1 : 0)} ms`;
  return `${(us / 1_000_000).toFixed(1)} s`;
}

const money = new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

/** What some falsely blocked requests cost. */
export function formatPrice(requests: number, { per_request, currency }: NonNullable<RequestPrice>): string {
  return `${money.format(requests * per_request)} ${currency}`.trim();
}

/** "2", "2 to 17": what is known, and the most that it may be. */
export function formatFalseBlocks({ known, at_most }: FalseBlocks): string {
  return known === at_most ? formatCount(known) : `${formatCount(known)} to ${formatCount(at_most)}`;
}
