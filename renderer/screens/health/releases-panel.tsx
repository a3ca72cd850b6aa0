import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Copy, Download, RotateCw } from "lucide-react";
import { useEffect } from "react";
import type { Job } from "../../../shared/job.ts";
import type { ReleaseStatus } from "../../../shared/release.ts";
import { refusalInWords } from "../../queries/client.ts";
import { isRunning, jobsQuery } from "../../queries/jobs.ts";
import { releasesQuery, sendFetch, sendLook } from "../../queries/releases.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { Button } from "../../ui/button.tsx";
import { copyText } from "../../ui/copy-text.ts";
import { Fact, Facts } from "../../ui/facts.tsx";
import { JobProgress } from "../../ui/job-progress.tsx";
import { PanelStatus } from "../../ui/panel-status.tsx";
import { notify } from "../../ui/toast.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatBytes, formatInstant } from "../../view/format.ts";
import { placeHash } from "../../view/place.ts";

type Newer = NonNullable<ReleaseStatus["newer"]>;
type Fetched = NonNullable<ReleaseStatus["fetched"]>;

/** Whether there is a newer version of the application, what it says of itself, and a way to download it. Nothing is installed here. */
export function ReleasesPanel() {
  const client = useQueryClient();
  const query = useQuery(releasesQuery());
  const { data } = query;
  const looking = useMutation({
    mutationFn: sendLook,
    networkMode: "always",
    onSuccess: (status) => client.setQueryData(releasesQuery().queryKey, status),
    onError: (error) => notify(`Not looked for: ${refusalInWords(error)}`, { tone: "danger" }),
  });
  const mayLook = data !== undefined && data.key !== null && data.server !== null;
  return (
    <section aria-labelledby="releases" className="card">
      <div className="flex items-center justify-between border-b border-line px-4 py-2">
        <h2 id="releases" className="text-sm font-semibold">
          Newer versions
        </h2>
        {mayLook && (
          <Button size="small" icon={RotateCw} disabled={looking.isPending} onClick={() => looking.mutate()}>
            Look now
          </Button>
        )}
      </div>
      {data === undefined ? (
        <PanelStatus query={query} what="what is known of newer versions" />
      ) : (
        <div className="space-y-3 px-4 py-3">
          <Standing status={data} />
          {data.newer !== null && <NewerVersion newer={data.newer} fetched={data.fetched} />}
          {data.fetched !== null && <FetchedFile fetched={data.fetched} />}
        </div>
      )}
    </section>
  );
}

/** Whom it asks, and what that came to. */
function Standing({ status: { key, server, looked_at, problem, newer } }: { status: ReleaseStatus }) {
  const zone = useTimeZone();
  if (key === null) {
    return (
      <p className="text-xs text-ink-2">
        This application was built without a key for updates. It asks nobody for newer versions, and takes none.
      </p>
    );
  }
  if (server === null) {
    return (
      <p className="text-xs text-ink-2">
        Nobody is asked: no update server is set in the <a href={placeHash({ screen: "settings" })}>settings</a>. Files
        that were carried here are checked by <code className="font-mono text-ink">sentinel verify-update FILE</code>.
      </p>
    );
  }
  return (
    <>
      <Facts>
        <Fact name="Asked" mono>
          {server}
        </Fact>
        <Fact name="Last">{looked_at === null ? "not yet" : formatInstant(looked_at, zone)}</Fact>
        <Fact name="Key that must have signed" mono>
          {key}
        </Fact>
      </Facts>
      {problem !== null && (
        <p role="alert" className="text-xs font-medium break-words text-warn [&_.untrusted]:font-sans">
          Nothing of it is used. <UntrustedText text={problem} />
        </p>
      )}
      {looked_at !== null && problem === null && newer === null && (
        <p role="status" className="text-xs text-ink-2">
          This is the newest version.
        </p>
      )}
    </>
  );
}

function NewerVersion({ newer, fetched }: { newer: Newer; fetched: Fetched | null }) {
  const client = useQueryClient();
  const zone = useTimeZone();
  const job = useQuery(jobsQuery()).data?.find(({ kind }) => kind === "fetch-release");
  const isBusy = job !== undefined && isRunning(job);
  const fetching = useMutation({
    mutationFn: (name: string) => sendFetch({ version: newer.version, name }),
    networkMode: "always",
    onSuccess: () => client.invalidateQueries({ queryKey: ["jobs"] }),
    onError: (error) => notify(`Not downloaded: ${refusalInWords(error)}`, { tone: "danger" }),
  });
  const offered = newer.files.filter(({ name }) => fetched?.version !== newer.version || fetched.name !== name);
  const state = job?.state;
  useEffect(() => {
    if (state !== undefined) void client.invalidateQueries({ queryKey: releasesQuery().queryKey });
  }, [client, state]);
  return (
    <div className="space-y-2 border-t border-line pt-3">
      <h3 className="text-sm font-medium">
        Version {newer.version} is there, released {formatInstant(newer.released_at, zone)}
      </h3>
      {newer.notes !== "" && (
        <p className="text-xs whitespace-pre-wrap text-ink-2 [&_.untrusted]:font-sans">
          <UntrustedText text={newer.notes} lines />
        </p>
      )}
      {newer.files.length === 0 && <p className="text-xs text-warn">It has no file for this machine.</p>}
      {offered.length > 0 && (
        <div className="flex flex-wrap gap-2">
          {offered.map(({ name, bytes }) => (
            <Button
              key={name}
              icon={Download}
              disabled={isBusy || fetching.isPending}
              onClick={() => fetching.mutate(name)}
            >
              Download {name} ({formatBytes(bytes)})
            </Button>
          ))}
        </div>
      )}
      {isBusy && <JobProgress job={job} label="Downloading" />}
      <Outcome job={job} />
    </div>
  );
}

/** Why a download came to nothing. */
function Outcome({ job }: { job: Job | undefined }) {
  if (job?.state === "failed") {
    return (
      <p role="alert" className="text-xs break-words text-danger [&_.untrusted]:font-sans">
        Not downloaded: <UntrustedText text={job.error?.message ?? ""} />
      </p>
    );
  }
  if (job?.state !== "cancelled") return null;
  return (
    <p role="status" className="text-xs text-ink-2">
      Cancelled; nothing was kept.
    </p>
  );
}

function FetchedFile({ fetched: { version, path } }: { fetched: Fetched }) {
  const copy = async () => notify((await copyText(path)) ? "Copied." : "It could not be copied.");
  return (
    <div role="status" className="space-y-1 border-t border-line pt-3 text-xs">
      <p>
        Version {version} is on this machine, and is what was signed. Make a backup, close Sentinel, and install it by
        hand:
      </p>
      <p className="flex items-center gap-2">
        <span className="min-w-0 font-mono break-all select-all">
          <UntrustedText text={path} />
        </span>
        <Button size="small" icon={Copy} onClick={() => void copy()}>
          Copy the path
        </Button>
      </p>
    </div>
  );
}
