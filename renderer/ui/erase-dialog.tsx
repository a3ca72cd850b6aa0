import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Eraser } from "lucide-react";
import { type ReactNode, useEffect, useId, useRef, useState } from "react";
import type { ErasureItem } from "../../shared/erasure.ts";
import { refusalInWords } from "../queries/client.ts";
import { erasureQuery, useJob } from "../queries/data.ts";
import { isRunning } from "../queries/jobs.ts";
import { formatBytes, formatCount, formatPlural } from "../view/format.ts";
import { Button } from "./button.tsx";
import { Dialog } from "./dialog.tsx";
import { JobProgress } from "./job-progress.tsx";
import { PanelStatus } from "./panel-status.tsx";
import { notify } from "./toast.tsx";
import { UntrustedText } from "./untrusted-text.tsx";

/** What has to be typed. */
const word = "erase";

const holds = {
  pinned: "pinned",
  open_alert: "feeds an open alert",
  open_case: "is part of an open case",
} as const;

/** Evidence that goes, with what goes with it. */
export function ErasureList({ items, total }: { items: readonly ErasureItem[]; total: number }) {
  return (
    <ul
      aria-label="What goes"
      tabIndex={0}
      className="max-h-[220px] divide-y divide-line overflow-y-auto rounded-md border border-line"
    >
      {items.map((item) => (
        <li key={item.id} className="px-3 py-1.5 text-xs">
          <p className="truncate font-medium [&_.untrusted]:font-sans">
            <UntrustedText text={item.file_name} />
          </p>
          <p className="text-ink-2">
            {formatBytes(item.size_bytes)}, {formatPlural(item.requests, "request")},{" "}
            {formatPlural(item.sessions, "session")}
            {item.alerts_lost > 0 && `, ${formatPlural(item.alerts_lost, "alert")} that nothing else feeds`}
            {item.hold !== null && <span className="text-warn"> ({holds[item.hold]})</span>}
          </p>
        </li>
      ))}
      {total > items.length && (
        <li className="px-3 py-1.5 text-xs text-ink-2">and {formatCount(total - items.length)} more</li>
      )}
    </ul>
  );
}

interface EraseDialogProps {
  readonly title: string;
  /** Evidence that goes. */
  readonly ids: readonly string[];
  /** What goes besides, and what stays. */
  readonly children?: ReactNode;
  readonly start: () => Promise<{ job_id: string }>;
  readonly onClose: () => void;
  /** Called once it is gone. */
  readonly onErased: () => void;
}

/** Erases evidence for good, after what goes was shown and a word was typed. */
export function EraseDialog({ title, ids, children, start, onClose, onErased }: EraseDialogProps) {
  const client = useQueryClient();
  const inputId = useId();
  const input = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState("");
  const preview = useQuery(erasureQuery(ids));
  const erasing = useMutation({ mutationFn: start, networkMode: "always" });
  const job = useJob(erasing.data?.job_id ?? null);
  const isReady = typed.trim().toLowerCase() === word && preview.data !== undefined && erasing.isIdle;
  const ended = job !== undefined && !isRunning(job) ? job : undefined;
  useEffect(() => {
    if (ended === undefined) return;
    void client.resetQueries({ queryKey: ["verdicts"] });
    for (const key of ["evidence", "alerts", "audit", "jobs"]) void client.invalidateQueries({ queryKey: [key] });
    if (ended.state !== "done") return;
    const missed = Array.isArray(ended.result?.backups_missed) ? ended.result.backups_missed.length : 0;
    const about =
      missed === 0
        ? ""
        : ` The keys of ${formatPlural(missed, "backup")} were not where they were written: delete them.`;
    const kept = Number(ended.result?.set_aside ?? 0);
    const aside =
      kept === 0 ? "" : ` ${formatPlural(kept, "folder")} that a restore set aside may still hold it: delete them.`;
    const left = Array.isArray(ended.result?.reports_left) ? ended.result.reports_left.length : 0;
    const others = ended.result?.texts === undefined ? 0 : Number(ended.result?.reports_others ?? 0);
    const reports = `${left === 0 ? "" : ` Not erased: ${formatPlural(left, "report")} that the shelf still has; the jobs page says why.`}${
      others === 0 ? "" : ` ${formatPlural(others, "other report")} on the shelf may name the person: look there.`
    }`;
    notify(`Erased for good${reports === "" ? "" : " here"}.${about}${aside}${reports}`);
    onErased();
  }, [client, ended, onErased]);
  return (
    <Dialog
      title={title}
      onClose={onClose}
      focus={input}
      actions={
        <>
          <Button onClick={onClose}>{erasing.isIdle ? "Cancel" : "Close"}</Button>
          {erasing.isIdle && (
            <Button tone="danger" icon={Eraser} disabled={!isReady} onClick={() => erasing.mutate()}>
              Erase for good
            </Button>
          )}
        </>
      }
    >
      <div className="space-y-3">
        <p className="text-ink-2">
          The content, and everything derived from it, goes from every file and from the keys of backups.{" "}
          <strong className="text-ink">This cannot be undone</strong>, and the same content is not taken in again.
        </p>
        {preview.data === undefined ? (
          <PanelStatus query={preview} what="what would go" />
        ) : (
          preview.data.items.length > 0 && <ErasureList items={preview.data.items} total={ids.length} />
        )}
        {children}
        {erasing.isIdle ? (
          <div>
            <label htmlFor={inputId} className="mb-1 block text-xs font-medium text-ink-2">
              Type <kbd className="font-mono text-ink">{word}</kbd> to confirm
            </label>
            <input
              ref={input}
              id={inputId}
              className="input w-full"
              autoComplete="off"
              spellCheck={false}
              value={typed}
              onChange={(event) => setTyped(event.target.value)}
              onKeyDown={(event) => {
                if (event.key !== "Enter") return;
                // The dialog may stand inside a form.
                event.preventDefault();
                if (isReady) erasing.mutate();
              }}
            />
          </div>
        ) : erasing.error === null && ended === undefined ? (
          <JobProgress job={job} label="Erasing" />
        ) : (
          <p role="alert" className="text-danger">
            Not erased:{" "}
            {erasing.error === null ? (ended?.error?.message ?? "it was stopped.") : refusalInWords(erasing.error)}
          </p>
        )}
      </div>
    </Dialog>
  );
}
