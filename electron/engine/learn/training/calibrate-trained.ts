import { payloadClasses } from "../../../../shared/payload.ts";
import type { PayloadModel } from "../../detect/classifier/model-file.ts";
import { type Calibration, calibrate } from "../../detect/classifier/outcome.ts";
import { createPayloadClassifier } from "../../detect/classifier/payload-model.ts";
import type { PayloadClassifier } from "../../detect/payload.ts";
import { benignClass, conformalThresholds, fitCalibration, type Judged, judge, thresholdsByRate } from "./calibrate.ts";
import type { Fitted } from "./fit.ts";
import { generateAttacks, generateBenign } from "./generated/generate.ts";
import { createRandom } from "./random.ts";

/** Share of values whose conformal set may miss their class, unless the model that the fit went on from says otherwise. */
const setErrorRate = 0.05;
/** Ordinary rows and attacks from which a calibration is fitted to them. */
const leastRows = 30;
/** Generated values of each side, so that the labels, which are what was doubtful, do not speak for all traffic. */
const generatedRows = 200;

/** What the probabilities of a trained model were set by. */
export type CalibratedOn = "validation" | "out-of-fold" | "start" | "nothing";

export interface TrainedHeader {
  readonly version: string;
  readonly temperature: number;
  readonly benign_shift: number;
  readonly set_error_rate: number;
  readonly set_thresholds: number[];
  readonly other_set_thresholds: { error_rate: number; thresholds: number[] }[];
}

export interface TrainedCalibration {
  readonly header: TrainedHeader;
  readonly calibratedOn: CalibratedOn;
  /** Classes of which too few rows were there, so that their threshold is the one of the start, or lets in everything likely. */
  readonly classesWithout: readonly string[];
}

/** One row with its uncalibrated probabilities. */
export interface RawJudgement {
  readonly truth: number;
  readonly probabilities: readonly number[];
}

/** A classifier of a fit without calibration. */
export function rawClassifier(fitted: Fitted): PayloadClassifier {
  return createPayloadClassifier({ header: { ...emptyHeader, version: "" }, ...fitted } as PayloadModel, "unsaved");
}

const emptyHeader = {
  temperature: 1,
  benign_shift: 0,
  set_error_rate: setErrorRate,
  set_thresholds: payloadClasses.map(() => 0),
};

/**
 * Temperature, shift of benign and conformal thresholds: of rows that the fit did not see. Where the validation split is too small,
 * the rows of the cross-validation serve, each judged by a model that did not see it; where those are too few, the start's.
 */
export function calibrateTrained(options: {
  readonly version: string;
  readonly fitted: Fitted;
  readonly start: PayloadModel | null;
  readonly validation: readonly RawJudgement[];
  readonly outOfFold: readonly RawJudgement[];
}): TrainedCalibration {
  const { start, validation, outOfFold } = options;
  const [calibratedOn, rows] = isEnough(validation)
    ? (["validation", validation] as const)
    : isEnough(outOfFold)
      ? (["out-of-fold", outOfFold] as const)
      : ([start === null ? "nothing" : "start", outOfFold] as const);
  const calibration = calibrationOf(calibratedOn, rows, options.fitted, start);
  const setRate = start?.header.set_error_rate ?? setErrorRate;
  const judged = rows.map(({ truth, probabilities }) => ({
    sample: null,
    truth,
    probabilities: calibrate(probabilities, calibration),
  }));
  const thresholds = conformalThresholds(judged, setRate);
  const needed = Math.ceil(1 / setRate) - 1;
  const isWithout = (c: number) => judged.filter(({ truth }) => truth === c).length < needed;
  return {
    header: {
      version: options.version,
      temperature: calibration.temperature,
      benign_shift: calibration.benignShift,
      set_error_rate: setRate,
      set_thresholds: thresholds.map((own, c) =>
        start !== null && isWithout(c) ? start.header.set_thresholds[c]! : own,
      ),
      other_set_thresholds: thresholdsByRate(judged),
    },
    calibratedOn,
    classesWithout: payloadClasses.filter((name, c) => name !== "csrf" && isWithout(c)),
  };
}

function isEnough(rows: readonly RawJudgement[]): boolean {
  const benign = rows.filter(({ truth }) => truth === benignClass).length;
  return benign >= leastRows && rows.length - benign >= leastRows;
}

function calibrationOf(
  on: CalibratedOn,
  rows: readonly RawJudgement[],
  fitted: Fitted,
  start: PayloadModel | null,
): Calibration {
  if (on === "start") return { temperature: start!.header.temperature, benignShift: start!.header.benign_shift };
  if (on === "nothing") return { temperature: 1, benignShift: 0 };
  const labelled: Judged<{ source: string }>[] = rows.map((row) => ({ ...row, sample: { source: "labels" } }));
  if (start === null) return fitCalibration(labelled);
  const random = createRandom("calibration");
  const generated = [
    ...generateAttacks(random.fork("attacks"), generatedRows),
    ...generateBenign(random.fork("benign"), generatedRows),
  ];
  const judged = judge(rawClassifier(fitted), generated).map((one) => ({ ...one, sample: { source: "generated" } }));
  return fitCalibration([...labelled, ...judged]);
}
