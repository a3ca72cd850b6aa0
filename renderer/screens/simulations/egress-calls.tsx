import { useId } from "react";
import type { EgressRecord } from "../../../shared/sandbox.ts";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatBytes, formatPlural } from "../../view/format.ts";

/** What the application asked the proxy that leads out of its sandbox for. */
export function EgressCalls({ egress }: { egress: readonly EgressRecord[] }) {
  const title = useId();
  const refused = egress.filter(({ allowed }) => !allowed).length;
  return (
    <details className="card p-4" open={refused > 0}>
      <summary id={title} className="cursor-pointer text-sm font-semibold">
        Calls out of the sandbox ({formatPlural(egress.length, "call")}, {refused} refused)
      </summary>
      {egress.length === 0 ? (
        <p className="mt-2 text-sm text-ink-2">It could reach servers that the settings list, and asked for none.</p>
      ) : (
        <section aria-labelledby={title} tabIndex={0} className="mt-2 max-h-[260px] overflow-auto">
          <table aria-labelledby={title} className="w-full text-xs">
            <thead>
              <tr className="border-b border-line text-left text-ink-2">
                <th className="py-1 pr-2 font-medium">When</th>
                <th className="px-2 py-1 font-medium">Server</th>
                <th className="px-2 py-1 font-medium">Answer</th>
                <th className="px-2 py-1 text-right font-medium">Sent</th>
                <th className="py-1 pl-2 text-right font-medium">Received</th>
              </tr>
            </thead>
            <tbody className="tabular-nums">
              {egress.map((call, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a record has no name but its place.
                <tr key={at} className="border-b border-line last:border-0">
                  <td className="py-1 pr-2 text-ink-2">{call.at.slice(11, 19)}</td>
                  <td className="px-2 py-1 font-mono break-all">
                    <UntrustedText text={call.target} />
                  </td>
                  <td className={`px-2 py-1 ${call.allowed ? "" : "text-warn"}`}>
                    {call.allowed ? "Allowed" : `Refused: ${call.reason}`}
                  </td>
                  <td className="px-2 py-1 text-right">{formatBytes(call.sent_bytes)}</td>
                  <td className="py-1 pl-2 text-right">{formatBytes(call.received_bytes)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </details>
  );
}
