import { drawDiscreteGaussian, type SecureRandom } from "./discrete-gaussian.ts";
import {
  classCount,
  classShares,
  type FramedValue,
  inputSize,
  loudest,
  type PublicFrame,
  updateSize,
} from "./public-frame.ts";

/** A labelled value. */
export interface LocalRow {
  readonly value: FramedValue;
  /** Position of its class in `updateClasses`. */
  readonly label: number;
  /** How much it counts within its group. */
  readonly weight: number;
}

/** Near-duplicates and the values of one campaign: what the noise hides is whether all of them together were there. */
export type LocalGroup = readonly LocalRow[];

/**
 * Rules of an update, the same on every engine. Chosen on public lists by what three to five engines with 600 rows each gain at ε 1 to 8;
 * none is chosen by the rows that an update is made of, which would tell of them.
 */
export const mechanism = {
  name: "noisy gradient descent of the linear part, discrete Gaussian, 1",
  steps: 10,
  /** L2 norm that the gradient of a group is cut to. */
  clip: 2,
  /** Length of a step. */
  rate: 2,
  /** Generated values count as so many groups: they hold what the model knows, and the noise of a small dataset. */
  rehearsalWeight: 300,
  /** Share of the cost that the number of groups takes. */
  countShare: 0.05,
  /** L2 norm that an update is cut to. */
  norm: 5,
} as const;

/** `clip` in whole numbers, and one group of the count: sums of whole numbers are exact. */
const gradientGrid = 2 ** 16;
const countGrid = 2 ** 8;

/** Standard deviations of the noise, in whole numbers of each grid. */
export interface Noise {
  readonly gradient: number;
  readonly count: number;
}

/** The noise with which an update costs at most ρ-zCDP. @param rho > 0 */
export function noiseFor(rho: number): Noise {
  const ofSteps = rho * (1 - mechanism.countShare);
  const ofCount = rho * mechanism.countShare;
  return {
    gradient: Math.ceil(gradientGrid * Math.sqrt(mechanism.steps / (2 * ofSteps))),
    count: Math.ceil(countGrid / Math.sqrt(2 * ofCount)),
  };
}

/**
 * What an update of this noise costs, as zCDP: each step, and the count, is a sum that one group changes by at most one `clip`, or one, so
 * that it costs 1 / 2σ² (Canonne, Kamath & Steinke 2020, theorem 14); costs of steps that build on each other add up.
 */
export function costOf({ gradient, count }: Noise): number {
  return mechanism.steps / (2 * (gradient / gradientGrid) ** 2) + 1 / (2 * (count / countGrid) ** 2);
}

/** Sum of the cut gradients of groups, in whole numbers. */
export interface GroupSum {
  /** Shape [updateSize]. */
  readonly sum: Float64Array;
  /** Groups whose gradient was cut. */
  readonly cut: number;
}

/**
 * What one group adds: the mean gradient over its rows, cut to `clip` in L2 norm, in whole numbers of at most `gradientGrid` in L2 norm.
 * A function of the group and of what is public by then, and of nothing else.
 *
 * @param into shape [updateSize]
 * @returns whether it was cut
 */
export function contribute(group: LocalGroup, update: Float64Array, into: Float64Array): boolean {
  into.fill(0);
  for (const row of group) addGradient(row.value, row.label, update, row.weight / group.length, into);
  const norm = normOf(into);
  const scale = gradientGrid / Math.max(mechanism.clip, norm);
  let squared = 0;
  for (let i = 0; i < updateSize; i++) {
    // Towards zero: no longer than before. What is no number, or is too long by a rounding, adds nothing.
    const whole = Math.trunc(into[i]! * scale);
    into[i] = whole;
    squared += whole * whole;
  }
  if (!(squared <= gradientGrid * gradientGrid)) into.fill(0);
  return norm > mechanism.clip;
}

/** SECURITY: the noise is measured by what one group adds to this; nothing but the sum goes on. */
export function sumOfGroups(groups: readonly LocalGroup[], update: Float64Array): GroupSum {
  const sum = new Float64Array(updateSize);
  const own = new Float64Array(updateSize);
  let cut = 0;
  for (const group of groups) {
    if (contribute(group, update, own)) cut++;
    for (let i = 0; i < updateSize; i++) sum[i]! += own[i]!;
  }
  return { sum, cut };
}

const shares = new Float64Array(classCount);

/** Adds the gradient of the cross-entropy at the window that decides. @param label position of the class */
function addGradient(
  value: FramedValue,
  label: number,
  update: Float64Array,
  weight: number,
  gradient: Float64Array,
): void {
  const window = loudest(value, update);
  classShares(value, window, update, shares);
  for (let c = 0; c < classCount; c++) {
    addInputs(value, window, (shares[c]! - (c === label ? 1 : 0)) * weight, c, gradient);
  }
}

function addInputs(value: FramedValue, window: number, error: number, c: number, gradient: Float64Array): void {
  const x = window * inputSize;
  for (let j = 0; j < inputSize; j++) gradient[c * inputSize + j]! += error * value.inputs[x + j]!;
}

/** Mean gradient over generated values, whose targets are the base's own shares: it tells of nobody's rows. */
function rehearse({ rehearsal }: PublicFrame, update: Float64Array): Float64Array {
  const gradient = new Float64Array(updateSize);
  for (const { value, target } of rehearsal) {
    const window = loudest(value, update);
    classShares(value, window, update, shares);
    for (let c = 0; c < classCount; c++) {
      addInputs(value, window, (shares[c]! - target[c]!) / rehearsal.length, c, gradient);
    }
  }
  return gradient;
}

export interface MadeUpdate {
  /** In the public frame, of at most `mechanism.norm` in L2 norm; shape [updateSize]. */
  readonly weights: Float64Array;
  /** Groups, with noise. */
  readonly count: number;
  readonly noise: Noise;
  /** What it cost, as zCDP. */
  readonly rho: number;
  /** Of the groups themselves: for the screen of whoever made it, and never for a file. */
  readonly local: {
    readonly groups: number;
    /** Share of the groups whose gradient was cut at the first step. */
    readonly cut: number;
    /** L2 norm of the sum at the first step beside that of its noise: below one, the update says little. */
    readonly signal: number;
  };
}

/**
 * An update of the linear part: full gradient descent from the base, in which each step sees the groups by one noised sum alone. Everything
 * that is returned, but for `local`, is ρ-zCDP with a whole group as what is added or taken away.
 *
 * DP-FedAvg (McMahan et al. 2018) cuts and noises one update of each client, which hides the client and asks for thousands of them. Here an
 * engine is one of a few, and hides its groups from everybody, the one that combines included: as DP-SGD (Abadi et al. 2016) does, over
 * all groups at each step, with no sampling whose secrecy the bound would rest on.
 *
 * @param rho what it may cost
 * @param onStep hears of each step
 */
export function makeUpdate(
  groups: readonly LocalGroup[],
  frame: PublicFrame,
  rho: number,
  random: SecureRandom,
  onStep: (step: number) => void = () => {},
): MadeUpdate {
  const noise = noiseFor(rho);
  const draw = (sigma: number) => Number(drawDiscreteGaussian(random, BigInt(sigma)));
  const count = Math.max(0, Math.round(groups.length + draw(noise.count) / countGrid));
  const weights = new Float64Array(updateSize);
  let local: MadeUpdate["local"] = { groups: groups.length, cut: 0, signal: 0 };
  for (let step = 1; step <= mechanism.steps; step++) {
    const { sum, cut } = sumOfGroups(groups, weights);
    if (step === 1) {
      const signal = normOf(sum) / (noise.gradient * Math.sqrt(updateSize));
      local = { groups: groups.length, cut: groups.length === 0 ? 0 : cut / groups.length, signal };
    }
    for (let i = 0; i < updateSize; i++) sum[i]! += draw(noise.gradient);
    descend(weights, sum, rehearse(frame, weights), count);
    onStep(step);
  }
  const norm = normOf(weights);
  if (norm > mechanism.norm) for (let i = 0; i < updateSize; i++) weights[i]! *= mechanism.norm / norm;
  return { weights, count, noise, rho: costOf(noise), local };
}

/** One step: of what is noised and of what is public. */
function descend(weights: Float64Array, noised: Float64Array, rehearsed: Float64Array, count: number): void {
  const { clip, rate, rehearsalWeight } = mechanism;
  const step = rate / (count + rehearsalWeight);
  for (let j = 0; j < inputSize; j++) {
    // What is added to every class alike changes no share: gradients have none of it, so what there is of it is noise.
    let common = 0;
    for (let c = 0; c < classCount; c++) common += noised[c * inputSize + j]! / classCount;
    for (let c = 0; c < classCount; c++) {
      const i = c * inputSize + j;
      weights[i]! -= step * (((noised[i]! - common) * clip) / gradientGrid + rehearsalWeight * rehearsed[i]!);
    }
  }
}

/** L2 norm. */
export function normOf(vector: Float64Array): number {
  let squared = 0;
  for (let i = 0; i < vector.length; i++) squared += vector[i]! * vector[i]!;
  return Math.sqrt(squared);
}
