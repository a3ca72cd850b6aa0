import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatCount } from "../../view/format.ts";

/** Closed alerts of one kind. */
export interface QualityRow {
  readonly key: string;
  readonly name: string;
  readonly closed: number;
  /** Closed as false positives. */
  readonly wrong: number;
}

/** How many of what was closed were false positives. @param head what the rows are */
export function QualityTable({ head, rows }: { head: string; rows: readonly QualityRow[] }) {
  return (
    <table className="w-full table-fixed text-xs">
      <thead>
        <tr>
          <th className="th py-1">{head}</th>
          <th className="th w-[64px] !text-right">Closed</th>
          <th className="th w-[64px] !text-right">False</th>
          <th className="th w-[180px] pl-4">Rate</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ key, name, closed, wrong }) => {
          const rate = wrong / closed;
          return (
            <tr key={key} className="h-7 border-t border-line">
              <td className="truncate [&_.untrusted]:font-sans">
                <UntrustedText text={name} />
              </td>
              <td className="text-right tabular-nums">{formatCount(closed)}</td>
              <td className="text-right tabular-nums">{formatCount(wrong)}</td>
              <td className="pl-4">
                <span className="flex items-center gap-2">
                  <span className="h-2 min-w-0 flex-1 overflow-hidden rounded bg-sunken" aria-hidden="true">
                    <span className="block h-full bg-bar-tag" style={{ width: `${rate * 100}%` }} />
                  </span>
                  <span className="w-10 text-right tabular-nums">{Math.round(rate * 100)} %</span>
                </span>
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
