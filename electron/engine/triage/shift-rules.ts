import type { PayloadClass } from "../../../shared/payload.ts";
import { prepareFindings } from "../detect/verdicts/verdict-tables.ts";
import { compileRule, type EnforcedRule } from "../detect/waf/compile-rule.ts";
import { rulesMatching } from "../detect/waf/match-request.ts";
import type { Db } from "../store/store.ts";

/** An alert that was closed as a true, benign or false positive. */
export interface ClosedAlert {
  readonly class: PayloadClass;
  /** Of its worst session. */
  readonly verdictId: string;
  readonly isFalse: boolean;
}

/** How a rule fared by the alerts whose worst payload it matches. */
export interface RuleFare {
  readonly rule: string;
  readonly closed: number;
  readonly false_positives: number;
}

/** Alerts that are held against the rules: with 1,000 rules a look at a value takes about a millisecond. */
const mostTried = 2000;

/**
 * Holds rules against the worst payload of each alert, as it is kept: masked, and cut where it is long. Of too many alerts some are
 * taken, evenly spread over them. `now`, epoch milliseconds, is the moment by which exclusions expire.
 */
export function openRuleTally(db: Db) {
  const findingsOf = prepareFindings(db);
  return (rules: readonly EnforcedRule[], alerts: readonly ClosedAlert[], now: number) => {
    if (rules.length === 0) return { tried: 0, rules: [] };
    const compiled = rules.map(compileRule);
    const fares = new Map<string, RuleFare>();
    const step = Math.max(1, Math.ceil(alerts.length / mostTried));
    let tried = 0;
    for (let i = 0; i < alerts.length; i += step) {
      const { class: kind, verdictId, isFalse } = alerts[i]!;
      tried++;
      const worst = findingsOf(verdictId).find((finding) => finding.class === kind);
      if (worst === undefined) continue;
      const [method = "", target = ""] = worst.requestLine.split(" ", 2);
      for (const { id } of rulesMatching(compiled, { ...worst, method, target }, now)) {
        const { closed, false_positives: wrong } = fares.get(id) ?? { closed: 0, false_positives: 0 };
        fares.set(id, { rule: id, closed: closed + 1, false_positives: wrong + (isFalse ? 1 : 0) });
      }
    }
    return { tried, rules: [...fares.values()] };
  };
}
