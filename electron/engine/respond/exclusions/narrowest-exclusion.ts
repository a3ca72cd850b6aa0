import type { Place } from "../../../../shared/payload.ts";
import type { RuleDefinition, RuleExclusion } from "../../../../shared/rule.ts";
import { canonicalize } from "../../detect/canonical/canonicalize.ts";
import { type CompiledRule, compileRule } from "../../detect/waf/compile-rule.ts";
import { matchText } from "../../detect/waf/match-request.ts";
import { compileShape } from "../../detect/waf/rule-pattern.ts";
import { outlineOf, shapeOf } from "./value-shape.ts";

/** A value that a rule matched and should not have. */
export interface FalseHit {
  /** Which of them it is, for who asks. */
  readonly id: number;
  readonly text: string;
  /** Template of the path. */
  readonly path: string;
  readonly place: Place;
  readonly name: string;
}

/** A value that the rule has to go on matching. */
export interface MustMatch {
  readonly text: string;
  readonly place: Place | null;
}

export interface ProposedExclusion {
  readonly exclusion: RuleExclusion;
  readonly words: string;
  readonly covers: readonly number[];
}

export interface Proposals {
  readonly proposals: readonly ProposedExclusion[];
  readonly refused: readonly { readonly path: string; readonly parameter: string; readonly reason: string }[];
}

interface Reading {
  readonly hit: FalseHit;
  /** Readings of the value that the rule matches: each has to be covered, or the value is still matched. */
  readonly texts: readonly string[];
}

/**
 * The narrowest exclusions that take false hits out: each for one path, place and parameter, with the narrowest shape of value that covers
 * what is built alike there. One that would take out a single reading in which the rule matches a known attack, wherever that attack
 * stood, is not proposed.
 *
 * @param attacks every known attack, whether or not the rule matches it
 */
export function proposeExclusions(
  definition: RuleDefinition,
  falseHits: readonly FalseHit[],
  attacks: readonly MustMatch[],
  expiresAt: string | null,
): Proposals {
  const rule = compileRule({ id: "rule", definition, exclusions: [] });
  const kept = new Set(attacks.flatMap(({ text, place }) => readingsMatched(rule, text, place)));
  const proposals: ProposedExclusion[] = [];
  const refused: { path: string; parameter: string; reason: string }[] = [];
  const spots = Map.groupBy(falseHits, ({ path, place, name }) => JSON.stringify([path, place, name]));
  for (const hits of spots.values()) {
    const { path, place, name } = hits[0]!;
    const scope = { path, place, parameter: name === "" ? null : name };
    const readings = hits
      .map((hit): Reading => ({ hit, texts: readingsMatched(rule, hit.text, hit.place) }))
      .filter(({ texts }) => texts.length > 0);
    for (const alike of Map.groupBy(readings, ({ texts }) => texts.map(outlineOf).join("\n")).values()) {
      const shapes = alike[0]!.texts.map((_, i) => shapeOf(alike.map(({ texts }) => texts[i]!)));
      const refuse = (reason: string) => refused.push({ path, parameter: name, reason });
      if (shapes.some((shape) => shape === null)) {
        refuse("Its values are not built alike enough for a shape that is narrower than anything.");
        continue;
      }
      const pattern = [...new Set(shapes.map((shape) => shape!.pattern))].join("|");
      if (pattern.length > 500) {
        refuse("Its values are too long for a shape.");
        continue;
      }
      // SECURITY: whatever it costs in false positives, no known attack passes.
      const shape = compileShape(pattern);
      if ([...kept].some((reading) => shape.test(reading))) {
        refuse("Whatever takes its values out lets a known attack through: they cannot be told apart by their shape.");
        continue;
      }
      const exclusion: RuleExclusion = { ...scope, shape: pattern, expires_at: expiresAt };
      const words = [...new Set(shapes.map((each) => each!.words))].join("; or ");
      proposals.push({ exclusion, words, covers: alike.map(({ hit }) => hit.id) });
    }
  }
  return { proposals, refused };
}

/**
 * How many known attacks an exclusion would let through where it holds, in a single reading that the rule matches. Of most it is not known
 * on which path and in which parameter they will stand next: only their place tells that they cannot stand there.
 */
export function countSpared(
  definition: RuleDefinition,
  { place, shape }: Pick<RuleExclusion, "place" | "shape">,
  attacks: readonly MustMatch[],
): number {
  const rule = compileRule({ id: "rule", definition, exclusions: [] });
  const test = shape === null ? null : compileShape(shape);
  return attacks.filter(
    (attack) =>
      (place === null || attack.place === null || attack.place === place) &&
      readingsMatched(rule, attack.text, attack.place).some((reading) => test?.test(reading) ?? true),
  ).length;
}

/** Readings of a value that a rule matches. */
function readingsMatched(rule: CompiledRule, text: string, place: Place | null): string[] {
  return canonicalize(text, place === null ? {} : { place })
    .layers.map((layer) => layer.text)
    .filter((reading) => matchText(rule, reading) !== null);
}
