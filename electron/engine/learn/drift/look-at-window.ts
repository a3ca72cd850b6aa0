import type { FeatureReference } from "../../detect/anomaly/reference.ts";
import { type Db, defineSlowRead } from "../../store/store.ts";
import { compareFeature, type FeatureComparison } from "./compare-feature.ts";
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
    const readerOf = (name: string) => {
      const index = at.get(name);
      return ({ features }: WindowSession) => (index === undefined ? Number.NaN : features[index]!);
    };
    const parts: Part[] = [
      { subject: "feature", set: question.behaviour, live: sessions, readerOf },
      {
        subject: "behaviour_score",
        set: question.behaviourScores,
        live: byBehaviour,
        readerOf: () => (session) => session.behaviouralScore,
      },
      { subject: "payload_score", set: question.payload, live: byPayload, readerOf },
    ];
    return {
      ...facts,
      sessions: sessions.length,
      payloadSessions: byPayload.length,
      items: judgeParts(parts),
    };
  };
});

interface Part {
  readonly subject: DriftSubject;
  readonly set: ReferenceSet | null;
  readonly live: readonly WindowSession[];
  readonly readerOf: (name: string) => (session: WindowSession) => number;
}

/** All numbers of a look are judged together: each of them is a chance to be wrong. */
function judgeParts(parts: readonly Part[]): DriftItem[] {
  const about = new Map<FeatureComparison, Part>();
  for (const part of parts) {
    if (part.set === null || part.live.length < fewestSessions) continue;
    for (const reference of part.set.features) {
      const values = Float64Array.from(part.live, part.readerOf(reference.name));
      const sorted = values.filter((value) => !Number.isNaN(value)).sort();
      const compared = compareFeature(reference, part.set.sessions, sorted, part.live.length);
      if (compared !== null) about.set(compared, part);
    }
  }
  const compared = [...about.keys()];
  // Judging keeps the objects' members, not the objects: found again by what they share.
  const byBins = new Map(compared.map((each) => [each.bins, about.get(each)!]));
  return judgeDrift(compared).map((judged) => {
    const part = byBins.get(judged.bins)!;
    return { ...judged, subject: part.subject, sessions: part.live.length, examples: findExamples(judged, part) };
  });
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
      const isAbove = from === null || (from.inclusive ? x > from.at : x >= from.at);
      return isAbove && (to === null || (to.inclusive ? x <= to.at : x < to.at));
    })
    .sort((a, b) => b.n - a.n)
    .slice(0, mostExamples)
    .map(({ id, client, host, requestLine, decidedAt }) => ({ id, client, host, requestLine, decidedAt }));
}
