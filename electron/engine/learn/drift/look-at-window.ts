import type { FeatureReference } from "../../detect/anomaly/reference.ts";
import { type Db, defineSlowRead } from "../../store/store.ts";
import { compareFeature } from "./compare-feature.ts";
import { isBelow } from "./feature-bins.ts";
import { fewestSessions, type JudgedFeature, judgeDrift } from "./judge-drift.ts";
import { prepareWindowSessions, type WindowSession } from "./window-sessions.ts";

/** What sessions are held against: how some numbers are spread over the sessions that a model was made from. */
export interface ReferenceSet {
  /** Hash of the model. */
  readonly model: string;
  /** Sessions that it stands for. */
  readonly sessions: number;
  readonly features: readonly FeatureReference[];
}

export interface DriftQuestion {
  /** Sessions decided since, epoch ms. */
  readonly since: number;
  readonly extractorVersion: string;
  /** Order of the vectors of that version. */
  readonly schema: readonly string[];
  /** Sessions that the behaviour model was fitted to; null: it was fitted to none. */
  readonly behaviour: ReferenceSet | null;
  /** What that model says of some of them; null like it. */
  readonly behaviourScores: ReferenceSet | null;
  /** Sessions that the payload model judged when it was made; null: it has no such record. */
  readonly payload: ReferenceSet | null;
}

/** Which model a number speaks of, and how it was read. */
export type DriftSubject = "feature" | "behaviour_score" | "payload_score";

/** A session to look at. */
export type DriftExample = Pick<WindowSession, "id" | "client" | "host" | "requestLine" | "decidedAt">;

export interface DriftItem extends JudgedFeature {
  readonly subject: DriftSubject;
  /** Live sessions that it was read from. */
  readonly sessions: number;
  /** Sessions where the share grew most, the newest first. */
  readonly examples: readonly DriftExample[];
}

export interface WindowLook {
  /** Sessions that count: one a client, of clients never flagged. */
  readonly sessions: number;
  readonly read: number;
  readonly stored: number;
  readonly from: number | null;
  readonly to: number | null;
  /** Of the window, judged by the payload model whose record they are held against. */
  readonly payloadSessions: number;
  /** What moved most first; empty with too few sessions. */
  readonly items: readonly DriftItem[];
}

const mostExamples = 5;

/** Holds a window of sessions against what the deployed models were made from. Bounded: some twenty thousand rows, whatever is stored. */
export const lookAtWindow = defineSlowRead("drift.look", (db: Db) => {
  const read = prepareWindowSessions(db);
  return (question: DriftQuestion): WindowLook => {
    const { sessions, ...facts } = read(question.since, question.extractorVersion);
    const judgedBy = (model: string | undefined, key: "modelHash" | "anomalyHash") =>
      sessions.filter(({ inputs }) => inputs[key] === model);
    const byPayload = judgedBy(question.payload?.model, "modelHash");
    const byBehaviour = judgedBy(question.behaviourScores?.model, "anomalyHash");
    const at = new Map(question.schema.map((name, i) => [name, i]));
    const fromVector: Reader = (name) => {
      const index = at.get(name);
      return index === undefined ? () => Number.NaN : ({ features }) => features[index] ?? Number.NaN;
    };
    const fromScore: Reader = () => (session) => session.behaviouralScore;
    const parts: Part[] = [
      { subject: "feature", set: question.behaviour, live: sessions, readerOf: fromVector },
      { subject: "behaviour_score", set: question.behaviourScores, live: byBehaviour, readerOf: fromScore },
      { subject: "payload_score", set: question.payload, live: byPayload, readerOf: fromVector },
    ];
    return {
      ...facts,
      sessions: sessions.length,
      payloadSessions: byPayload.length,
      items: judgeParts(parts),
    };
  };
});

/** How a number is read from a session; NaN: not available. */
type Reader = (name: string) => (session: WindowSession) => number;

interface Part {
  readonly subject: DriftSubject;
  readonly set: ReferenceSet | null;
  readonly live: readonly WindowSession[];
  readonly readerOf: Reader;
}

/**
 * The available values of each number, ascending. Session by session: number by number, each value would be fetched from another place
 * of the memory.
 */
function sortValues({ live, readerOf }: Part, names: readonly string[]): Float64Array[] {
  const readers = names.map(readerOf);
  const columns = names.map(() => new Float64Array(live.length));
  for (const [row, session] of live.entries()) {
    for (let i = 0; i < readers.length; i++) columns[i]![row] = readers[i]!(session);
  }
  return columns.map((column) => {
    // What is not a number comes last.
    column.sort();
    let known = column.length;
    while (known > 0 && Number.isNaN(column[known - 1])) known--;
    return column.subarray(0, known);
  });
}

/** All numbers of a look are judged together: each of them is a chance to be wrong. */
function judgeParts(parts: readonly Part[]): DriftItem[] {
  const compared = parts.flatMap((part) => {
    if (part.set === null || part.live.length < fewestSessions) return [];
    const { features, sessions } = part.set;
    const columns = sortValues(
      part,
      features.map(({ name }) => name),
    );
    return features.flatMap((reference, i) => {
      const found = compareFeature(reference, sessions, columns[i]!, part.live.length);
      return found === null ? [] : [{ ...found, part }];
    });
  });
  return judgeDrift(compared).map(({ part, ...judged }) => ({
    ...judged,
    subject: part.subject,
    sessions: part.live.length,
    examples: findExamples(judged, part),
  }));
}

/** Sessions in the stretch that gained most, of numbers that moved. */
function findExamples(judged: JudgedFeature, { live, readerOf }: Part): DriftExample[] {
  if (judged.level === "stable") return [];
  const gained = judged.bins.reduce((most, bin) =>
    bin.live - bin.reference > most.live - most.reference ? bin : most,
  );
  const value = readerOf(judged.name);
  const { from, to, isMissing } = gained;
  return live
    .filter((session) => {
      const x = value(session);
      if (Number.isNaN(x) || isMissing) return Number.isNaN(x) && isMissing;
      return (from === null || !isBelow(x, from)) && (to === null || isBelow(x, to));
    })
    .sort((a, b) => b.n - a.n)
    .slice(0, mostExamples)
    .map(({ id, client, host, requestLine, decidedAt }) => ({ id, client, host, requestLine, decidedAt }));
}
