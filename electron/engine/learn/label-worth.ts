import { type PayloadClass, payloadClasses } from "../../../shared/payload.ts";

/** What is known of something that could be labelled. */
export interface Candidate {
  /** Class that the serving model gives it. */
  readonly said: PayloadClass;
  /** How unsure that is, in [0, 1]: `marginUncertainty`, `boundaryUncertainty`. */
  readonly uncertainty: number;
  /** Near-duplicates share it. */
  readonly group: number;
  /** Unlabelled occurrences in its group, itself among them; at least 1. */
  readonly alike: number;
  /** Labels of its near-duplicates, counted in the order of `payloadClasses`. */
  readonly votes: readonly number[];
}

/**
 * Weight of density. Information density takes the mean similarity to the pool to a power; within the pool that is in proportion to the
 * size of the group, since what is in no common group shares next to nothing. At 1 the largest crowd would always come first.
 */
const densityPower = 0.5;
/** What even a sure judgement is open to: so that among sure ones the largest groups come first. */
const leastDoubt = 0.02;

/**
 * Uncertainty by the margin between the two likeliest classes, in [0, 1]; a conformal set that is not just the likeliest class says
 * that the model itself cannot tell, which lifts it to a half at least. Source: Scheffer, Decomain & Wrobel 2001, "Active hidden Markov
 * models for information extraction" (margin); Vovk et al. 2005 (sets).
 *
 * @param probabilities calibrated, shape [7]
 */
export function marginUncertainty(probabilities: readonly number[], set: readonly PayloadClass[]): number {
  let [first, second] = [0, 0];
  for (const p of probabilities) {
    if (p > first) [first, second] = [p, first];
    else if (p > second) second = p;
  }
  const uncertainty = Math.min(1, Math.max(0, 1 - (first - second)));
  const isSure = set.length === 1 && probabilities[payloadClasses.indexOf(set[0]!)] === first;
  return isSure ? uncertainty : (1 + uncertainty) / 2;
}

/**
 * Uncertainty of a session by how near its score is to the threshold, in [0, 1], or, where payloads and behaviour say opposite things, by
 * how far apart those are.
 *
 * @param threshold score from which it is tagged, in (0, 1)
 */
export function boundaryUncertainty(
  { score, payloadScore, behavioralScore }: { score: number; payloadScore: number; behavioralScore: number },
  threshold: number,
): number {
  const room = score < threshold ? threshold : 1 - threshold;
  const nearness = room === 0 ? 1 : 1 - Math.abs(score - threshold) / room;
  return Math.min(1, Math.max(0, nearness, contradiction({ payloadScore, behavioralScore })));
}

/** How far apart payloads and behaviour are where one speaks for an attack and the other against it, in [0, 1]; else 0. */
export function contradiction(scores: { payloadScore: number; behavioralScore: number }): number {
  const { payloadScore, behavioralScore } = scores;
  return payloadScore >= 0.5 === behavioralScore >= 0.5 ? 0 : Math.abs(payloadScore - behavioralScore);
}

/** Share of labelled near-duplicates that are labelled otherwise than the model says, with one more that is not: in [0, 1). */
export function conflictOf({ said, votes }: Pick<Candidate, "said" | "votes">): number {
  const all = votes.reduce((sum, count) => sum + count, 0);
  return (all - votes[payloadClasses.indexOf(said)]!) / (all + 1);
}

/**
 * What a label is expected to improve, without a unit: doubt (uncertainty, or conflict with labelled neighbours) times density, less for
 * each labelled neighbour that agrees. Source: information density, Settles & Craven 2008, "An analysis of active learning strategies
 * for sequence labeling tasks", eq. 13, with groups of near-duplicates in the place of pairwise similarities.
 */
export function worthOf(candidate: Candidate): number {
  const { uncertainty, alike, votes, said } = candidate;
  const doubt = 1 - (1 - uncertainty) * (1 - conflictOf(candidate));
  const agreeing = votes[payloadClasses.indexOf(said)]!;
  return ((leastDoubt + doubt) * alike ** densityPower) / (1 + agreeing);
}

/** Candidates in the order in which they are worth a label. */
export interface Round<C> {
  readonly round: number;
  readonly candidate: C;
}

/**
 * Round by round: the first holds one of each group of near-duplicates, the most valuable first, the next one more of each, and so on. So
 * no shape comes twice in one round, and nothing is left out. Diversity by clusters: Nguyen & Smeulders 2004, "Active learning
 * using pre-clustering".
 *
 * @param keyOf breaks ties, so that the order does not depend on the order of the candidates
 */
export function orderByWorth<C extends Candidate>(candidates: readonly C[], keyOf: (one: C) => string): Round<C>[] {
  const valued = candidates.map((candidate) => ({ candidate, worth: worthOf(candidate), key: keyOf(candidate) }));
  valued.sort((a, b) => b.worth - a.worth || (a.key < b.key ? -1 : 1));
  const taken = new Map<number, number>();
  const rounds = valued.map(({ candidate }) => {
    const round = taken.get(candidate.group) ?? 0;
    taken.set(candidate.group, round + 1);
    return { round, candidate };
  });
  // Stable: within a round the order of worth stays.
  return rounds.sort((a, b) => a.round - b.round);
}
