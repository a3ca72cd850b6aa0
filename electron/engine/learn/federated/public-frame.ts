import { type PayloadClass, payloadClasses } from "../../../../shared/payload.ts";
import { exp } from "../../base/math.ts";
import { benignFamily, families, familyCount } from "../../detect/classifier/families.ts";
import type { PayloadModel } from "../../detect/classifier/model-file.ts";
import { createNetwork, embeddingSize } from "../../detect/classifier/network.ts";
import { generateAttacks, generateBenign } from "../training/generated/generate.ts";
import { createPreparer, type Prepared } from "../training/prepare.ts";
import { createRandom } from "../training/random.ts";

/** Classes that an update speaks of: those that a value can have. Labels tell the class and not its families, so an update does not either. */
export const updateClasses: readonly PayloadClass[] = payloadClasses.filter((name) => name !== "csrf");
export const classCount: number = updateClasses.length;

/** h, its positive part, and one: what the linear part of the network weighs. */
export const inputSize: number = 2 * embeddingSize + 1;

/** Numbers in an update: what is added to the weights of each class, in the public frame; shape [classCount, inputSize]. */
export const updateSize: number = classCount * inputSize;

/** Position in `updateClasses` of each family's class; shape [familyCount]. */
export const classOfFamily: Int32Array = Int32Array.from(families, (family) => updateClasses.indexOf(family.class));

/** Generated values of each side that the frame is made of, and that a local fit must not forget. */
const generatedEachSide = 1000;

/** One value as the linear part sees it: each window's inputs in the public frame, and what the base says of it. */
export interface FramedValue {
  readonly windows: number;
  /** Shape [windows, inputSize]. */
  readonly inputs: Float32Array;
  /** Shape [windows, familyCount]. */
  readonly logits: Float32Array;
}

/** What every engine knows that has the base model: nothing of it is of anybody's data. */
export interface PublicFrame {
  /** Lower triangle of L, where L·Lᵀ is the mean of x·xᵀ over generated values; shape [inputSize, inputSize]. */
  readonly factor: Float64Array;
  /** A value in the frame: x = L⁻¹ (h, max(h, 0), 1), whose components are of one size and uncorrelated. */
  place(prepared: Prepared): FramedValue;
  /** Generated values with the shares of the classes that the base gives them: shape [classCount] each. */
  readonly rehearsal: readonly { readonly value: FramedValue; readonly target: Float64Array }[];
}

/** So much is added to the diagonal, as a share of its mean: a component that hardly varies is not blown up. */
const ridge = 0.01;

export function createPublicFrame(base: PayloadModel): PublicFrame {
  const network = createNetwork(base.weights);
  const scales = Float64Array.from(base.weights.scales);
  const shift = Float64Array.from(base.weights.shift);
  const sum = new Int32Array(embeddingSize);
  const empty = new Uint32Array(0);

  /** Inputs of one window, not yet in the frame, into `x`. @returns logits of the base; overwritten by the next call */
  function read(buckets: Int32Array, x: Float64Array): Float64Array {
    network.sum({ buckets, starts: empty, ends: empty, length: buckets.length }, sum, 0);
    const norm = 1 / Math.sqrt(Math.max(1, buckets.length));
    for (let d = 0; d < embeddingSize; d++) {
      const h = sum[d]! * scales[d]! * norm + shift[d]!;
      x[d] = h;
      x[embeddingSize + d] = Math.max(h, 0);
    }
    x[2 * embeddingSize] = 1;
    return network.logits(sum, buckets.length);
  }

  const generated = generatePrepared();
  const factor = factorOf(generated, read);

  function place({ windows }: Prepared): FramedValue {
    const inputs = new Float32Array(windows.length * inputSize);
    const logits = new Float32Array(windows.length * familyCount);
    const x = new Float64Array(inputSize);
    windows.forEach((window, w) => {
      logits.set(read(window, x), w * familyCount);
      solveLower(factor, x);
      inputs.set(x, w * inputSize);
    });
    return { windows: windows.length, inputs, logits };
  }

  const nothing = new Float64Array(updateSize);
  const rehearsal = generated.map((prepared) => {
    const value = place(prepared);
    const target = new Float64Array(classCount);
    classShares(value, loudest(value, nothing), nothing, target);
    return { value, target };
  });
  return { factor, place, rehearsal };
}

function generatePrepared(): Prepared[] {
  const random = createRandom("federated frame");
  const prepare = createPreparer();
  const values = [
    ...generateAttacks(random.fork("attacks"), generatedEachSide),
    ...generateBenign(random.fork("benign"), generatedEachSide),
  ];
  return values.map((value) => prepare(value, random.chance(0.35) ? null : value.place));
}

/** Cholesky's factor of the mean of x·xᵀ over the windows of values, each value counting once. */
function factorOf(
  values: readonly Prepared[],
  read: (buckets: Int32Array, x: Float64Array) => Float64Array,
): Float64Array {
  const n = inputSize;
  const moments = new Float64Array(n * n);
  const x = new Float64Array(n);
  for (const { windows } of values) {
    const weight = 1 / (windows.length * values.length);
    for (const window of windows) {
      read(window, x);
      for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) moments[i * n + j]! += weight * x[i]! * x[j]!;
    }
  }
  let trace = 0;
  for (let i = 0; i < n; i++) trace += moments[i * n + i]!;
  for (let i = 0; i < n; i++) moments[i * n + i]! += (ridge * trace) / n;
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let value = moments[i * n + j]!;
      for (let k = 0; k < j; k++) value -= moments[i * n + k]! * moments[j * n + k]!;
      moments[i * n + j] = i === j ? Math.sqrt(value) : value / moments[j * n + j]!;
    }
  }
  return moments;
}

/** x = L⁻¹ x. */
function solveLower(factor: Float64Array, x: Float64Array): void {
  const n = inputSize;
  for (let i = 0; i < n; i++) {
    let value = x[i]!;
    for (let k = 0; k < i; k++) value -= factor[i * n + k]! * x[k]!;
    x[i] = value / factor[i * n + i]!;
  }
}

/** x = L⁻ᵀ x: weights of the frame as weights of (h, max(h, 0), 1). */
export function solveUpper(factor: Float64Array, x: Float64Array): void {
  const n = inputSize;
  for (let i = n - 1; i >= 0; i--) {
    let value = x[i]!;
    for (let k = i + 1; k < n; k++) value -= factor[k * n + i]! * x[k]!;
    x[i] = value / factor[i * n + i]!;
  }
}

const added = new Float64Array(classCount);
const z = new Float64Array(familyCount);

/** Logits of the families at one window, the update added, into `z`. */
function logitsAt({ inputs, logits }: FramedValue, window: number, update: Float64Array): void {
  const x = window * inputSize;
  for (let c = 0; c < classCount; c++) {
    let value = 0;
    const row = c * inputSize;
    for (let j = 0; j < inputSize; j++) value += update[row + j]! * inputs[x + j]!;
    added[c] = value;
  }
  for (let k = 0; k < familyCount; k++) z[k] = logits[window * familyCount + k]! + added[classOfFamily[k]!]!;
}

/** The window that speaks loudest for an attack: the one that decides when the model is used. */
export function loudest(value: FramedValue, update: Float64Array): number {
  if (value.windows === 1) return 0;
  let best = 0;
  let top = Number.NEGATIVE_INFINITY;
  for (let window = 0; window < value.windows; window++) {
    logitsAt(value, window, update);
    let attack = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < familyCount; k++) if (k !== benignFamily && z[k]! > attack) attack = z[k]!;
    if (attack - z[benignFamily]! > top) {
      top = attack - z[benignFamily]!;
      best = window;
    }
  }
  return best;
}

/** Shares of the classes at a window, uncalibrated, into `into`; shape [classCount]; they sum to 1. */
export function classShares(value: FramedValue, window: number, update: Float64Array, into: Float64Array): void {
  logitsAt(value, window, update);
  let top = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < familyCount; k++) if (z[k]! > top) top = z[k]!;
  into.fill(0);
  let total = 0;
  for (let k = 0; k < familyCount; k++) {
    const power = exp(z[k]! - top);
    into[classOfFamily[k]!]! += power;
    total += power;
  }
  for (let c = 0; c < classCount; c++) into[c]! /= total;
}
