import { z } from "zod";
import { defineRoute } from "./route.ts";
import { Instant } from "./units.ts";

const count = z.number().int().min(0);

interface FeatureFlag {
  readonly title: string;
  /** What each decision is about: a session, by its evidence and name, or a rule, by its id. */
  readonly unit: "session" | "rule";
  /** What it switches, and what happens without it. */
  readonly meaning: string;
}

/**
 * Parts of detection and policy that can be rolled out to a share of sessions or rules. Each is a setting of the same name: percent,
 * 100 by default, 0 switches it off. Who is in is a hash's word: the same at every engine and every time, and whoever is in at one
 * share is still in at a larger one.
 */
export const featureFlags = {
  flag_behaviour: {
    title: "Behaviour in the verdict",
    unit: "session",
    meaning: "The behaviour forest's weight in the score; without it the payload score is the score",
  },
  flag_sequence: {
    title: "Surprise of the sequence",
    unit: "session",
    meaning:
      "The model of sequences, which tells how unusual the order of requests is; without it those features are not available",
  },
  flag_request_forgery: {
    title: "Request forgery",
    unit: "session",
    meaning: "The detector of cross-site request forgery; without it nothing is judged a forged request",
  },
  flag_rule_auto_apply: {
    title: "Rules let in by themselves",
    unit: "rule",
    meaning:
      "The policy that lets a rule of enough confidence in by itself; without it somebody has to approve the rule",
  },
} as const satisfies Record<`flag_${string}`, FeatureFlag>;

export type FlagName = keyof typeof featureFlags;
export const flagNames = Object.keys(featureFlags) as readonly FlagName[];

/** The setting of a flag. */
export function flagShare(name: FlagName) {
  const { unit, meaning } = featureFlags[name];
  return z.number().int().min(0).max(100).describe(`Share of ${unit}s in percent. ${meaning}. 0 switches it off`);
}

/** What became of those that went one way: sessions by verdict, or rules by what the policy says. */
export const FlagWay = z.record(z.string(), count);

export const FlagState = z.object({
  name: z.enum(Object.keys(featureFlags) as [FlagName, ...FlagName[]]),
  share: z.number().int().min(0).max(100),
  /** When its share was last changed; null: never. */
  changed_at: Instant.nullable(),
  /**
   * Sessions decided since then, or rules that the policy has decided about, each way. Null: it was never changed, and everything went
   * with it.
   */
  ways: z.object({ with: FlagWay, without: FlagWay }).nullable(),
});
export type FlagState = z.infer<typeof FlagState>;

export const listFeatureFlags = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/feature-flags",
  summary: "Parts of detection and policy that are rolled out by share, and how many sessions or rules went each way",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({}),
  output: z.array(FlagState),
});
