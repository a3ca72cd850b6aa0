import { X } from "lucide-react";
import type { Job } from "../../shared/job.ts";
import { cancel } from "../queries/jobs.ts";
import { formatBytes, formatCount } from "../view/format.ts";
import { Button } from "./button.tsx";
import { Progress } from "./progress.tsx";
import { notify } from "./toast.tsx";

interface JobProgressProps {
  /** Undefined: it has not been heard of yet. */
  readonly job: Job | undefined;
  readonly label: string;
  /** Whether the screen has a way to stop it already. */
  readonly isStoppedElsewhere?: boolean;
}

/** How far a job is, with a way to stop it. */
export function JobProgress({ job, label, isStoppedElsewhere = false }: JobProgressProps) {
  const show = job?.unit === "bytes" ? formatBytes : formatCount;
  const amount = job === undefined || job.total === null ? "" : `${show(job.done)} of ${show(job.total)}`;
  return (
    <div role="status" className="flex items-center gap-3">
      <div className="min-w-0 flex-1">
        <Progress label={label} done={job?.done ?? 0} total={job?.total ?? null} />
        <p className="mt-1 flex justify-between text-xs text-ink-2">
          <span>{job === undefined || job.step === "" ? "beginning" : job.step}</span>
          <span>{amount}</span>
        </p>
      </div>
      {!isStoppedElsewhere && (
        <Button
          size="small"
          icon={X}
          disabled={job === undefined}
          onClick={() => {
            if (job !== undefined) cancel(job.id).catch((error: Error) => notify(error.message, { tone: "danger" }));
          }}
        >
          Cancel
        </Button>
      )}
    </div>
  );
}
