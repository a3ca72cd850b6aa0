import { ChartColumn, Table2 } from "lucide-react";
import { lazy, Suspense } from "react";
import type { Shift } from "../../../shared/shift.ts";
import { visibleWords } from "../../../shared/visible-text.ts";
import { IconButton } from "../../ui/button.tsx";
import { LoadingPanel } from "../../ui/panel-status.tsx";
import { formatCount, formatFamily } from "../../view/format.ts";
import { nameRule } from "../../view/impact.ts";
import { classLabels } from "../../view/labels.ts";
import { useShiftRange } from "../../view/shift-range.ts";
import { type QualityRow, QualityTable } from "./quality-table.tsx";

const QualityChart = lazy(async () => ({ default: (await import("./quality-chart.tsx")).QualityChart }));

/** Bars of a chart; the table has all. */
const mostBars = 12;

function byClass({ quality }: Shift): QualityRow[] {
  return quality.map(({ class: kind, family, closed, false_positives: wrong }) => {
    const name = kind === "benign" ? "Behaviour only" : classLabels[kind];
    const finer = family === null || family === kind ? "" : `: ${visibleWords(formatFamily(family))}`;
    return { key: `${kind} ${family}`, name: `${name}${finer}`, closed, wrong };
  });
}

function byRule({ rule_quality: { matching } }: Shift): QualityRow[] {
  return matching.map(({ rule, closed, false_positives: wrong }) => ({
    key: rule.id,
    name: nameRule(rule),
    closed,
    wrong,
  }));
}

interface PartProps {
  readonly title: string;
  readonly head: string;
  readonly rows: readonly QualityRow[];
  /** What is said where there are no rows. */
  readonly none: string;
}

function Part({ title, head, rows, none }: PartProps) {
  const asTable = useShiftRange((state) => state.qualityAsTable);
  const what = `False positives ${title.toLowerCase()}`;
  return (
    <section aria-label={what} className="mt-3">
      <h3 className="text-xs font-medium">{title}</h3>
      {rows.length === 0 ? (
        <p className="text-xs text-ink-3">{none}</p>
      ) : asTable ? (
        <QualityTable head={head} rows={rows} />
      ) : (
        <Suspense fallback={<LoadingPanel what="the chart" />}>
          <QualityChart rows={rows.slice(0, mostBars)} what={what} />
        </Suspense>
      )}
    </section>
  );
}

/** Why no rule has a row. */
function noRule({ rule_quality: { alerts, rules } }: Shift): string {
  if (rules === 0) return "No rule is in force.";
  return alerts === 0 ? "None was closed." : "No rule in force matches any of them.";
}

/** What rules were held against, where it was not simply all. */
function tried({ rule_quality: { alerts, rules }, quality }: Shift): string {
  const closed = quality.reduce((sum, row) => sum + row.closed, 0);
  const some = alerts < closed ? `, here of ${formatCount(alerts)} that are spread over them` : "";
  return rules === 0 ? "" : ` By rule: those whose worst payload a rule that is in force now matches${some}.`;
}

/** How often an alert was none, by what had named it and by the rules that match it. */
export function ShiftQuality({ shift }: { shift: Shift }) {
  const asTable = useShiftRange((state) => state.qualityAsTable);
  return (
    <section aria-labelledby="shift-quality" className="card p-4">
      <div className="flex items-center justify-between">
        <h2 id="shift-quality" className="text-sm font-semibold">
          False positives by class and rule
        </h2>
        <IconButton
          icon={asTable ? ChartColumn : Table2}
          label={asTable ? "Show false positives as a chart" : "Show false positives as a table"}
          className="!size-6"
          onClick={() => useShiftRange.setState({ qualityAsTable: !asTable })}
        />
      </div>
      <p className="text-xs text-ink-2">
        Of the alerts that were closed in the shift, duplicates left out.{tried(shift)}
      </p>
      <Part title="By class" head="Class" rows={byClass(shift)} none="None was closed." />
      <Part title="By rule" head="Rule" rows={byRule(shift)} none={noRule(shift)} />
    </section>
  );
}
