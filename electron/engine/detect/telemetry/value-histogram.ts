import { z } from "zod";

/**
 * How many values there are of about each size: what engines tell each other instead of samples. Bins are a five-hundredth of their
 * value wide, so that every quantile is right to 0.1 %. Source: Masson, Rim & Lee 2019, "DDSketch", algorithms 1 to 4, with a bin of its own for
 * about zero and mirrored ones for negative values.
 */
export type ValueHistogram = ReadonlyMap<number, number>;

const accuracy = 0.001;
const gamma = (1 + accuracy) / (1 - accuracy);
const logGamma = Math.log(gamma);
/** What is smaller counts as zero. */
const smallest = 1e-9;
const largest = 1e15;
/** Moves bins of small values above zero, so that a bin's sign is its values'. */
const shift = 20_000;

/** @param values NaN is left out */
export function histogramOf(values: Iterable<number>): ValueHistogram {
  const bins = new Map<number, number>();
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    const bin = binOf(value);
    bins.set(bin, (bins.get(bin) ?? 0) + 1);
  }
  return bins;
}

function binOf(value: number): number {
  const size = Math.min(Math.abs(value), largest);
  if (size < smallest) return 0;
  return Math.sign(value) * (Math.ceil(Math.log(size) / logGamma) + shift);
}

export function addHistograms(histograms: Iterable<ValueHistogram>): ValueHistogram {
  const sum = new Map<number, number>();
  for (const histogram of histograms) {
    for (const [bin, count] of histogram) sum.set(bin, (sum.get(bin) ?? 0) + count);
  }
  return sum;
}

export function countOf(histogram: ValueHistogram): number {
  let count = 0;
  for (const each of histogram.values()) count += each;
  return count;
}

/**
 * The values, ascending, each as its bin has it.
 * @param at `middle`: right to 0.1 %; `top`: never below the value
 */
export function valuesOf(histogram: ValueHistogram, at: "middle" | "top"): Float64Array {
  const sorted = [...histogram].sort(([a], [b]) => a - b);
  const values = new Float64Array(countOf(histogram));
  let end = 0;
  for (const [bin, count] of sorted) {
    values.fill(sizeOf(bin, at), end, end + count);
    end += count;
  }
  return values;
}

function sizeOf(bin: number, at: "middle" | "top"): number {
  if (bin === 0) return at === "top" ? smallest : 0;
  const power = gamma ** (Math.abs(bin) - shift);
  if (at === "middle") return (Math.sign(bin) * 2 * power) / (gamma + 1);
  return bin > 0 ? power : -power / gamma;
}

const mostBins = 20_000;
const mostCount = 1e9;
/** Larger than any bin's number. */
const farthestBin = 2 * shift;

/** As it travels: bins and counts by turns. */
export const WireHistogram = z
  .array(z.number().int())
  .max(2 * mostBins)
  .refine((pairs) => pairs.length % 2 === 0 && pairs.every(isInRange))
  .transform((pairs): ValueHistogram => {
    const bins = new Map<number, number>();
    for (let i = 0; i < pairs.length; i += 2) bins.set(pairs[i]!, pairs[i + 1]!);
    return bins;
  });

function isInRange(value: number, i: number): boolean {
  return i % 2 === 0 ? Math.abs(value) <= farthestBin : value > 0 && value <= mostCount;
}

export const toWireHistogram = (histogram: ValueHistogram): number[] => [...histogram].sort(([a], [b]) => a - b).flat();
