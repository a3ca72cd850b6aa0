import { z } from "zod";
import type { SampleKind } from "../../../shared/label.ts";
import { type PayloadClass, type Place, payloadClasses } from "../../../shared/payload.ts";
import { prepareFindings } from "../detect/verdicts/verdict-tables.ts";
import { type Db, defineSlowRead } from "../store/store.ts";
import { prepareClosings } from "./closed-alerts.ts";
import { prepareIncluded } from "./label-exclusions.ts";
import { boundaryUncertainty, type Candidate, contradiction, marginUncertainty } from "./label-worth.ts";
import { type Neighbour, prepareIsLabelled, prepareNeighbours } from "./labelled-samples.ts";
import { groupNearDuplicates } from "./near-duplicates.ts";
import { longestSample, payloadSampleId, sessionSampleId } from "./sample-identity.ts";

/** Something that nobody has labelled. */
export interface Unlabelled {
  readonly sample: string;
  readonly verdictId: string;
  /** Number of the finding in its session; null for a session. */
  readonly finding: number | null;
}

/** Something unlabelled, and what a label of it is expected to improve depends on. */
export interface LabelCandidate extends Unlabelled, Candidate {
  /** Classes that the model cannot tell apart, likeliest first; one: it is sure of it, as far as it goes. */
  readonly torn: readonly PayloadClass[];
  /** Of a session: payloads and behaviour say opposite things. */
  readonly isContradicted: boolean;
  /** Text and place, where another model than the one that serves now judged it; else null. */
  readonly stale: { readonly text: string; readonly place: Place } | null;
}

export interface CandidateQuestion {
  readonly kind: SampleKind;
  /** Place in the list of verdicts to go on from, the newest first; null: from the newest on. */
  readonly below: number | null;
  /** Where to draw at random from: what `lotOf` could give. */
  readonly lot: string;
  /** Hash of the payload model that serves. */
  readonly model: string;
}

export interface CandidatePool {
  readonly candidates: readonly LabelCandidate[];
  /** `below` of the next pool; null: everything was looked at. */
  readonly next: number | null;
}

/**
 * What one pool is made of: the next sessions in the order of time, and, for the first one, those nearest to the threshold, and as many
 * drawn at random from all, so that what is worth most is found wherever it lies. A few hundred at random hold, with near certainty,
 * one of the best hundredth: Ertekin et al. 2007, "Learning on the border: active learning in imbalanced data classification".
 */
const mostSessions = 1000;
const nearThreshold = 250;
const atRandom = 500;
const mostCandidates = 2000;
const mostNeighbours = 2000;
const sessionsAtOnce = 100;
/** Characters of a request line and payload that sessions are held beside each other by. */
const longestShape = 500;

interface SessionRow {
  readonly n: number;
  readonly id: string;
  readonly evidence_id: string;
  readonly session: string;
  readonly alert_id: string | null;
  /** Whether it is the session that its alert is decided by. */
  readonly is_worst: number;
  readonly reason: string | null;
  readonly label: PayloadClass | null;
  readonly score: number;
  readonly payload_score: number;
  readonly behavioral_score: number;
  readonly class: PayloadClass;
  readonly verdict: string;
  readonly host: string | null;
  readonly request_line: string;
  readonly payload: string | null;
  readonly model: string;
  readonly threshold: number;
}

interface Found extends Neighbour, Omit<LabelCandidate, "group" | "alike" | "votes"> {
  times: number;
}

const SessionText = z.object({ request_line: z.string().optional() });

/** A pool of what could be labelled next, each with what is known of its worth. */
export const labelCandidates = defineSlowRead("labels.candidates", (db: Db) => {
  // CROSS JOIN keeps the order of the tables: begun from the few rows of evidence, each page would sort all verdicts.
  const select = `SELECT v.n, v.id, v.evidence_id, v.session, v.alert_id, a.verdict_id IS v.id AS is_worst, CASE WHEN a.status = 'closed' THEN a.reason END AS reason, s.label,
      v.score, v.payload_score, v.behavioral_score, v.class, v.verdict, v.host, v.request_line, v.payload,
      json_extract(v.inputs, '$.modelHash') AS model, json_extract(v.inputs, '$.tagThreshold') AS threshold
    FROM verdicts v CROSS JOIN evidence e ON e.id = v.evidence_id AND e.withdrawn = 0 LEFT JOIN alerts a ON a.id = v.alert_id
      LEFT JOIN alert_states s ON s.alert_id = v.alert_id
    WHERE v.judged_by IS NULL`;
  const newest = db.prepare<[number, number], SessionRow>(`${select} AND v.n < ? ORDER BY v.n DESC LIMIT ?`);
  const above = db.prepare<[number, number], SessionRow>(`${select} AND v.score >= ? ORDER BY v.score, v.n LIMIT ?`);
  const below = db.prepare<[number, number], SessionRow>(
    `${select} AND v.score < ? ORDER BY v.score DESC, v.n DESC LIMIT ?`,
  );
  const byLot = db.prepare<[string, number], SessionRow>(`${select} AND v.lot >= ? ORDER BY v.lot LIMIT ?`);
  const newestWithValues = db
    .prepare<[number], number>(
      "SELECT verdict FROM verdict_findings WHERE verdict < ? AND findings <> '[]' ORDER BY verdict DESC LIMIT 1",
    )
    .pluck();
  const findings = prepareFindings(db);
  const isLabelled = prepareIsLabelled(db);
  const neighboursOf = prepareNeighbours(db);
  const closings = prepareClosings(db);
  const included = prepareIncluded(db);

  return ({ kind, below: from, lot, model }: CandidateQuestion): CandidatePool => {
    const found = new Map<string, Found>();
    const neighbours = neighboursOf(kind, mostNeighbours).map((one) => (kind === "session" ? toShape(one) : one));
    const seen = new Set<number>();
    const known = new Map<string, boolean>();
    const closing = closings();
    const counts = included();

    /** As what its alert was closed, by somebody whose word counts. */
    function closedAs({ alert_id, reason }: SessionRow): string | null {
      if (alert_id === null || reason === null) return null;
      const { by, at } = closing(alert_id);
      return counts({ labeller: by, at }) ? reason : null;
    }

    function consider(one: Found): void {
      const before = found.get(one.sample);
      if (before !== undefined) {
        before.times++;
        return;
      }
      const labelled = known.get(one.sample) ?? isLabelled(one.sample);
      known.set(one.sample, labelled);
      if (!labelled) found.set(one.sample, one);
    }

    function lookAt(row: SessionRow): void {
      if (seen.has(row.n)) return;
      seen.add(row.n);
      const reason = closedAs(row);
      if (kind === "session") {
        // Closing its alert labelled it where nothing but behaviour stood out.
        const isNamed = reason === "false_positive" || (reason === "true_positive" && row.label !== null);
        const isSaid = isNamed && row.is_worst === 1 && findings(row.id).every((one) => one.class === "benign");
        if (!isSaid) consider(ofSession(row));
        return;
      }
      let isFirst = true;
      for (const [n, finding] of findings(row.id).entries()) {
        const isFlagged = finding.class !== "benign";
        const text = finding.text.slice(0, longestSample).toWellFormed();
        const { place, set, probabilities } = finding;
        // Closing its alert has said so already.
        const isSaid = isFlagged && (reason === "false_positive" || (reason === "true_positive" && isFirst));
        if (isFlagged) isFirst = false;
        if (isSaid) {
          const label = reason === "false_positive" ? "benign" : (row.label ?? finding.class);
          if (neighbours.length < 2 * mostNeighbours) neighbours.push({ text, place, label });
          continue;
        }
        consider({
          sample: payloadSampleId(place, text),
          verdictId: row.id,
          finding: n,
          said: finding.class,
          label: finding.class,
          uncertainty: marginUncertainty(probabilities, set),
          torn: tornOf(probabilities, set),
          isContradicted: false,
          text,
          place,
          stale: row.model === model ? null : { text, place },
          times: 1,
        });
      }
    }

    if (from === null) {
      const threshold = newest.get(Number.MAX_SAFE_INTEGER, 1)?.threshold ?? 0.5;
      for (const row of above.all(threshold, nearThreshold)) lookAt(row);
      for (const row of below.all(threshold, nearThreshold)) lookAt(row);
      const drawn = byLot.all(lot, atRandom);
      for (const row of drawn) lookAt(row);
      if (drawn.length < atRandom) for (const row of byLot.all("", atRandom - drawn.length)) lookAt(row);
    }
    let top = from ?? Number.MAX_SAFE_INTEGER;
    let isEnd = false;
    for (let looked = 0; looked < mostSessions && found.size < mostCandidates && !isEnd; looked += sessionsAtOnce) {
      // Long stretches of sessions that kept no value are passed over at once.
      const last = kind === "payload" ? newestWithValues.get(top) : top - 1;
      const rows = last === undefined ? [] : newest.all(last + 1, sessionsAtOnce);
      for (const row of rows) lookAt(row);
      isEnd = rows.length < sessionsAtOnce;
      top = rows.at(-1)?.n ?? top;
    }
    return { candidates: withGroups([...found.values()], neighbours), next: isEnd ? null : top };
  };
});

function ofSession(row: SessionRow): Found {
  const scores = { score: row.score, payloadScore: row.payload_score, behavioralScore: row.behavioral_score };
  const said = row.verdict === "benign" ? ("benign" as const) : row.class;
  return {
    sample: sessionSampleId(row.evidence_id, row.session),
    verdictId: row.id,
    finding: null,
    said,
    label: said,
    uncertainty: boundaryUncertainty(scores, row.threshold),
    torn: [said],
    isContradicted: contradiction(scores) > 0,
    text: `${row.request_line} ${row.payload ?? ""}`.slice(0, longestShape),
    place: null,
    stale: null,
    times: 1,
  };
}

/** What a labelled session is held beside others by: its request line, which stands in its text. */
function toShape({ text, label }: Neighbour): Neighbour {
  const { request_line } = SessionText.parse(JSON.parse(text));
  return { text: `${request_line ?? text} `.slice(0, longestShape), place: null, label };
}

/** A class is in doubt from this probability on. */
const doubtfulFrom = 0.1;

/** Classes between which the model is torn: its conformal set where that holds several, else those with a share worth speaking of. */
export function tornOf(probabilities: readonly number[], set: readonly PayloadClass[]): PayloadClass[] {
  const p = (name: PayloadClass) => probabilities[payloadClasses.indexOf(name)]!;
  const likeliest = payloadClasses.toSorted((a, b) => p(b) - p(a));
  return likeliest.filter((name, i) => i === 0 || (i < 3 && (p(name) >= doubtfulFrom || set.includes(name))));
}

function withGroups(found: readonly Found[], neighbours: readonly Neighbour[]): LabelCandidate[] {
  const groups = groupNearDuplicates([...neighbours, ...found]);
  const votes = new Map<number, number[]>();
  const alike = new Map<number, number>();
  for (const [i, { label }] of neighbours.entries()) {
    const own = votes.get(groups[i]!) ?? payloadClasses.map(() => 0);
    own[payloadClasses.indexOf(label)]!++;
    votes.set(groups[i]!, own);
  }
  const groupOf = (i: number) => groups[neighbours.length + i]!;
  for (const [i, { times }] of found.entries()) alike.set(groupOf(i), (alike.get(groupOf(i)) ?? 0) + times);
  const none = payloadClasses.map(() => 0);
  return found.map(({ text: _text, place: _place, label: _label, times: _times, ...one }, i) => {
    const group = groupOf(i);
    return { ...one, group, alike: alike.get(group)!, votes: votes.get(group) ?? none };
  });
}
