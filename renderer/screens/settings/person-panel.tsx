import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Eraser, UserSearch } from "lucide-react";
import { useId, useState } from "react";
import { refusalInWords } from "../../queries/client.ts";
import { foundBy, sendPersonErasure, sendPersonSearch, useJob } from "../../queries/data.ts";
import { isRunning } from "../../queries/jobs.ts";
import { Button } from "../../ui/button.tsx";
import { EraseDialog } from "../../ui/erase-dialog.tsx";
import { JobProgress } from "../../ui/job-progress.tsx";
import { formatCount, formatPlural } from "../../view/format.ts";

/** Shortest text that is looked for. */
const shortest = 3;

/** Looks for everything that names a person, and erases it. */
export function PersonPanel() {
  const client = useQueryClient();
  const inputId = useId();
  const [person, setPerson] = useState("");
  const [isOpen, setOpen] = useState(false);
  const searching = useMutation({
    mutationFn: sendPersonSearch,
    networkMode: "always",
    onSuccess: () => client.invalidateQueries({ queryKey: ["jobs"] }),
  });
  const jobId = searching.data?.job_id ?? null;
  const job = useJob(jobId);
  const found = foundBy(job);
  const isBusy = searching.isPending || (jobId !== null && (job === undefined || isRunning(job)));
  const search = () => {
    if (person.trim().length >= shortest && !isBusy) searching.mutate(person.trim());
  };
  const texts = found === null ? "" : formatPlural(found.texts.length, "sealed text");
  const problem = searching.error === null ? job?.error?.message : refusalInWords(searching.error);
  const isEmpty =
    found !== null &&
    found.evidence.length + found.texts.length + found.hits.length + found.routes.length + found.labels.length === 0;
  return (
    <div className="space-y-3">
      <div className="flex items-end gap-3">
        <div className="min-w-0 flex-1">
          <label htmlFor={inputId} className="mb-1 block text-xs font-medium text-ink-2">
            Address, account or name (it is not kept)
          </label>
          <input
            id={inputId}
            type="text"
            spellCheck={false}
            autoComplete="off"
            className="input w-full"
            value={person}
            onChange={(event) => {
              setPerson(event.target.value);
              searching.reset();
            }}
            onKeyDown={(event) => {
              if (event.key !== "Enter") return;
              // The panel stands inside the settings' form.
              event.preventDefault();
              search();
            }}
          />
        </div>
        <Button icon={UserSearch} disabled={person.trim().length < shortest || isBusy} onClick={search}>
          Search everything
        </Button>
      </div>
      {isBusy && <JobProgress job={job} label="Searching" />}
      {problem !== undefined && (
        <p role="alert" className="text-xs text-danger">
          Not searched: {problem}
        </p>
      )}
      {found !== null && (
        <div role="status" className="flex items-center gap-3 text-xs">
          <p className="min-w-0 flex-1">
            {isEmpty
              ? "Nothing that can be erased names this."
              : `Named in ${formatPlural(found.evidence.length, "piece")} of evidence and ${texts}${found.hits.length === 0 ? "" : `, and in ${formatPlural(found.hits.length, "hit")} of rules`}${found.routes.length === 0 ? "" : `, and in ${formatPlural(found.routes.length, "measured route")}`}${found.labelled === 0 ? "" : `, and by tags or assignees of ${formatCount(found.labelled)} alerts, cases and tasks`}${found.labels.length === 0 || found.labelled > 0 ? "" : ", and by tags or assignees that undo would bring back"}.`}
            {found.log_entries > 0 &&
              ` ${formatPlural(found.log_entries, "entry", "entries")} of the log name it in clear, and stay.`}
          </p>
          {!isEmpty && (
            <Button tone="danger" icon={Eraser} onClick={() => setOpen(true)}>
              Erase…
            </Button>
          )}
        </div>
      )}
      {isOpen && found !== null && jobId !== null && (
        <EraseDialog
          title="Erase everything that names this person?"
          ids={found.evidence}
          start={() => sendPersonErasure(jobId)}
          onClose={() => setOpen(false)}
          onErased={() => {
            setOpen(false);
            setPerson("");
            searching.reset();
          }}
        >
          <p className="text-xs text-ink-2">
            Each file goes as a whole, with whatever else it holds.
            {found.texts.length > 0 &&
              ` ${texts} (notes, reasons, saved queries, imported datasets) can no longer be read.`}
            {found.labelled > 0 &&
              ` Tags and assignees that name this are taken off ${formatCount(found.labelled)} alerts, cases and tasks.`}
            {found.log_entries > 0 && " That they stood there stays in the log."}
          </p>
        </EraseDialog>
      )}
    </div>
  );
}
