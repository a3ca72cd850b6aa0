import { create } from "zustand";
import { goTo } from "./place.ts";

/** Alerts that a rule is to be made of. */
export const useRuleMaking = create<{ readonly alerts: readonly string[] }>(() => ({ alerts: [] }));

/** Place of the rules screen where a rule is made. */
export const newRule = "new";

/** Goes where a rule is made of some alerts. */
export function makeRuleOf(alerts: readonly string[]): void {
  useRuleMaking.setState({ alerts });
  goTo({ screen: "rules", item: newRule });
}
