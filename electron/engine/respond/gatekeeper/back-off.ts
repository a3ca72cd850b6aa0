const shortestMs = 1_000;
const longestMs = 60_000;

/**
 * How long to wait after so many failures in a row, milliseconds: doubling from one second to a minute, and of that a random half, so
 * that several engines do not come back at the same moment.
 *
 * @param failures at least 1
 * @param random in [0, 1)
 */
export function backOffMs(failures: number, random: number): number {
  const full = Math.min(longestMs, shortestMs * 2 ** Math.min(16, failures - 1));
  return Math.round(full / 2 + (full / 2) * random);
}
