import type { VerdictInputs } from "../../detect/verdicts/verdict-record.ts";
import type { Db } from "../../store/store.ts";

/** Sessions that a look reads at most: bounds its time and memory, whatever was stored. */
export const mostRead = 20_000;
/** Stretches that they are taken from, evenly spread, where a window holds more. */
const stretches = 20;

/** One session of a window that counts. */
export interface WindowSession {
  readonly n: number;
  readonly id: string;
  /** In the order of the extractor version's schema; NaN: not available. */
  readonly features: Float64Array;
  readonly behaviouralScore: number;
  readonly inputs: VerdictInputs;
  readonly client: string | null;
  readonly host: string | null;
  readonly requestLine: string;
  readonly decidedAt: number;
}

export interface WindowSessions {
  /** One a client, in the order of their ids. */
  readonly sessions: readonly WindowSession[];
  /** How many were read, the ones that do not count among them. */
  readonly read: number;
  /** Sessions of the window, withdrawn ones among them; an upper bound where some were removed since. */
  readonly stored: number;
  /** When the first and the last of the window were decided, epoch ms; null: there are none. */
  readonly from: number | null;
  readonly to: number | null;
}

interface Row {
  readonly n: number;
  readonly id: string;
  readonly client: string | null;
  readonly evidence_id: string;
  readonly verdict: string;
  readonly behavioral_score: number;
  readonly inputs: string;
  readonly features: Uint8Array;
  readonly host: string | null;
  readonly request_line: string;
  readonly decided_at: number;
}

/**
 * Reads the sessions of a window by the rule by which the behaviour model's own are chosen (reference-sessions.ts), so that like is held
 * against like: benign ones, each client once, however many sessions it has, and no client of whom any session was flagged; where the
 * evidence names no client, its file stands for one. So neither a flood of one client nor an attack moves what is ordinary. Of a large
 * window twenty stretches of a thousand sessions are read; the same window gives the same sessions.
 */
export function prepareWindowSessions(db: Db) {
  const ends = db.prepare<[], { first: number | null; last: number | null }>(
    "SELECT min(n) AS first, max(n) AS last FROM verdicts WHERE judged_by IS NULL",
  );
  const decidedFrom = db.prepare<[number], { n: number; decided_at: number }>(
    "SELECT n, decided_at FROM verdicts WHERE n >= ? AND judged_by IS NULL ORDER BY n LIMIT 1",
  );
  const decidedUpTo = db
    .prepare<[number], number>(
      "SELECT decided_at FROM verdicts WHERE n <= ? AND judged_by IS NULL ORDER BY n DESC LIMIT 1",
    )
    .pluck();
  const stretch = db.prepare<[number, number, number], Row>(
    `SELECT n, id, client, evidence_id, verdict, behavioral_score, inputs, features, host, request_line, decided_at FROM verdicts
     WHERE n >= ? AND n <= ? AND judged_by IS NULL ORDER BY n LIMIT ?`,
  );
  const isWithdrawn = db.prepare<[string], number>("SELECT withdrawn FROM evidence WHERE id = ?").pluck();
  const flaggedClient = db.prepare<[string], number>("SELECT 1 FROM alerts WHERE client = ? LIMIT 1").pluck();
  const flaggedFile = db
    .prepare<[string], number>(
      "SELECT 1 FROM verdicts WHERE evidence_id = ? AND verdict IN ('tag', 'simulate') AND client IS NULL LIMIT 1",
    )
    .pluck();

  /** The first session that was decided at or after a moment: they are stored in the order in which they are decided. */
  function firstSince(since: number, first: number, last: number): number {
    let [low, high] = [first, last + 1];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const row = decidedFrom.get(middle);
      if (row !== undefined && row.decided_at < since) low = Math.max(middle, row.n) + 1;
      else high = middle;
    }
    return Math.min(low, last + 1);
  }

  function* rowsOf(from: number, to: number): Generator<Row> {
    const width = to - from + 1;
    if (width <= mostRead) {
      yield* stretch.all(from, to, mostRead);
      return;
    }
    for (let i = 0; i < stretches; i++) {
      const start = from + Math.floor((i * width) / stretches);
      const end = from + Math.floor(((i + 1) * width) / stretches) - 1;
      yield* stretch.all(start, end, mostRead / stretches);
    }
  }

  return (since: number, extractorVersion: string): WindowSessions => {
    const { first, last } = ends.get()!;
    const from = first === null || last === null ? null : firstSince(since, first, last);
    if (from === null || last === null || from > last)
      return { sessions: [], read: 0, stored: 0, from: null, to: null };
    const inputsOf = new Map<string, VerdictInputs>();
    const withdrawn = new Map<string, boolean>();
    const flagged = new Map<string, boolean>();
    const chosen = new Map<string, WindowSession>();
    let read = 0;
    for (const row of rowsOf(from, last)) {
      read++;
      if (row.verdict !== "benign") continue;
      // All sessions of an analysis have the same inputs.
      const inputs = remember(inputsOf, row.inputs, () => JSON.parse(row.inputs) as VerdictInputs);
      if (inputs.extractorVersion !== extractorVersion) continue;
      if (remember(withdrawn, row.evidence_id, () => isWithdrawn.get(row.evidence_id) !== 0)) continue;
      const { client } = row;
      const key = client === null ? `file ${row.evidence_id}` : `client ${client}`;
      const isFlagged = remember(flagged, key, () =>
        client === null ? flaggedFile.get(row.evidence_id) === 1 : flaggedClient.get(client) === 1,
      );
      if (isFlagged) continue;
      const known = chosen.get(key);
      if (known !== undefined && known.id < row.id) continue;
      chosen.set(key, {
        n: row.n,
        id: row.id,
        // The copy aligns the bytes: SQLite hands out buffers at any offset.
        features: new Float64Array(row.features.slice().buffer),
        behaviouralScore: row.behavioral_score,
        inputs,
        client,
        host: row.host,
        requestLine: row.request_line,
        decidedAt: row.decided_at,
      });
    }
    const sessions = [...chosen.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
    return {
      sessions,
      read,
      stored: last - from + 1,
      from: decidedFrom.get(from)?.decided_at ?? null,
      to: decidedUpTo.get(last) ?? null,
    };
  };
}

function remember<T>(known: Map<string, T>, key: string, find: () => T): T {
  let value = known.get(key);
  if (value === undefined) {
    value = find();
    known.set(key, value);
  }
  return value;
}
