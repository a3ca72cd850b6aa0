import { useQuery } from "@tanstack/react-query";
import { SearchX, Upload } from "lucide-react";
import { foundCountsQuery } from "../../queries/search.ts";
import { EmptyPanel, LoadingPanel } from "../../ui/panel-status.tsx";
import { SampleButton } from "../../ui/sample-button.tsx";
import { formatCount } from "../../view/format.ts";
import { placeHash } from "../../view/place.ts";

/** Why there is no row: what was looked through, and how. */
export function NothingFound({ q, isLooking }: { q: string; isLooking: boolean }) {
  const all = useQuery(foundCountsQuery("")).data;
  if (isLooking || all === undefined) return <LoadingPanel what="what matches" />;
  if (all.requests === 0) {
    return (
      <EmptyPanel icon={Upload} title="There is nothing to search yet">
        <p className="mb-3">
          Requests come from evidence.{" "}
          <a className="font-medium text-accent underline" href={placeHash({ screen: "import" })}>
            Import a recording
          </a>
          , or look around with the samples.
        </p>
        <SampleButton tone="primary" />
      </EmptyPanel>
    );
  }
  return (
    <EmptyPanel icon={SearchX} title="No request matches">
      {q === "" ? null : (
        <>
          Looked through {all.exact ? "all" : "more than"} {formatCount(all.requests)} requests in view: their address
          (host, path, and the first 2,000 characters of the query, as sent and percent-encoded), client, user agent,
          and flagged payloads, decoded. Secrets are masked and cannot be found. What stands in other headers, cookies
          and bodies is not indexed: look through those above.
        </>
      )}
    </EmptyPanel>
  );
}
