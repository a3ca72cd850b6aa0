import type { Shift } from "../../../shared/shift.ts";
import { visibleWords } from "../../../shared/visible-text.ts";
import { formatCount, humanise } from "../../view/format.ts";
import { classLabels } from "../../view/labels.ts";

/** How often an alert was none, by what had named it. */
export function ShiftQuality({ shift: { quality } }: { shift: Shift }) {
  return (
    <section aria-labelledby="shift-quality" className="card p-4">
      <h2 id="shift-quality" className="text-sm font-semibold">
        False positives by class and rule
      </h2>
      <p className="mb-1.5 text-xs text-ink-2">Of the alerts that were closed in the shift, duplicates left out.</p>
      {quality.length === 0 ? (
        <p className="text-xs text-ink-3">None was closed.</p>
      ) : (
        <table className="w-full table-fixed text-xs">
          <thead>
            <tr>
              <th className="th py-1">Class</th>
              <th className="th">Rule</th>
              <th className="th w-[64px] !text-right">Closed</th>
              <th className="th w-[64px] !text-right">False</th>
              <th className="th w-[180px] pl-4">Rate</th>
            </tr>
          </thead>
          <tbody>
            {quality.map(({ class: kind, family, closed, false_positives: wrong }) => {
              const rate = wrong / closed;
              return (
                <tr key={`${kind} ${family}`} className="h-7 border-t border-line">
                  <td className="truncate">{kind === "benign" ? "Behaviour only" : classLabels[kind]}</td>
                  <td className="truncate text-ink-2">
                    {family === null ? "the class" : visibleWords(humanise(family))}
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
      )}
    </section>
  );
}
