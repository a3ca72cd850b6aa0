import { ChartColumn, Table2 } from "lucide-react";
import { lazy, Suspense } from "react";
import { type DatasetCounts, splits } from "../../../shared/dataset.ts";
import { payloadClasses } from "../../../shared/payload.ts";
import { IconButton } from "../../ui/button.tsx";
import { LoadingPanel } from "../../ui/panel-status.tsx";
import { useDatasetView } from "../../view/dataset-view.ts";
import { formatCount } from "../../view/format.ts";
import { classLabels, splitLabels } from "../../view/labels.ts";

const ClassChart = lazy(async () => ({ default: (await import("./class-chart.tsx")).ClassChart }));

function ClassTable({ counts }: { counts: DatasetCounts }) {
  return (
    <table className="w-full text-xs">
      <thead>
        <tr>
          <th className="th py-1">Class</th>
          {splits.map((split) => (
            <th key={split} className="th !text-right">
              {splitLabels[split]}
            </th>
          ))}
          <th className="th !text-right">All</th>
        </tr>
      </thead>
      <tbody>
        {payloadClasses.map((name, i) => (
          <tr key={name} className="h-7 border-t border-line">
            <td>{classLabels[name]}</td>
            {splits.map((split) => (
              <td key={split} className="text-right">
                {formatCount(counts.by_split_class[split][i] ?? 0)}
              </td>
            ))}
            <td className="text-right font-medium">{formatCount(counts.by_class[name] ?? 0)}</td>
          </tr>
        ))}
        <tr className="h-7 border-t border-line-strong font-medium">
          <td>All</td>
          {splits.map((split) => (
            <td key={split} className="text-right">
              {formatCount(counts.by_split[split])}
            </td>
          ))}
          <td className="text-right">{formatCount(counts.rows)}</td>
        </tr>
      </tbody>
    </table>
  );
}

/** What a version holds, by class and split, as a chart or a table. */
export function ClassCounts({ counts }: { counts: DatasetCounts }) {
  const asTable = useDatasetView((view) => view.asTable);
  return (
    <section aria-labelledby="class-counts" className="card p-4">
      <div className="mb-2 flex items-center justify-between">
        <h2 id="class-counts" className="text-sm font-semibold">
          Classes and splits
        </h2>
        <IconButton
          icon={asTable ? ChartColumn : Table2}
          label={asTable ? "Show as a chart" : "Show as a table"}
          className="!size-6"
          onClick={() => useDatasetView.setState({ asTable: !asTable })}
        />
      </div>
      {asTable ? (
        <ClassTable counts={counts} />
      ) : (
        <div className="h-[250px]">
          <Suspense fallback={<LoadingPanel what="the chart" />}>
            <ClassChart counts={counts} />
          </Suspense>
        </div>
      )}
    </section>
  );
}
