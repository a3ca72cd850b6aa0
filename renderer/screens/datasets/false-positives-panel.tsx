import { useQuery } from "@tanstack/react-query";
import { ThumbsUp } from "lucide-react";
import type { TrackedFalsePositive } from "../../../shared/dataset.ts";
import { visibleWords } from "../../../shared/visible-text.ts";
import { falsePositivesQuery } from "../../queries/datasets.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { Badge } from "../../ui/badge.tsx";
import { EmptyPanel, PanelStatus, StaleNote } from "../../ui/panel-status.tsx";
import { ShowMore, useShown } from "../../ui/show-more.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { shortId } from "../../view/dataset-view.ts";
import { formatInstant, formatPlural } from "../../view/format.ts";
import { classLabels } from "../../view/labels.ts";
import { placeHash } from "../../view/place.ts";

function Where({ tracked }: { tracked: TrackedFalsePositive }) {
  const { dataset_version: version, model_id: model } = tracked;
  if (model !== null) return <Badge tone="good">Fixed by {shortId(model)}</Badge>;
  return version === null ? (
    <Badge tone="warn">In no version yet</Badge>
  ) : (
    <a
      className="inline-block min-h-6 leading-6 text-accent hover:underline"
      href={placeHash({ screen: "datasets", item: version })}
    >
      In version {shortId(version)}
    </a>
  );
}

/** Each reported false positive, from the report to the version that holds it and the model that fixes it. */
export function FalsePositivesPanel() {
  const zone = useTimeZone();
  const query = useQuery(falsePositivesQuery());
  const { shown, ...more } = useShown(query.data ?? []);
  if (query.data === undefined) return <PanelStatus query={query} what="the false positives" />;
  if (query.data.length === 0) {
    return (
      <EmptyPanel icon={ThumbsUp} title="No false positive was reported">
        Closing an alert as a false positive reports its payloads.
      </EmptyPanel>
    );
  }
  const waiting = query.data.filter((one) => one.dataset_version === null).length;
  return (
    <section aria-labelledby="false-positives" className="card p-4">
      <StaleNote query={query} what="the false positives" />
      <h2 id="false-positives" className="mb-1 text-sm font-semibold">
        {formatPlural(query.data.length, "reported payload")}
        {waiting > 0 && <span className="font-normal text-ink-3"> · {waiting} not yet in a version</span>}
      </h2>
      <table className="w-full table-fixed text-xs">
        <thead>
          <tr>
            <th className="th w-[132px] py-1">Reported</th>
            <th className="th w-[90px]">By</th>
            <th className="th">Payload</th>
            <th className="th w-[150px]">Taken for</th>
            <th className="th w-[190px]">Why</th>
            <th className="th w-[170px]">Where it is</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((tracked) => {
            const { id, sample_id, at, by, text, said, reason, verdict_id } = tracked;
            const payload = text === null ? <span className="text-ink-3">erased</span> : <UntrustedText text={text} />;
            return (
              <tr key={`${id} ${sample_id}`} className="h-8 border-t border-line">
                <td>{formatInstant(at, zone).slice(0, 16)}</td>
                <td className="truncate">{visibleWords(by)}</td>
                <td className="truncate pr-3">
                  {verdict_id === null ? (
                    payload
                  ) : (
                    <a
                      className="hover:underline"
                      href={placeHash({ screen: "session", id: verdict_id, tab: "requests" })}
                    >
                      {payload}
                    </a>
                  )}
                </td>
                <td className="truncate">{said === null ? "not known" : classLabels[said]}</td>
                <td className="truncate pr-2 text-ink-2">{reason === null ? "" : visibleWords(reason)}</td>
                <td>
                  <Where tracked={tracked} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <ShowMore {...more} />
    </section>
  );
}
