import { useQuery } from "@tanstack/react-query";
import { FileInput, TriangleAlert, Undo2 } from "lucide-react";
import type { DatasetImport } from "../../../shared/dataset.ts";
import { visibleWords } from "../../../shared/visible-text.ts";
import { datasetImportsQuery, sendImportWithdrawal } from "../../queries/datasets.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { Button } from "../../ui/button.tsx";
import { EmptyPanel, PanelStatus, StaleNote } from "../../ui/panel-status.tsx";
import { formatBytes, formatCount, formatInstant, formatPlural } from "../../view/format.ts";
import { useDatasetDeed } from "./use-dataset-work.ts";

function Problems({ brought }: { brought: DatasetImport }) {
  const { refused, problems } = brought;
  if (refused === 0) return null;
  return (
    <details className="mt-2 rounded-md border border-line">
      <summary className="flex items-center gap-2 px-2.5 py-1.5 text-xs font-medium text-warn">
        <TriangleAlert size={14} aria-hidden="true" />
        {formatPlural(refused, "line")} could not be used; the rest went in
      </summary>
      <table className="w-full border-t border-line text-xs">
        <thead>
          <tr>
            <th className="th w-[80px] px-2.5 py-1 !text-right">Line</th>
            <th className="th px-2.5">Why</th>
          </tr>
        </thead>
        <tbody>
          {problems.map(({ line, problem }) => (
            <tr key={`${line} ${problem}`} className="border-t border-line">
              <td className="px-2.5 py-1 text-right tabular-nums">{formatCount(line)}</td>
              <td className="px-2.5">{problem}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {refused > problems.length && (
        <p className="border-t border-line px-2.5 py-1 text-xs text-ink-3">
          … and {formatCount(refused - problems.length)} more
        </p>
      )}
    </details>
  );
}

function Brought({ brought }: { brought: DatasetImport }) {
  const zone = useTimeZone();
  const deed = useDatasetDeed();
  const name = brought.file_name === null ? "an erased file" : visibleWords(brought.file_name);
  return (
    <li className="card p-4">
      <div className="flex items-center justify-between gap-3">
        <div className="min-w-0">
          <h2 className="truncate text-sm font-semibold">{name}</h2>
          <p className="text-xs text-ink-2">
            {formatPlural(brought.rows, "row")}, {formatBytes(brought.bytes)}, brought{" "}
            {formatInstant(brought.at, zone).slice(0, 16)} by {visibleWords(brought.by)}
          </p>
        </div>
        <Button
          icon={Undo2}
          disabled={deed.isPending}
          onClick={() =>
            deed.mutate({ words: `The rows of ${name} are taken out.`, send: () => sendImportWithdrawal(brought) })
          }
        >
          Take out
        </Button>
      </div>
      <Problems brought={brought} />
    </li>
  );
}

/** Files of labelled payloads that were brought, and what could not be read of them. */
export function ImportsPanel() {
  const query = useQuery(datasetImportsQuery());
  if (query.data === undefined) return <PanelStatus query={query} what="the imported files" />;
  if (query.data.length === 0) {
    return (
      <EmptyPanel icon={FileInput} title="No file of labelled payloads was brought">
        CSV with the columns <code>text</code> and <code>label</code>, a JSON array, or an object a line. Also{" "}
        <code>place</code>, and <code>group</code> for rows that belong on one side of the splits.
      </EmptyPanel>
    );
  }
  return (
    <>
      <StaleNote query={query} what="the imported files" />
      <ul className="space-y-3">
        {query.data.map((brought) => (
          <Brought key={brought.id} brought={brought} />
        ))}
      </ul>
    </>
  );
}
