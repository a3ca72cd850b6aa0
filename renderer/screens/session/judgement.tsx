import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { JudgedValue } from "../../../shared/judgement.ts";
import { visibleWords } from "../../../shared/visible-text.ts";
import { type Judgement as Judged, judgementQuery, type VerdictDetail } from "../../queries/verdicts.ts";
import { Badge } from "../../ui/badge.tsx";
import { DecodeButton } from "../../ui/decode-button.tsx";
import { PanelStatus } from "../../ui/panel-status.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { doubtInWords } from "../../view/class-set.ts";
import { formatCount, formatPlural, formatScore } from "../../view/format.ts";
import { classLabels, placeLabels } from "../../view/labels.ts";
import { placeHash } from "../../view/place.ts";

const signed = (value: number) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;

/** The session's sum, and how little would have been enough. */
function Sum({ verdict, judged }: { verdict: VerdictDetail; judged: Judged }) {
  const { weights, thresholds } = verdict.provenance;
  const needed = judged.to_tag;
  return (
    <div className="space-y-1.5 border-b border-line px-3 py-2.5 text-xs">
      <p>
        The session scored <strong>{formatScore(verdict.score)}</strong>: {weights.payload.toFixed(2)} × payload{" "}
        {formatScore(verdict.payload_score)} + {weights.behavior.toFixed(2)} × behaviour{" "}
        {formatScore(verdict.behavioral_score)}. It is tagged from {formatScore(thresholds.tag)}.
      </p>
      {needed !== null && (
        <p>
          Smallest change that would have tagged it, all else as it is:{" "}
          {needed.payload_score === null || needed.attack === null ? (
            "no value could: its behaviour is too ordinary for any payload;"
          ) : (
            <>
              a value that is an attack with a probability of <strong>{formatScore(needed.attack)}</strong> (payload{" "}
              {formatScore(needed.payload_score)});
            </>
          )}{" "}
          {needed.behavioral_score === null ? (
            "behaviour alone could not have, however unusual."
          ) : (
            <>
              or a behaviour of <strong>{formatScore(needed.behavioral_score)}</strong>.
            </>
          )}
        </p>
      )}
      <p>
        <a className="text-accent underline" href={placeHash({ screen: "session", id: verdict.id, tab: "score" })}>
          What each feature did to the score
        </a>
      </p>
    </div>
  );
}

function Value({ value, threshold }: { value: JudgedValue; threshold: number }) {
  const { prediction, runner_up: next, parts } = value;
  const isAttack = value.attack >= threshold;
  const doubt = doubtInWords(prediction.class, prediction.set);
  return (
    <li className="border-b border-line px-3 py-2 text-xs">
      <div className="flex items-baseline gap-2">
        <span className="min-w-0 flex-1 truncate">
          {placeLabels[value.place]}{" "}
          {value.name !== "" && (
            <span className="font-medium">
              <UntrustedText text={value.name} />
            </span>
          )}
        </span>
        <Badge tone={isAttack ? "danger" : "calm"}>{classLabels[prediction.class]}</Badge>
        <span className="w-8 text-right font-medium">{formatScore(prediction.confidence)}</span>
      </div>
      <p className="mt-1 line-clamp-3 rounded-md bg-sunken px-2 py-1 break-all">
        {value.text === "" ? <span className="text-ink-3">empty</span> : <UntrustedText text={value.text} />}
      </p>
      {value.canonical !== value.text && (
        <p className="mt-1 line-clamp-2 break-all text-ink-2">
          {value.decodings.join(" → ")}: <UntrustedText text={value.canonical} />
        </p>
      )}
      <p className="mt-1 text-ink-2">
        An attack with a probability of {formatScore(value.attack)}; flagged from {formatScore(threshold)}. Next
        likeliest: {classLabels[next.class]} {formatScore(next.probability)}.
        {prediction.tier === "rules" && " Decided by a rule."}
        <DecodeButton text={value.text} of={`the value of ${placeLabels[value.place]} ${visibleWords(value.name)}`} />
        {prediction.degraded === true && " The model did not answer: rules judged in its place."}
      </p>
      {doubt !== null && <p className="mt-1 font-medium text-warn">Needs an analyst: {doubt}</p>}
      {parts !== null && parts.length > 0 && (
        <table className="mt-1 w-full">
          <caption className="text-left text-2xs text-ink-3">
            What pushed it, in log-odds of an attack; minus spoke against one
          </caption>
          <tbody>
            {parts.map(({ text, contribution }, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one answer never move.
              <tr key={i} className="align-baseline">
                <th scope="row" className="py-px text-left font-normal break-all">
                  <UntrustedText text={text} />
                </th>
                <td className={`w-12 text-right font-medium ${contribution > 0 ? "text-danger" : "text-accent"}`}>
                  {signed(contribution)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </li>
  );
}

function Shown({ verdict, judged }: { verdict: VerdictDetail; judged: Judged }) {
  const { values, total, finding_threshold: threshold } = judged;
  return (
    <>
      <Sum verdict={verdict} judged={judged} />
      {judged.forged && (
        <p className="border-b border-line px-3 py-2 text-xs text-danger">
          It was judged a forged request by where it came from, not by a value.
        </p>
      )}
      {values.length === 0 ? (
        <p className="px-3 py-2 text-xs text-ink-2">It has no value that a client chose: there was nothing to judge.</p>
      ) : (
        <ol aria-label="Every value and its judgement">
          {values.map((value) => (
            <Value
              key={`${value.span.start} ${value.span.end} ${value.place} ${value.name}`}
              value={value}
              threshold={threshold}
            />
          ))}
        </ol>
      )}
      {total > values.length && (
        <p className="px-3 py-2 text-xs text-ink-3">
          The {formatCount(values.length)} likeliest attacks of {formatPlural(total, "value")}.
        </p>
      )}
    </>
  );
}

interface JudgementProps {
  readonly verdict: VerdictDetail;
  readonly request: number;
  /** Whether it is shown unasked. */
  readonly isOpen: boolean;
}

/** Why a request was not flagged: what was said of each of its values. Server state: TanStack Query. */
export function Judgement({ verdict, request, isOpen }: JudgementProps) {
  const [open, setOpen] = useState(isOpen);
  const query = useQuery({ ...judgementQuery(verdict.id, request), enabled: open });
  return (
    <details open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="th cursor-pointer border-b border-line px-3 py-2">How every value was judged</summary>
      {query.data === undefined ? (
        <PanelStatus query={query} what="how it was judged" />
      ) : (
        <Shown verdict={verdict} judged={query.data} />
      )}
    </details>
  );
}
