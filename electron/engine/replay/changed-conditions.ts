/** What a verdict depends on beside models and thresholds, as far as a replay sees it. */
interface Conditions {
  readonly extractorVersion: string;
  readonly enrichmentHash: string;
  /** Stored ones, and those of them that came up again. */
  readonly sessions: number;
}

/**
 * Why a replay of a piece of evidence was not under the conditions of then; empty: it was.
 * @param degraded values that rules judged in the model's place
 */
export function changedConditions(then: Conditions, now: Conditions & { readonly degraded: number }): string[] {
  const gone = then.sessions - now.sessions;
  return [
    ...(now.extractorVersion === then.extractorVersion ? [] : ["this version reads features in another way"]),
    ...(now.enrichmentHash === then.enrichmentHash ? [] : ["the data on addresses is another one"]),
    ...(now.degraded === 0 ? [] : [`rules judged ${now.degraded} values in the model's place`]),
    // They are in none of the counts.
    ...(gone === 0 ? [] : [`${gone} of its ${then.sessions} sessions did not come up again`]),
  ];
}
