import { useQuery } from "@tanstack/react-query";
import { GitCompare } from "lucide-react";
import { useId, useState } from "react";
import type { DatasetVersionSummary } from "../../../shared/dataset.ts";
import { type DatasetDiff, datasetDiffQuery } from "../../queries/datasets.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { EmptyPanel, PanelStatus } from "../../ui/panel-status.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { shortId } from "../../view/dataset-view.ts";
import { formatCount, formatInstant } from "../../view/format.ts";
import { classLabels, splitLabels } from "../../view/labels.ts";

const changeLabels = { added: "Added", removed: "Removed", relabelled: "Relabelled", moved: "Moved to another split" };
const changeNames = ["added", "removed", "relabelled", "moved"] as const;

function Side({ side }: { side: DatasetDiff["rows"][number]["from"] }) {
  return side === null ? (
    <span className="text-ink-3">not in it</span>
  ) : (
    <>
      {classLabels[side.label]}, {splitLabels[side.split].toLowerCase()}
    </>
  );
}

function Changes({ diff }: { diff: DatasetDiff }) {
  return (
    <div className="space-y-3">
      <div className="grid grid-cols-4 gap-3">
        {changeNames.map((change) => (
          <section key={change} aria-label={changeLabels[change]} className="card p-4">
            <h2 className="th">{changeLabels[change]}</h2>
            <p className="mt-1 text-2xl font-semibold tabular-nums">{formatCount(diff.counts[change])}</p>
          </section>
        ))}
      </div>
      <section aria-labelledby="diff-classes" className="card p-4">
        <h2 id="diff-classes" className="mb-1 text-sm font-semibold">
          By class
        </h2>
        <table className="w-full text-xs">
          <thead>
            <tr>
              <th className="th py-1">Class</th>
              <th className="th !text-right">Before</th>
              <th className="th !text-right">After</th>
              <th className="th !text-right">Difference</th>
            </tr>
          </thead>
          <tbody>
            {diff.by_class.map(({ class: name, from, to }) => (
              <tr key={name} className="h-7 border-t border-line">
                <td>{classLabels[name]}</td>
                <td className="text-right">{formatCount(from)}</td>
                <td className="text-right">{formatCount(to)}</td>
                <td className="text-right">
                  {to > from ? "+" : ""}
                  {formatCount(to - from).replace("-", "−")}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {diff.rows.length > 0 && (
        <section aria-labelledby="diff-rows" className="card p-4">
          <h2 id="diff-rows" className="mb-1 text-sm font-semibold">
            Rows <span className="font-normal text-ink-3">at most 50 of each change</span>
          </h2>
          <table className="w-full table-fixed text-xs">
            <thead>
              <tr>
                <th className="th w-[150px] py-1">Change</th>
                <th className="th">Payload</th>
                <th className="th w-[220px]">Before</th>
                <th className="th w-[220px]">After</th>
              </tr>
            </thead>
            <tbody>
              {diff.rows.map(({ change, id, text, from, to }) => (
                <tr key={`${change} ${id}`} className="h-7 border-t border-line">
                  <td>{changeLabels[change]}</td>
                  <td className="truncate pr-3">
                    {text === null ? <span className="text-ink-3">erased</span> : <UntrustedText text={text} />}
                  </td>
                  <td className="truncate">
                    <Side side={from} />
                  </td>
                  <td className="truncate">
                    <Side side={to} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </div>
  );
}

function Compared({ from, to }: { from: string; to: string }) {
  const query = useQuery(datasetDiffQuery(from, to));
  return query.data === undefined ? <PanelStatus query={query} what="the changes" /> : <Changes diff={query.data} />;
}

/** What a version has that another one has not. */
export function ChangesPanel(props: { version: DatasetVersionSummary; versions: readonly DatasetVersionSummary[] }) {
  const { version, versions } = props;
  const zone = useTimeZone();
  const id = useId();
  const others = versions.filter((other) => other.id !== version.id);
  const [chosen, setChosen] = useState<string | null>(null);
  const from = others.find((other) => other.id === (chosen ?? version.parent)) ?? others[0];
  if (from === undefined) {
    return (
      <EmptyPanel icon={GitCompare} title="There is nothing to compare it with">
        It is the only version.
      </EmptyPanel>
    );
  }
  return (
    <>
      <div className="mb-3 flex items-center gap-2">
        <label htmlFor={id} className="text-xs font-medium text-ink-2">
          Version {shortId(version.id)} compared with
        </label>
        <select id={id} className="input" value={from.id} onChange={(event) => setChosen(event.target.value)}>
          {others.map((other) => (
            <option key={other.id} value={other.id}>
              {shortId(other.id)}, {formatInstant(other.at, zone).slice(0, 16)}
              {other.id === version.parent ? " (the one before)" : ""}
            </option>
          ))}
        </select>
      </div>
      <Compared from={from.id} to={version.id} />
    </>
  );
}
