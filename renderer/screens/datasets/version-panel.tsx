import { useQuery } from "@tanstack/react-query";
import type { DatasetFormat, DatasetVersionSummary } from "../../../shared/dataset.ts";
import { visibleWords } from "../../../shared/visible-text.ts";
import { readDataset } from "../../queries/datasets.ts";
import { modelsQuery } from "../../queries/models.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { type ExportChoice, ExportChoices } from "../../triage/export-choices.tsx";
import { Fact, Facts } from "../../ui/facts.tsx";
import { shortId } from "../../view/dataset-view.ts";
import { formatCount, formatInstant } from "../../view/format.ts";
import { labelSource } from "../../view/labels.ts";
import { ClassCounts } from "./class-counts.tsx";
import { QualityPanel } from "./quality-panel.tsx";

const choices: readonly ExportChoice<DatasetFormat>[] = [
  { format: "csv", label: "CSV", detail: "formulas are made harmless", ending: "csv" },
  { format: "jsonl", label: "JSON Lines", detail: "an object a line", ending: "jsonl" },
  { format: "json", label: "JSON", detail: "one array", ending: "json" },
];

/** One version: who made it and why, what it holds, how good it is. */
export function VersionPanel({ version }: { version: DatasetVersionSummary }) {
  const zone = useTimeZone();
  const { id, parent, at, by, why, counts, quality } = version;
  const models = useQuery(modelsQuery()).data?.models ?? [];
  // The newest come first.
  const last = models.find(({ metadata }) => metadata.dataset_version === id && metadata.training !== null);
  const sources = Object.entries(counts.by_source).sort(([, a], [, b]) => b - a);
  return (
    <div className="grid grid-cols-2 items-start gap-3">
      <div className="space-y-3">
        <section aria-labelledby="version-facts" className="card p-4">
          <div className="mb-2 flex items-center justify-between">
            <h2 id="version-facts" className="text-sm font-semibold">
              Version {shortId(id)}
            </h2>
            <ExportChoices
              what="All payloads of the version, masked, with label and split."
              name={() => `dataset-${shortId(id)}`}
              choices={choices}
              read={(format) => readDataset(id, format)}
            />
          </div>
          <Facts>
            <Fact name="Made">
              {formatInstant(at, zone)} by {visibleWords(by)}
            </Fact>
            <Fact name="Why">{why === null ? <span className="text-ink-3">not said</span> : visibleWords(why)}</Fact>
            <Fact name="After" mono>
              {parent === null ? <span className="font-sans text-ink-3">the first one</span> : shortId(parent)}
            </Fact>
            <Fact name="Rows">
              {formatCount(counts.rows)}
              {counts.sessions > 0 && `, ${formatCount(counts.sessions)} of them sessions`}
            </Fact>
            <Fact name="Name" mono>
              {id}
            </Fact>
          </Facts>
        </section>
        <ClassCounts counts={counts} />
      </div>
      <div className="space-y-3">
        <QualityPanel quality={quality} counts={counts} training={last?.metadata.training ?? null} />
        <section aria-labelledby="version-sources" className="card p-4">
          <h2 id="version-sources" className="mb-1 text-sm font-semibold">
            Where the labels come from
          </h2>
          <table className="w-full text-xs">
            <tbody>
              {sources.map(([source, count]) => (
                <tr key={source} className="h-7 border-t border-line first:border-t-0">
                  <th scope="row" className="text-left font-normal break-all">
                    {visibleWords(labelSource(source))}
                  </th>
                  <td className="text-right tabular-nums">{formatCount(count)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      </div>
    </div>
  );
}
