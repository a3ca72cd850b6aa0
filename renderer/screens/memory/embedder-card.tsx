import { useQuery } from "@tanstack/react-query";
import { jobsQuery } from "../../queries/jobs.ts";
import { memoryStatusQuery } from "../../queries/memory.ts";
import { JobProgress } from "../../ui/job-progress.tsx";
import { PanelStatus } from "../../ui/panel-status.tsx";
import { formatCount, formatPlural } from "../../view/format.ts";

/** How much is remembered, and what is in force to search it by meaning. */
export function EmbedderCard() {
  const query = useQuery(memoryStatusQuery());
  const jobs = useQuery(jobsQuery());
  const status = query.data;
  return (
    <section aria-labelledby="memory-embedder" className="card space-y-2 p-4 text-sm">
      <h2 id="memory-embedder" className="text-sm font-semibold">
        Searching by meaning
      </h2>
      {status === undefined ? (
        <PanelStatus query={query} what="the state of the memory" />
      ) : (
        <>
          <p>
            {formatPlural(status.chunks, "chunk")} of {formatPlural(status.sources, "source")}.
            {status.searchable < status.chunks &&
              ` The vectors of ${formatCount(status.chunks - status.searchable)} are still read; words find them.`}
          </p>
          <p>
            In force:{" "}
            <strong className="font-semibold">
              {status.embedder.is_built_in ? "the built-in embedder" : status.embedder.name}
            </strong>
            , {status.embedder.dimensions} dimensions.
            {status.embedder.is_built_in && " It knows words and their parts, not synonyms."}
          </p>
          {status.server === null ? (
            <p className="text-ink-2">No embedding model is asked for.</p>
          ) : (
            <p className="text-ink-2">
              {status.server.state === "away" && `${status.server.description} is away. ${status.server.reason ?? ""}`}
              {status.server.state === "embedding" &&
                `${status.server.description}: it takes over once all ${formatCount(status.chunks)} chunks are embedded (${formatCount(status.server.embedded)} are).`}
              {status.server.state === "in_use" &&
                `${status.server.description}: ${formatCount(status.server.embedded)} of ${formatCount(status.chunks)} chunks embedded.`}
            </p>
          )}
          {status.server?.job_id != null && (
            <JobProgress
              job={jobs.data?.find(({ id }) => id === status.server?.job_id)}
              label="Chunks that are embedded"
            />
          )}
        </>
      )}
    </section>
  );
}
