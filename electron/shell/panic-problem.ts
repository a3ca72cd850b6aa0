import type { PanicAnswer } from "../../shared/panic.ts";

/** What somebody has to know who pulled panic without a window to look at; null: all was stopped, and is in the log. */
export function panicProblem({ left, noted }: PanicAnswer): string | null {
  const problems = [
    ...(left === 0 ? [] : [`${left === 1 ? "One sandbox was" : `${left} sandboxes were`} killed and not gone yet.`]),
    ...(noted
      ? []
      : ["The log takes nothing in just now: the panic is written down once it does, or at the next start."]),
  ];
  return problems.length === 0 ? null : ["Everything that acts was told to stop.", ...problems].join(" ");
}
