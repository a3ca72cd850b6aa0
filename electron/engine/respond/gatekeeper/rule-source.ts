import type { GateRule } from "../../../../shared/gatekeeper-protocol.ts";
import type { Principal } from "../../base/principals.ts";

/** What gatekeepers need of the rules. */
export interface RuleSource {
  /** Every rule as it stands, whatever its stage; what was only proposed is off. Versions of one rule rise. */
  all(): Promise<readonly GateRule[]>;
  /**
   * Lowers a rule that does something to requests to the stage log.
   * @param why told in the rule's history
   * @returns false when there is nothing to lower
   */
  lower(rule: string, why: string, by: Principal): Promise<boolean>;
}
