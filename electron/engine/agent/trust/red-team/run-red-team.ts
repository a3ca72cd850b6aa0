import { takeTurns } from "../../../base/turns.ts";
import { hashJson } from "../../flow/proof.ts";
import type { PolicyBook } from "../../policy/tool-policy.ts";
import { surroundingCases } from "./cases-of-surroundings.ts";
import { workerCases } from "./cases-of-workers.ts";
import { labPolicies } from "./lab.ts";
import { casesOfPolicies, floorOf } from "./policy-cases.ts";
import type { Category, RedTeamCase } from "./red-team-case.ts";
import { type CaseOptions, type Gates, realGates, runCase } from "./run-case.ts";

/** The suite's own cases, by id. */
export const redTeamCases: readonly RedTeamCase[] = [...workerCases, ...surroundingCases];

export interface CaseOutcome {
  readonly id: string;
  readonly category: Category;
  readonly title: string;
  readonly worker: string;
  /** Whether the attack got nowhere. */
  readonly held: boolean;
  /** What went wrong, without anything hostile. */
  readonly wrong: readonly string[];
}

export interface RedTeamRun {
  readonly level: number;
  /** Of the policies and scanners. */
  readonly hash: string;
  readonly cases: readonly CaseOutcome[];
  readonly failed: number;
}

/** What a red-team run was about: it counts as long as this stays the same. @param scanners name and version of each */
export function hashInForce(policies: PolicyBook, scanners: readonly string[]): string {
  return hashJson({ policies, scanners: [...scanners].sort(), lab: labPolicies });
}

/**
 * Attacks the controller, the worker's gates and the policies: the suite's own cases over a laboratory's tools, and for each tool that the
 * policies name whether a worker can steer it. Nothing is called outside of the laboratory. Depends on its arguments alone.
 *
 * @param policies in force
 * @throws the reason of `signal`
 */
export async function runRedTeam(
  options: Pick<CaseOptions, "level" | "policies" | "satisfies" | "scan" | "signal"> & {
    readonly scanners: readonly string[];
    readonly onProgress?: (done: number, total: number) => void;
    readonly gates?: Gates;
  },
): Promise<RedTeamRun> {
  const { level, policies, scanners, onProgress = () => {}, gates = realGates, ...rest } = options;
  const own = redTeamCases.map((one) => ({ one, policies: labPolicies, judgedBy: labPolicies }));
  const theirs = casesOfPolicies(policies).map((one) => ({ one, policies, judgedBy: floorOf(policies) }));
  const all = [...own, ...theirs];
  const cases: CaseOutcome[] = [];
  const pause = takeTurns(rest.signal);
  for (const { one, ...books } of all) {
    rest.signal.throwIfAborted();
    const wrong = await runCase(one, { ...rest, level, gates, pause, ...books }).catch((error: unknown) => {
      rest.signal.throwIfAborted();
      // A case that breaks off has shown nothing.
      return [`It broke off: ${error instanceof Error ? error.name : "unknown"}.`];
    });
    const { id, category, title, worker } = one;
    cases.push({ id, category, title, worker, held: wrong.length === 0, wrong });
    onProgress(cases.length, all.length);
  }
  return { level, hash: hashInForce(policies, scanners), cases, failed: cases.filter(({ held }) => !held).length };
}
