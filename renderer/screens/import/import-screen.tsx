import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Send } from "lucide-react";
import { useId } from "react";
import { jobsQuery } from "../../queries/jobs.ts";
import { importText, useUploads } from "../../queries/uploads.ts";
import { Button } from "../../ui/button.tsx";
import { DropZone } from "../../ui/drop-zone.tsx";
import { EmptyPanel, PanelStatus, StaleNote } from "../../ui/panel-status.tsx";
import { SampleButton } from "../../ui/sample-button.tsx";
import { settleDraft, useDraft } from "../../view/drafts.ts";
import { JobCard, UploadCard } from "./job-card.tsx";

const example =
  "POST /login HTTP/1.1\nHost: shop.example\nContent-Type: application/x-www-form-urlencoded\n\nuser=admin'--&password=x";

const pasted = "pasted request";

/** A raw request, as copied from a log, a proxy or the browser's developer tools. What is refused stays in the field, to be mended. */
function PasteRequest() {
  const client = useQueryClient();
  const [text, setText] = useDraft(pasted);
  const sending = useMutation({
    mutationFn: () => importText(client, text),
    onSuccess: () => settleDraft(pasted, text.trim()),
  });
  const id = useId();
  return (
    <form
      className="card flex flex-col gap-2 p-4"
      onSubmit={(event) => {
        event.preventDefault();
        sending.mutate();
      }}
    >
      <label htmlFor={id} className="text-sm font-semibold">
        Paste a raw request
      </label>
      <textarea
        id={id}
        rows={8}
        spellCheck={false}
        autoComplete="off"
        className="input w-full resize-y"
        placeholder={example}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      {sending.error !== null && (
        <p role="alert" className="text-xs break-words text-danger">
          {sending.error.message}
        </p>
      )}
      <div className="flex items-center justify-between">
        <span className="text-xs text-ink-3">An HTTP request, or “Copy as cURL” from a browser</span>
        <Button type="submit" tone="primary" icon={Send} disabled={text.trim() === "" || sending.isPending}>
          Analyse
        </Button>
      </div>
    </form>
  );
}

function Jobs() {
  const query = useQuery(jobsQuery());
  const uploads = useUploads((state) => state.uploads);
  if (query.data === undefined && uploads.length === 0) return <PanelStatus query={query} what="the imports" />;
  const jobs = query.data ?? [];
  return (
    <>
      <StaleNote query={query} what="the list of imports" />
      {jobs.length === 0 && uploads.length === 0 ? (
        <EmptyPanel title="No imports yet">
          What you bring shows here, with its progress and what came out of it.
        </EmptyPanel>
      ) : (
        <ul className="divide-y divide-line">
          {uploads.map((upload) => (
            <UploadCard key={upload.id} upload={upload} />
          ))}
          {jobs.map((job) => (
            <JobCard key={job.id} job={job} />
          ))}
        </ul>
      )}
    </>
  );
}

/** Bringing evidence, and what became of what was brought. */
export function ImportScreen() {
  return (
    <div className="grid h-full grid-cols-[minmax(0,2fr)_minmax(0,3fr)] gap-4 p-4">
      <section aria-label="Bring evidence" tabIndex={0} className="space-y-4 overflow-y-auto">
        <DropZone>
          <SampleButton />
        </DropZone>
        <PasteRequest />
      </section>
      <section aria-label="Imports and other jobs" className="card flex min-h-0 flex-col">
        <h2 className="border-b border-line px-4 py-2.5 text-sm font-semibold">Imports and other jobs</h2>
        <div role="region" aria-label="List of imports" tabIndex={0} className="min-h-0 flex-1 overflow-y-auto">
          <Jobs />
        </div>
      </section>
    </div>
  );
}
