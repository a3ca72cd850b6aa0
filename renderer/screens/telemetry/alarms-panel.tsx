import type { TelemetryState } from "../../../shared/telemetry.ts";
import { ModelWords } from "../../agent/model-words.tsx";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { EmptyPanel } from "../../ui/panel-status.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatInstant, formatScore } from "../../view/format.ts";
import type { TimeZone } from "../../view/view.ts";
import { answerWords } from "./answer-words.ts";

/** Alarms that are listed; the engine keeps a few more. */
const mostShown = 50;

interface AlarmsPanelProps {
  readonly recent: TelemetryState["recent"];
  readonly zone: TimeZone;
  readonly onDecideUser: (pseudonym: string) => void;
}

/** The newest answers that were not OK, each with its reason. */
export function AlarmsPanel({ recent, zone, onDecideUser }: AlarmsPanelProps) {
  const shown = recent.slice(0, mostShown);
  return (
    <section aria-labelledby="telemetry-alarms" className="card">
      <div className="flex items-center justify-between border-b border-line px-4 py-2">
        <h2 id="telemetry-alarms" className="text-sm font-semibold">
          Recent alarms
        </h2>
        <span className="text-xs text-ink-2">
          newest first; users stand as pseudonyms, and what an alarm says is not learned
        </span>
      </div>
      {shown.length === 0 ? (
        <EmptyPanel title="There was no alarm">Samples that are out of the ordinary appear here.</EmptyPanel>
      ) : (
        <ul aria-label="Recent alarms" className="divide-y divide-line">
          {shown.map((one) => (
            <li key={one.id} className="flex items-start gap-3 px-4 py-2 text-sm">
              <span className="w-[68px] shrink-0">
                <Badge tone={answerWords[one.action].tone}>{answerWords[one.action].word}</Badge>
              </span>
              <div className="min-w-0 flex-1">
                <p className="break-words [&_.untrusted]:font-sans">
                  <UntrustedText text={one.reason} />
                  {one.degraded === true && <span className="ml-2 text-warn">Without the model, which fails.</span>}
                </p>
                <p className="mt-0.5 text-xs wrap-anywhere text-ink-2">
                  {formatInstant(one.at, zone)} ·{" "}
                  <span className="font-mono">
                    <UntrustedText text={one.route} />
                  </span>{" "}
                  · isolated {formatScore(one.prediction_score)} · confidence {formatScore(one.confidence)}
                  {one.pseudonym !== null && (
                    <>
                      {" "}
                      · user <span className="font-mono">{one.pseudonym.slice(0, 10)}…</span>
                    </>
                  )}
                </p>
                <ModelWords about={{ alarm_id: one.id }} said={one.words} />
              </div>
              {one.pseudonym !== null && (
                <Button
                  size="small"
                  aria-label={`Decide for the user ${one.pseudonym.slice(0, 10)}`}
                  onClick={() => onDecideUser(one.pseudonym!)}
                >
                  Decide for the user…
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
