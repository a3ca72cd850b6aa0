import { ChartLine, Table2 } from "lucide-react";
import { type ReactNode, Suspense, useId, useState } from "react";
import { IconButton } from "../ui/button.tsx";
import { LoadingPanel } from "../ui/panel-status.tsx";

interface ChartCardProps {
  readonly title: string;
  readonly note?: string;
  readonly chart: ReactNode;
  readonly table: ReactNode;
}

/** A chart that is also a table. */
export function ChartCard({ title, note, chart, table }: ChartCardProps) {
  const [asTable, setAsTable] = useState(false);
  const heading = useId();
  return (
    <section aria-labelledby={heading} className="card min-w-0 p-4">
      <div className="flex items-center justify-between gap-2">
        <h3 id={heading} className="min-w-0 text-sm font-semibold">
          {title} {note !== undefined && <span className="font-normal text-ink-3">{note}</span>}
        </h3>
        <IconButton
          icon={asTable ? ChartLine : Table2}
          label={asTable ? `${title} as a chart` : `${title} as a table`}
          className="!size-6"
          onClick={() => setAsTable(!asTable)}
        />
      </div>
      <div className="mt-2 h-[220px]">
        {asTable ? (
          <section aria-label={`${title}, as a table`} tabIndex={0} className="h-full overflow-auto">
            {table}
          </section>
        ) : (
          <Suspense fallback={<LoadingPanel what="the chart" />}>{chart}</Suspense>
        )}
      </div>
    </section>
  );
}

/** A small table of numbers under a chart's button. */
export function NumberTable({
  label,
  head,
  rows,
}: {
  label: string;
  head: readonly string[];
  rows: readonly { readonly key: string; readonly cells: readonly string[] }[];
}) {
  return (
    <table aria-label={label} className="w-full text-xs">
      <thead className="sticky top-0 bg-surface">
        <tr>
          {head.map((name, i) => (
            <th key={name} className={`th py-1 ${i === 0 ? "" : "!text-right"}`}>
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ key, cells }) => (
          <tr key={key} className="border-t border-line">
            {cells.map((cell, i) => (
              <td key={head[i]} className={`py-1 ${i === 0 ? "" : "text-right tabular-nums"}`}>
                {cell}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
