import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { payloadClasses } from "../../shared/payload.ts";
import { classicClasses, readClassic, writeClassic } from "../engine/detect/classifier/classic-file.ts";
import { type ClassicFit, fitClassic } from "../engine/detect/classifier/classic-fit.ts";
import { forestDefaults } from "../engine/detect/classifier/classic-forest.ts";
import { createClassicClassifier, loadClassicClassifier } from "../engine/detect/classifier/classic-model.ts";
import type { PayloadClassifier } from "../engine/detect/payload.ts";
import {
  benignClass,
  classOf,
  conformalThresholds,
  fitCalibration,
  judge,
} from "../engine/learn/training/calibrate.ts";
import { createRandom } from "../engine/learn/training/random.ts";
import { f1, rates } from "../engine/learn/training/score.ts";
import { type CorpusSizes, fullSizes, loadCorpus } from "./train/corpus.ts";
import type { Sample } from "./train/sample.ts";
import { fittingSamples } from "./train/train.ts";

// `npm run train-classic -- [--rows N] [--features N] [--out FILE]`: fits the classic model, TF-IDF and random forest, to the same data as
// the shipped one, for comparison and for whoever wants it deployed.

const seed = "classic-1";
/** Enough for the rows that are chosen from them. */
const sizes: CorpusSizes = { ...fullSizes, attacks: 18_000, benign: 18_000, perFolder: 1500 };
const setErrorRate = 0.05;
const noThresholds = [0, 0, 0, 0, 0, 1, 0];

/** A classifier of a fit, uncalibrated unless told. */
function classifierOf(fit: ClassicFit, calibration = { temperature: 1, benignShift: 0 }, thresholds = noThresholds) {
  const { temperature, benignShift: benign_shift } = calibration;
  const bytes = writeClassic({
    ...fit,
    header: { version: "1", temperature, benign_shift, set_thresholds: thresholds },
  });
  return { bytes, classifier: createClassicClassifier(readClassic(bytes), "unsaved") };
}

/** A random part of the rows that the shipped model is fitted to as well. */
function chooseRows(samples: readonly Sample[], count: number): Sample[] {
  return createRandom(`${seed}/rows`)
    .shuffle([...samples])
    .slice(0, count);
}

function say(what: string, classifier: PayloadClassifier, samples: readonly Sample[]): void {
  const judged = judge(classifier, samples);
  const { recall, fpr } = rates(judged);
  console.log(`${what}: recall ${recall.toFixed(4)}, false positives ${fpr.toFixed(4)}, F1 ${f1(judged).toFixed(4)}`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rows: { type: "string", default: "50000" },
      features: { type: "string", default: "2000" },
      out: { type: "string", default: "resources/model/classic.bin" },
    },
  });
  const corpus = await loadCorpus(seed, sizes);
  const rows = chooseRows(fittingSamples(corpus), Number(values.rows));
  const labelled = rows.map((sample) => ({ text: sample.text, class: payloadClasses[classOf(sample)]! }));
  const from = performance.now();
  const fit = fitClassic(labelled, { ...forestDefaults, features: Number(values.features), seed: 1 });
  console.log(`${rows.length} rows fitted in ${((performance.now() - from) / 1000).toFixed(1)} s`);
  const left = [...corpus.lists.filter(({ split }) => split === "validation"), ...corpus.calibrationTexts];
  const calibration = fitCalibration(judge(classifierOf(fit).classifier, left));
  const thresholds = conformalThresholds(judge(classifierOf(fit, calibration).classifier, left), setErrorRate);
  const { bytes } = classifierOf(fit, calibration, thresholds);
  const classifier = loadClassicClassifier(bytes);
  const test = corpus.lists.filter(({ split }) => split === "test");
  say("public lists, test split", classifier, test);
  say(
    "of it, HttpParams",
    classifier,
    test.filter(({ source }) => source === "HttpParamsDataset"),
  );
  const ordinary = test.filter((sample) => classOf(sample) === benignClass).length;
  console.log(`${test.length} rows, ${ordinary} ordinary, ${classicClasses.length} classes`);
  writeFileSync(values.out, bytes);
  console.log(`${values.out}: ${bytes.length} bytes, model ${classifier.hash}`);
}

if (import.meta.main) await main();
