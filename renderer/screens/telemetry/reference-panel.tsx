import { RotateCcw, TriangleAlert } from "lucide-react";
import type { TelemetryState } from "../../../shared/telemetry.ts";
import { Button } from "../../ui/button.tsx";
import { Fact, Facts } from "../../ui/facts.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatCount, formatInstant, formatPlural, humanise } from "../../view/format.ts";
import type { TimeZone } from "../../view/view.ts";
import { formatShare } from "./answer-words.ts";

type Drifted = TelemetryState["drift"]["features"][number];

function Moved({ feature, route, share_beyond, reference_share }: Drifted) {
  return (
    <li>
      {humanise(feature)}
      {route === null ? ", all routes together" : " on "}
      {route !== null && (
        <span className="font-mono text-xs">
          <UntrustedText text={route} />
        </span>
      )}
      : {formatShare(share_beyond, 1)} of the newest samples lie beyond what {formatShare(reference_share, 1)} was
    </li>
  );
}

function inUnit(value: number | null, unit: string): string {
  if (value === null) return "–";
  const number = value.toLocaleString("en", { maximumSignificantDigits: 3 });
  return unit === "" ? number : `${number} ${unit}`;
}

/** That nothing more is learned, since ordinary values have moved; nothing while they have not. */
export function DriftNote({ drift }: { drift: TelemetryState["drift"] }) {
  if (drift.features.length === 0) return null;
  return (
    <div role="alert" className="card flex items-start gap-2 bg-warn-soft px-4 py-3 text-sm">
      <TriangleAlert size={18} className="mt-0.5 shrink-0 text-warn" aria-hidden="true" />
      <div className="min-w-0">
        <p className="font-semibold text-warn">Ordinary values have moved: nothing more is learned</p>
        <ul className="mt-1 list-disc space-y-0.5 pl-4 break-words">
          {drift.features.map((one) => (
            <Moved key={`${one.feature} ${one.route} ${one.reference_share}`} {...one} />
          ))}
        </ul>
        <p className="mt-1 text-ink-2">
          A release, growth, or somebody who creeps up. It ends when the values are back, or when an analyst accepts
          them below: Learn anew.
        </p>
      </div>
    </div>
  );
}

/** What was learned, how far ordinary values reach, and whether they have moved since the reference was taken. */
export function ReferencePanel({
  state,
  zone,
  onRebase,
}: {
  state: TelemetryState;
  zone: TimeZone;
  onRebase: () => void;
}) {
  const { model, drift, ranges } = state;
  return (
    <section aria-labelledby="telemetry-learned" className="card">
      <div className="flex items-center justify-between border-b border-line px-4 py-2">
        <h2 id="telemetry-learned" className="text-sm font-semibold">
          What is ordinary
        </h2>
        <Button size="small" icon={RotateCcw} disabled={state.history_size === 0} onClick={onRebase}>
          Learn anew…
        </Button>
      </div>
      <div className="grid grid-cols-2 gap-6 px-4 py-3">
        <Facts>
          <Fact name="Judged by">
            {model === null
              ? "Fixed limits, until 50 samples are learned; they only throttle"
              : `A model of ${formatPlural(model.samples, "sample")}${model.engines === 1 ? "" : ` of ${model.engines} engines`}`}
          </Fact>
          {model !== null && (
            <>
              <Fact name="Fitted">{formatInstant(model.fitted_at, zone)}</Fact>
              <Fact name="Calibrated by">
                {formatPlural(model.calibration, "sample")}
                {model.calibration < 99 ? "; it freezes from 99" : ""}
              </Fact>
            </>
          )}
          <Fact name="History">{formatCount(state.history_size)} samples, in memory only</Fact>
          <Fact name="Reference">
            {drift.reference_at === null
              ? "Taken once 200 samples are learned"
              : `Taken ${formatInstant(drift.reference_at, zone)}`}
          </Fact>
          <Fact name="Drift">
            {drift.reference_at === null
              ? "Not watched yet"
              : drift.features.length === 0
                ? "None"
                : "Training is held"}
          </Fact>
        </Facts>
        <table aria-label="How far ordinary values reach" className="h-fit w-full text-xs">
          <thead>
            <tr>
              <th className="th py-1">Feature</th>
              <th className="th !text-right">Median</th>
              <th className="th !text-right">At least</th>
              <th className="th !text-right">At most</th>
            </tr>
          </thead>
          <tbody className="tabular-nums">
            {ranges.map(({ feature, unit, median, low, high }) => (
              <tr key={feature} className="border-t border-line">
                <th scope="row" className="py-1 text-left font-normal">
                  {humanise(feature)}
                </th>
                <td className="py-1 text-right">{inUnit(median, unit)}</td>
                <td className="py-1 text-right">{inUnit(low, unit)}</td>
                <td className="py-1 text-right">{inUnit(high, unit)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
