import { z } from "zod";
import { ApprovalStep } from "../../../shared/agent-task.ts";
import { RuleDefinition, RuleExclusion } from "../../../shared/rule.ts";
import { RuleMeasure, RuleStage } from "../../../shared/rule-record.ts";
import { RuleFacts } from "../../respond/rule-facts.tsx";
import { endWords, exclusionWords, oneIn, percent, stageWords } from "../../respond/rule-words.ts";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatCount, formatPlural } from "../../view/format.ts";
import { placeHash } from "../../view/place.ts";

/** What an approval about a rule is asked for. Whatever else there is, is shown as it stands. */
export const ShownRule = z.strictObject({
  rule: z.strictObject({ id: z.string(), number: z.number(), name: z.string() }),
  definition: RuleDefinition,
  exclusions: z.array(RuleExclusion),
  definition_hash: z.string(),
  from: RuleStage,
  to: RuleStage.optional(),
  backtest: RuleMeasure.nullable(),
  exclusion: RuleExclusion.optional(),
  preview: RuleMeasure.optional(),
  takes_out: z.number().optional(),
  /** Of a renewal: when the rule would end; null: it would not. */
  expires_at: z.string().nullable().optional(),
});
type ShownRule = z.infer<typeof ShownRule>;

/** What an approval of the agent is asked for. */
export const ShownTask = z.strictObject({
  task_id: z.string(),
  kind: z.enum(["plan", "tool_call"]),
  steps: z.array(ApprovalStep),
});

/** What was measured of what is asked for: with the exclusion, where it is about one. */
export const measureOf = ({ preview, backtest }: ShownRule) => preview ?? backtest;

function Exclusion({ exclusion }: { exclusion: RuleExclusion }) {
  return (
    <>
      <UntrustedText text={exclusionWords(exclusion)} />{" "}
      <span className="font-mono text-xs break-all">
        {exclusion.shape === null ? "any value" : <UntrustedText text={exclusion.shape} />}
      </span>
      {exclusion.expires_at !== null && `, until ${exclusion.expires_at.slice(0, 10)}`}
    </>
  );
}

/** Exactly what is asked for, in words. */
export function ShownParts({ shown }: { shown: ShownRule }) {
  const { rule, definition, from, to, exclusion, takes_out, expires_at } = shown;
  const measured = measureOf(shown);
  return (
    <div className="space-y-3">
      <section aria-label="What is asked for" className="card p-4 text-sm [&_.untrusted]:font-sans">
        <h3 className="mb-1 font-semibold">
          {expires_at !== undefined
            ? `“${stageWords[from].label}” for longer`
            : exclusion === undefined && to !== undefined
              ? `From “${stageWords[from].label}” to “${stageWords[to].label}”`
              : "An exclusion"}
        </h3>
        {expires_at !== undefined && (
          <p>
            It would end {endWords(expires_at)}; now it ends {endWords(definition.expires_at)}.
          </p>
        )}
        {to !== undefined && <p className="text-ink-2">{stageWords[to].meaning}.</p>}
        {exclusion !== undefined && (
          <p>
            <Exclusion exclusion={exclusion} />: takes {formatPlural(takes_out ?? 0, "stored hit")} out.
          </p>
        )}
        <p className="mt-1">
          <a className="text-accent hover:underline" href={placeHash({ screen: "rules", item: rule.id })}>
            Rule {rule.number}: <UntrustedText text={rule.name} />
          </a>
        </p>
      </section>
      <section aria-label="The rule" className="card p-4">
        <RuleFacts definition={shown.definition} />
        {shown.exclusions.length > 0 && (
          <ul className="mt-2 list-disc pl-5 text-sm [&_.untrusted]:font-sans">
            {shown.exclusions.map((one) => (
              <li key={`${exclusionWords(one)} ${one.shape}`}>
                Excluded: <Exclusion exclusion={one} />
              </li>
            ))}
          </ul>
        )}
        <p className="mt-2 font-mono text-xs break-all text-ink-3">{shown.definition_hash}</p>
      </section>
      {measured !== null && (
        <section aria-label="What its back-test says" className="card p-4 text-sm">
          <h3 className="mb-1 font-semibold">Tried on {formatPlural(measured.requests, "stored request")}</h3>
          <p>
            {formatCount(measured.attacks_caught)} known attacks caught, {formatCount(measured.attacks_missed)} missed;{" "}
            {formatPlural(measured.false_hits, "other request")} hit, {formatCount(measured.undecided)} undecided.
            Confidence {percent(measured.confidence)}; at most {oneIn(measured.fp_upper)} of other requests hit.
          </p>
        </section>
      )}
    </div>
  );
}
