import { agreeOn, bySample, type Statement } from "./statement.ts";

/** Confidence from which the model's class counts as something that a label can contradict. */
const sureOfItself = 0.9;
/** Longest silence within one sitting, milliseconds. */
const sittingGapMs = 15 * 60_000;
/** Contradictions that a batch has at least. */
const fewestContradictions = 10;
/** Rate of contradictions that is ordinary whoever labels, and the rate that a poisoned batch is taken to have. */
const ordinaryRate = 0.05;
/** What the others' rate may raise it to. SECURITY: who contradicts many raises their rate as well, and must not hide behind it. */
const highestOrdinaryRate = 0.15;
const poisonedRate = 0.7;
/** Log-likelihood ratio from which a batch is told: e^18 to one against chance. */
const surprising = 18;

/** A run of labels of one labeller that contradicts what the model and the others say, far beyond chance. */
export interface SuspiciousBatch {
  readonly labeller: string;
  /** Of its first and last label, epoch milliseconds. */
  readonly from: number;
  readonly to: number;
  readonly labels: number;
  /** Of those that anything can be held against. */
  readonly judged: number;
  readonly contradictions: number;
  /** Log-likelihood ratio of a poisoned batch against an ordinary one. */
  readonly surprise: number;
  /** Samples of contradictions, at most 20. */
  readonly samples: readonly string[];
}

interface Word extends Pick<Statement, "sample" | "at"> {
  /** Whether it contradicts what is known from elsewhere; null: nothing is. */
  readonly contradicts: boolean | null;
}

/** How often somebody's labels contradict the others or the model, where either says anything. */
export interface LabellerRecord {
  readonly labeller: string;
  readonly labels: number;
  readonly judged: number;
  readonly contradictions: number;
}

/** What each labeller said, in the order of time, each held against what is known from elsewhere. */
function holdAgainstOthers(statements: Iterable<Statement>): Map<string, Word[]> {
  const words = new Map<string, Word[]>();
  for (const [, about] of bySample(statements)) {
    for (const statement of about) {
      // Each as one voice: what somebody settled makes nobody else's earlier word a contradiction by itself.
      const others = about.flatMap((one) => (one.labeller === statement.labeller ? [] : [{ ...one, resolves: false }]));
      const agreed = others.length > 0 ? agreeOn(others).label : null;
      const { said, resolves } = statement;
      // A resolution is there to decide against somebody where others disagree, whatever the model says of it.
      // SECURITY: where they agree, or nobody else spoke, it is a word like any other: calling it one does not hide it.
      const isJudge = resolves && others.length > 0;
      const known = agreed ?? (!isJudge && said !== null && said.confidence >= sureOfItself ? said.class : null);
      const word = {
        sample: statement.sample,
        at: statement.at,
        contradicts: known === null ? null : known !== statement.label,
      };
      const own = words.get(statement.labeller);
      if (own === undefined) words.set(statement.labeller, [word]);
      else own.push(word);
    }
  }
  for (const own of words.values()) own.sort((a, b) => a.at - b.at || (a.sample < b.sample ? -1 : 1));
  return words;
}

/** How each labeller's words stand to those of the others, busiest first. */
export function recordLabellers(statements: Iterable<Statement>): LabellerRecord[] {
  return [...holdAgainstOthers(statements)]
    .map(([labeller, words]) => ({
      labeller,
      labels: words.length,
      judged: words.filter(({ contradicts }) => contradicts !== null).length,
      contradictions: words.filter(({ contradicts }) => contradicts === true).length,
    }))
    .sort((a, b) => b.labels - a.labels || (a.labeller < b.labeller ? -1 : 1));
}

/**
 * Batches of labels that look poisoned: a burst in which one labeller contradicts the others, or a model that was sure, far more often
 * than is ordinary. Within each sitting the stretch is looked for that is likeliest to be poisoned: a sequential likelihood ratio, whose
 * best stretch is found in one pass. Source: Page 1954, "Continuous inspection schemes".
 *
 * One honest false positive is no burst; a file that was labelled by another convention is one, and told.
 */
export function findSuspiciousBatches(statements: Iterable<Statement>): SuspiciousBatch[] {
  const words = holdAgainstOthers(statements);
  const batches: SuspiciousBatch[] = [];
  for (const [labeller, own] of words) {
    const usual = Math.min(highestOrdinaryRate, Math.max(ordinaryRate, rateOfOthers(words, labeller)));
    for (const sitting of sittingsOf(own)) {
      const found = likeliestStretch(sitting, usual);
      if (found !== null) batches.push(toBatch(labeller, found.words, found.surprise));
    }
  }
  return batches.sort((a, b) => b.surprise - a.surprise || a.from - b.from);
}

function rateOfOthers(words: ReadonlyMap<string, readonly Word[]>, labeller: string): number {
  let [judged, contradictions] = [0, 0];
  for (const [name, own] of words) {
    if (name === labeller) continue;
    for (const { contradicts } of own) {
      if (contradicts !== null) judged++;
      if (contradicts === true) contradictions++;
    }
  }
  return judged === 0 ? 0 : contradictions / judged;
}

function sittingsOf(words: readonly Word[]): Word[][] {
  const sittings: Word[][] = [];
  let last = Number.NEGATIVE_INFINITY;
  for (const word of words) {
    if (word.at - last > sittingGapMs) sittings.push([]);
    sittings.at(-1)!.push(word);
    last = word.at;
  }
  return sittings;
}

function likeliestStretch(sitting: readonly Word[], usual: number): { words: Word[]; surprise: number } | null {
  const gain = Math.log(poisonedRate / usual);
  const loss = Math.log((1 - poisonedRate) / (1 - usual));
  let [sum, start] = [0, 0];
  let best = { sum: 0, start: 0, end: -1 };
  for (const [i, { contradicts }] of sitting.entries()) {
    if (contradicts === null) continue;
    if (sum <= 0) [sum, start] = [0, i];
    sum += contradicts ? gain : loss;
    if (sum > best.sum) best = { sum, start, end: i };
  }
  const words = sitting.slice(best.start, best.end + 1);
  const contradictions = words.filter(({ contradicts }) => contradicts === true).length;
  return best.sum >= surprising && contradictions >= fewestContradictions ? { words, surprise: best.sum } : null;
}

const mostShown = 20;

function toBatch(labeller: string, words: readonly Word[], surprise: number): SuspiciousBatch {
  const against = words.filter(({ contradicts }) => contradicts === true);
  return {
    labeller,
    from: words[0]!.at,
    to: words.at(-1)!.at,
    labels: words.length,
    judged: words.filter(({ contradicts }) => contradicts !== null).length,
    contradictions: against.length,
    surprise,
    samples: against.slice(0, mostShown).map(({ sample }) => sample),
  };
}
