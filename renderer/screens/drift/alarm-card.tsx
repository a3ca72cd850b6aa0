import { BellOff, CircleCheck, CircleHelp, type LucideIcon, RefreshCw, TriangleAlert } from "lucide-react";
import type { Drift, DriftReason } from "../../../shared/drift.ts";
import { visibleWords } from "../../../shared/visible-text.ts";
import { BackToModel } from "../../learn/back-to-model.tsx";
import { useTimeZone } from "../../queries/settings.ts";
import { Button } from "../../ui/button.tsx";
import { KeyCaps } from "../../ui/key-cap.tsx";
import {
  type DriftHeadline,
  formatShare,
  headlineOf,
  isRecordingChange,
  keyOf,
  useDriftView,
} from "../../view/drift.ts";
import { formatInstant } from "../../view/format.ts";
import { useKeyOf } from "../../view/keys-in-force.ts";
import type { TimeZone } from "../../view/view.ts";
import type { DriftDeeds } from "./use-drift-deeds.ts";

const looks: Record<DriftHeadline["tone"], { icon: LucideIcon; tone: string }> = {
  danger: { icon: TriangleAlert, tone: "text-danger" },
  warn: { icon: BellOff, tone: "text-warn" },
  good: { icon: CircleCheck, tone: "text-good" },
  calm: { icon: CircleHelp, tone: "text-ink-2" },
};

/** Reasons that are named one by one. */
const shown = 5;

function show({ kind, name }: DriftReason): void {
  if (kind === "calibration" || kind === "coverage") useDriftView.setState({ tab: "labels" });
  else useDriftView.setState({ tab: "numbers", only: "changed", selected: keyOf({ subject: kind, name }) });
}

function sizeOf({ kind, size }: DriftReason): string {
  if (kind === "calibration") return `off by ${formatShare(size)}`;
  if (kind === "coverage") return `${formatShare(size)} too few`;
  return `index ${size.toFixed(2)}`;
}

function sinceWords({ since, unseen }: DriftReason, zone: TimeZone): string {
  const at = `Since ${formatInstant(since, zone).slice(0, 16)}`;
  return unseen === null
    ? `${at}, the first look there was`
    : `${at}; the look before, ${formatInstant(unseen, zone).slice(0, 16)}, did not see it`;
}

/** When the first of them was seen. */
function firstSeen(reasons: readonly DriftReason[]): string {
  return reasons.map(({ since }) => since).toSorted()[0] ?? "";
}

function Reasons({ reasons }: { reasons: readonly DriftReason[] }) {
  const zone = useTimeZone();
  return (
    <ul aria-label="What the alarm is about" className="mt-2 flex flex-wrap items-center gap-1.5">
      {reasons.slice(0, shown).map((reason) => (
        <li key={`${reason.kind} ${reason.name}`}>
          <button
            type="button"
            className="min-h-6 rounded-md border border-line-strong bg-surface px-2 text-xs hover:bg-hover"
            title={sinceWords(reason, zone)}
            onClick={() => show(reason)}
          >
            <span className="font-medium">{reason.label}</span> <span className="text-ink-2">{sizeOf(reason)}</span>
          </button>
        </li>
      ))}
      {reasons.length > shown && <li className="text-xs text-ink-2">and {reasons.length - shown} more</li>}
    </ul>
  );
}

const hasKind = (reasons: readonly DriftReason[], ...kinds: readonly DriftReason["kind"][]) =>
  reasons.some(({ kind }) => kinds.includes(kind));

/** Whether it is the payload model that does otherwise than it did, and not what clients do. */
const isOfPayloadModel = (reasons: readonly DriftReason[]) =>
  hasKind(reasons, "payload_score", "calibration", "coverage");

/** What there is to do, by what drifted. */
function adviceFor({ alarm: { reasons }, items }: Drift): string {
  const advice: string[] = [];
  if (isRecordingChange(items)) {
    advice.push("Most of it is what is recorded, not how clients behave: look at what the evidence comes from.");
  } else if (hasKind(reasons, "feature", "behaviour_score")) {
    advice.push(
      "Look at the sessions that moved it: if they are the new normal, fit the behaviour model again. Until then, or until this is acknowledged, it is not fitted by itself.",
    );
  }
  if (isOfPayloadModel(reasons)) {
    advice.push("The payload model is off: label some of what it flags, and train a model on the labels.");
  }
  return advice.join(" ");
}

/** What the screen says first, and what can be done about it. */
export function AlarmCard({ drift, deeds }: { drift: Drift; deeds: DriftDeeds }) {
  const zone = useTimeZone();
  const key = useKeyOf("acknowledgeDrift");
  const { alarm } = drift;
  const { tone, title, words } = headlineOf(drift);
  const { icon: Icon, tone: colour } = looks[tone];
  const canRefit = hasKind(alarm.reasons, "feature", "behaviour_score");
  return (
    <section aria-label="Drift alarm" className="shrink-0 px-4 pt-3 pb-1">
      <div className="card flex items-start gap-3 px-4 py-3">
        <Icon size={20} className={`mt-px shrink-0 ${colour}`} aria-hidden="true" />
        <div className="min-w-0 flex-1">
          <h2 className={`text-base font-semibold ${colour}`}>{title}</h2>
          <p className="mt-0.5 max-w-[150ch] text-sm text-ink-2">
            {words}
            {alarm.reasons.length > 0 &&
              ` Since ${formatInstant(firstSeen(alarm.reasons), zone).slice(0, 16)}. ${adviceFor(drift)}`}
          </p>
          {alarm.reasons.length > 0 && <Reasons reasons={alarm.reasons} />}
          {alarm.acknowledged !== null && (
            <p className="mt-1.5 text-xs text-ink-3">
              By {visibleWords(alarm.acknowledged.by)}, {formatInstant(alarm.acknowledged.at, zone)}
            </p>
          )}
        </div>
        <div className="flex shrink-0 gap-2">
          {isOfPayloadModel(alarm.reasons) && <BackToModel />}
          {canRefit && (
            <Button
              icon={RefreshCw}
              disabled={deeds.refit === null}
              title="To the newest ordinary sessions of this machine. Can be undone"
              onClick={() => deeds.refit?.()}
            >
              Fit again
            </Button>
          )}
          {alarm.state === "raised" && (
            <Button tone="primary" disabled={deeds.acknowledge === null} onClick={() => deeds.acknowledge?.()}>
              Acknowledge {key !== undefined && <KeyCaps keys={key} isHint />}
            </Button>
          )}
        </div>
      </div>
    </section>
  );
}
