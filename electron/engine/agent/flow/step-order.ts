import { type PolicyBook, policyOf, stateOf } from "../policy/tool-policy.ts";
import type { Plan, PlanStep } from "./plan.ts";

/** In which order the steps of a plan have to be done; follows from the plan and the policies alone. */
export interface StepOrder {
  /** Whether a step changes something. A tool that no policy names is taken to. */
  isEffect(step: PlanStep): boolean;
  /** Steps of the plan before this one that come before it also in time: calls on the same state, where either changes something. */
  before(step: PlanStep): readonly PlanStep[];
}

export function createStepOrder({ steps }: Plan, policies: PolicyBook): StepOrder {
  const isEffect = (step: PlanStep) => step.type === "tool_call" && policyOf(policies, step.tool)?.effect !== "read";
  const touches = (step: PlanStep) =>
    step.type === "tool_call" ? stateOf(policyOf(policies, step.tool), step.tool) : [];
  const known = new Map(
    steps.map((step, i) => {
      const own = new Set(touches(step));
      const earlier = steps.slice(0, i).filter((other) => isEffect(step) || isEffect(other));
      return [step.id, earlier.filter((other) => touches(other).some((what) => own.has(what)))] as const;
    }),
  );
  return { isEffect, before: ({ id }) => known.get(id)! };
}
