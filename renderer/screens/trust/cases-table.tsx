import { CircleCheck, CircleX } from "lucide-react";
import type { RedTeamCaseOutcome } from "../../../shared/agent-trust.ts";
import { visibleWords } from "../../../shared/visible-text.ts";
import { Badge } from "../../ui/badge.tsx";
import { formatPlural, humanise } from "../../view/format.ts";
import { groupCases } from "./group-cases.ts";
import { describeCategory } from "./trust-words.ts";

const head = "px-2 py-1.5 text-left text-xs font-medium text-ink-2";

function CaseRow({ one: { id, title, worker, held, wrong } }: { one: RedTeamCaseOutcome }) {
  return (
    <tr className="border-b border-line align-top last:border-0">
      <td className="py-1.5 pr-2 pl-4">
        {held ? (
          <Badge tone="good" icon={CircleCheck}>
            Held
          </Badge>
        ) : (
          <Badge tone="danger" icon={CircleX}>
            Got through
          </Badge>
        )}
      </td>
      <td className="px-2 py-1.5 break-words">
        {visibleWords(title)}
        {wrong.map((words) => (
          <p key={words} className="mt-0.5 text-danger">
            {visibleWords(words)}
          </p>
        ))}
      </td>
      <td className="px-2 py-1.5 text-ink-2">{humanise(worker)}</td>
      <td className="py-1.5 pr-4 pl-2 font-mono text-xs break-words text-ink-2">{visibleWords(id)}</td>
    </tr>
  );
}

/** The cases of a run by what they attacked, failures first. */
export function CasesTable({ cases, labelledBy }: { cases: readonly RedTeamCaseOutcome[]; labelledBy: string }) {
  return (
    <table aria-labelledby={labelledBy} className="w-full table-fixed text-sm">
      <thead>
        <tr className="border-b border-line">
          <th className={`${head} w-[130px] pl-4`}>Outcome</th>
          <th className={head}>Attack</th>
          <th className={`${head} w-[130px]`}>Worker</th>
          <th className={`${head} w-[220px] pr-4`}>Case</th>
        </tr>
      </thead>
      {groupCases(cases).map(({ category, cases: members, failed }) => {
        const { title, attacked } = describeCategory(category);
        return (
          <tbody key={category} className="border-b border-line last:border-0">
            <tr className="bg-sunken">
              <th scope="rowgroup" colSpan={4} className="px-4 py-1.5 text-left text-xs font-normal text-ink-2">
                <span className="text-sm font-semibold text-ink">{title}</span>
                {attacked !== null && <> attacks {attacked}</>} ·{" "}
                <span className={failed > 0 ? "font-semibold text-danger" : ""}>
                  {failed > 0
                    ? `${failed} of ${formatPlural(members.length, "case")} got through`
                    : `${formatPlural(members.length, "case")} held`}
                </span>
              </th>
            </tr>
            {members.map((one) => (
              <CaseRow key={one.id} one={one} />
            ))}
          </tbody>
        );
      })}
    </table>
  );
}
