import { useMutation, useQuery } from "@tanstack/react-query";
import type { DoubtedLabel } from "../../../shared/model.ts";
import { type PayloadClass, payloadClasses } from "../../../shared/payload.ts";
import { visibleWords } from "../../../shared/visible-text.ts";
import { refusalInWords } from "../../queries/client.ts";
import { sendWord } from "../../queries/labels.ts";
import { doubtedLabelsQuery } from "../../queries/models.ts";
import { offerUndo } from "../../ui/offer-undo.ts";
import { PanelStatus } from "../../ui/panel-status.tsx";
import { ShowMore, useShown } from "../../ui/show-more.tsx";
import { notify } from "../../ui/toast.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatPlural } from "../../view/format.ts";
import { classLabels } from "../../view/labels.ts";

function Row({ doubted }: { doubted: DoubtedLabel }) {
  const { sample_id, text, label, likely, probability, source } = doubted;
  const saying = useMutation({
    mutationFn: (said: PayloadClass) =>
      sendWord({ sample_id, verdict_id: null, finding: null }, { label: said, resolves: false, note: "" }),
    networkMode: "always",
    onSuccess: ({ event_id }, said) =>
      offerUndo(`Labelled: ${classLabels[said]}. The next dataset version holds it.`, {
        eventId: event_id,
        onTried: () => {},
      }),
    onError: (error) => notify(`Not labelled: ${refusalInWords(error)}`, { tone: "danger" }),
  });
  return (
    <tr className="h-9 border-t border-line">
      <td className="truncate pr-3">
        {text === null ? <span className="text-ink-3">its text is not kept here</span> : <UntrustedText text={text} />}
      </td>
      <td className="truncate">{classLabels[label]}</td>
      <td className="pr-3 text-right tabular-nums">{(100 * probability).toFixed(1)} %</td>
      <td className="truncate">{classLabels[likely]}</td>
      <td className="truncate pr-3">{visibleWords(source)}</td>
      <td>
        {text !== null && (
          <select
            aria-label={`Label again what is labelled ${classLabels[label]}`}
            className="input w-full"
            value=""
            disabled={saying.isPending}
            onChange={({ target }) => {
              const said = payloadClasses.find((name) => name === target.value);
              if (said !== undefined) saying.mutate(said);
            }}
          >
            <option value="">It is…</option>
            {payloadClasses.map((name) => (
              <option key={name} value={name}>
                {classLabels[name]}
              </option>
            ))}
          </select>
        )}
      </td>
    </tr>
  );
}

/** Rows whose label the cross-validation doubts: mistakes of labellers, or something new. */
export function DoubtedLabels({ jobId }: { jobId: string }) {
  const query = useQuery(doubtedLabelsQuery(jobId));
  const { shown, ...more } = useShown(query.data?.rows ?? []);
  if (query.data === undefined) return <PanelStatus query={query} what="the doubted labels" />;
  const { count, rows } = query.data;
  return (
    <section aria-labelledby="doubted-labels" className="card p-4">
      <h2 id="doubted-labels" className="mb-1 text-sm font-semibold">
        Doubted labels{" "}
        <span className="font-normal text-ink-3">
          {count === 0 ? "none" : formatPlural(count, "row")}
          {count > rows.length && `, the first ${rows.length} of them here`}
        </span>
      </h2>
      <p className="text-xs text-ink-2">
        A model that was not fitted to the row takes it for something else, as surely as it is of rows of that class:
        the label is a mistake, or the row is unlike the others. What you say of it here is your label, in force with
        the next dataset version.
      </p>
      {rows.length > 0 && (
        <table className="mt-2 w-full table-fixed text-xs">
          <thead>
            <tr>
              <th className="th py-1">Payload</th>
              <th className="th w-[140px]">Label</th>
              <th className="th w-[90px] pr-3 !text-right">Probability</th>
              <th className="th w-[140px]">Rather</th>
              <th className="th w-[140px]">From</th>
              <th className="th w-[150px]">Label again</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((doubted) => (
              <Row key={doubted.sample_id} doubted={doubted} />
            ))}
          </tbody>
        </table>
      )}
      <ShowMore {...more} />
    </section>
  );
}
