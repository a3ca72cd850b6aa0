import type { RedTeamCaseOutcome } from "../../../shared/agent-trust.ts";

export interface CaseGroup {
  readonly category: string;
  readonly cases: readonly RedTeamCaseOutcome[];
  readonly failed: number;
}

/** Cases by category: those with the most failures first, else as they were run; in each the failures first. */
export function groupCases(cases: readonly RedTeamCaseOutcome[]): CaseGroup[] {
  return [...Map.groupBy(cases, ({ category }) => category)]
    .map(([category, members]) => ({
      category,
      cases: members.toSorted((a, b) => Number(a.held) - Number(b.held)),
      failed: members.filter(({ held }) => !held).length,
    }))
    .toSorted((a, b) => b.failed - a.failed);
}
