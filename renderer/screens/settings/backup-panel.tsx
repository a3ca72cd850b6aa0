import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { HardDriveDownload } from "lucide-react";
import { useEffect, useId, useState } from "react";
import { type Backup, shortestPassphrase } from "../../../shared/backup.ts";
import { refusalInWords } from "../../queries/client.ts";
import { backupsQuery, sendBackup, useJob } from "../../queries/data.ts";
import { isRunning } from "../../queries/jobs.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { Button } from "../../ui/button.tsx";
import { JobProgress } from "../../ui/job-progress.tsx";
import { PanelStatus } from "../../ui/panel-status.tsx";
import { notify } from "../../ui/toast.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatBytes, formatInstant, formatPlural } from "../../view/format.ts";

const opens: Record<Backup["keys_open_with"], string> = {
  this_file: "Its keys file opens it by itself.",
  master_key: "Its keys file opens with this installation's master key.",
  passphrase: "Portable: its keys file opens with its passphrase.",
};

function LastBackup() {
  const zone = useTimeZone();
  const query = useQuery(backupsQuery());
  if (query.data === undefined) return <PanelStatus query={query} what="the backups" />;
  const [last] = query.data;
  if (last === undefined) return <p className="text-xs text-warn">No backup was made yet.</p>;
  return (
    <dl className="grid grid-cols-[90px_1fr] gap-y-1 text-xs">
      <dt className="text-ink-2">Last backup</dt>
      <dd>
        {formatInstant(last.made_at, zone)}, {formatBytes(last.bytes)}, {formatPlural(last.evidence, "piece")} of
        evidence. {opens[last.keys_open_with]}
      </dd>
      {last.place !== null && (
        <>
          <dt className="text-ink-2">Data</dt>
          <dd className="font-mono break-all select-all">
            <UntrustedText text={last.place.file} />
          </dd>
          <dt className="text-ink-2">Keys</dt>
          <dd className="font-mono break-all select-all">
            <UntrustedText text={last.place.keys} />
          </dd>
        </>
      )}
    </dl>
  );
}

/** Backing everything up now, and what was backed up last. */
export function BackupPanel() {
  const client = useQueryClient();
  const pathId = useId();
  const passphraseId = useId();
  const [path, setPath] = useState("");
  const [passphrase, setPassphrase] = useState("");
  const backing = useMutation({
    mutationFn: () => sendBackup({ path: path.trim(), ...(passphrase === "" ? {} : { passphrase }) }),
    networkMode: "always",
    onSuccess: () => client.invalidateQueries({ queryKey: ["jobs"] }),
  });
  const job = useJob(backing.data?.job_id ?? null);
  const ended = job !== undefined && !isRunning(job) ? job : undefined;
  const isBusy = backing.isPending || (backing.data !== undefined && ended === undefined);
  const tooShort = passphrase !== "" && passphrase.length < shortestPassphrase;
  useEffect(() => {
    if (ended?.state !== "done") return;
    void client.invalidateQueries({ queryKey: ["backups"] });
    setPassphrase("");
    notify("Everything is backed up. Keep the keys apart from the data.");
  }, [client, ended?.state]);
  const problem = backing.error === null ? ended?.error?.message : refusalInWords(backing.error);
  const start = () => {
    if (path.trim() !== "" && !tooShort && !isBusy) backing.mutate();
  };
  // The panel stands inside the settings' form, which Enter would submit.
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    start();
  };
  return (
    <div className="space-y-3">
      <LastBackup />
      <div className="flex items-end gap-3">
        <div className="min-w-0 flex-1">
          <label htmlFor={pathId} className="mb-1 block text-xs font-medium text-ink-2">
            Folder or new file on this machine, from the root of a disk
          </label>
          <input
            id={pathId}
            type="text"
            spellCheck={false}
            className="input w-full font-mono !text-xs"
            value={path}
            onChange={(event) => setPath(event.target.value)}
            onKeyDown={onKeyDown}
          />
        </div>
        <div className="w-[240px]">
          <label htmlFor={passphraseId} className="mb-1 block text-xs font-medium text-ink-2">
            Passphrase, to restore it anywhere
          </label>
          <input
            id={passphraseId}
            type="password"
            autoComplete="new-password"
            aria-invalid={tooShort}
            className="input w-full"
            value={passphrase}
            onChange={(event) => setPassphrase(event.target.value)}
            onKeyDown={onKeyDown}
          />
        </div>
        <Button icon={HardDriveDownload} disabled={path.trim() === "" || tooShort || isBusy} onClick={start}>
          Back up now
        </Button>
      </div>
      {tooShort && <p className="text-xs text-danger">A passphrase has at least {shortestPassphrase} characters.</p>}
      {isBusy && <JobProgress job={job} label="Backing up" />}
      {problem !== undefined && !isBusy && (
        <p role="alert" className="text-xs break-words text-danger [&_.untrusted]:font-sans">
          Not backed up: <UntrustedText text={problem} />
        </p>
      )}
      {ended?.state === "cancelled" && (
        <p role="status" className="text-xs text-ink-2">
          Cancelled; nothing was left.
        </p>
      )}
      <p className="text-xs text-ink-2">
        To restore, end Sentinel and run <code className="font-mono text-ink">sentinel restore FILE</code>.
      </p>
    </div>
  );
}
