import type { PrivacyBudget } from "../../../shared/federation.ts";
import { Badge } from "../../ui/badge.tsx";
import { formatPlural } from "../../view/format.ts";
import { placeHash } from "../../view/place.ts";
import { describeEpsilon, formatEpsilon, rateEpsilon } from "../../view/privacy.ts";

const rates = {
  strong: { tone: "good", label: "Strong" },
  reasonable: { tone: "accent", label: "Reasonable" },
  weak: { tone: "warn", label: "Weak" },
} as const;

/** What was told of the labelled rows, what may be told, and what that means. */
export function BudgetCard({ budget }: { budget: PrivacyBudget }) {
  const { epsilon, delta, spent, left, updates } = budget;
  const { tone, label } = rates[rateEpsilon(epsilon)];
  const share = epsilon === 0 ? 1 : Math.min(1, spent / epsilon);
  return (
    <section aria-labelledby="privacy-budget" className="card p-4">
      <div className="flex items-center justify-between gap-3">
        <h2 id="privacy-budget" className="text-sm font-semibold">
          Privacy budget{" "}
          <span className="font-normal text-ink-3">
            ε {formatEpsilon(spent)} of {formatEpsilon(epsilon)} spent by {formatPlural(updates, "update")}
          </span>
        </h2>
        {epsilon > 0 && <Badge tone={tone}>{label}</Badge>}
      </div>
      <div aria-hidden="true" className="mt-2 h-1.5 overflow-hidden rounded-full bg-sunken">
        <div
          className={`h-full rounded-full ${share > 0.9 ? "bg-bar-tag" : "bg-accent"}`}
          style={{ width: `${100 * share}%` }}
        />
      </div>
      {epsilon === 0 ? (
        <p className="mt-2 text-xs text-ink-2">
          No update may be made here: the budget of the{" "}
          <a className="text-accent underline" href={placeHash({ screen: "settings" })}>
            settings
          </a>{" "}
          is none.
        </p>
      ) : (
        <p className="mt-2 max-w-[100ch] text-xs text-ink-2">
          Even with all updates, nothing that anybody concludes about one group of rows (near-duplicates, and what one
          client did on one day) is more than {describeEpsilon(epsilon)} as if the group had not been there, but for a
          rest of probability {delta}. What is told cannot be taken back. It does not hide what many groups have in
          common.
        </p>
      )}
      <table aria-label="Privacy budget in numbers" className="mt-3 w-full max-w-[760px] table-fixed text-xs">
        <thead>
          <tr>
            <th className="th py-1">What</th>
            <th className="th w-[90px] !text-right">ε</th>
            <th className="th w-[300px] pl-6">A conclusion may be at most</th>
          </tr>
        </thead>
        <tbody>
          {(
            [
              ["The whole budget", epsilon],
              ["Spent so far", spent],
              ["One more update may have", left],
            ] as const
          ).map(([what, value]) => (
            <tr key={what} className="h-7 border-t border-line">
              <td>{what}</td>
              <td className="text-right tabular-nums">{formatEpsilon(value)}</td>
              <td className="pl-6 text-ink-2">{describeEpsilon(value)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
