/** A vector of length 1 as signed bytes: `value ≈ byte · scale`, the largest being ±127. All 0 stays so. */
export function quantise(vector: Float32Array): Int8Array {
  let largest = 0;
  for (const value of vector) largest = Math.max(largest, Math.abs(value));
  const bytes = new Int8Array(vector.length);
  if (largest === 0) return bytes;
  for (let i = 0; i < bytes.length; i++) bytes[i] = Math.round((vector[i]! * 127) / largest);
  return bytes;
}

/** The same direction at length 1; all 0 stays so. */
export function toUnit(vector: Float32Array): Float32Array {
  let sum = 0;
  for (const value of vector) sum += value * value;
  return sum === 0 ? vector : vector.map((value) => value / Math.sqrt(sum));
}
