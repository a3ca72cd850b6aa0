import { formatTerm } from "../../../shared/query-complete.ts";
import type { Shift } from "../../../shared/shift.ts";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatCount } from "../../view/format.ts";
import { goTo } from "../../view/place.ts";
import { useQueue } from "../../view/queue.ts";

/** Who caused the most alerts. */
export function ShiftSources({ shift: { sources } }: { shift: Shift }) {
  return (
    <section aria-labelledby="shift-sources" className="card p-4">
      <h2 id="shift-sources" className="mb-1.5 text-sm font-semibold">
        Loudest sources
      </h2>
      {sources.length === 0 ? (
        <p className="text-xs text-ink-3">Nothing came in.</p>
      ) : (
        <table className="w-full table-fixed text-xs">
          <thead>
            <tr>
              <th className="th py-1">Client</th>
              <th className="th w-[80px] !text-right">Alerts</th>
              <th className="th w-[80px] !text-right">Sessions</th>
            </tr>
          </thead>
          <tbody>
            {sources.map(({ client, alerts, sessions }) => (
              <tr key={client ?? ""} className="h-7 border-t border-line">
                <td className="truncate">
                  {client === null ? (
                    <span className="text-ink-3">unknown</span>
                  ) : (
                    <button
                      type="button"
                      title="Show its alerts in the queue"
                      className="min-h-6 text-accent hover:underline"
                      onClick={() => {
                        useQueue.getState().ask(formatTerm("client", client));
                        goTo({ screen: "alerts" });
                      }}
                    >
                      <UntrustedText text={client} />
                    </button>
                  )}
                </td>
                <td className="text-right tabular-nums">{formatCount(alerts)}</td>
                <td className="text-right tabular-nums">{formatCount(sessions)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
