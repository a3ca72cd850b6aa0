import type { AgentTrust } from "../../../shared/agent-trust.ts";
import { visibleWords } from "../../../shared/visible-text.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { EmptyPanel } from "../../ui/panel-status.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatInstant } from "../../view/format.ts";
import { nameAssignee } from "../../view/own-name.ts";
import { changeWords } from "./trust-words.ts";

type Change = AgentTrust["changes"][number];
const head = "px-2 py-1.5 text-left text-xs font-medium text-ink-2";

function moved({ level_before: before, level_after: after }: Change) {
  if (before === after) return <span className="text-ink-2">stays at {after}</span>;
  return (
    <span className={`font-medium ${after < before ? "text-warn" : "text-good"}`}>
      {before} → {after}
    </span>
  );
}

/** What lowered and raised the level: when, by whom, and why. */
export function ChangesPanel({ changes }: { changes: readonly Change[] }) {
  const zone = useTimeZone();
  return (
    <section aria-labelledby="trust-changes" className="card">
      <h2 id="trust-changes" className="border-b border-line px-4 py-2 text-sm font-semibold">
        Incidents and changes
      </h2>
      {changes.length === 0 ? (
        <EmptyPanel title="Nothing has changed the level yet">
          What raises it, and each incident, stands here with who, when and why.
        </EmptyPanel>
      ) : (
        <table aria-labelledby="trust-changes" className="w-full table-fixed text-sm">
          <thead>
            <tr className="border-b border-line">
              <th className={`${head} w-[170px] pl-4`}>When</th>
              <th className={`${head} w-[170px]`}>What</th>
              <th className={`${head} w-[110px]`}>Level</th>
              <th className={`${head} w-[130px]`}>By</th>
              <th className={`${head} pr-4`}>Why</th>
            </tr>
          </thead>
          <tbody>
            {changes.map((one) => (
              <tr key={one.seq} className="border-b border-line align-top last:border-0">
                <td className="py-2 pr-2 pl-4 text-ink-2 tabular-nums">{formatInstant(one.at, zone)}</td>
                <td className="px-2 py-2 font-medium">{changeWords[one.kind]}</td>
                <td className="px-2 py-2 tabular-nums">{moved(one)}</td>
                <td className="px-2 py-2 break-words">{visibleWords(nameAssignee(one.actor))}</td>
                <td className="py-2 pr-4 pl-2 break-words text-ink-2">
                  <UntrustedText text={one.detail} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
