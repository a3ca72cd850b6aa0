import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { RuleHitExample } from "../../../shared/gatekeeper.ts";
import { refusalInWords } from "../../queries/client.ts";
import { sendJudgement } from "../../queries/gatekeepers.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { deedLabels, deedTones } from "../../respond/deeds.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { offerUndo } from "../../ui/offer-undo.ts";
import { notify } from "../../ui/toast.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatInstant } from "../../view/format.ts";

/** The last requests that rules matched; whoever calls one false lowers its rule. */
export function HitsPanel({ hits, nameOf }: { hits: readonly RuleHitExample[]; nameOf: (rule: string) => string }) {
  const client = useQueryClient();
  const zone = useTimeZone();
  const refresh = () => void client.invalidateQueries({ queryKey: ["gatekeepers"] });
  const judging = useMutation({
    mutationFn: async ({ hit, verdict }: { hit: RuleHitExample; verdict: "false_positive" | "attack" }) => {
      const { event_id, lowered } = await sendJudgement(hit.id, hit.entity_version, verdict);
      const done =
        verdict === "attack"
          ? "Noted as an attack."
          : lowered
            ? `${nameOf(hit.rule)} is lowered to the stage log: it stops nothing any more.`
            : "Noted as a false positive.";
      offerUndo(done, { eventId: event_id, onTried: refresh });
    },
    networkMode: "always",
    onError: (error) => notify(refusalInWords(error), { tone: "danger" }),
    onSettled: refresh,
  });
  return (
    <section aria-labelledby="last-hits" className="card p-4">
      <h2 id="last-hits" className="text-sm font-semibold">
        Last hits{" "}
        <span className="font-normal text-ink-3">secrets masked; a false one lowers its rule to the stage log</span>
      </h2>
      {hits.length === 0 ? (
        <p className="mt-2 text-xs text-ink-2">No request was matched yet.</p>
      ) : (
        <section aria-label="Last hits, as a table" tabIndex={0} className="mt-2 max-h-[420px] overflow-auto">
          <table aria-label="Last hits" className="w-full table-fixed text-xs">
            <thead className="sticky top-0 bg-surface">
              <tr className="border-b border-line">
                <th className="th w-[136px] py-1.5">When</th>
                <th className="th w-[92px]">Done</th>
                <th className="th w-[20%]">Rule</th>
                <th className="th w-[20%]">Request</th>
                <th className="th">Value</th>
                <th className="th w-[196px]">What it was</th>
              </tr>
            </thead>
            <tbody>
              {hits.map((hit) => (
                <tr key={hit.id} className="h-9 border-b border-line last:border-0">
                  <td className="tabular-nums text-ink-2">{formatInstant(hit.at, zone).slice(0, 19)}</td>
                  <td>
                    <Badge tone={deedTones[hit.deed]}>{deedLabels[hit.deed]}</Badge>
                  </td>
                  <td className="truncate pr-3 [&_.untrusted]:font-sans" title={nameOf(hit.rule)}>
                    <UntrustedText text={nameOf(hit.rule)} />
                  </td>
                  <td className="truncate pr-2">
                    {hit.method} <UntrustedText text={hit.path} />
                  </td>
                  <td className="truncate pr-2" title={hit.excerpt}>
                    <span className="text-ink-3">
                      <UntrustedText text={`${hit.name}=`} />
                    </span>
                    <UntrustedText text={hit.excerpt} />
                  </td>
                  <td>
                    {hit.verdict === null ? (
                      <span className="flex gap-1">
                        <Button
                          size="small"
                          disabled={judging.isPending}
                          onClick={() => judging.mutate({ hit, verdict: "false_positive" })}
                        >
                          False positive
                        </Button>
                        <Button
                          size="small"
                          tone="ghost"
                          disabled={judging.isPending}
                          onClick={() => judging.mutate({ hit, verdict: "attack" })}
                        >
                          Attack
                        </Button>
                      </span>
                    ) : (
                      <span className="text-ink-2 [&_.untrusted]:font-sans">
                        {hit.verdict === "attack" ? "Attack" : "False positive"}, says{" "}
                        <UntrustedText text={hit.judged_by ?? ""} />
                      </span>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </section>
  );
}
