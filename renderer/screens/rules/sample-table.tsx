import type { RuleSampleView } from "../../../shared/rule-record.ts";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { placeLabels } from "../../view/labels.ts";
import { placeHash } from "../../view/place.ts";

const shown = 100;

/** Confirmed attacks that a rule is made of. */
export function SampleTable({ samples }: { samples: readonly RuleSampleView[] }) {
  return (
    <section aria-label="Samples" tabIndex={0} className="max-h-[260px] overflow-y-auto">
      <table aria-label="Samples" className="w-full table-fixed text-xs">
        <thead className="sticky top-0 bg-surface">
          <tr>
            <th className="th py-1">Value</th>
            <th className="th w-[160px]">Where</th>
            <th className="th w-[200px]">Request</th>
            <th className="th w-[80px]">Session</th>
          </tr>
        </thead>
        <tbody>
          {samples.slice(0, shown).map(({ id, place, value, verdict_id }) => (
            <tr key={id} className="h-7 border-t border-line">
              <td className="truncate pr-2 font-mono">
                {value === null ? (
                  <span className="font-sans text-ink-3">erased with its evidence</span>
                ) : (
                  <UntrustedText text={value.text} />
                )}
              </td>
              <td className="truncate [&_.untrusted]:font-sans">
                {placeLabels[place]} {value !== null && <UntrustedText text={value.name} />}
              </td>
              <td className="truncate font-mono">
                {value !== null && <UntrustedText text={`${value.method} ${value.path}`} />}
              </td>
              <td>
                {verdict_id !== null && value !== null && (
                  <a
                    className="text-accent hover:underline"
                    href={placeHash({ screen: "session", id: verdict_id, tab: "requests" })}
                  >
                    Open
                  </a>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {samples.length > shown && <p className="py-1 text-xs text-ink-3">and {samples.length - shown} more</p>}
    </section>
  );
}
