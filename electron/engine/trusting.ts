import type { AgentTrust, RedTeamSummary } from "../../shared/agent-trust.ts";
import { SentinelError } from "../../shared/errors.ts";
import type { PolicyBook } from "./agent/policy/tool-policy.ts";
import { hashInForce, runRedTeam } from "./agent/trust/red-team/run-red-team.ts";
import { createTrust } from "./agent/trust/trust.ts";
import { tasksNeeded } from "./agent/trust/trust-state.ts";
import { keepRedTeamRun, type RedTeamRow, redTeamRuns } from "./agent/trust/trust-table.ts";
import { type Clock, toInstant } from "./base/clock.ts";
import type { Engine } from "./engine-interface.ts";
import type { Jobs } from "./store/jobs.ts";
import type { StoreHost } from "./store/store.ts";

const jobKind = "red-team";

/** How far the agent is trusted, and the red-team suite, in wire shapes. */
export async function createTrustOperations(options: {
  readonly store: StoreHost;
  readonly jobs: Jobs;
  readonly clock: Clock;
  /** The operator's word; null: none. */
  readonly configured: number | null;
  policies(): PolicyBook;
  /** Name of each scanner in force. */
  readonly scanners: readonly string[];
  satisfies(schema: Readonly<Record<string, unknown>>, value: unknown): boolean;
}) {
  const { store, jobs, clock, configured, policies, scanners, satisfies } = options;
  const inForce = () => hashInForce(policies(), scanners);
  const trust = await createTrust({ store, clock, configured, inForce });

  jobs.register<Record<string, never>, never>({
    kind: jobKind,
    role: "analyst",
    resumable: false,
    async run(_, { signal, progress }) {
      const run = await runRedTeam({
        level: trust.level(),
        policies: policies(),
        satisfies,
        // The worst case: nothing is found.
        scan: async () => ({ flagged: false, results: {} }),
        scanners,
        signal,
        onProgress: (done, total) => progress({ step: "Attacking", done, total, unit: "cases" }),
      });
      const at = clock.now();
      const { level, hash, failed, cases } = run;
      await store.write(keepRedTeamRun, { at, level, hash, failed, cases });
      await trust.noteRedTeam({ at, level, hash, failed, cases: cases.length });
      return { level, cases: cases.length, failed };
    },
  });

  async function look(): Promise<AgentTrust> {
    const { state, level, criteria, changes } = await trust.view();
    return {
      level,
      since: state.since === 0 ? null : toInstant(state.since),
      tasks: state.tasks,
      tasks_needed: tasksNeeded,
      denials: state.denials,
      incident_count: state.incidents,
      configured: state.configured,
      can_raise: criteria.every(({ met }) => met),
      criteria: [...criteria],
      red_team: state.red_team === null ? null : { ...state.red_team, at: toInstant(state.red_team.at) },
      changes: changes.map((one) => ({ ...one, at: toInstant(one.at) })),
    };
  }

  const operations: Omit<Engine["trust"], "policies"> = {
    get: look,
    async raise({ reason }, by) {
      const event_id = await trust.raise(by, reason);
      return { ...(await look()), event_id };
    },
    async report({ reason }, by) {
      await trust.lower(by, reason);
      return await look();
    },
    async startRedTeam(by) {
      if (jobs.active(jobKind).length > 0) throw new SentinelError("BUSY", "The red team is at work already.");
      return { job_id: (await jobs.start(jobKind, {}, `Trust level ${trust.level()}`, by)).id };
    },
    async redTeam() {
      const [rows, list] = await Promise.all([store.read(redTeamRuns, null), jobs.list()]);
      const going = list.find(({ kind, state }) => kind === jobKind && (state === "running" || state === "queued"));
      return { runs: rows.map(toSummary), cases: [...(rows[0]?.cases ?? [])], job_id: going?.id ?? null };
    },
  };
  return { trust, operations };
}

function toSummary({ at, level, cases, failed, hash }: RedTeamRow): RedTeamSummary {
  return { at: toInstant(at), level, cases: cases.length, failed, hash };
}
