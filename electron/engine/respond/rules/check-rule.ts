import type { RuleDefinition } from "../../../../shared/rule.ts";
import { canonicalize } from "../../detect/canonical/canonicalize.ts";
import { compileRule } from "../../detect/waf/compile-rule.ts";
import { matchText } from "../../detect/waf/match-request.ts";
import { normalName, normalPath } from "../../detect/waf/rule-scope.ts";
import type { RuleSample } from "./cluster-samples.ts";
import type { BenignValue } from "./generate-rules.ts";

/** How a definition stands to the values that it is held against. */
export interface RuleCheck {
  /** Ids of the samples that it does not match. */
  readonly missed: readonly string[];
  /** How many ordinary values it matches, wherever those stand. */
  readonly benign: number;
}

/**
 * Holds a definition against the samples that it is made of, where they stood, and against ordinary values.
 * @throws SentinelError INPUT_INVALID naming the field of a pattern that cannot be used
 */
export function checkRule(
  definition: RuleDefinition,
  samples: readonly RuleSample[],
  ordinary: readonly BenignValue[],
): RuleCheck {
  const rule = compileRule({ id: "checked", definition, exclusions: [] });
  const matches = ({ text, place }: BenignValue) =>
    canonicalize(text, place === null ? {} : { place }).layers.some((layer) => matchText(rule, layer.text) !== null);
  const isCaught = (sample: RuleSample) =>
    rule.isOnPath(sample.method, normalPath(sample.path)) &&
    rule.isAt(sample.place, normalName(sample.place, sample.name)) &&
    matches(sample);
  return {
    missed: samples.filter((sample) => !isCaught(sample)).map(({ id }) => id),
    benign: ordinary.filter(matches).length,
  };
}
