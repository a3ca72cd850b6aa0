import type { QueryClient, QueryKey } from "@tanstack/react-query";
import type { Job } from "../../shared/job.ts";
import type { LiveMessage } from "../../shared/live.ts";

/** What a batch of messages comes to: queries that are stale, jobs as they are now, and alerts whose rows are to be read again. */
export interface LiveChange {
  readonly stale: readonly QueryKey[];
  readonly jobs: readonly Job[];
  /** Null: any. */
  readonly alerts: ReadonlySet<string> | null;
}

const everything: LiveChange = { stale: [[]], jobs: [], alerts: null };

/** Lists whose pages stay as they are: what is new in them is merged from their heads. */
const pagedLists: ReadonlySet<unknown> = new Set(["verdicts", "alerts", "search"]);

/** Alerts of one message that are marked one by one. */
const fewAlerts = 20;

/** Folds messages so that each resource is read again at most once a batch, and a job is set to its last state. */
export function foldMessages(messages: readonly LiveMessage[]): LiveChange {
  const stale = new Map<string, QueryKey>();
  const jobs = new Map<string, Job>();
  let alerts: Set<string> | null = new Set();
  const mark = (...key: string[]) => stale.set(key.join("\0"), key);
  // A verdict that is open is in force no longer once its evidence is judged again, withdrawn or erased.
  const markVerdictsOf = (evidenceId: string) =>
    stale.set(`verdict\0${evidenceId}`, ["verdict", { evidence_id: evidenceId }]);
  const markSearch = () => {
    mark("search", "head");
    mark("search", "counts");
  };
  const markAlerts = (ids: readonly string[] | null) => {
    mark("alerts", "head");
    mark("alerts", "counts");
    // What a case says of its alerts follows them.
    mark("cases");
    if (ids === null) alerts = null;
    for (const id of ids ?? []) alerts?.add(id);
    if (ids === null || ids.length > fewAlerts) mark("alerts", "one");
    else for (const id of ids) mark("alerts", "one", id);
  };
  for (const message of messages) {
    switch (message.type) {
      case "reset":
        return everything;
      case "verdicts":
        mark("verdicts", "head");
        mark("verdicts", "counts");
        mark("evidence");
        markVerdictsOf(message.evidence_id);
        mark("alerts", "of");
        markSearch();
        markAlerts(null);
        break;
      case "alerts":
        markAlerts(message.ids);
        break;
      case "cases":
        mark("cases");
        // An alert shows the title of its case.
        mark("alerts", "one");
        break;
      case "models":
        mark("models");
        break;
      case "rules":
        mark("rules");
        mark("approvals");
        break;
      case "trust":
        mark("trust");
        break;
      case "memory":
        mark("memory");
        break;
      case "tasks":
        mark("tasks");
        mark("approvals");
        break;
      case "datasets":
        mark("datasets");
        break;
      case "lost":
        mark("fleet-decisions");
        break;
      case "handover":
        mark("handover");
        break;
      case "evidence":
        mark("evidence");
        mark("verdicts", "head");
        mark("verdicts", "counts");
        mark("alerts", "of");
        markSearch();
        markAlerts(null);
        break;
      case "job":
        jobs.set(message.job.id, message.job);
        if (message.job.kind === "replay" && message.job.state !== "running") mark("replays");
        if (message.job.kind === "red-team" && message.job.state !== "running") mark("trust");
        if (message.job.kind === "backtest" && message.job.state !== "running") mark("rules");
        break;
      case "gatekeepers":
        mark("gatekeepers");
        mark("health");
        break;
      case "drift":
        mark("drift");
        break;
      case "simulations":
        mark("simulations");
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
  return { stale: [...stale.values()], jobs: [...jobs.values()], alerts };
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

const isOfEvidence = (of: unknown): of is { evidence_id: string } =>
  typeof of === "object" && of !== null && "evidence_id" in of;

/** Marks a resource as stale; what is on the screen is read again. The pages of long lists are only read again after a reset. */
export function markStale(client: QueryClient, queryKey: QueryKey): void {
  const [resource, of] = queryKey;
  if (resource === "verdict" && isOfEvidence(of)) {
    const isMember = ({ evidence_id }: Partial<typeof of>) => of.evidence_id === "" || evidence_id === of.evidence_id;
    void client.invalidateQueries({
      queryKey: ["verdict"],
      predicate: ({ queryKey: { length }, state: { data } }) => length === 2 && isMember(data ?? {}),
    });
    return;
  }
  const isPage = (key: QueryKey) => pagedLists.has(key[0]) && key[1] === "pages";
  if (queryKey.length === 0) void client.resetQueries({ predicate: (query) => isPage(query.queryKey) });
  void client.invalidateQueries({ queryKey, predicate: (query) => !isPage(query.queryKey) });
}
