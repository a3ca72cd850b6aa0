import type { StopAdvice, StopSign } from "../../../shared/label.ts";
import type { ModelMetadata } from "../../../shared/model.ts";
import type { Estimate, ModelEvaluation } from "../../../shared/model-figures.ts";
import { clopperPearson } from "../base/proportions.ts";
import type { RecentWord } from "./recent-words.ts";
import { toEstimate } from "./wire-figures.ts";

/** One training that was judged beside the model that decided then, on the same rows. */
export interface TrainingRound {
  readonly f1: Estimate;
  readonly championF1: Estimate;
  /** Null: it was not measured. */
  readonly agreement: Estimate | null;
}

/** What is asked of a model to tell whether it was a round. */
export interface JudgedModel {
  readonly registeredAt: string;
  readonly metadata: Pick<ModelMetadata, "id" | "dataset_version" | "training">;
  readonly evaluation: Pick<ModelEvaluation, "champion" | "figures" | "champion_figures" | "agreement"> | null;
}

/**
 * The judgements that tell what labels were worth: of a training, beside an earlier model that was fitted to another version of the dataset,
 * and one of each version. A model beside itself gains nothing and agrees with itself, and so does, nearly, one that was trained again
 * with no label more: neither says anything of labels.
 *
 * @param models the newest first
 * @param championOf a model that decided; null: the shipped one, or one that is not known any more
 */
export function roundsOf(
  models: readonly JudgedModel[],
  championOf: (id: string) => Pick<JudgedModel, "registeredAt" | "metadata"> | null,
): TrainingRound[] {
  const seen = new Set<string>();
  return models.flatMap(({ metadata, evaluation, registeredAt }) => {
    const version = metadata.dataset_version;
    if (metadata.training === null || evaluation === null || version === null || seen.has(version)) return [];
    if (evaluation.champion === metadata.id) return [];
    const champion = championOf(evaluation.champion);
    if (champion !== null && champion.metadata.dataset_version === version) return [];
    if (champion !== null && champion.registeredAt > registeredAt) return [];
    seen.add(version);
    const { figures, champion_figures, agreement } = evaluation;
    return [{ f1: figures.f1, championF1: champion_figures.f1, agreement }];
  });
}

/** Pairs of successive models, and what their agreement has to reach: Bloodgood & Vijay-Shanker 2009, section 3.2. */
const roundsNeeded = 3;
const agreementBound = 0.99;
/** A training that gains less than half a point of F1 has not learned much. */
const gainBound = 0.005;
/** Labels that are looked at, and the share that has to confirm the model, by the lower end of its interval. */
export const recentLabels = 50;
const confirmedBound = 0.85;

/**
 * Whether more labels are worth it: what the last trainings gained (the learning curve's slope), whether successive models still change their
 * mind (Bloodgood & Vijay-Shanker 2009, "A method for stopping active learning based on stabilizing predictions and the need for
 * user-adjustable stopping"; on the rows of the test split, which are labelled and so more doubtful than their unlabelled stop
 * set), and how often recent labels said what the model had said. Enough: all three say so. One that says otherwise is reason to go on;
 * as long as none does and one is not known, neither is the advice.
 *
 * @param rounds the newest first, as `roundsOf` tells them
 * @param words of the kind that is labelled, the newest first
 */
export function adviseStopping(rounds: readonly TrainingRound[], words: readonly RecentWord[]): StopAdvice {
  const signs = [gainOf(rounds), agreementOf(rounds), confirmedOf(words)];
  const speaks = signs.map(({ speaks_for_stopping }) => speaks_for_stopping);
  const advice = speaks.includes(false) ? "go_on" : speaks.includes(null) ? "unknown" : "enough";
  return { advice, signs };
}

function meanOf(estimates: readonly Estimate[]): Estimate {
  const mean = (of: (one: Estimate) => number) => estimates.reduce((sum, one) => sum + of(one), 0) / estimates.length;
  return { value: mean(({ value }) => value ?? 0), low: mean(({ low }) => low), high: mean(({ high }) => high) };
}

function gainOf(rounds: readonly TrainingRound[]): StopSign {
  const known = rounds
    .filter(({ f1, championF1 }) => f1.value !== null && championF1.value !== null)
    .slice(0, roundsNeeded)
    .map(({ f1, championF1 }) => ({
      value: f1.value! - championF1.value!,
      low: f1.low - championF1.high,
      high: f1.high - championF1.low,
    }));
  const figure = known.length === 0 ? null : meanOf(known);
  const isKnown = known.length >= roundsNeeded;
  return {
    name: "gain",
    figure,
    bound: gainBound,
    of: known.length,
    needed: roundsNeeded,
    speaks_for_stopping: isKnown ? figure!.value! < gainBound : null,
  };
}

function agreementOf(rounds: readonly TrainingRound[]): StopSign {
  const known = rounds.flatMap(({ agreement }) => (agreement?.value == null ? [] : [agreement])).slice(0, roundsNeeded);
  const figure = known.length === 0 ? null : meanOf(known);
  const isKnown = known.length >= roundsNeeded;
  return {
    name: "agreement",
    figure,
    bound: agreementBound,
    of: known.length,
    needed: roundsNeeded,
    speaks_for_stopping: isKnown ? figure!.value! >= agreementBound : null,
  };
}

function confirmedOf(words: readonly RecentWord[]): StopSign {
  const recent = words.slice(0, recentLabels);
  const hits = recent.filter(({ label, said }) => label === said).length;
  const share = clopperPearson(hits, recent.length);
  return {
    name: "confirmed",
    figure: recent.length === 0 ? null : toEstimate(share),
    bound: confirmedBound,
    of: recent.length,
    needed: recentLabels,
    speaks_for_stopping: recent.length < recentLabels ? null : share.low >= confirmedBound,
  };
}
