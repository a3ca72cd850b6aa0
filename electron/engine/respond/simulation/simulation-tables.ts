import type { z } from "zod";
import type { ByteSpan } from "../../../../shared/payload.ts";
import type { EgressRecord, SandboxCheck } from "../../../../shared/sandbox.ts";
import type {
  SimulatedPayload,
  SimulatedResponse,
  SimulationApplication,
  SimulationLogLine,
  SimulationState,
  SimulationVerdict,
} from "../../../../shared/simulation.ts";
import type { SinkKind } from "../../../../shared/simulator.ts";
import { fileNameOf } from "../../evidence/erased-tables.ts";
import { defineRead, defineWrite, type StoreModule } from "../../store/store.ts";

/** Simulations that are kept; the oldest go first. */
const keptSimulations = 2_000;

/** A simulation as far as it has come. */
export interface SimulationRow {
  readonly id: string;
  readonly evidenceId: string;
  readonly session: string;
  readonly verdictId: string;
  readonly application: SimulationApplication;
  readonly automatic: boolean;
  readonly actor: string;
  readonly state: SimulationState;
  readonly verdict: SimulationVerdict | null;
  readonly score: number | null;
  readonly reason: string;
  readonly payloads: number;
  readonly confirmed: number;
  readonly askedAt: string;
  readonly endedAt: string | null;
  readonly tookMs: number | null;
  readonly details: SimulationDetails;
}

export interface SimulationDetails {
  readonly sinks: readonly SinkKind[];
  readonly isolation: readonly SandboxCheck[];
  readonly driver: string;
  readonly notes: readonly string[];
  readonly log: readonly SimulationLogLine[];
  /** What its application asked the proxy for; null: it had none. Absent in rows from before there was one. */
  readonly egress?: readonly EgressRecord[] | null;
}

/** A row with the name of its evidence. */
export interface NamedSimulation extends SimulationRow {
  readonly fileName: string;
}

/** A payload as it was played; texts masked. */
export interface PlayedPayload extends SimulatedPayload {
  /** After canonicalisation. */
  readonly canonical: string;
  readonly span: z.infer<typeof ByteSpan>;
}

/** As rows have it: those from before calls were kept have none. */
type StoredResponse = Omit<SimulatedResponse, "trace" | "calls"> & Partial<Pick<SimulatedResponse, "trace" | "calls">>;
type StoredPayload = Omit<PlayedPayload, "clean" | "attack"> & Record<"clean" | "attack", StoredResponse | null>;

function readPlayed({ clean, attack, ...rest }: StoredPayload): PlayedPayload {
  const read = (one: StoredResponse | null) => (one === null ? null : { trace: [], calls: null, ...one });
  return { ...rest, clean: read(clean), attack: read(attack) };
}

interface RawRow {
  id: string;
  evidence_id: string;
  session: string;
  verdict_id: string;
  application: SimulationApplication;
  automatic: number;
  actor: string;
  state: SimulationState;
  verdict: SimulationVerdict | null;
  score: number | null;
  reason: string;
  payloads: number;
  confirmed: number;
  asked_at: string;
  ended_at: string | null;
  took_ms: number | null;
  details: string;
  file_name: string;
}

/** Stores a simulation as far as it has come; one whose evidence was erased meanwhile is not. */
export const saveSimulation = defineWrite("simulation.save", (db) => {
  const save = db.prepare(
    `INSERT INTO simulations (id, evidence_id, session, verdict_id, application, automatic, actor, state, verdict, score, reason,
       payloads, confirmed, asked_at, ended_at, took_ms, details)
     SELECT @id, @evidenceId, @session, @verdictId, @application, @automatic, @actor, @state, @verdict, @score, @reason, @payloads,
       @confirmed, @askedAt, @endedAt, @tookMs, @details FROM evidence e WHERE e.id = @evidenceId AND e.erased_at IS NULL
     ON CONFLICT (id) DO UPDATE SET state = excluded.state, verdict = excluded.verdict, score = excluded.score,
       reason = excluded.reason, payloads = excluded.payloads, confirmed = excluded.confirmed, ended_at = excluded.ended_at,
       took_ms = excluded.took_ms, details = excluded.details`,
  );
  const prune = db.prepare(
    `DELETE FROM simulations WHERE state NOT IN ('queued', 'running')
       AND id NOT IN (SELECT id FROM simulations ORDER BY id DESC LIMIT ${keptSimulations})`,
  );
  return ({ automatic, details, ...row }: SimulationRow): null => {
    save.run({ ...row, automatic: automatic ? 1 : 0, details: JSON.stringify(details) });
    if (row.state === "queued") prune.run();
    return null;
  };
});

/** Stores what came of one payload. */
export const savePlayed = defineWrite("simulation.save_played", (db) => {
  const save = db.prepare(
    "INSERT OR REPLACE INTO simulation_payloads (simulation, n, confirmed, result) SELECT id, ?, ?, ? FROM simulations WHERE id = ?",
  );
  return ({ simulation, played }: { simulation: string; played: PlayedPayload }): null => {
    save.run(played.n, played.confirmed ? 1 : 0, JSON.stringify(played), simulation);
    return null;
  };
});

/** What an engine that ended left unfinished is over. */
export const endUnfinished = defineWrite("simulation.end_unfinished", (db) => {
  const end = db.prepare(
    "UPDATE simulations SET state = 'failed', reason = 'The engine ended while it ran.', ended_at = ? WHERE state IN ('queued', 'running')",
  );
  return (at: string): null => {
    end.run(at);
    return null;
  };
});

/** Forgets what was simulated of a piece of evidence: its payloads and the responses to them are derived from it. */
export const forgetSimulations = defineWrite("simulation.forget", (db) => {
  const remove = db.prepare("DELETE FROM simulations WHERE evidence_id = ?");
  return (evidenceId: string): null => {
    remove.run(evidenceId);
    return null;
  };
});

const columns = `s.*, ${fileNameOf("e")} AS file_name FROM simulations s JOIN evidence e ON e.id = s.evidence_id AND e.withdrawn = 0`;

const toRow = (raw: RawRow): NamedSimulation => ({
  id: raw.id,
  evidenceId: raw.evidence_id,
  session: raw.session,
  verdictId: raw.verdict_id,
  application: raw.application,
  automatic: raw.automatic === 1,
  actor: raw.actor,
  state: raw.state,
  verdict: raw.verdict,
  score: raw.score,
  reason: raw.reason,
  payloads: raw.payloads,
  confirmed: raw.confirmed,
  askedAt: raw.asked_at,
  endedAt: raw.ended_at,
  tookMs: raw.took_ms,
  details: JSON.parse(raw.details) as SimulationDetails,
  fileName: raw.file_name,
});

/** Newest first; of one session where it is named. */
export const latestSimulations = defineRead("simulation.latest", (db) => {
  const all = db.prepare<[number], RawRow>(`SELECT ${columns} ORDER BY s.id DESC LIMIT ?`);
  const ofSession = db.prepare<[string, string, number], RawRow>(
    `SELECT ${columns} WHERE s.evidence_id = ? AND s.session = ? ORDER BY s.id DESC LIMIT ?`,
  );
  return ({ of, limit }: { of: { evidenceId: string; session: string } | null; limit: number }): NamedSimulation[] =>
    (of === null ? all.all(limit) : ofSession.all(of.evidenceId, of.session, limit)).map(toRow);
});

export const simulationById = defineRead("simulation.by_id", (db) => {
  const select = db.prepare<[string], RawRow>(`SELECT ${columns} WHERE s.id = ?`);
  return (id: string): NamedSimulation | null => {
    const raw = select.get(id);
    return raw === undefined ? null : toRow(raw);
  };
});

export const playedPayloads = defineRead("simulation.played", (db) => {
  const select = db
    .prepare<[string], string>("SELECT result FROM simulation_payloads WHERE simulation = ? ORDER BY n")
    .pluck();
  return (simulation: string): PlayedPayload[] =>
    select.all(simulation).map((result) => readPlayed(JSON.parse(result as string) as StoredPayload));
});

/** Verdicts of `simulate` of a piece of evidence whose sessions were never simulated, worst first. */
export const unsimulated = defineRead("simulation.unsimulated", (db) => {
  const select = db
    .prepare<[string, number], string>(
      `SELECT v.id FROM verdicts v WHERE v.evidence_id = ? AND v.verdict = 'simulate' AND NOT EXISTS
         (SELECT 1 FROM simulations s WHERE s.evidence_id = v.evidence_id AND s.session = v.session)
       ORDER BY v.score DESC LIMIT ?`,
    )
    .pluck();
  return ({ evidenceId, limit }: { evidenceId: string; limit: number }): string[] =>
    select.all(evidenceId, limit) as string[];
});

/** What simulations came to. Derived: can be run again, and goes with the evidence that it is about. */
export const simulationModule: StoreModule = {
  name: "simulation",
  migrations: [
    {
      id: 530,
      sql: `
        CREATE TABLE simulations (
          id TEXT PRIMARY KEY,
          evidence_id TEXT NOT NULL,
          session TEXT NOT NULL,
          verdict_id TEXT NOT NULL,
          application TEXT NOT NULL,
          automatic INTEGER NOT NULL,
          actor TEXT NOT NULL,
          state TEXT NOT NULL,
          verdict TEXT,
          score REAL,
          reason TEXT NOT NULL,
          payloads INTEGER NOT NULL,
          confirmed INTEGER NOT NULL,
          asked_at TEXT NOT NULL,
          ended_at TEXT,
          took_ms REAL,
          details TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX simulations_by_session ON simulations (evidence_id, session);
        CREATE TABLE simulation_payloads (
          simulation TEXT NOT NULL REFERENCES simulations (id) ON DELETE CASCADE,
          n INTEGER NOT NULL,
          confirmed INTEGER NOT NULL,
          result TEXT NOT NULL,
          PRIMARY KEY (simulation, n)
        ) STRICT, WITHOUT ROWID;`,
    },
  ],
  reads: [latestSimulations, simulationById, playedPayloads, unsimulated],
  writes: [saveSimulation, savePlayed, endUnfinished, forgetSimulations],
  projections: [],
};
