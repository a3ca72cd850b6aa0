import { payloadClasses } from "../../../shared/payload.ts";
import type { Interval } from "../base/proportions.ts";
import type { RowJudgement } from "./figures.ts";
import { bootstrapGroups } from "./intervals.ts";
import { createRandom } from "./training/random.ts";
import { likeliestOf } from "./training/score.ts";

/**
 * How far two models say the same of the same rows, beyond what their shares of classes alone would make them: Cohen's kappa, at most 1,
 * with a 95 % interval by bootstrap over groups. Source: Cohen 1960, "A coefficient of agreement for nominal scales".
 *
 * @returns value NaN where both say one class of every row, or there is none
 */
export function agreementOf(a: readonly RowJudgement[], b: readonly RowJudgement[]): Interval {
  const names = [...new Set(a.map(({ group }) => group))].sort();
  const numbers = new Map(names.map((name, i) => [name, i]));
  const rows = a.map((one, i) => ({
    group: numbers.get(one.group)!,
    a: likeliestOf(one.probabilities),
    b: likeliestOf(b[i]!.probabilities),
  }));
  const kappa = (times: Int32Array) => {
    let [all, same] = [0, 0];
    const shares = payloadClasses.map(() => [0, 0] as [number, number]);
    for (const row of rows) {
      const n = times[row.group]!;
      all += n;
      if (row.a === row.b) same += n;
      shares[row.a]![0] += n;
      shares[row.b]![1] += n;
    }
    const chance = shares.reduce((sum, [x, y]) => sum + (x / all) * (y / all), 0);
    return chance === 1 ? Number.NaN : (same / all - chance) / (1 - chance);
  };
  return bootstrapGroups(names.length, kappa, createRandom("agreement"), 200);
}
