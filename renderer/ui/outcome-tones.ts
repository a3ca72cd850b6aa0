import type { AttackOutcome } from "../../shared/verdict.ts";

/** How loud an outcome is in a list. */
export const outcomeTones: Record<AttackOutcome, string> = {
  succeeded: "text-danger font-semibold",
  likely_succeeded: "text-danger",
  unclear: "text-warn",
  likely_failed: "text-ink-2",
  not_available: "text-ink-3",
};
