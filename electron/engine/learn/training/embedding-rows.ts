import { embeddingSize } from "../../detect/classifier/network.ts";

// Loops over the width of an embedding, written out as the classifier's forward pass is: most of the time of a fit is spent here.
// Each component is added up in the order of the buckets, so that the result is the same as that of the plain loops.
const D = embeddingSize;

/** h = sum of the rows of `count` buckets; shape [embeddingSize]. */
export function sumRows(rows: Float32Array, buckets: Int32Array, count: number, h: Float64Array): void {
  let h0 = 0;
  let h1 = 0;
  let h2 = 0;
  let h3 = 0;
  let h4 = 0;
  let h5 = 0;
  let h6 = 0;
  let h7 = 0;
  let h8 = 0;
  let h9 = 0;
  let h10 = 0;
  let h11 = 0;
  let h12 = 0;
  let h13 = 0;
  let h14 = 0;
  let h15 = 0;
  for (let i = 0; i < count; i++) {
    const row = buckets[i]! * D;
    h0 += rows[row]!;
    h1 += rows[row + 1]!;
    h2 += rows[row + 2]!;
    h3 += rows[row + 3]!;
    h4 += rows[row + 4]!;
    h5 += rows[row + 5]!;
    h6 += rows[row + 6]!;
    h7 += rows[row + 7]!;
    h8 += rows[row + 8]!;
    h9 += rows[row + 9]!;
    h10 += rows[row + 10]!;
    h11 += rows[row + 11]!;
    h12 += rows[row + 12]!;
    h13 += rows[row + 13]!;
    h14 += rows[row + 14]!;
    h15 += rows[row + 15]!;
  }
  h[0] = h0;
  h[1] = h1;
  h[2] = h2;
  h[3] = h3;
  h[4] = h4;
  h[5] = h5;
  h[6] = h6;
  h[7] = h7;
  h[8] = h8;
  h[9] = h9;
  h[10] = h10;
  h[11] = h11;
  h[12] = h12;
  h[13] = h13;
  h[14] = h14;
  h[15] = h15;
}

/** One step of AdaGrad. */
export interface RowStep {
  readonly rate: number;
  /** Pull towards the origin, per unit of rate. */
  readonly decay: number;
  /** Squared length of the gradient. */
  readonly squared: number;
}

/** Moves the rows of `count` buckets against `gradient` and towards zero. */
export function moveRows(
  rows: Float32Array,
  history: Float32Array,
  buckets: Int32Array,
  count: number,
  gradient: Float64Array,
  { rate, decay, squared }: RowStep,
): void {
  const g0 = gradient[0]!;
  const g1 = gradient[1]!;
  const g2 = gradient[2]!;
  const g3 = gradient[3]!;
  const g4 = gradient[4]!;
  const g5 = gradient[5]!;
  const g6 = gradient[6]!;
  const g7 = gradient[7]!;
  const g8 = gradient[8]!;
  const g9 = gradient[9]!;
  const g10 = gradient[10]!;
  const g11 = gradient[11]!;
  const g12 = gradient[12]!;
  const g13 = gradient[13]!;
  const g14 = gradient[14]!;
  const g15 = gradient[15]!;
  for (let i = 0; i < count; i++) {
    const bucket = buckets[i]!;
    const accumulated = history[bucket]! + squared;
    history[bucket] = accumulated;
    const size = rate / Math.sqrt(accumulated);
    const shrink = 1 - decay * size;
    const row = bucket * D;
    rows[row] = rows[row]! * shrink - size * g0;
    rows[row + 1] = rows[row + 1]! * shrink - size * g1;
    rows[row + 2] = rows[row + 2]! * shrink - size * g2;
    rows[row + 3] = rows[row + 3]! * shrink - size * g3;
    rows[row + 4] = rows[row + 4]! * shrink - size * g4;
    rows[row + 5] = rows[row + 5]! * shrink - size * g5;
    rows[row + 6] = rows[row + 6]! * shrink - size * g6;
    rows[row + 7] = rows[row + 7]! * shrink - size * g7;
    rows[row + 8] = rows[row + 8]! * shrink - size * g8;
    rows[row + 9] = rows[row + 9]! * shrink - size * g9;
    rows[row + 10] = rows[row + 10]! * shrink - size * g10;
    rows[row + 11] = rows[row + 11]! * shrink - size * g11;
    rows[row + 12] = rows[row + 12]! * shrink - size * g12;
    rows[row + 13] = rows[row + 13]! * shrink - size * g13;
    rows[row + 14] = rows[row + 14]! * shrink - size * g14;
    rows[row + 15] = rows[row + 15]! * shrink - size * g15;
  }
}

/** The same, but towards where the rows came from. */
export function moveRowsBack(
  rows: Float32Array,
  origin: Float32Array,
  history: Float32Array,
  buckets: Int32Array,
  count: number,
  gradient: Float64Array,
  { rate, decay, squared }: RowStep,
): void {
  const g0 = gradient[0]!;
  const g1 = gradient[1]!;
  const g2 = gradient[2]!;
  const g3 = gradient[3]!;
  const g4 = gradient[4]!;
  const g5 = gradient[5]!;
  const g6 = gradient[6]!;
  const g7 = gradient[7]!;
  const g8 = gradient[8]!;
  const g9 = gradient[9]!;
  const g10 = gradient[10]!;
  const g11 = gradient[11]!;
  const g12 = gradient[12]!;
  const g13 = gradient[13]!;
  const g14 = gradient[14]!;
  const g15 = gradient[15]!;
  for (let i = 0; i < count; i++) {
    const bucket = buckets[i]!;
    const accumulated = history[bucket]! + squared;
    history[bucket] = accumulated;
    const size = rate / Math.sqrt(accumulated);
    const back = decay * size;
    const shrink = 1 - back;
    const row = bucket * D;
    rows[row] = rows[row]! * shrink + back * origin[row]! - size * g0;
    rows[row + 1] = rows[row + 1]! * shrink + back * origin[row + 1]! - size * g1;
    rows[row + 2] = rows[row + 2]! * shrink + back * origin[row + 2]! - size * g2;
    rows[row + 3] = rows[row + 3]! * shrink + back * origin[row + 3]! - size * g3;
    rows[row + 4] = rows[row + 4]! * shrink + back * origin[row + 4]! - size * g4;
    rows[row + 5] = rows[row + 5]! * shrink + back * origin[row + 5]! - size * g5;
    rows[row + 6] = rows[row + 6]! * shrink + back * origin[row + 6]! - size * g6;
    rows[row + 7] = rows[row + 7]! * shrink + back * origin[row + 7]! - size * g7;
    rows[row + 8] = rows[row + 8]! * shrink + back * origin[row + 8]! - size * g8;
    rows[row + 9] = rows[row + 9]! * shrink + back * origin[row + 9]! - size * g9;
    rows[row + 10] = rows[row + 10]! * shrink + back * origin[row + 10]! - size * g10;
    rows[row + 11] = rows[row + 11]! * shrink + back * origin[row + 11]! - size * g11;
    rows[row + 12] = rows[row + 12]! * shrink + back * origin[row + 12]! - size * g12;
    rows[row + 13] = rows[row + 13]! * shrink + back * origin[row + 13]! - size * g13;
    rows[row + 14] = rows[row + 14]! * shrink + back * origin[row + 14]! - size * g14;
    rows[row + 15] = rows[row + 15]! * shrink + back * origin[row + 15]! - size * g15;
  }
}
