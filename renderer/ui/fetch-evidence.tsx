import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { CloudDownload } from "lucide-react";
import { useEffect, useRef } from "react";
import type { Evidence } from "../../shared/evidence.ts";
import { refusalInWords } from "../queries/client.ts";
import { sendFetch } from "../queries/evidence.ts";
import { isRunning, jobsQuery } from "../queries/jobs.ts";
import { formatBytes } from "../view/format.ts";
import { Button } from "./button.tsx";
import { JobProgress } from "./job-progress.tsx";
import { notify } from "./toast.tsx";

interface FetchEvidenceProps {
  readonly evidence: Pick<Evidence, "id" | "file_name">;
  /** Bytes; null: not told. */
  readonly size: number | null;
  /** Once it is here and judged. */
  readonly onFetched?: () => void;
}

/** Brings evidence that lies at the fleet: how large it is stands on it, how far it is beside a way to stop it. */
export function FetchEvidence({ evidence, size, onFetched }: FetchEvidenceProps) {
  const client = useQueryClient();
  const jobs = useQuery(jobsQuery()).data ?? [];
  const starting = useMutation({
    mutationFn: () => sendFetch(evidence.id),
    onError: (error) => notify(`Not fetched: ${refusalInWords(error)}`, { tone: "danger" }),
    onSettled: () => client.invalidateQueries({ queryKey: ["jobs"] }),
  });
  const mine = jobs.filter(({ kind }) => kind === "fetch-evidence");
  // Begun here, or on this evidence before this was opened.
  const job =
    mine.find(({ id }) => id === starting.data?.job_id) ??
    mine.find((one) => isRunning(one) && one.subject === evidence.file_name);
  const isUnderWay = starting.isPending || (job === undefined ? starting.isSuccess : isRunning(job));
  const ended = job?.state;
  const heard = useRef<string | undefined>(undefined);
  useEffect(() => {
    if (heard.current === ended) return;
    heard.current = ended;
    if (ended === "done") {
      void client.invalidateQueries({ queryKey: ["evidence"] });
      onFetched?.();
    }
    if (ended === "failed") notify(`Not fetched: ${job?.error?.message ?? "the job failed"}`, { tone: "danger" });
  }, [ended, job, client, onFetched]);
  if (isUnderWay) {
    return (
      <div className="w-[280px] max-w-full">
        <JobProgress job={job} label="Fetching the evidence" />
      </div>
    );
  }
  return (
    <Button size="small" icon={CloudDownload} onClick={() => starting.mutate()}>
      Fetch the evidence{size === null ? "" : ` (${formatBytes(size)})`}
    </Button>
  );
}
