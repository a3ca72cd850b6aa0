import { ArrowDown, ArrowUp } from "lucide-react";
import type { RequestPrice } from "../../../shared/impact.ts";
import { deedLabels } from "../../respond/deeds.ts";
import { EmptyPanel } from "../../ui/panel-status.tsx";
import { ShowMore, useShown } from "../../ui/show-more.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatCount } from "../../view/format.ts";
import {
  formatFalseBlocks,
  formatMicros,
  formatPrice,
  type ImpactGroup,
  type ImpactRow,
  type ImpactSort,
  impactGroups,
  nameRule,
  sortBy,
  sortRows,
  useImpactView,
} from "../../view/impact.ts";
import { placeHash } from "../../view/place.ts";

interface Column {
  readonly sort: ImpactSort;
  readonly name: string;
  readonly title: string;
}

const columns: readonly Column[] = [
  { sort: "requests", name: "Requests", title: "Requests that came, or that the rule looked at" },
  { sort: "blocked", name: deedLabels.blocked, title: "Answered with 403, and never seen by the application" },
  { sort: "challenged", name: deedLabels.challenged, title: "Asked to send a form first" },
  { sort: "tagged", name: deedLabels.tagged, title: "Passed with a mark for the application" },
  { sort: "logged", name: deedLabels.logged, title: "Passed, and written down" },
  {
    sort: "false_blocks",
    name: "False blocks",
    title: "Blocked requests that somebody judged to be no attack, to the most that may be so with those nobody judged",
  },
  { sort: "mean", name: "Mean time", title: "Time that a request waited, on average" },
  { sort: "p95", name: "95 of 100", title: "95 of 100 requests waited no longer than this" },
  { sort: "max", name: "Longest", title: "The longest that any request waited" },
];

const firstNames: Record<ImpactGroup, string> = { routes: "Route", rules: "Rule", pairs: "Route and rule" };

function Head({ column, right = true }: { column: Column; right?: boolean }) {
  const sort = useImpactView((view) => view.sort);
  const isUp = useImpactView((view) => view.isUp);
  const isSorted = sort === column.sort;
  const Arrow = isUp ? ArrowUp : ArrowDown;
  return (
    <th
      aria-sort={isSorted ? (isUp ? "ascending" : "descending") : undefined}
      title={column.title === "" ? undefined : column.title}
      className={`th px-1.5 py-1.5 first:pl-4 last:pr-4 ${right ? "!text-right" : ""}`}
    >
      <button
        type="button"
        className="inline-flex min-h-6 items-center gap-1 hover:text-ink"
        onClick={() => sortBy(column.sort)}
      >
        {column.name}
        {isSorted && <Arrow size={12} aria-hidden="true" />}
      </button>
    </th>
  );
}

function Name({ row }: { row: ImpactRow }) {
  const { route, rule } = row;
  return (
    <>
      {route !== null && (
        <span className="block truncate" title={route}>
          <UntrustedText text={route} />
        </span>
      )}
      {rule !== null && (
        <span className={`block truncate [&_.untrusted]:font-sans ${route === null ? "" : "text-xs text-ink-2"}`}>
          {rule.number === null ? (
            <span className="text-ink-2">{rule.id === "other-rules" ? "Other rules" : `${rule.id} (removed)`}</span>
          ) : (
            <a className="text-accent underline" href={placeHash({ screen: "rules", item: rule.id })}>
              <UntrustedText text={nameRule(rule)} />
            </a>
          )}
        </span>
      )}
    </>
  );
}

function Row({ row, price }: { row: ImpactRow; price: RequestPrice }) {
  const { deeds, false_blocks: blocks, times } = row;
  const number = "px-1.5 text-right tabular-nums";
  return (
    <tr className="h-9 border-b border-line last:border-0 hover:bg-hover">
      <td className="max-w-0 py-1 pr-3 pl-4">
        <Name row={row} />
      </td>
      <td className={number}>{formatCount(row.requests)}</td>
      {(["blocked", "challenged", "tagged", "logged"] as const).map((deed) => (
        <td key={deed} className={`${number} ${deeds[deed] === 0 ? "text-ink-3" : ""}`}>
          {formatCount(deeds[deed])}
        </td>
      ))}
      <td
        className={`${number} ${blocks.known > 0 ? "font-medium text-danger" : blocks.at_most === 0 ? "text-ink-3" : "text-ink-2"}`}
        title={`${formatCount(blocks.judged)} of ${formatCount(deeds.blocked)} were judged`}
      >
        {formatFalseBlocks(blocks)}
      </td>
      {price !== null && (
        <td className={`${number} ${blocks.known > 0 ? "font-medium text-danger" : "text-ink-2"}`}>
          {formatPrice(blocks.known, price)}
        </td>
      )}
      {times === null ? (
        <td colSpan={3} className="pr-4 text-right text-xs text-ink-3">
          not timed
        </td>
      ) : (
        <>
          <td className={number}>{formatMicros(times.mean_us)}</td>
          <td className={number}>{times.p95_us === null ? "over 25 ms" : `≤ ${formatMicros(times.p95_us)}`}</td>
          <td className={`${number} pr-4`}>{formatMicros(times.max_us)}</td>
        </>
      )}
    </tr>
  );
}

/** What was measured, by route, by rule, or by both. */
export function ImpactTable({ rows, price }: { rows: readonly ImpactRow[]; price: RequestPrice }) {
  const { group, sort, isUp } = useImpactView();
  const list = useShown(sortRows(rows, sort, isUp));
  const label = impactGroups.find(({ value }) => value === group)!.label;
  if (rows.length === 0) {
    return <EmptyPanel title="No rule looked at a request">Rules do so once they log, tag or block.</EmptyPanel>;
  }
  return (
    <section aria-label={`${label}, as a table`} tabIndex={0} className="overflow-x-auto">
      <table aria-label={label} className="w-full min-w-[940px] table-fixed text-sm">
        <colgroup>
          <col className="w-[26%]" />
        </colgroup>
        <thead>
          <tr className="border-b border-line">
            <Head column={{ sort: "name", name: firstNames[group], title: "" }} right={false} />
            {columns.slice(0, 6).map((column) => (
              <Head key={column.sort} column={column} />
            ))}
            {price !== null && (
              <th className="th px-1.5 !text-right" title="Of the false blocks that are known">
                Their price
              </th>
            )}
            {columns.slice(6).map((column) => (
              <Head key={column.sort} column={column} />
            ))}
          </tr>
        </thead>
        <tbody>
          {list.shown.map((row) => (
            <Row key={row.key} row={row} price={price} />
          ))}
        </tbody>
      </table>
      <ShowMore left={list.left} showMore={list.showMore} />
    </section>
  );
}
