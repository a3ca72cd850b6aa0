import type { RE2JS } from "re2js";
import type { Place } from "../../../../shared/payload.ts";
import type { RuleDefinition, RuleExclusion, RuleScope } from "../../../../shared/rule.ts";
import { compileMatch, compileShape, requiredText } from "./rule-pattern.ts";
import { createPathTest, normalName } from "./rule-scope.ts";

/** A rule as it is enforced: with what is excluded from it. */
export interface EnforcedRule {
  readonly id: string;
  readonly definition: RuleDefinition;
  readonly exclusions: readonly RuleExclusion[];
}

/** Where a value stands, in the form that rules compare. */
export interface ValuePlace {
  readonly method: string;
  /** `normalPath` of the target. */
  readonly path: string;
  readonly place: Place;
  /** `normalName` of the value. */
  readonly name: string;
}

/** A rule ready to match. */
export interface CompiledRule extends EnforcedRule {
  readonly pattern: RE2JS;
  /** See `requiredText`. */
  readonly required: string | null;
  /** Whether it looks at such a request at all. */
  readonly isOnPath: (method: string, path: string) => boolean;
  /** Whether it looks at the values of such a place and name. */
  readonly isAt: (place: Place, name: string) => boolean;
  /** Whether an exclusion takes such a reading of a value out. @param now epoch milliseconds */
  readonly isExcluded: (at: ValuePlace, reading: string, now: number) => boolean;
}

/** What a rule matches, whenever it ends. */
export function withoutEnd(definition: RuleDefinition): RuleDefinition {
  return { ...definition, expires_at: null };
}

/** @throws SentinelError INPUT_INVALID naming the field */
export function compileRule(rule: EnforcedRule): CompiledRule {
  const { definition, exclusions } = rule;
  const { scope } = definition;
  const fits = createScopeTest(scope);
  const excluded = exclusions.map((exclusion) => {
    const shape = exclusion.shape === null ? null : compileShape(exclusion.shape);
    const until = exclusion.expires_at === null ? Number.POSITIVE_INFINITY : Date.parse(exclusion.expires_at);
    const isWithin = createExactTest(exclusion);
    return (at: ValuePlace, reading: string, now: number) =>
      now < until && isWithin(at) && (shape?.test(reading) ?? true);
  });
  return {
    ...rule,
    pattern: compileMatch(definition.match),
    required: requiredText(definition.match),
    ...fits,
    isExcluded: (at, reading, now) => excluded.some((test) => test(at, reading, now)),
  };
}

/**
 * Where a rule looks: as generously as applications read a path and a name, so that another spelling of the same is no way past it.
 * HEAD is answered by what answers GET (RFC 9110 section 9.3.2); many do not tell capitals in a path, parameters of a segment, or
 * `q[]` from `q`.
 */
function createScopeTest({ method, path, place, parameter }: RuleScope) {
  const fits = path === null ? null : createPathTest(plainPath(path));
  const name = parameter === null || place === null ? parameter : normalName(place, parameter);
  return {
    isOnPath: (given: string, at: string) =>
      (method === null || method === given || (method === "GET" && given === "HEAD")) &&
      (fits?.(plainPath(at)) ?? true),
    isAt: (givenPlace: Place, given: string) =>
      (place === null || place === givenPlace) && (name === null || name === given || name === withoutIndexes(given)),
  };
}

/** Where an exclusion holds: exactly there. SECURITY: never wider than it was shown. */
function createExactTest({ path, place, parameter }: Pick<RuleScope, "path" | "place" | "parameter">) {
  const fits = path === null ? null : createPathTest(path);
  const name = parameter === null || place === null ? parameter : normalName(place, parameter);
  return (at: ValuePlace) =>
    (fits?.(at.path) ?? true) && (place === null || place === at.place) && (name === null || name === at.name);
}

const plainPath = (path: string) => path.replace(/;[^/]*/g, "").toLowerCase();
const withoutIndexes = (name: string) => name.replace(/(?:\[[^\]]*\])+$/, "");
