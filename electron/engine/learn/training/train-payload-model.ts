import { SentinelError } from "../../../../shared/errors.ts";
import { payloadClasses } from "../../../../shared/payload.ts";
import { families, familyIndex } from "../../detect/classifier/families.ts";
import { type PayloadModel, writeModel } from "../../detect/classifier/model-file.ts";
import { calibrate } from "../../detect/classifier/outcome.ts";
import { type Figures, measure } from "../figures.ts";
import type { DatasetRow, DatasetVersion } from "../sample.ts";
import { type CalibratedOn, calibrateTrained, type RawJudgement, rawClassifier } from "./calibrate-trained.ts";
import { createFit, type FitOptions, type Fitted, fitDefaults } from "./fit.ts";
import { createPreparer, type Prepared } from "./prepare.ts";
import { createRandom } from "./random.ts";
import { rehearse } from "./rehearsal.ts";
import { splitFolds } from "./split-folds.ts";
import { keyOf, readProgress, type SavedProgress, writeProgress } from "./training-progress.ts";
import { chooseRows, type LeftOutRow } from "./training-rows.ts";

export interface TrainingOptions {
  readonly seed: string;
  /** The model to go on from, which a few labels then only correct; null: from scratch. */
  readonly start: PayloadModel | null;
  /** Folds of the cross-validation; by default 5, of more than 20,000 rows 3. */
  readonly folds?: number;
}

/** One epoch of one fit. */
export interface TrainingEpoch {
  /** Which fold the fit leaves out, from 0 on; null: the fit of the model itself. */
  readonly fold: number | null;
  readonly folds: number;
  /** From 1 on. */
  readonly epoch: number;
  readonly epochs: number;
  /** Mean loss, in [0, 1]. */
  readonly loss: number;
  /** F1 of "attack" on the rows that this fit does not see, before calibration; null: those are of one side only. */
  readonly validationF1: number | null;
  /** Epochs of all fits so far, and altogether. */
  readonly done: number;
  readonly total: number;
}

/** An epoch, and what a run needs that goes on from here. */
export interface TrainingStep extends TrainingEpoch {
  /** All epochs so far, this one last, those of before a stop among them. */
  readonly curve: readonly TrainingEpoch[];
  /** Bytes for `saved`: no text, but the weights as they stand. */
  save(): Uint8Array;
}

export interface OutOfFold {
  readonly id: string;
  /** Calibrated, in the order of `payloadClasses`, by a model that was fitted without this row and its group. */
  readonly probabilities: readonly number[];
}

export interface TrainedModel {
  /** The model file. The same rows, in any order, seed and options give the same bytes. */
  readonly bytes: Uint8Array;
  /** Cross-validation over all rows but the test split. */
  readonly crossValidation: Figures;
  readonly outOfFold: readonly OutOfFold[];
  readonly curve: readonly TrainingEpoch[];
  readonly leftOut: readonly LeftOutRow[];
  readonly calibratedOn: CalibratedOn;
  readonly classesWithoutThreshold: readonly string[];
  /** Rows that the model was fitted to, and that it was calibrated by. */
  readonly fitted: number;
  readonly validated: number;
}

/**
 * How a fit goes on from a model: chosen with one public list and five groups of ordinary text left out of the model, by what 20 to 1,000
 * labels of them add and what the rest loses.
 */
const warmOptions = { epochs: 2, rate: 0.14, decay: 0.1, history: 2 ** -7, denseHistory: 10 };
/** Generated values of each side that a fit going on from a model is shown beside the labels; one of the cross-validation sees a quarter. */
const rehearsed = 1000;
const manyRows = 20_000;
/** Share of rows that are shown without their place, so that the model does not lean on it. */
const placeless = 0.35;

/**
 * Trains a payload model and cross-validates it, an epoch at a time, so that the caller can tell how far it is, stop, and save.
 * Going on from what `save` gave, over the same rows and options, ends in the same bytes as a run that was never stopped.
 *
 * @param saved of an earlier run; null, damaged or of other rows: starts from the beginning
 * @throws SentinelError INPUT_INVALID when there is nothing to learn from
 */
export function* trainingSteps(
  dataset: DatasetVersion,
  options: TrainingOptions,
  saved: Uint8Array | null = null,
): Generator<TrainingStep, TrainedModel> {
  const { rows, leftOut } = chooseRows(dataset.rows);
  const { start } = options;
  const key = keyOf({ id: dataset.id, rows }, options);
  const progress: SavedProgress = readProgress(saved, key) ?? { key, curve: [], folds: [], fit: null };
  const learned = rows.filter(({ split }) => split !== "test");
  const folds = options.folds ?? (learned.length > manyRows ? 3 : 5);
  const foldOf = splitFolds(learned, folds, options.seed);
  const prepared = prepareRows(learned, options);
  const rehearsal = start === null ? [] : rehearse(start, rehearsed);
  const truths = learned.map(({ label }) => payloadClasses.indexOf(label));
  const fitOptions = optionsOf(options);
  const total = (folds + 1) * fitOptions.epochs;

  function* fitOn(fold: number | null, isSeen: (row: number) => boolean): Generator<TrainingStep, Fitted> {
    const seen = prepared.filter((_, i) => isSeen(i));
    const unseen = prepared.filter((_, i) => !isSeen(i));
    const recalled = fold === null ? rehearsal : rehearsal.filter((_, i) => i % 4 === 0);
    const fit = createFit([...seen, ...recalled], { ...fitOptions, seed: `${options.seed}/${fold ?? "model"}` });
    if (progress.fit !== null) fit.restore(progress.fit);
    while (fit.epoch < fitOptions.epochs) {
      const loss = fit.runEpoch();
      if (!fit.isFinite()) throw new Error("The fit left the finite numbers.");
      const told: TrainingEpoch = {
        fold,
        folds,
        epoch: fit.epoch,
        epochs: fitOptions.epochs,
        loss,
        validationF1: f1Of(unseen, (sample) => fit.benignShare(sample)),
        done: progress.curve.length + 1,
        total,
      };
      progress.curve.push(told);
      yield { ...told, curve: progress.curve, save: () => writeProgress({ ...progress, fit: fit.state() }) };
    }
    progress.fit = null;
    return fit.finish();
  }

  while (progress.folds.length < folds) {
    const fold = progress.folds.length;
    const fitted = yield* fitOn(fold, (row) => foldOf[row] !== fold);
    const classifier = rawClassifier(fitted);
    progress.folds.push(
      learned.flatMap((row, i) => (foldOf[i] === fold ? [{ row: i, probabilities: judgeRow(classifier, row) }] : [])),
    );
  }
  const fitted = yield* fitOn(null, (row) => learned[row]!.split === "train");
  const classifier = rawClassifier(fitted);
  const raw = new Array<RawJudgement>(learned.length);
  for (const { row, probabilities } of progress.folds.flat()) raw[row] = { truth: truths[row]!, probabilities };
  const validation = learned.flatMap((row, i) =>
    row.split === "validation" ? [{ truth: truths[i]!, probabilities: judgeRow(classifier, row) }] : [],
  );
  const { id: version } = dataset;
  const calibration = calibrateTrained({ version, fitted, start, validation, outOfFold: raw });
  const { temperature, benign_shift: benignShift } = calibration.header;
  const outOfFold = raw.map(({ probabilities }, i) => ({
    id: learned[i]!.id,
    probabilities: calibrate(probabilities, { temperature, benignShift }),
  }));
  return {
    bytes: writeModel({ header: calibration.header, ...fitted }),
    crossValidation: measure(
      outOfFold.map(({ probabilities }, i) => ({ probabilities, truth: truths[i]!, group: learned[i]!.group })),
    ),
    outOfFold,
    curve: progress.curve,
    leftOut,
    calibratedOn: calibration.calibratedOn,
    classesWithoutThreshold: calibration.classesWithout,
    fitted: learned.filter(({ split }) => split === "train").length,
    validated: validation.length,
  };
}

/** All steps at once. @throws SentinelError INPUT_INVALID */
export function trainPayloadModel(dataset: DatasetVersion, options: TrainingOptions): TrainedModel {
  const steps = trainingSteps(dataset, options);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

function optionsOf({ seed, start }: TrainingOptions): FitOptions {
  if (start === null) return { ...fitDefaults, seed };
  const { history, denseHistory, ...changed } = warmOptions;
  const { weights, suspicion } = start;
  return { ...fitDefaults, ...changed, seed, start: { weights, suspicion, history, denseHistory } };
}

const familiesOfClass = new Map(
  payloadClasses.map((name) => [name, families.flatMap((family, k) => (family.class === name ? [k] : []))]),
);

/**
 * What an analyst reported counts as much as so many other rows: it is one of thousands, looks like what they say is an attack, and is
 * the reason for the training.
 */
const reportedWeight = 10;

function prepareRows(rows: readonly DatasetRow[], { seed, start }: TrainingOptions): Prepared[] {
  const prepare = createPreparer();
  return rows.map(({ id, text, place, label, isFalsePositive }) => {
    if (label === "csrf") throw new SentinelError("INPUT_INVALID", `Row ${id} is of a class that no value has.`);
    const shown = createRandom(`${seed}/${id}`).chance(placeless) ? null : place;
    const prepared = prepare({ text, family: label }, shown);
    if (isFalsePositive) prepared.weight = reportedWeight;
    // Labels tell the class; which family of it, a model that is gone on from knows best.
    return start === null
      ? { ...prepared, family: familyIndex(label) }
      : { ...prepared, families: familiesOfClass.get(label)! };
  });
}

function judgeRow(classifier: ReturnType<typeof rawClassifier>, { text, place }: DatasetRow): readonly number[] {
  return classifier.score(text, place === null ? undefined : { place }).probabilities;
}

function f1Of(samples: readonly Prepared[], benignShare: (sample: Prepared) => number): number | null {
  let hit = 0;
  let wrong = 0;
  let attacks = 0;
  for (const sample of samples) {
    const isAttack = sample.family !== 0;
    const isFlagged = benignShare(sample) < 0.5;
    attacks += Number(isAttack);
    if (isAttack && isFlagged) hit++;
    else if (isAttack !== isFlagged) wrong++;
  }
  return attacks === 0 || attacks === samples.length ? null : (2 * hit) / (2 * hit + wrong);
}
