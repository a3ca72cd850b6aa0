/** Answers that one error rate is kept over. */
export const rateWindow = 200;

/**
 * Benjamini-Hochberg over the last answers: which of them are more than chance, at a given share of false ones among those picked.
 * A lone sample must be as rare as `level / rateWindow`; in a wave of anomalies the bar is lower. Without any anomaly, a sample is
 * picked with probability of about `level / rateWindow`: at the default level of 0.1, one in 2,000.
 * Source: Benjamini & Hochberg 1995, "Controlling the False Discovery Rate".
 */
export interface ErrorRate {
  /** Takes the p-value of the newest answer into the window. */
  add(p: number): void;
  /** Whether the newest answer is among those picked. @param level in (0, 1) */
  isPicked(level: number): boolean;
}

export function createErrorRate(): ErrorRate {
  // Answers that were not given yet are as ordinary as can be.
  const window = new Float64Array(rateWindow).fill(1);
  let at = 0;
  return {
    add(p) {
      at = (at + 1) % rateWindow;
      window[at] = p;
    },
    isPicked(level) {
      const newest = window[at]!;
      const sorted = window.toSorted();
      for (let k = rateWindow; k >= 1; k--) {
        const bar = (k * level) / rateWindow;
        if (sorted[k - 1]! <= bar) return newest <= bar;
      }
      return false;
    },
  };
}
