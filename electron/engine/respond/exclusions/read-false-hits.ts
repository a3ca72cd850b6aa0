import type { RuleDefinition, RuleExclusion } from "../../../../shared/rule.ts";
import { showsValue } from "../../detect/analysis/shown-value.ts";
import { createRouteTemplates } from "../../detect/telemetry/route-template.ts";
import { compileRule, withoutEnd } from "../../detect/waf/compile-rule.ts";
import { matchRequest } from "../../detect/waf/match-request.ts";
import { normalName, normalPath } from "../../detect/waf/rule-scope.ts";
import type { Exchange } from "../../evidence/exchange.ts";
import type { FalseHit } from "./narrowest-exclusion.ts";

/** A value that a rule matches, and the request it stands in, by its place in what was given. */
export interface ReadHit extends Omit<FalseHit, "id"> {
  readonly from: number;
  /** As a screen may show it. */
  readonly shown: string;
}

/** What a rule, ended or not, matches in requests. @param now epoch milliseconds by which exclusions expire */
export function readFalseHits(
  definition: RuleDefinition,
  exclusions: readonly RuleExclusion[],
  exchanges: readonly Exchange[],
  now: number,
): ReadHit[] {
  const rule = compileRule({ id: "rule", definition: withoutEnd(definition), exclusions });
  const templateOf = createRouteTemplates("");
  return exchanges.flatMap((exchange, from) => {
    const path = templateOf(normalPath(exchange.target));
    return matchRequest([rule], exchange, { now }).map(({ place, value }) => {
      const { text } = value;
      return {
        from,
        text,
        path,
        place,
        name: normalName(place, value.name),
        shown: showsValue(value, false, text)(text),
      };
    });
  });
}
