import type { Calibration } from "../../engine/detect/classifier/outcome.ts";
import type { PayloadClassifier } from "../../engine/detect/payload.ts";
import { benignClass, type Judged, judge } from "../../engine/learn/training/calibrate.ts";
import { fitDefaults, fitNetwork } from "../../engine/learn/training/fit.ts";
import { generateAttacks } from "../../engine/learn/training/generated/generate.ts";
import { createRandom } from "../../engine/learn/training/random.ts";
import { calibrationError, type Interval, pairedDifference, rates } from "../../engine/learn/training/score.ts";
import type { Corpus } from "./corpus.ts";
import { isListNoise } from "./payload-lists.ts";
import type { Sample } from "./sample.ts";
import { section } from "./tables.ts";
import { classifierOf, prepareAll } from "./train.ts";

/** Generated attacks count as one source, and so does generated ordinary text: their grammars share a hand. */
const generated = "grammars";
/** Shortest text that generated attacks are put into. */
const shortestHost = 20;
const sourceOf = (sample: Sample) => (sample.source.startsWith("grammar ") ? generated : sample.source);
const mostOfOne = 4500;
const epochs = 3;
const mostJudged = 1500;
const mostAttacksJudged = 4500;
const mostShown = 150;

/**
 * Refits at a reduced size for each attack source left out, together with each group of ordinary sources left out, and sets model
 * and rules side by side on every pair. Text that is left out is no host of generated attacks either: a fit that met French only
 * around attacks would take French for one.
 */
export function* evaluateFolds(corpus: Corpus, rules: PayloadClassifier, calibration: Calibration): Generator<string> {
  const random = createRandom("folds");
  const attackSources = ["HttpParamsDataset", "PayloadsAllTheThings", "payloadbox", generated];
  const listed = corpus.lists.filter((row) => row.split === "train" && !isListNoise(row));
  const pool = [
    ...capped(random, listed),
    ...corpus.benign,
    ...capped(random, [
      ...corpus.texts,
      ...corpus.recorded,
      ...corpus.calibrationTexts,
      ...corpus.heldoutTexts,
      ...corpus.heldoutRecorded,
    ]),
  ];
  const prepared = prepareAll(pool, "folds");
  const ordinary = [...new Set(pool.filter(isIndependent).map((sample) => sample.source))].sort();
  const groups = [0, 1].map((g) => {
    const sources = new Set(ordinary.filter((_, i) => i % 2 === g));
    const hosts = corpus.texts.filter(({ source, text }) => !sources.has(source) && text.length >= shortestHost);
    const attacks = generateAttacks(
      random.fork("attacks"),
      corpus.attacks.length,
      hosts.map(({ text }) => text),
    );
    return { sources, attacks, prepared: prepareAll(attacks, "folds of attacks") };
  });
  const pairs: { readonly gain: Interval; readonly row: string[] }[] = [];
  const outcomes: string[][] = [];
  const errors = new Map<string, string[]>();
  const together: string[][] = [];
  for (const attackSource of attackSources) {
    let won = 0;
    let lost = 0;
    let told = 0;
    const left: SideBySide = { byModel: [], byRules: [] };
    for (const { sources: group, attacks: generatedAttacks, prepared: preparedAttacks } of groups) {
      const isLeft = (sample: Sample) =>
        (sample.family !== "benign" && sourceOf(sample) === attackSource) || group.has(sample.source);
      const kept = prepared.filter((_, i) => !isLeft(pool[i]!));
      if (attackSource !== generated) kept.push(...preparedAttacks);
      const fitted = fitNetwork(kept, { ...fitDefaults, epochs, seed: `fold ${attackSource}` });
      const model = classifierOf(fitted, calibration);
      const leftOut = attackSource === generated ? generatedAttacks : listedAttacks(corpus, attackSource);
      const attacks = sampleOf(random, leftOut, mostAttacksJudged);
      const attacksByModel = judge(model, attacks);
      const attacksByRules = judge(rules, attacks);
      const all = errors.get(attackSource) ?? errorRow(attackSource, attacksByModel, random);
      errors.set(attackSource, all);
      left.byModel.push(...attacksByModel);
      left.byRules.push(...attacksByRules);
      for (const source of group) {
        const ofSource = pool.filter((sample) => sample.source === source);
        const texts = sampleOf(random, ofSource, mostJudged);
        const textsByModel = judge(model, texts);
        if (!errors.has(source)) errors.set(source, errorRow(source, textsByModel, random));
        const textsByRules = judge(rules, texts);
        left.byModel.push(...textsByModel);
        left.byRules.push(...textsByRules);
        const byModel = [...attacksByModel, ...textsByModel];
        const byRules = [...attacksByRules, ...textsByRules];
        const m = rates(byModel);
        const r = rates(byRules);
        const gain = pairedDifference(byModel, byRules, random);
        told++;
        if (gain.low > 0) won++;
        if (gain.high < 0) lost++;
        const percent = (value: number) => (100 * value).toFixed(1);
        const row = [
          attackSource,
          source,
          percent(m.recall),
          percent(m.fpr),
          percent(r.recall),
          percent(r.fpr),
          `${percent(gain.value)} (${percent(gain.low)} to ${percent(gain.high)})`,
        ];
        pairs.push({ gain, row });
      }
    }
    together.push(leftOutRow(attackSource, left));
    outcomes.push([attackSource, String(told), String(won), String(told - won - lost), String(lost)]);
  }
  yield section(
    "Each attack source left out, beside every source of ordinary text left out: model and rules at the threshold in use (an attack is likelier than not)",
    ["attacks left out", "judgements", "recall", "FPR", "recall, rules", "FPR, rules"],
    together,
  );
  yield section(
    "One attack source and one source of ordinary text left out: model against rules, pairs by balanced accuracy (paired bootstrap, 95 %)",
    ["attacks left out", "pairs", "the model is better", "not told apart", "the rules are better"],
    outcomes,
  );
  const smallestGains = pairs.sort((a, b) => a.gain.low - b.gain.low).slice(0, mostShown);
  yield section(
    `The ${smallestGains.length} of those pairs where the model gains least, in per cent`,
    [
      "attacks left out",
      "ordinary text left out",
      "recall",
      "FPR",
      "recall, rules",
      "FPR, rules",
      "gain in balanced accuracy (95 %)",
    ],
    smallestGains.map(({ row }) => row),
  );
  yield section(
    "Expected calibration error on sources left out (15 bins of equal mass)",
    ["source", "rows", "error (95 %)", "target"],
    [...errors.values()],
  );
}

/** Judgements of the same values. */
export interface SideBySide {
  readonly byModel: Judged[];
  readonly byRules: Judged[];
}

/** What an attack source that was left out comes to, all fits together. */
export function leftOutRow(source: string, { byModel, byRules }: SideBySide): string[] {
  const [model, rules] = [rates(byModel), rates(byRules)];
  const percent = (value: number) => `${(100 * value).toFixed(2)} %`;
  const shown = [model.recall, model.fpr, rules.recall, rules.fpr].map(percent);
  return [source, `${model.attacks} attacks, ${model.benign} ordinary`, ...shown];
}

/** Independently obtained, not made by our grammars nor out of the list that all share. */
function isIndependent(sample: Sample): boolean {
  return sample.family === "benign" && (sample.source.startsWith("text ") || sample.source.startsWith("recording "));
}

function listedAttacks(corpus: Corpus, source: string): Sample[] {
  return corpus.lists.filter((row) => row.source === source && row.family !== "benign" && row.split === "test");
}

/** At most `mostOfOne` of each source and family. */
function capped(random: ReturnType<typeof createRandom>, samples: readonly Sample[]): Sample[] {
  const groups = new Map<string, Sample[]>();
  for (const sample of samples) {
    const key = `${sample.source} ${sample.family}`;
    const list = groups.get(key) ?? [];
    list.push(sample);
    groups.set(key, list);
  }
  return [...groups.values()].flatMap((list) => random.shuffle(list).slice(0, mostOfOne));
}

function sampleOf<T>(random: ReturnType<typeof createRandom>, list: readonly T[], most: number): T[] {
  return random.shuffle([...list]).slice(0, most);
}

function errorRow(
  source: string,
  judged: Parameters<typeof calibrationError>[0],
  random: ReturnType<typeof createRandom>,
): string[] {
  const error = calibrationError(judged, random);
  const kind = judged[0]?.truth === benignClass ? "ordinary" : "attacks";
  return [
    `${source} (${kind})`,
    String(judged.length),
    `${error.value.toFixed(4)} (${error.low.toFixed(4)}–${error.high.toFixed(4)})`,
    "≤ 0.03",
  ];
}
