import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { readModel, writeModel } from "../../engine/detect/classifier/model-file.ts";
import { createPayloadClassifier, loadClassifier } from "../../engine/detect/classifier/payload-model.ts";
import {
  benignClass,
  conformalThresholds,
  fitCalibration,
  type Judged,
  judge,
  thresholdsByRate,
} from "../../engine/learn/training/calibrate.ts";
import { type Fitted, fitDefaults, fitNetwork } from "../../engine/learn/training/fit.ts";
import { createPreparer, type Prepared } from "../../engine/learn/training/prepare.ts";
import { createRandom } from "../../engine/learn/training/random.ts";
import { dataStatement } from "./card.ts";
import { type Corpus, type CorpusSizes, fullSizes, loadCorpus, onTheWire, placeFor } from "./corpus.ts";
import { isListNoise } from "./payload-lists.ts";
import type { Sample } from "./sample.ts";

export const trainingSeed = "sentinel-1";
export const setErrorRate = 0.05;

const uncalibrated = {
  version: "1",
  temperature: 1,
  benign_shift: 0,
  set_error_rate: setErrorRate,
  set_thresholds: [0, 0, 0, 0, 0, 1, 0],
};

/** Rows that a model may see: of the public lists `train` only. */
export function fittingSamples(corpus: Corpus): Sample[] {
  return [
    ...corpus.lists.filter((row) => row.split === "train" && !isListNoise(row)),
    ...corpus.attacks,
    ...corpus.benign,
    ...corpus.texts,
    ...corpus.recorded,
  ];
}

/** Uncalibrated probability of an attack from which ordinary text of the pool is hard. */
const hardFrom = 0.2;
const mostHard = 40_000;
/** A single line shorter than this may well be what it looks like. */
const shortLine = 100;

/**
 * Ordinary text that a first, short fit takes for an attack: a thousandth of all text, and what false alarms are made of. Shown
 * again, it teaches more than the other 99.9 per cent (hard negative mining; Felzenszwalb et al. 2010, section 4.4).
 */
function mineHard(corpus: Corpus, samples: readonly Sample[], prepared: readonly Prepared[]): Sample[] {
  const fitted = fitNetwork(prepared, { ...fitDefaults, epochs: 2, seed: `${trainingSeed}/mining` });
  const model = classifierOf(fitted, null);
  const known = new Set(samples.map(({ text }) => text));
  for (const row of corpus.lists) if (row.family !== "benign") known.add(row.text);
  const hard: { sample: Sample; score: number }[] = [];
  for (const sample of corpus.pool) {
    if (known.has(sample.text) || (sample.text.length < shortLine && !sample.text.includes("\n"))) continue;
    const score = 1 - model.score(sample.text, { place: sample.place! }).probabilities[benignClass]!;
    if (score >= hardFrom) hard.push({ sample, score });
  }
  hard.sort((a, b) => b.score - a.score);
  return hard.slice(0, mostHard).map(({ sample }) => sample);
}

/** Recorded traffic counts more than text that might be pasted: it is what most values are like. */
const recordedWeight = 3;

export function prepareAll(samples: readonly Sample[], seed: string): Prepared[] {
  const random = createRandom(`${seed}/places`);
  const prepare = createPreparer();
  return samples.map((sample) => {
    const place = placeFor(random, sample);
    const prepared = prepare({ ...sample, text: onTheWire(random, sample, place) }, place);
    if (sample.source.startsWith("recording ")) prepared.weight = recordedWeight;
    return prepared;
  });
}

/** A classifier of a fit as it stands, with the given calibration or none. */
export function classifierOf(fitted: Fitted, calibration: { temperature: number; benignShift: number } | null) {
  const header =
    calibration === null
      ? uncalibrated
      : { ...uncalibrated, temperature: calibration.temperature, benign_shift: calibration.benignShift };
  return createPayloadClassifier(readModel(writeModel({ header, ...fitted })), "unsaved");
}

/** Sources that the calibration's own fit leaves out, so that what it is judged on is new to it. */
const calibrationSources = new Set(["PayloadsAllTheThings", "payloadbox"]);

/** Judgements of left-out sources: validation rows of two lists, and text of the calibration folders. */
function judgeLeftOut(corpus: Corpus, samples: readonly Sample[], prepared: readonly Prepared[]): Judged[] {
  const fitted = fitNetwork(
    prepared.filter((_, i) => !calibrationSources.has(samples[i]!.source)),
    { ...fitDefaults, epochs: 3, seed: `${trainingSeed}/calibration` },
  );
  const left = [
    ...corpus.lists.filter((row) => row.split !== "test" && calibrationSources.has(row.source) && !isListNoise(row)),
    ...corpus.calibrationTexts,
  ];
  return judge(classifierOf(fitted, null), left);
}

export interface Trained {
  readonly bytes: Uint8Array;
  readonly corpus: Corpus;
  readonly leftOut: number;
}

/** Fits, calibrates and writes one model. The same data, seed and sizes give the same bytes. */
export async function train(sizes: CorpusSizes, say: (what: string) => void): Promise<Trained> {
  const corpus = await loadCorpus(trainingSeed, sizes);
  say(`corpus: ${corpus.lists.length} listed, ${corpus.attacks.length + corpus.benign.length} generated`);
  const samples = fittingSamples(corpus);
  const prepared = prepareAll(samples, trainingSeed);
  say(`features of ${samples.length} samples`);
  const hard = mineHard(corpus, samples, prepared);
  samples.push(...hard);
  prepared.push(...prepareAll(hard, `${trainingSeed}/hard`));
  say(`${hard.length} hard ones of ${corpus.pool.length} further texts`);
  const leftOut = judgeLeftOut(corpus, samples, prepared);
  const calibration = fitCalibration(leftOut);
  say(`calibration: temperature ${calibration.temperature}, shift of benign ${calibration.benignShift}`);
  const fitted = fitNetwork(prepared, {
    ...fitDefaults,
    seed: trainingSeed,
    onEpoch: (epoch, loss) => say(`epoch ${epoch + 1}: loss ${loss.toFixed(4)}`),
  });
  const calibrated = judge(classifierOf(fitted, calibration), [
    ...corpus.lists.filter((row) => row.split === "validation" && !isListNoise(row)),
    ...corpus.calibrationTexts,
  ]);
  const header = {
    ...uncalibrated,
    temperature: calibration.temperature,
    benign_shift: calibration.benignShift,
    set_thresholds: conformalThresholds(calibrated, setErrorRate),
    other_set_thresholds: thresholdsByRate(calibrated),
  };
  return { bytes: writeModel({ header, ...fitted }), corpus, leftOut: leftOut.length };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { out: { type: "string", default: "resources/model" }, scale: { type: "string", default: "1" } },
  });
  let since = performance.now();
  const say = (what: string) => {
    console.log(`${((performance.now() - since) / 1000).toFixed(1).padStart(6)} s  ${what}`);
    since = performance.now();
  };
  const scale = Number(values.scale);
  const sizes = {
    attacks: fullSizes.attacks * scale,
    benign: fullSizes.benign * scale,
    perFolder: Math.round(fullSizes.perFolder * scale),
    texts: Math.round(fullSizes.texts * scale),
    pool: Math.round(fullSizes.pool * scale),
  };
  const { bytes, corpus, leftOut } = await train(sizes, say);
  mkdirSync(values.out, { recursive: true });
  writeFileSync(join(values.out, "payload.bin"), bytes);
  writeFileSync(join(values.out, "DATA-STATEMENT.md"), dataStatement(corpus, loadClassifier(bytes).hash, leftOut));
  say(`wrote ${bytes.length} bytes to ${values.out}`);
}

if (import.meta.main) await main();
