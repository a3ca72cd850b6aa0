import { ArrowRight } from "lucide-react";
import { useEffect, useRef } from "react";
import type { z } from "zod";
import { writeAttackIds } from "../../../shared/attack-ids.ts";
import { payloadClasses } from "../../../shared/payload.ts";
import { requestNumber } from "../../../shared/request-number.ts";
import type { PayloadFinding } from "../../../shared/verdict.ts";
import { Badge } from "../../ui/badge.tsx";
import { DecodeButton } from "../../ui/decode-button.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { doubtInWords } from "../../view/class-set.ts";
import { formatFamily, formatPlural, formatScore } from "../../view/format.ts";
import { classLabels, placeLabels, tellOutcome } from "../../view/labels.ts";
import { PartTable } from "./part-table.tsx";

type Finding = z.infer<typeof PayloadFinding>;

/** Classes below this share are left out of the list. */
const worthShowing = 0.005;

function Probabilities({ finding }: { finding: Finding }) {
  const { probabilities } = finding.prediction;
  const shown = payloadClasses
    .filter((name) => probabilities[name] >= worthShowing)
    .toSorted((a, b) => probabilities[b] - probabilities[a]);
  return (
    <table className="w-full text-xs">
      <caption className="th pb-1 text-left">Probability of each class</caption>
      <tbody>
        {shown.map((name) => (
          <tr key={name}>
            <th scope="row" className="w-[130px] py-px text-left font-normal text-ink-2">
              {classLabels[name]}
            </th>
            <td className="w-9 text-right">{formatScore(probabilities[name])}</td>
            <td className="pl-2">
              <span className="block h-1.5 overflow-hidden rounded-full bg-sunken" aria-hidden="true">
                <span
                  className={`block h-full ${name === "benign" ? "bg-bar-benign" : "bg-bar-simulate"}`}
                  style={{ width: `${probabilities[name] * 100}%` }}
                />
              </span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** A text with the stretches that spoke for the attack underlined. */
function Weighted({ finding }: { finding: Finding }) {
  const { text } = finding;
  const spans = (finding.prediction.spans ?? [])
    .filter(({ start, end, weight }) => weight > 0 && start < end && end <= text.length)
    .toSorted((a, b) => a.start - b.start);
  const parts: { text: string; strong: boolean; at: number }[] = [];
  let from = 0;
  for (const { start, end } of spans) {
    if (end <= from) continue;
    const begin = Math.max(start, from);
    if (begin > from) parts.push({ text: text.slice(from, begin), strong: false, at: from });
    parts.push({ text: text.slice(begin, end), strong: true, at: begin });
    from = end;
  }
  if (from < text.length) parts.push({ text: text.slice(from), strong: false, at: from });
  return parts.map((part) =>
    part.strong ? (
      <mark
        key={part.at}
        className="rounded-[2px] bg-mark-strong font-semibold text-mark-ink"
        title="This part decided"
      >
        <UntrustedText text={part.text} />
      </mark>
    ) : (
      <UntrustedText key={part.at} text={part.text} />
    ),
  );
}

interface FindingCardProps {
  readonly finding: Finding;
  readonly number: number;
  /** The request that it stands in; none: it is not here. */
  readonly inRequest?: {
    readonly verdictId: string;
    readonly active: boolean;
    readonly onPick: () => void;
  };
}

const numberLook = "flex size-5 items-center justify-center rounded bg-mark text-xs font-semibold text-mark-ink";

/** One payload: where it stood, what it says once decoded, what it was taken for and how surely. */
export function FindingCard({ finding, number, inRequest }: FindingCardProps) {
  const active = inRequest?.active ?? false;
  const card = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (active) card.current?.scrollIntoView({ block: "nearest" });
  }, [active]);
  const { prediction } = finding;
  const attack = prediction.class !== "benign";
  const doubt = doubtInWords(prediction.class, prediction.set);
  return (
    <li ref={card} className={`border-b border-line p-3 ${active ? "bg-selected" : ""}`}>
      <div className="mb-1.5 flex items-center gap-2">
        {inRequest === undefined ? (
          <span className={numberLook}>{number + 1}</span>
        ) : (
          <button
            type="button"
            onClick={inRequest.onPick}
            aria-label={`Payload ${number + 1}: mark it in the request`}
            className={numberLook}
          >
            {number + 1}
          </button>
        )}
        <Badge tone={attack ? "danger" : "calm"}>{classLabels[prediction.class]}</Badge>
        {prediction.family !== undefined && (
          <span className="truncate text-xs text-ink-2">{formatFamily(prediction.family)}</span>
        )}
        <span className="ml-auto text-sm font-semibold" title="Calibrated confidence">
          {formatScore(prediction.confidence)}
        </span>
      </div>
      <p className="mb-1.5 text-xs text-ink-2">
        {inRequest === undefined && <span className="text-ink-3">Request #{requestNumber(finding.request)} · </span>}
        {placeLabels[finding.place]}
        {finding.name !== "" && (
          <>
            {" "}
            <span className="text-ink">
              <UntrustedText text={finding.name} />
            </span>
          </>
        )}
        <span className="text-ink-3">
          {" "}
          · bytes {finding.span.start}–{finding.span.end}
        </span>
        {finding.repeats !== undefined && (
          <span className="text-ink-3"> · also in {formatPlural(finding.repeats.length, "other request")}</span>
        )}
        {prediction.truncated === true && <span className="text-warn"> · only in part judged</span>}
      </p>
      {prediction.ids !== undefined && <p className="mb-1.5 text-xs text-ink-3">{writeAttackIds(prediction.ids)}</p>}
      <div className="rounded-md bg-sunken px-2 py-1.5 text-xs break-all">
        <Weighted finding={finding} />
      </div>
      <div className="-ml-1 pt-1">
        <DecodeButton text={finding.text} of={`payload ${number + 1}`} />
      </div>
      {finding.decodings.length > 0 && (
        <>
          <p className="my-1 flex flex-wrap items-center gap-1 text-2xs text-ink-3">
            decoded
            {finding.decodings.map((name, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the same decoding may come twice, in this order.
              <span key={i} className="flex items-center gap-1">
                <ArrowRight size={10} aria-hidden="true" />
                <span className="font-mono text-ink-2">{name}</span>
              </span>
            ))}
          </p>
          <div className="rounded-md bg-sunken px-2 py-1.5 text-xs break-all">
            <UntrustedText text={finding.canonical} />
          </div>
        </>
      )}
      {doubt !== null && <p className="mt-1.5 text-xs font-medium text-warn">Needs an analyst: {doubt}</p>}
      {attack && (
        <p className="mt-1.5 text-xs">
          <span className="font-medium">{tellOutcome(finding.outcome)}.</span>{" "}
          <span className="text-ink-2 [&_.untrusted]:font-sans">
            <UntrustedText text={finding.outcome_reason} />
          </span>
        </p>
      )}
      <div className="mt-2">
        <Probabilities finding={finding} />
      </div>
      {inRequest !== undefined && prediction.class !== "csrf" && (
        <PartTable verdictId={inRequest.verdictId} finding={finding} />
      )}
    </li>
  );
}
