import type { PolicyBook } from "../../engine/agent/policy/tool-policy.ts";
import type { DerivedPlan } from "./derive-plan.ts";

/** What soundness needs, read off a plan without running it. */
export interface NeededAsks {
  /** Calls that change something and that have an argument which descends from what is not trusted. */
  readonly steps: ReadonlySet<string>;
  /** In how many goes they can be asked for at best: one whose arguments, or what it reads, come of another that is asked for is asked after it. */
  readonly rounds: number;
}

/**
 * Follows a plan's own text, with nothing of the engine but the operator's policies.
 * @param worker "never": nothing that a worker says is trusted; "inputs": it is as trusted as what it was given
 */
export function countAsks({ plan }: DerivedPlan, { tools }: PolicyBook, worker: "never" | "inputs"): NeededAsks {
  const untrusted = new Set<string>();
  const asked = new Set<string>();
  let rounds = 0;
  /** The go after which a step has given something. */
  const goes = new Map<string, number>();
  const calls: { go: number; isRead: boolean; state: readonly string[] }[] = [];
  for (const step of plan.steps) {
    const id = String(step.id);
    const text = JSON.stringify(step.type === "llm_task" ? step.prompt : step.args);
    const form = step.type === "llm_task" ? /\$\{(\w+)\}/g : /"\$from":"(\w+)"/g;
    const needs = [...text.matchAll(form)].map(([, from]) => from!);
    const isTainted = needs.some((from) => untrusted.has(from));
    let go = Math.max(0, ...needs.map((from) => goes.get(from)!));
    if (step.type === "llm_task") {
      if (isTainted || worker === "never") untrusted.add(id);
    } else {
      const { effect, state = [], output } = tools[String(step.tool)]!;
      if (isTainted || output.integrity === "untrusted") untrusted.add(id);
      const isRead = effect === "read";
      const same = calls.filter((one) => one.state.some((what) => state.includes(what)));
      if (!isRead && isTainted) {
        asked.add(id);
        go += 1;
        rounds = Math.max(rounds, go);
      }
      // What changes something keeps its place among all that is about the same.
      go = Math.max(go, ...same.filter((one) => !(isRead && one.isRead)).map((one) => one.go));
      calls.push({ go, isRead, state });
    }
    goes.set(id, go);
  }
  return { steps: asked, rounds };
}
