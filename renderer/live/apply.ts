import type { QueryClient, QueryKey } from "@tanstack/react-query";
import type { Job } from "../../shared/job.ts";
import type { LiveMessage } from "../../shared/live.ts";

/** What a batch of messages comes to: queries that are stale, and jobs as they are now. */
export interface LiveChange {
  readonly stale: readonly QueryKey[];
  readonly jobs: readonly Job[];
}

const everything: LiveChange = { stale: [[]], jobs: [] };

/** Folds messages so that each resource is read again at most once a batch, and a job is set to its last state. */
export function foldMessages(messages: readonly LiveMessage[]): LiveChange {
  const stale = new Map<string, QueryKey>();
  const jobs = new Map<string, Job>();
  const mark = (...key: string[]) => stale.set(key.join("\0"), key);
  for (const message of messages) {
    switch (message.type) {
      case "reset":
        return everything;
      case "verdicts":
        mark("verdicts", "head");
        mark("verdicts", "counts");
        mark("evidence");
        break;
      case "evidence":
        mark("evidence");
        mark("verdicts", "head");
        mark("verdicts", "counts");
        break;
      case "job":
        jobs.set(message.job.id, message.job);
        break;
      case "settings":
        mark("settings");
        break;
      case "health":
        mark("health");
        break;
      case "log":
        mark("audit");
        break;
    }
  }
  return { stale: [...stale.values()], jobs: [...jobs.values()] };
}

/** Newest first, as the route gives them; a job that is not in the list goes in front. */
export function mergeJobs(known: readonly Job[], changed: readonly Job[]): Job[] {
  const byId = new Map(changed.map((job) => [job.id, job]));
  const merged = known.map((job) => {
    const now = byId.get(job.id);
    byId.delete(job.id);
    return now ?? job;
  });
  return [...[...byId.values()].reverse(), ...merged];
}

/** Sets jobs to what the stream said of them. */
export function applyJobs(client: QueryClient, jobs: readonly Job[]): void {
  if (jobs.length === 0) return;
  client.setQueryData<Job[]>(["jobs"], (known) => (known === undefined ? undefined : mergeJobs(known, jobs)));
}

/**
 * Marks a resource as stale; what is on the screen is read again. The pages of the verdict list are only read again after a
 * reset: what is new in them is merged from the head.
 */
export function markStale(client: QueryClient, queryKey: QueryKey): void {
  if (queryKey.length === 0) void client.resetQueries({ queryKey: ["verdicts", "pages"] });
  void client.invalidateQueries({
    queryKey,
    predicate: (query) => !(query.queryKey[0] === "verdicts" && query.queryKey[1] === "pages"),
  });
}
