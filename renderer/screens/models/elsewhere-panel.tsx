import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { CloudDownload } from "lucide-react";
import { useEffect } from "react";
import type { CatalogueModel, ShelvedModel } from "../../../shared/model-sharing.ts";
import { shortId } from "../../learn/estimate.ts";
import { refusalInWords } from "../../queries/client.ts";
import { useJob } from "../../queries/data.ts";
import { isRunning } from "../../queries/jobs.ts";
import { elsewhereQuery, sendFetch } from "../../queries/model-sharing.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { JobProgress } from "../../ui/job-progress.tsx";
import { notify } from "../../ui/toast.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatBytes, formatPlural } from "../../view/format.ts";

/** A model that is not wholly here: another engine's, or one of the registry whose files are missing. */
interface Absent {
  readonly id: string;
  readonly shelved: ShelvedModel | undefined;
  readonly told: CatalogueModel | undefined;
  /** Registered here, without its files. */
  readonly isMissing: boolean;
}

/** Models that other engines share. Without a shelf and a catalogue there is nothing to see. */
export function ElsewherePanel({ known }: { known: readonly string[] }) {
  const { data } = useQuery(elsewhereQuery());
  if (data === undefined || (data.shelf === null && data.catalogue === null && data.missing.length === 0)) return null;
  const { shelf, catalogue, missing } = data;
  const ids = new Set([
    ...missing,
    ...(shelf?.models ?? []).flatMap(({ id, here }) => (here || known.includes(id) ? [] : [id])),
    ...(catalogue?.models ?? []).flatMap(({ metadata }) => (known.includes(metadata.id) ? [] : [metadata.id])),
  ]);
  const absent = [...ids].map((id) => ({
    id,
    shelved: shelf?.models.find((one) => one.id === id),
    told: catalogue?.models.find(({ metadata }) => metadata.id === id),
    isMissing: missing.includes(id),
  }));
  const refused = catalogue?.refused ?? 0;
  const notes = [
    ...(shelf?.problem ? [`The shelf: ${shelf.problem}`] : []),
    ...(catalogue?.problem ? [`The catalogue: ${catalogue.problem}`] : []),
    ...(catalogue?.conflict ? [catalogue.conflict] : []),
    ...(refused > 0
      ? [
          `Left out: ${formatPlural(refused, "row")} of the catalogue that no engine signed, or that another version wrote.`,
        ]
      : []),
  ];
  return (
    <section aria-label="Models of other engines" className="border-t border-line">
      <h2 className="px-4 py-2 text-sm font-semibold">Of other engines</h2>
      {notes.map((note) => (
        <p key={note} role="status" className="px-4 pb-2 text-xs text-warn [&_.untrusted]:font-sans">
          <UntrustedText text={note} />
        </p>
      ))}
      {absent.length === 0 && notes.length === 0 && (
        <p className="px-4 pb-3 text-xs text-ink-2">What they share is here already.</p>
      )}
      <ul className="divide-y divide-line">
        {absent.map((one) => (
          <AbsentModel
            key={one.id}
            absent={one}
            champions={(catalogue?.aliases ?? []).flatMap(({ alias, model_id }) =>
              model_id === one.id ? [alias] : [],
            )}
          />
        ))}
      </ul>
    </section>
  );
}

function AbsentModel({ absent, champions }: { absent: Absent; champions: readonly string[] }) {
  const { id, shelved, told, isMissing } = absent;
  const client = useQueryClient();
  const fetching = useMutation({
    mutationFn: () => sendFetch(id),
    networkMode: "always",
    onSettled: () => client.invalidateQueries({ queryKey: ["jobs"] }),
  });
  const job = useJob(fetching.data?.job_id ?? null);
  const ended = job !== undefined && !isRunning(job) ? job : undefined;
  useEffect(() => {
    if (ended?.state !== "done") return;
    void client.invalidateQueries({ queryKey: ["models"] });
    notify(`${shortId(id)} is here. It has to pass the gates of this engine.`);
  }, [client, ended?.state, id]);
  const problem = fetching.error === null ? ended?.error?.message : refusalInWords(fetching.error);
  const passed = (told?.evaluations ?? []).filter((one) => one.passed).length;
  return (
    <li className="space-y-1 px-4 py-2.5">
      <div className="flex items-center gap-2">
        <span className="font-mono text-sm font-medium">{shortId(id)}</span>
        {champions.map((alias) => (
          <Badge key={alias} tone="accent">
            {alias === "champion" ? "Champion there" : "Challenger there"}
          </Badge>
        ))}
        {isMissing && <Badge tone="warn">Files missing</Badge>}
        {shelved !== undefined && (
          <span className="ml-auto">
            <Button
              size="small"
              icon={CloudDownload}
              aria-label={`Fetch ${shortId(id)}`}
              disabled={fetching.isPending || (job !== undefined && isRunning(job))}
              onClick={() => fetching.mutate()}
            >
              Fetch
            </Button>
          </span>
        )}
      </div>
      <p className="text-xs text-ink-2 [&_.untrusted]:font-sans">
        {told !== undefined && (
          <>
            Told by engine <UntrustedText text={told.node_id} />
            {told.evaluations.length > 0 && `, passed its gates at ${passed} of ${told.evaluations.length}`}.{" "}
          </>
        )}
        {shelved === undefined ? (
          "Its file does not lie on the shelf."
        ) : (
          <>
            {formatBytes(shelved.size_bytes)},{" "}
            <span className="font-mono break-all select-all">
              <UntrustedText text={shelved.address} />
            </span>
          </>
        )}
      </p>
      {job !== undefined && isRunning(job) && <JobProgress job={job} label={`Fetching ${shortId(id)}`} />}
      {problem !== undefined && (
        <p role="alert" className="text-xs break-words text-danger [&_.untrusted]:font-sans">
          Not fetched: <UntrustedText text={problem} />
        </p>
      )}
    </li>
  );
}
