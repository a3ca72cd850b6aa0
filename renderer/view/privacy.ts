/** ε as it is read: three digits at most. */
export function formatEpsilon(epsilon: number): string {
  return String(Number(epsilon.toPrecision(3)));
}

/** The factor e^ε, by which what anybody concludes may differ at most, in words: "55 times as likely". */
export function describeEpsilon(epsilon: number): string {
  if (epsilon === 0) return "as likely";
  const factor = Math.exp(epsilon);
  if (factor < 10) return `${factor.toFixed(1)} times as likely`;
  return factor < 1e6
    ? `${Math.round(factor).toLocaleString("en-US")} times as likely`
    : "more than a million times as likely";
}

/** What an ε is worth, in a word; the bounds are those of usual advice (Ponomareva et al. 2023, "How to DP-fy ML", section 5.2). */
export function rateEpsilon(epsilon: number): "strong" | "reasonable" | "weak" {
  if (epsilon <= 1) return "strong";
  return epsilon <= 10 ? "reasonable" : "weak";
}
