import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { FileSearch, X } from "lucide-react";
import { useState } from "react";
import type { Job } from "../../../shared/job.ts";
import { parseSearchQuery } from "../../../shared/search-query.ts";
import { cancel, isRunning, jobsQuery } from "../../queries/jobs.ts";
import { sendScan } from "../../queries/search.ts";
import { Button } from "../../ui/button.tsx";
import { Progress } from "../../ui/progress.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatBytes, formatPlural } from "../../view/format.ts";
import { placeHash } from "../../view/place.ts";
import { searchPlace } from "../../view/search.ts";

/** The first text that a query looks for; null: it looks for none. */
function textOf(q: string): string | null {
  const text = parseSearchQuery(q, Date.now()).terms.find((term) => term.kind === "text" && !term.negated);
  return text?.kind === "text" ? text.text : null;
}

function Outcome({ job }: { job: Job }) {
  if (job.state === "failed") return <span className="text-danger">It failed: {job.error?.message}</span>;
  if (job.state !== "done") return <span>It was stopped: what had been found by then is kept.</span>;
  const { scan, found, evidence, cut } = job.result ?? {};
  const requests = formatPlural(Number(found), "request");
  return (
    <span>
      {cut === true ? `The first ${requests}` : requests} found in {formatPlural(Number(evidence), "piece")} of
      evidence.{" "}
      {Number(found) > 0 && (
        <a className="font-medium text-accent underline" href={placeHash(searchPlace(`scan:${String(scan)}`))}>
          Show {Number(found) === 1 ? "it" : "them"}
        </a>
      )}
    </span>
  );
}

/** Looks through what no index holds: the stored evidence itself. Says how far it is, and can be stopped. */
export function ScanBar({ q }: { q: string }) {
  const client = useQueryClient();
  const text = textOf(q);
  const [started, setStarted] = useState<{ id: string; text: string } | null>(null);
  const starting = useMutation({
    mutationFn: (sought: string) => sendScan(sought),
    onSuccess: ({ job_id }, sought) => {
      setStarted({ id: job_id, text: sought });
      void client.invalidateQueries({ queryKey: ["jobs"] });
    },
  });
  const stopping = useMutation({ mutationFn: cancel });
  const jobs = useQuery({ ...jobsQuery(), enabled: started !== null }).data;
  const job = jobs?.find(({ id }) => id === started?.id);
  const isBusy = starting.isPending || (started !== null && (job === undefined || isRunning(job)));
  const error = starting.error ?? stopping.error;
  return (
    <div className="flex min-h-8 items-center gap-3 text-xs text-ink-2">
      {!isBusy && text !== null && text !== started?.text && (
        <Button size="small" icon={FileSearch} onClick={() => starting.mutate(text)}>
          Look for “
          <span className="max-w-[24ch] truncate">
            <UntrustedText text={text} />
          </span>
          ” in headers and bodies
        </Button>
      )}
      {started !== null && (
        <span role="status" className="flex min-w-0 items-center gap-3">
          <span className="flex max-w-[34ch] items-center gap-1 whitespace-nowrap">
            Headers and bodies, “
            <span className="truncate">
              <UntrustedText text={started.text} />
            </span>
            ”:
          </span>
          {isBusy ? (
            <>
              <span className="w-[120px]">
                <Progress label="Looking through headers and bodies" done={job?.done ?? 0} total={job?.total ?? null} />
              </span>
              {job !== undefined && job.total !== null && `${formatBytes(job.done)} of ${formatBytes(job.total)}`}
            </>
          ) : (
            job !== undefined && <Outcome job={job} />
          )}
        </span>
      )}
      {isBusy && job !== undefined && (
        <Button size="small" icon={X} disabled={stopping.isPending} onClick={() => stopping.mutate(job.id)}>
          Stop
        </Button>
      )}
      {error !== null && (
        <span role="alert" className="text-danger">
          {error.message}
        </span>
      )}
    </div>
  );
}
