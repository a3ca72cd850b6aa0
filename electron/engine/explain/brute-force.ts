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
  const shares = sharesOfGame(players.length, (coalition) => {
    let sum = 0;
    for (const row of background) {
      const mixed = row.slice();
      for (let i = 0; i < players.length; i++) if (coalition & (1 << i)) mixed[players[i]!] = x[players[i]!]!;
      sum += output(mixed);
    }
    return sum / background.length;
  });
  const values = new Float64Array(x.length);
  for (let i = 0; i < players.length; i++) values[players[i]!] = shares[i]!;
  return values;
}

/**
 * Shapley values of any game of few players, by the definition.
 *
 * @param n number of players, at most 12
 * @param worth of a coalition, given as a set of bits; asked once for each of the 2^n
 * @returns shape [n]; Σ = worth(all) - worth(none)
 * @throws RangeError for more than 12 players
 */
export function sharesOfGame(n: number, worth: (coalition: number) => number): Float64Array {
  if (n > 12) throw new RangeError(`${n} players, at most 12 can be enumerated`);
  const worths = Float64Array.from({ length: 2 ** n }, (_, coalition) => worth(coalition));
  const factorial = [1];
  for (let i = 1; i <= n; i++) factorial.push(factorial[i - 1]! * i);
  const shares = new Float64Array(n);
  for (let coalition = 0; coalition < worths.length; coalition++) {
    let size = 0;
    for (let rest = coalition; rest !== 0; rest &= rest - 1) size++;
    if (size === n) continue;
    const weight = (factorial[size]! * factorial[n - size - 1]!) / factorial[n]!;
    for (let i = 0; i < n; i++) {
      if (coalition & (1 << i)) continue;
      shares[i] = shares[i]! + weight * (worths[coalition | (1 << i)]! - worths[coalition]!);
    }
  }
  return shares;
}
