import type { PayloadFinding } from "../../shared/verdict.ts";

export type Worked = "succeeded" | "likely_succeeded";

/** Requests of a session with an attack that worked or seems to have, as far as the payloads kept with its verdict tell. */
export function findWorked(
  findings: readonly Pick<PayloadFinding, "request" | "outcome" | "repeats">[],
): ReadonlyMap<number, Worked> {
  const worked = new Map<number, Worked>();
  for (const { request, outcome } of findings.flatMap((finding) => [finding, ...(finding.repeats ?? [])])) {
    if (outcome === "succeeded" || (outcome === "likely_succeeded" && !worked.has(request)))
      worked.set(request, outcome);
  }
  return worked;
}
