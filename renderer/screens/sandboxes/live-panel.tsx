import type { SandboxStatus } from "../../../shared/sandbox.ts";
import { visibleWords } from "../../../shared/visible-text.ts";
import { EmptyPanel } from "../../ui/panel-status.tsx";
import { formatBytes, formatDuration, formatPlural } from "../../view/format.ts";

const head = "px-2 py-1.5 text-right text-xs font-medium text-ink-2";

/** What runs, with what it uses, and what waits for a place. */
export function LivePanel({ status: { live, queue, at_most } }: { status: SandboxStatus }) {
  return (
    <section aria-labelledby="live-sandboxes" className="card">
      <div className="flex items-center justify-between border-b border-line px-4 py-2">
        <h2 id="live-sandboxes" className="text-sm font-semibold">
          Live sandboxes
        </h2>
        <span className="text-xs text-ink-2">
          {formatPlural(live.length, "sandbox", "sandboxes")} · {queue.length} waiting · {at_most} runs at once
        </span>
      </div>
      {live.length === 0 ? (
        <EmptyPanel title="No sandbox is live">They appear here while something is simulated.</EmptyPanel>
      ) : (
        <table aria-labelledby="live-sandboxes" className="w-full text-sm">
          <thead>
            <tr className="border-b border-line">
              <th className="px-4 py-1.5 text-left text-xs font-medium text-ink-2">For</th>
              <th className={head}>Age</th>
              <th className={head}>Ends in at most</th>
              <th className={head}>Memory</th>
              <th className={head}>Processes</th>
              <th className={`${head} pr-4`}>Processor time</th>
            </tr>
          </thead>
          <tbody className="tabular-nums">
            {live.map((one) => (
              <tr key={one.id} className="border-b border-line last:border-0">
                <td className="px-4 py-2 font-medium break-words">
                  {visibleWords(one.label)}
                  {!one.alive && <span className="ml-2 text-danger">its first process is gone</span>}
                </td>
                <td className="px-2 py-2 text-right text-ink-2">{formatDuration(one.age_ms)}</td>
                <td className="px-2 py-2 text-right text-ink-2">
                  {one.ends_in_ms === null ? "with Sentinel" : formatDuration(one.ends_in_ms)}
                </td>
                <td className="px-2 py-2 text-right text-ink-2">
                  {formatBytes(one.memory_bytes)} of {formatBytes(one.memory_limit_bytes)}
                </td>
                <td className="px-2 py-2 text-right text-ink-2">{one.processes}</td>
                <td className="py-2 pr-4 pl-2 text-right text-ink-2">{formatDuration(one.cpu_ms)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {queue.length > 0 && (
        <ol aria-label="Waiting for a place" className="border-t border-line px-4 py-2 text-sm">
          {queue.map((one, n) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: what waits has no name but its place
            <li key={n} className="flex justify-between py-1">
              <span className="break-words">
                {n + 1}. {visibleWords(one.label)}
              </span>
              <span className="text-ink-2">
                waits {formatDuration(one.waiting_ms)} · priority {one.priority}
              </span>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
