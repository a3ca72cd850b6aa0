import { z } from "zod";
import { RuleDefinition, RuleExclusion, ruleActions } from "./rule.ts";
import { RuleStage } from "./rule-record.ts";
import { Id, Score, Sha256 } from "./units.ts";

/** A rule of a web application firewall as other programs read it. Patterns are RE2, matched without regard to case. */
export const RuleFile = z.strictObject({
  schema: z.literal("https://sentinel.local/schemas/waf-rule.json"),
  id: Id,
  version: z.number().int().min(1),
  number: z.number().int().min(1),
  name: z.string(),
  definition: RuleDefinition,
  exclusions: z.array(RuleExclusion),
  /** SHA-256 of the canonical JSON (RFC 8785) of definition and exclusions, these each as canonical JSON, sorted. */
  definition_hash: Sha256,
  stage: RuleStage,
  /** What a match does at this stage. */
  effect: z.enum(["log", ...ruleActions]),
  capec: z.array(z.number().int()),
  cwe: z.array(z.number().int()),
  /** Lower 95 % bound of its back-tested precision; null: not measured as it is. */
  confidence: Score.nullable(),
});
export type RuleFile = z.infer<typeof RuleFile>;
