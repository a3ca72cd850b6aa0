import { ArrowLeft, CircleCheck, CircleHelp, CircleX, type LucideIcon, Minus } from "lucide-react";
import { useEffect, useRef } from "react";
import type { TaskSubject } from "../../../shared/agent-template.ts";
import type { AttackOutcome } from "../../../shared/verdict.ts";
import { ModelWords } from "../../agent/model-words.tsx";
import { ReadyTaskButton } from "../../agent/start-ready-task.tsx";
import { useTimeZone } from "../../queries/settings.ts";
import { isToldOnly, type VerdictDetail } from "../../queries/verdicts.ts";
import { Badge, type Tone, VerdictBadge } from "../../ui/badge.tsx";
import { takeLostFocus } from "../../ui/take-lost-focus.ts";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import {
  formatDuration,
  formatFamily,
  formatInstant,
  formatPlural,
  formatScore,
  nameCountry,
} from "../../view/format.ts";
import { classLabels, kindLabels, tellOutcome } from "../../view/labels.ts";
import { placeHash } from "../../view/place.ts";
import { useListPlace } from "../../view/search.ts";
import { useView } from "../../view/view.ts";
import { SimulateButton } from "./simulate-button.tsx";
import { useAlertOf } from "./use-alert.ts";

const outcomeLooks: Record<AttackOutcome, { tone: Tone; icon: LucideIcon }> = {
  succeeded: { tone: "danger", icon: CircleCheck },
  likely_succeeded: { tone: "danger", icon: CircleCheck },
  unclear: { tone: "warn", icon: CircleHelp },
  likely_failed: { tone: "good", icon: CircleX },
  not_available: { tone: "calm", icon: Minus },
};

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-2xs text-ink-3">{name}</dt>
      <dd className="truncate">{children}</dd>
    </div>
  );
}

/** What the operator's own lists say of the client's address. */
function Origin({ origin }: { origin: NonNullable<VerdictDetail["origin"]> }) {
  const { country, network, bad_reputation } = origin;
  return (
    <>
      {country !== null && ` · ${nameCountry(country)}`}
      {network !== null && ` · AS${network}`}
      {bad_reputation === true && <span className="font-medium text-danger"> · on the list of bad networks</span>}
    </>
  );
}

/** Payload and behaviour, weighted into the score, with both thresholds on the scale. */
function Fusion({ verdict }: { verdict: VerdictDetail }) {
  const { weights, thresholds } = verdict.provenance;
  const parts = [
    { name: "Payload", score: verdict.payload_score, weight: weights.payload },
    { name: "Behaviour", score: verdict.behavioral_score, weight: weights.behavior },
  ];
  return (
    <div className="w-[270px] shrink-0 text-xs">
      {parts.map(({ name, score, weight }) => (
        <div key={name} className="flex h-5 items-center gap-2">
          <span className="w-[68px] text-ink-2">{name}</span>
          <span className="relative h-1.5 flex-1 rounded-full bg-sunken" aria-hidden="true">
            <span className="absolute inset-y-0 left-0 rounded-full bg-field" style={{ width: `${score * 100}%` }} />
          </span>
          <span className="w-[92px] text-right">
            {formatScore(score)} <span className="text-ink-3">× {weight.toFixed(2)}</span>
          </span>
        </div>
      ))}
      <div className="flex h-5 items-center gap-2 font-medium">
        <span className="w-[68px]">Score</span>
        <span className="relative h-1.5 flex-1 rounded-full bg-sunken" aria-hidden="true">
          <span
            className={`absolute inset-y-0 left-0 rounded-full ${verdict.verdict === "simulate" ? "bg-bar-simulate" : verdict.verdict === "tag" ? "bg-bar-tag" : "bg-bar-benign"}`}
            style={{ width: `${verdict.score * 100}%` }}
          />
          {[thresholds.tag, thresholds.simulate].map((at) => (
            <span key={at} className="absolute -inset-y-1 w-px bg-ink-3" style={{ left: `${at * 100}%` }} />
          ))}
        </span>
        <span className="w-[92px] text-right">{formatScore(verdict.score)}</span>
      </div>
      <p className="mt-0.5 text-right text-2xs text-ink-3">
        tag from {formatScore(thresholds.tag)}, simulate from {formatScore(thresholds.simulate)}
      </p>
    </div>
  );
}

export function SessionHeader({ verdict }: { verdict: VerdictDetail }) {
  const zone = useTimeZone();
  const list = useView((view) => view.list);
  const listPlace = useListPlace();
  const outcome = outcomeLooks[verdict.outcome];
  const alertId = useAlertOf(verdict.id).id ?? null;
  const heading = useRef<HTMLHeadingElement>(null);
  // The row that it was opened from is gone: who reads with the keyboard goes on here.
  useEffect(() => takeLostFocus(heading.current), []);
  const subjects: TaskSubject[] = [
    ...(alertId === null ? [] : [{ kind: "alert" as const, id: alertId }]),
    { kind: "session", id: verdict.id },
  ];
  const lasted =
    verdict.started_at !== null && verdict.ended_at !== null
      ? Date.parse(verdict.ended_at) - Date.parse(verdict.started_at)
      : null;
  return (
    <header className="flex gap-6 px-4 pt-3 pb-2">
      <div className="min-w-0 flex-1">
        <div className="flex items-center gap-2.5">
          <a
            href={placeHash(listPlace)}
            aria-label={`Back to the ${list}`}
            title={`Back to the ${list} (Esc)`}
            className="-ml-1.5 rounded-md p-1 text-ink-2 hover:bg-hover hover:text-ink"
          >
            <ArrowLeft size={18} aria-hidden="true" />
          </a>
          <h2 ref={heading} tabIndex={-1} className="flex items-center gap-2.5">
            <span className="text-xl font-semibold">{formatScore(verdict.score)}</span>
            <VerdictBadge verdict={verdict.verdict} />
            <span className="text-base font-semibold">
              {verdict.class === "benign" ? "No attack found" : classLabels[verdict.class]}
              {verdict.family !== null && verdict.family !== verdict.class && (
                <span className="font-normal text-ink-2"> · {formatFamily(verdict.family)}</span>
              )}
            </span>
            {verdict.verdict !== "benign" && (
              <Badge tone={outcome.tone} icon={outcome.icon}>
                {tellOutcome(verdict.outcome)}
              </Badge>
            )}
          </h2>
          {!isToldOnly(verdict) && <SimulateButton verdictId={verdict.id} />}
          <ReadyTaskButton subjects={subjects} />
        </div>
        <p className="mt-1.5 max-w-[110ch] text-sm text-ink-2">
          <span className="whitespace-pre-line [&_.untrusted]:font-sans">
            <UntrustedText text={verdict.explanation.narrative} lines />
          </span>
        </p>
        {!isToldOnly(verdict) && <ModelWords about={{ verdict_id: verdict.id }} />}
        <dl className="mt-2 flex gap-6 text-xs">
          <Fact name="Session">
            <a
              className="text-accent hover:underline"
              href={placeHash({ screen: "evidence", item: verdict.evidence_id })}
            >
              <UntrustedText text={verdict.file_name} />
            </a>{" "}
            · {verdict.session} · {kindLabels[verdict.evidence_kind]}
          </Fact>
          <Fact name="Client">
            {verdict.client === null ? "unknown" : <UntrustedText text={verdict.client} />}
            {verdict.origin !== null && <Origin origin={verdict.origin} />}
          </Fact>
          <Fact name="Host">{verdict.host === null ? "unknown" : <UntrustedText text={verdict.host} />}</Fact>
          <Fact name="Started">
            {verdict.started_at === null ? "no clock" : formatInstant(verdict.started_at, zone)}
            {lasted !== null && ` · ${formatDuration(lasted)}`}
          </Fact>
          <Fact name="Requests">{formatPlural(verdict.requests, "request")}</Fact>
        </dl>
      </div>
      <Fusion verdict={verdict} />
    </header>
  );
}
