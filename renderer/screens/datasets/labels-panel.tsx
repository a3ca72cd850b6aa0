import { useQuery } from "@tanstack/react-query";
import { ShieldX, Tags } from "lucide-react";
import type { SuspiciousBatch } from "../../../shared/dataset.ts";
import { payloadClasses } from "../../../shared/payload.ts";
import { visibleWords } from "../../../shared/visible-text.ts";
import { type DatasetStats, datasetStatsQuery, sendExclusion } from "../../queries/datasets.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { Button } from "../../ui/button.tsx";
import { EmptyPanel, PanelStatus, StaleNote } from "../../ui/panel-status.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatCount, formatInstant, formatPlural } from "../../view/format.ts";
import { classLabels } from "../../view/labels.ts";
import { placeHash } from "../../view/place.ts";
import { useDatasetDeed } from "./use-dataset-work.ts";

type Labels = DatasetStats["labels"];

function Batch({ batch }: { batch: SuspiciousBatch }) {
  const zone = useTimeZone();
  const deed = useDatasetDeed();
  const { name, from, to, labels, judged, contradictions, examples } = batch;
  const span = from === to ? formatInstant(from, zone) : `${formatInstant(from, zone)} to ${formatInstant(to, zone)}`;
  return (
    <li className="rounded-md border border-warn bg-warn-soft p-3">
      <div className="flex items-start justify-between gap-3">
        <p className="text-sm">
          <strong>{visibleWords(name)}</strong> gave {formatPlural(labels, "label")} that contradict the others, or the
          model where it was sure, in {formatCount(contradictions)} of {formatCount(judged)} cases.
          <span className="block text-xs text-ink-2">{span}</span>
        </p>
        <Button
          icon={ShieldX}
          disabled={deed.isPending}
          onClick={() =>
            deed.mutate({
              words: `${formatPlural(labels, "label")} of ${visibleWords(name)} no longer count.`,
              send: () => sendExclusion(batch),
            })
          }
        >
          Take them out
        </Button>
      </div>
      {examples.length > 0 && (
        <table className="mt-2 w-full table-fixed text-xs">
          <thead>
            <tr>
              <th className="th py-1 !text-ink-2">For example</th>
              <th className="th w-[160px] !text-ink-2">Labelled</th>
              <th className="th w-[160px] !text-ink-2">The model says</th>
            </tr>
          </thead>
          <tbody>
            {examples.map(({ text, label, said }, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the examples of one batch never move.
              <tr key={i} className="border-t border-warn">
                <td className="truncate py-1 pr-2">{text === null ? "erased" : <UntrustedText text={text} />}</td>
                <td>{classLabels[label]}</td>
                <td>{said === null ? "not known" : classLabels[said]}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </li>
  );
}

function Suspicious({ batches }: { batches: Labels["suspicious"] }) {
  if (batches.length === 0) return null;
  return (
    <section aria-labelledby="suspicious" className="card p-4">
      <h2 id="suspicious" className="text-sm font-semibold">
        Batches that look poisoned
      </h2>
      <p className="mb-2 text-xs text-ink-2">
        One labeller against everybody, many times in a row. An honest file that follows another convention looks the
        same: look before you take it out. Undo brings it back.
      </p>
      <ul className="space-y-2">
        {batches.map((batch) => (
          <Batch key={`${batch.labeller} ${batch.from}`} batch={batch} />
        ))}
      </ul>
    </section>
  );
}

function Numbers({ labels }: { labels: Labels }) {
  const tiles = [
    { name: "Labelled samples", value: labels.samples, detail: "whether a version holds them or not" },
    { name: "Since the newest version", value: labels.since_version, detail: "labelled, or labelled otherwise" },
    { name: "Disagreements", value: labels.disagreements, detail: "left out until they are settled", link: true },
    { name: "Flagged", value: labels.flagged, detail: "somebody wants another look", link: true },
  ];
  return (
    <div className="grid grid-cols-4 gap-3">
      {tiles.map(({ name, value, detail, link }) => (
        <section key={name} aria-label={name} className="card p-4">
          <h2 className="th">{name}</h2>
          <p className="mt-1 text-2xl font-semibold tabular-nums">{formatCount(value)}</p>
          <p className="text-xs text-ink-2">{detail}</p>
          {link === true && value > 0 && (
            <a
              className="inline-block min-h-6 text-xs leading-6 font-medium text-accent hover:underline"
              href={placeHash({ screen: "labelling" })}
            >
              Look at them
            </a>
          )}
        </section>
      ))}
    </div>
  );
}

function Labellers({ labels }: { labels: Labels }) {
  return (
    <section aria-labelledby="labellers" className="card p-4">
      <h2 id="labellers" className="mb-1 text-sm font-semibold">
        Labellers
      </h2>
      <table className="w-full table-fixed text-xs">
        <thead>
          <tr>
            <th className="th py-1">Person or file</th>
            <th className="th w-[90px] !text-right">Labels</th>
            <th className="th w-[130px] !text-right">Contradictions</th>
            <th className="th w-[70px] !text-right">Rate</th>
          </tr>
        </thead>
        <tbody>
          {labels.labellers.map(({ labeller, labels: count, judged, contradictions }, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two files may have one name, and the list is read anew as a whole.
            <tr key={i} className="h-7 border-t border-line">
              <td className="truncate">{visibleWords(labeller)}</td>
              <td className="text-right">{formatCount(count)}</td>
              <td className="text-right">{formatCount(contradictions)}</td>
              <td className="text-right">{judged === 0 ? "–" : `${Math.round((100 * contradictions) / judged)} %`}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="mt-1.5 text-xs text-ink-3">Against what the others say, or else the model where it was sure.</p>
    </section>
  );
}

function Classes({ labels }: { labels: Labels }) {
  return (
    <section aria-labelledby="labels-classes" className="card p-4">
      <h2 id="labels-classes" className="mb-1 text-sm font-semibold">
        Agreed labels
      </h2>
      <table className="w-full text-xs">
        <tbody>
          {payloadClasses.map((name) => (
            <tr key={name} className="h-7 border-t border-line first:border-t-0">
              <th scope="row" className="text-left font-normal">
                {classLabels[name]}
              </th>
              <td className="text-right tabular-nums">{formatCount(labels.by_class[name] ?? 0)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** How the labels stand now, and who gave them. */
export function LabelsPanel() {
  const query = useQuery(datasetStatsQuery());
  if (query.data === undefined) return <PanelStatus query={query} what="the labels" />;
  const { labels } = query.data;
  if (labels.samples === 0 && labels.flagged === 0) {
    return (
      <EmptyPanel icon={Tags} title="Nothing is labelled yet">
        Close alerts,{" "}
        <a className="text-accent underline" href={placeHash({ screen: "labelling" })}>
          label payloads and sessions
        </a>
        , or import a file: each says what samples are.
      </EmptyPanel>
    );
  }
  return (
    <div className="space-y-3">
      <StaleNote query={query} what="the labels" />
      <Numbers labels={labels} />
      <Suspicious batches={labels.suspicious} />
      <div className="grid grid-cols-2 items-start gap-3">
        <Labellers labels={labels} />
        <Classes labels={labels} />
      </div>
    </div>
  );
}
