import type { z } from "zod";
import { requestNumber } from "../../../../shared/request-number.ts";
import type { generateRuleOffers } from "../../../../shared/rule-record.ts";
import type { Shift } from "../../../../shared/shift.ts";
import type { getVerdict } from "../../../../shared/verdict.ts";
import { type Facts, moment, plural, quote, tally, words } from "./facts.ts";

const mostTold = 8;

export function factsOfShift({
  from,
  to,
  came_in,
  closed,
  reopened,
  quality,
  rule_quality,
  sources,
  left,
}: Shift): Facts {
  const wrong = quality.filter(({ false_positives }) => false_positives > 0);
  return {
    title: `Shift from ${moment(from)} to ${moment(to)}`,
    parts: [
      {
        heading: "Came in",
        lines: [
          plural(came_in.alerts, "alert"),
          `By severity: ${tally(came_in.by_severity)}`,
          `By class: ${tally(came_in.by_class)}`,
          ...sources
            .slice(0, 3)
            .map(({ client, alerts }) => `From ${quote(client ?? "unknown")}: ${plural(alerts, "alert")}`),
        ],
      },
      {
        heading: "Closed",
        lines: [
          plural(closed.alerts, "alert"),
          `Why: ${tally(closed.by_reason)}`,
          ...(closed.triage_median_ms === null
            ? []
            : [`Median time to close: ${Math.round(closed.triage_median_ms / 60_000)} min`]),
          ...(reopened === 0 ? [] : [`${plural(reopened, "alert")} opened again`]),
        ],
      },
      {
        heading: "False positives",
        lines: [
          ...wrong
            .slice(0, mostTold)
            .map((one) => `${words(one.family ?? one.class)}: ${one.false_positives} of ${one.closed} closed`),
          ...rule_quality.matching
            .filter(({ false_positives }) => false_positives > 0)
            .slice(0, mostTold)
            .map(
              ({ rule, closed, false_positives }) =>
                `Rule ${quote(rule.name ?? rule.id)}: ${false_positives} of ${closed} closed`,
            ),
        ],
      },
      {
        heading: "Left to the next shift",
        lines: [
          `${plural(left.open, "open alert")}, ${left.unassigned} of them nobody's`,
          `By severity: ${tally(left.by_severity)}`,
          plural(left.open_cases, "open case"),
        ],
      },
    ],
  };
}

type WholeVerdict = z.infer<typeof getVerdict.output>;

/** What the payloads of a session are, and what speaks for the verdict. */
export function factsOfSession({
  session,
  host,
  client,
  verdict,
  score,
  requests,
  findings,
  explanation,
}: WholeVerdict): Facts {
  const worst = [...findings].sort((a, b) => b.prediction.confidence - a.prediction.confidence).slice(0, mostTold);
  return {
    title: `Session ${session} against ${quote(host ?? "an unknown host")}: ${verdict}, score ${score.toFixed(2)} of 1`,
    parts: [
      {
        heading: "What happened",
        lines: [`${plural(requests, "request")} from ${quote(client ?? "an unknown client")}`],
      },
      {
        heading: "Payloads",
        lines: worst.flatMap(({ request, place, name, text, canonical, decodings, prediction, outcome_reason }) => [
          `Request ${requestNumber(request)}, ${words(place)}${name === "" ? "" : ` ${quote(name)}`}: ${words(prediction.class)} ` +
            `with confidence ${prediction.confidence.toFixed(2)}: ${quote(text)}`,
          ...(canonical === text ? [] : [`decoded (${decodings.join(", ")}): ${quote(canonical)}`]),
          ...(outcome_reason === "" ? [] : [outcome_reason]),
        ]),
      },
      { heading: "Why this verdict", lines: [explanation.narrative] },
    ],
  };
}

type Offers = z.infer<typeof generateRuleOffers.output>;

/** Rules that confirmed attacks make, as they would be kept. */
export function factsOfRules({ groups, unruled, benign }: Offers): Facts {
  return {
    title:
      groups.length === 0 ? "No rule can be made of it" : `${plural(groups.flat().length, "rule")} can be made of it`,
    parts: [
      {
        heading: "Rules",
        lines: groups
          .flat()
          .slice(0, mostTold)
          .map(
            ({ name, definition, samples }) =>
              `${quote(name)}, made of ${plural(samples.length, "attack")}: ${JSON.stringify(definition)}`,
          ),
      },
      {
        heading: "Not covered",
        lines: unruled.map(({ samples, reason }) => `${plural(samples.length, "attack")}: ${reason}`),
      },
      { heading: "Held against", lines: [plural(benign, "ordinary value")] },
    ],
  };
}
