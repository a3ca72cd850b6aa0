import { RE2JS } from "re2js";
import { type PayloadClass, payloadClasses } from "../../../../shared/payload.ts";
import { sha256 } from "../../base/ids.ts";
import { canonicalize, mapSpan } from "../canonical/canonicalize.ts";
import type { Canonical, ClassifierOutput, Layer, PayloadClassifier } from "../payload.ts";
import { families, familyIndex } from "./families.ts";
import { ruleList } from "./rule-list.ts";

/** Characters of a reading that the rules look at, from its beginning; what is beyond is told by `cut`. */
export const longestRuleReading = 131_072;
const benignConfidence = 0.95;
const benign = payloadClasses.indexOf("benign");
const fallible = payloadClasses.flatMap((name, index) => (name === "benign" || name === "csrf" ? [] : [index]));

/**
 * The rule tier: hand-written rules over every reading of a value; the surest match decides. It answers when the fitted model
 * cannot, and is what the model is measured against. Matching is linear in the text's length (RE2).
 */
export function createRuleClassifier(): PayloadClassifier {
  // SECURITY: RE2 matches in linear time, so that no payload can make a rule backtrack for seconds.
  const patterns = ruleList.map(({ pattern }) => RE2JS.compile(pattern, RE2JS.CASE_INSENSITIVE | RE2JS.DOTALL));

  function match(canonical: Canonical): { rule: number; layer: Layer } | null {
    let best: { rule: number; layer: Layer } | null = null;
    for (const layer of canonical.layers) {
      const text = layer.text.slice(0, longestRuleReading);
      for (let rule = 0; rule < patterns.length; rule++) {
        if (best !== null && ruleList[rule]!.confidence <= ruleList[best.rule]!.confidence) continue;
        if (patterns[rule]!.test(text)) best = { rule, layer };
      }
    }
    return best;
  }

  function judge(
    text: string,
    context: Parameters<PayloadClassifier["score"]>[1],
    withSpans: boolean,
  ): ClassifierOutput {
    const canonical = canonicalize(text, context);
    const cut = canonical.cut || canonical.layers.some((layer) => layer.text.length > longestRuleReading);
    const found = match(canonical);
    if (found === null) return output(benign, benignConfidence, null, [], cut);
    const { family, confidence } = ruleList[found.rule]!;
    const { class: name } = families[familyIndex(family)]!;
    const spans = withSpans ? spansOf(patterns[found.rule]!, found.layer, confidence, text.length) : [];
    return output(payloadClasses.indexOf(name), confidence, family === name ? null : family, spans, cut);
  }

  return {
    hash: sha256(JSON.stringify(ruleList)),
    score: (text, context) => judge(text, context, false),
    classify: (text, context) => judge(text, context, true),
  };
}

function spansOf(pattern: RE2JS, layer: Layer, weight: number, valueLength: number): ClassifierOutput["spans"] {
  const matcher = pattern.matcher(layer.text.slice(0, longestRuleReading));
  if (!matcher.find()) return [];
  const { start, end } = mapSpan(layer, matcher.start(), matcher.end());
  return [{ start: Math.min(start, valueLength), end: Math.min(end, valueLength), weight }];
}

/** `confidence` for the class, the rest shared: an attack that no rule names more often is none; what no rule knows may be any. */
function output(
  decided: number,
  confidence: number,
  family: string | null,
  spans: ClassifierOutput["spans"],
  cut: boolean,
): ClassifierOutput {
  const probabilities = new Array<number>(payloadClasses.length).fill(0);
  if (decided === benign) for (const c of fallible) probabilities[c] = (1 - confidence) / fallible.length;
  else probabilities[benign] = 1 - confidence;
  probabilities[decided] = confidence;
  const name: PayloadClass = payloadClasses[decided]!;
  return {
    class: name,
    confidence,
    probabilities,
    family,
    tier: "rule",
    spans,
    set: decided === benign || confidence >= 0.9 ? [name] : [name, "benign"],
    cut,
  };
}
