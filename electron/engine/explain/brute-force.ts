/**
 * Shapley values by enumerating all coalitions: the definition itself, which the fast algorithm is checked against.
 * Source: Shapley 1953; interventional worth as in shapley.ts.
 *
 * @param players features that may differ from the background, at most 12; the others are given no value
 * @param output the function explained, of a row of shape [nFeatures]
 * @returns shape [nFeatures]
 * @throws RangeError for more than 12 players
 */
export function enumerateShapley(
  output: (row: Float64Array) => number,
  x: Float64Array,
  background: readonly Float64Array[],
  players: readonly number[],
): Float64Array {
  const n = players.length;
  if (n > 12) throw new RangeError(`${n} players, at most 12 can be enumerated`);
  const worth = Float64Array.from({ length: 2 ** n }, (_, coalition) => {
    let sum = 0;
    for (const row of background) {
      const mixed = row.slice();
      for (let i = 0; i < n; i++) if (coalition & (1 << i)) mixed[players[i]!] = x[players[i]!]!;
      sum += output(mixed);
    }
    return sum / background.length;
  });
  const factorial = [1];
  for (let i = 1; i <= n; i++) factorial.push(factorial[i - 1]! * i);
  const values = new Float64Array(x.length);
  for (let coalition = 0; coalition < worth.length; coalition++) {
    let size = 0;
    for (let rest = coalition; rest !== 0; rest &= rest - 1) size++;
    if (size === n) continue;
    const weight = (factorial[size]! * factorial[n - size - 1]!) / factorial[n]!;
    for (let i = 0; i < n; i++) {
      if (coalition & (1 << i)) continue;
      const player = players[i]!;
      values[player] = values[player]! + weight * (worth[coalition | (1 << i)]! - worth[coalition]!);
    }
  }
  return values;
}
