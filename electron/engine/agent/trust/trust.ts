import { SentinelError } from "../../../../shared/errors.ts";
import type { Clock } from "../../base/clock.ts";
import { enginePrincipal, type Principal, requireRole } from "../../base/principals.ts";
import type { EventRow, StoreHost } from "../../store/store.ts";
import {
  applyTrust,
  type IncidentKind,
  judgeRaise,
  levelAfter,
  type RedTeamMark,
  readTrustEvent,
  type TrustCriterion,
  type TrustEvent,
  type TrustState,
} from "./trust-state.ts";
import { draftTrust, partOf, type TrustChangeRow, trustChanges, trustEntity, trustNow } from "./trust-table.ts";

/** Changes that are shown. */
const shownChanges = 100;

export interface TrustView {
  readonly state: TrustState;
  /** In force now; below `state.level` for the moment in which an incident is being written down. */
  readonly level: number;
  readonly criteria: readonly TrustCriterion[];
  /** The last first. */
  readonly changes: readonly TrustChangeRow[];
}

/** How far the agent is trusted. Lower never means that a task is not done: more of it is asked for. */
export interface Trust {
  /** In force now, 0 to 4. */
  level(): number;
  view(): Promise<TrustView>;
  /**
   * @returns id of its event, by which it is undone
   * @throws SentinelError FORBIDDEN below admin, GATES_FAILED naming what is missing
   */
  raise(by: Principal, reason: string): Promise<string>;
  /** An analyst's report: an incident. @throws SentinelError FORBIDDEN below analyst */
  lower(by: Principal, reason: string): Promise<void>;
  /** Other outcomes count for nothing. */
  noteTask(outcome: string): Promise<void>;
  /** The level is lower as soon as this is called, whether or not it can be written down. @param detail nothing untrusted */
  noteIncident(kind: IncidentKind, detail: string): Promise<void>;
  notePanic(): Promise<void>;
  /** A run whose cases failed is an incident. */
  noteRedTeam(run: RedTeamMark): Promise<void>;
  close(): void;
}

/**
 * @param configured the operator's word (`SENTINEL_TRUST_LEVEL`), null: none. It sets the level once, when it differs from what was last
 *   set this way, and is the operator's own responsibility: it asks for no criteria, and a later incident lowers it nevertheless
 * @param inForce hash of the policies and scanners in force
 */
export async function createTrust(options: {
  store: Pick<StoreHost, "read" | "append" | "onAppended">;
  clock: Clock;
  configured: number | null;
  inForce: () => string;
}): Promise<Trust> {
  const { store, clock, configured, inForce } = options;
  /** Events that came before the state was read. */
  let early: EventRow[] | null = [];
  let seen = 0;
  let state: TrustState;
  let versions: Record<string, number>;
  /** Not above this, while an incident is not in the log yet, or could not be written. */
  let ceiling = Number.POSITIVE_INFINITY;
  let last: Promise<unknown> = Promise.resolve();

  const stop = store.onAppended((rows) => {
    if (early === null) follow(rows);
    else early.push(...rows);
  });
  const now = await store.read(trustNow, null);
  ({ state, seq: seen, versions } = now);
  const missed = early;
  early = null;
  follow(missed);

  function follow(rows: readonly EventRow[]): void {
    for (const row of rows) {
      if (row.entity_type !== trustEntity || row.seq <= seen) continue;
      seen = row.seq;
      state = applyTrust(state, readTrustEvent(row));
      versions[row.entity_id] = row.version;
    }
  }

  /** One after the other, so that each sees what came of the one before. */
  function add(make: () => { event: TrustEvent; inverse?: TrustEvent }, by: Principal): Promise<string> {
    const adding = last.then(async () => {
      const { event, inverse = null } = make();
      const rows = await store.append([draftTrust(event, versions[partOf(event.kind)] ?? 0, inverse)], by);
      follow(rows);
      return rows[0]!.id;
    });
    last = adding.catch(() => {});
    return adding;
  }

  /** Incidents that are not written down yet. */
  let pending = 0;
  async function addIncident(kind: IncidentKind, detail: string, by: Principal): Promise<void> {
    // SECURITY: at once; what cannot be written down holds nevertheless, until the next start.
    ceiling = levelAfter(level(), kind);
    pending++;
    const at = clock.now();
    await add(() => ({ event: { kind: "trust.incident", payload: { kind, detail: detail.slice(0, 2000), at } } }), by);
    pending--;
    if (pending === 0) ceiling = Number.POSITIVE_INFINITY;
  }

  const level = () => Math.min(state.level, ceiling);

  if (configured !== null && configured !== state.configured) {
    await add(
      () => ({ event: { kind: "trust.configured", payload: { level: configured, at: clock.now() } } }),
      enginePrincipal,
    );
  }

  return {
    level,
    async view() {
      const changes = await store.read(trustChanges, shownChanges);
      return { state, level: level(), criteria: judgeRaise(state, inForce()), changes };
    },
    async raise(by, reason) {
      requireRole(by, "admin");
      return await add(() => {
        const missing = judgeRaise(state, inForce()).filter(({ met }) => !met);
        if (missing.length > 0 || ceiling < state.level) {
          const why = missing.map(({ told }) => told).join(" ") || "An incident is being written down.";
          throw new SentinelError("GATES_FAILED", `The trust level cannot be raised. ${why}`);
        }
        const { level: from, since, tasks } = state;
        return {
          event: { kind: "trust.raised", payload: { reason, at: clock.now() } },
          inverse: { kind: "trust.unraised", payload: { level: from, since, tasks } },
        };
      }, by);
    },
    async lower(by, reason) {
      requireRole(by, "analyst");
      await addIncident("report", reason, by);
    },
    async noteTask(outcome) {
      if (outcome !== "completed" && outcome !== "denied") return;
      await add(() => ({ event: { kind: "trust.task", payload: { outcome } } }), enginePrincipal);
    },
    noteIncident: (kind, detail) => addIncident(kind, detail, enginePrincipal),
    notePanic: () => addIncident("panic", "The panic button was pressed.", enginePrincipal),
    async noteRedTeam(run) {
      await add(() => ({ event: { kind: "trust.red_team", payload: run } }), enginePrincipal);
      if (run.failed > 0) {
        await addIncident("failed_red_team", `${run.failed} of ${run.cases} cases failed.`, enginePrincipal);
      }
    },
    close: stop,
  };
}
