import type { VerdictDetail } from "../../queries/verdicts.ts";
import { EmptyPanel } from "../../ui/panel-status.tsx";
import { formatPlural } from "../../view/format.ts";
import { FindingCard } from "./finding-card.tsx";

/** Payloads of a session whose requests are not here. */
export function ToldPayloads({ verdict }: { verdict: VerdictDetail }) {
  const { findings } = verdict;
  if (findings.length === 0) {
    return <EmptyPanel title="The message names no payload: the behaviour alone was flagged" />;
  }
  return (
    <section aria-label="Payloads" tabIndex={0} className="h-full overflow-y-auto focus-visible:outline-offset-[-2px]">
      <p className="px-4 pt-3 text-xs text-ink-2">
        {formatPlural(findings.length, "payload")} of {formatPlural(verdict.requests, "request")}, as the fleet told.
        The requests themselves come with the evidence.
      </p>
      <ol className="grid grid-cols-[repeat(auto-fill,minmax(340px,1fr))] items-start gap-3 p-4 [&>li]:rounded-lg [&>li]:border [&>li]:bg-surface">
        {findings.map((finding, number) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the findings of one verdict never move.
          <FindingCard key={number} finding={finding} number={number} />
        ))}
      </ol>
    </section>
  );
}
