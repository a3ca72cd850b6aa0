import { SentinelError } from "../../shared/errors.ts";
import type { FoundRequest } from "../../shared/search.ts";
import type { Score } from "../../shared/units.ts";
import { type Clock, toInstant } from "./base/clock.ts";
import type { Engine } from "./engine-interface.ts";
import type { Jobs } from "./store/jobs.ts";
import type { Sealer } from "./store/seal.ts";
import type { ReadableStore } from "./store/store.ts";
import type { NamedQueries } from "./triage/named-queries.ts";
import { countFound, type FoundRow, foundPage, type SearchPlace } from "./triage/request-search.ts";
import { searchConditions } from "./triage/search-conditions.ts";
import { listedTarget } from "./verdict-views.ts";

/** Searches over requests as screens ask for them, in wire shapes. */
export function createSearching(options: {
  store: ReadableStore;
  sealer: Sealer;
  clock: Clock;
  jobs: Jobs;
  named: Pick<NamedQueries, "watchedTraffic">;
}): Engine["search"] {
  const { store, sealer, clock, jobs, named } = options;
  /** The watches are looked up for a query that may ask for them, and for no other. */
  const conditions = async (q: string) =>
    searchConditions(q, clock.now(), /watched/i.test(q) ? await named.watchedTraffic() : []);
  return {
    async requests({ q, limit, cursor }) {
      const after = cursor === undefined ? null : readCursor(cursor);
      const { rows, next } = await store.read(foundPage, { where: await conditions(q), after, limit });
      return { items: rows.map(toFound), next: next === null ? null : toCursor(next) };
    },
    async counts({ q }) {
      const { firstSeen, lastSeen, ...counts } = await store.read(countFound, await conditions(q));
      return { ...counts, first_seen: instant(firstSeen), last_seen: instant(lastSeen) };
    },
    async scan({ text, evidence_id = null }, by) {
      const args = { text: await sealer.seal("search", text), evidence_id };
      const job = await jobs.start("search-evidence", args, "Search in headers and bodies", by);
      return { job_id: job.id };
    },
  };
}

const toCursor = ({ evidence, request }: SearchPlace) => `${evidence}.${request}`;

function readCursor(cursor: string): SearchPlace {
  const [, evidence, request] = /^(\d{1,15})\.(\d{1,10})$/.exec(cursor) ?? [];
  if (request === undefined) throw new SentinelError("INPUT_INVALID", "cursor: it is no cursor of this list.");
  return { evidence: Number(evidence), request: Number(request) };
}

const instant = (ms: number | null) => (ms === null ? null : toInstant(ms));

function toFound(row: FoundRow): FoundRequest {
  const { verdictId, verdict, score } = row;
  const isJudged = verdictId !== null && verdict !== null && score !== null;
  return {
    id: `${row.evidence}-${row.request}`,
    evidence_id: row.evidenceId,
    file_name: row.fileName,
    request: row.request,
    session: `s${row.session}`,
    verdict: isJudged ? { id: verdictId, verdict, score: score as Score } : null,
    started_at: instant(row.startedAt),
    client: row.client,
    method: row.method,
    host: row.host,
    target: listedTarget(row),
    status: row.status,
    worst:
      row.worst === null || row.confidence === null
        ? null
        : { class: row.worst, confidence: row.confidence as Score, family: row.family },
  };
}
