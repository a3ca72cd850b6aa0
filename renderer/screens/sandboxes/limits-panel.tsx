import type { HeldLimit } from "../../../shared/sandbox.ts";
import { humanise } from "../../view/format.ts";

/** What every sandbox may use, and what holds it to that on this machine. */
export function LimitsPanel({ limits }: { limits: readonly HeldLimit[] }) {
  return (
    <section aria-labelledby="sandbox-limits" className="card">
      <h2 id="sandbox-limits" className="border-b border-line px-4 py-2 text-sm font-semibold">
        Limits of each sandbox
      </h2>
      <table aria-labelledby="sandbox-limits" className="w-full text-sm">
        <thead>
          <tr className="border-b border-line text-left text-xs text-ink-2">
            <th className="px-4 py-1.5 font-medium">Limit</th>
            <th className="px-2 py-1.5 font-medium">Unless a run asks for another</th>
            <th className="px-2 py-1.5 pr-4 font-medium">Held by</th>
          </tr>
        </thead>
        <tbody>
          {limits.map(({ limit, usual, held_by, weaker }) => (
            <tr key={limit} className="border-b border-line last:border-0">
              <td className="px-4 py-2 font-medium">{humanise(limit)}</td>
              <td className="px-2 py-2 tabular-nums">{usual}</td>
              <td className="px-2 py-2 pr-4 text-ink-2">
                {humanise(held_by)}
                {weaker !== null && <span className="block text-warn">{weaker}</span>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
