import { useQuery } from "@tanstack/react-query";
import type { LabelQueue } from "../../../shared/label.ts";
import { labelProgress } from "../../queries/labels.ts";
import { Fact, Facts } from "../../ui/facts.tsx";
import { PanelStatus, StaleNote } from "../../ui/panel-status.tsx";
import { formatPlural } from "../../view/format.ts";
import { adviceInWords, missedInWords, signBound, signFigure, signLabels, signSays } from "../../view/label-words.ts";

/** What the random draws say of missed attacks, and whether more labels are worth it. */
export function ProgressPanel({ queue }: { queue: LabelQueue }) {
  const query = useQuery(labelProgress(queue));
  if (queue !== "payloads" && queue !== "sessions") return null;
  if (!query.data) return <PanelStatus query={query} what="what the labels tell" />;
  const { missed, advice } = query.data;
  const kind = queue === "sessions" ? "session" : "payload";
  return (
    <>
      <StaleNote query={query} what="what the labels tell" />
      <section aria-labelledby="missed-attacks" className="card space-y-2 p-4">
        <h2 id="missed-attacks" className="text-sm font-semibold">
          Missed attacks
        </h2>
        <p className="text-xs">{missedInWords(missed, kind)}</p>
        {missed.population !== null && (
          <Facts>
            <Fact name="Called benign">{formatPlural(missed.population, "session")}</Fact>
          </Facts>
        )}
      </section>
      <section aria-labelledby="stop-advice" className="card space-y-2 p-4">
        <h2 id="stop-advice" className="text-sm font-semibold">
          Are more labels worth it?
        </h2>
        <p className="text-xs">{adviceInWords(advice)}</p>
        <table className="w-full text-xs">
          <thead>
            <tr>
              <th className="th py-1 pr-2 text-left">Sign</th>
              <th className="th py-1 pr-2 text-left">Now (95 %)</th>
              <th className="th py-1 text-left">Says</th>
            </tr>
          </thead>
          <tbody>
            {advice.signs.map((sign) => (
              <tr key={sign.name} className="border-t border-line align-top">
                <th scope="row" className="py-1 pr-2 text-left font-normal">
                  {signLabels[sign.name]}
                  <span className="block text-ink-2">enough {signBound(sign)}</span>
                </th>
                <td className="py-1 pr-2">{signFigure(sign)}</td>
                <td className="py-1">{signSays(sign)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}
