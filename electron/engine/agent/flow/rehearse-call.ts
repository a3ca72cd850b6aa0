import { checkProofs } from "./check-proofs.ts";
import { hashJson, type StepProof } from "./proof.ts";
import type { TaskFacts } from "./task-facts.ts";
import type { AskedCall } from "./task-state.ts";

/** What the checker says of a call before anybody is asked for it. */
export interface Rehearsal {
  /** Steps done before it, whose proofs it followed and accepted. */
  readonly steps: number;
  /** Whether it refuses the call where nobody approves it. */
  readonly needsApproval: boolean;
}

/**
 * Runs the checker on a call as it would be made: once as if exactly this call had been approved, and once without.
 * @param facts of the task, with the arguments of the call
 * @returns or, where it is not accepted even so, which step is wrong and why
 */
export function rehearseCall(
  facts: TaskFacts,
  done: readonly StepProof[],
  { id, tool, args, proof }: Pick<AskedCall, "id" | "tool" | "args" | "proof">,
): Rehearsal | { readonly step: string; readonly why: string } {
  const shown = { calls: [{ id, tool, args }] };
  const asIf = {
    ...facts,
    levels: new Map([...facts.levels, [id, proof.level]]),
    approvals: new Map([...facts.approvals, ["rehearsal", { shown, calls: shown.calls }]]),
  };
  const approved = {
    ...proof,
    decision: { verdict: "approved", approval: { id: "rehearsal", shown: hashJson(shown) } },
  } satisfies StepProof;
  const wrong = checkProofs(asIf, [...done, approved]);
  if (wrong !== null) return wrong;
  return { steps: done.length, needsApproval: checkProofs(asIf, [...done, proof]) !== null };
}
