import type { RuleDefinition, RuleExclusion } from "../../../../shared/rule.ts";
import type { Exchange } from "../../evidence/exchange.ts";
import type { WireError } from "../../store/store-errors.ts";
import type { FalseHit, MustMatch, Proposals } from "../exclusions/narrowest-exclusion.ts";
import type { ReadHit } from "../exclusions/read-false-hits.ts";
import type { RuleCheck } from "./check-rule.ts";
import type { RuleSample } from "./cluster-samples.ts";
import type { BenignValue, Generated } from "./generate-rules.ts";

/** What holds values against rules, away from the thread that answers. Ordinary text that is generated comes on top of what is given. */
export type RuleTask =
  | { readonly what: "generate"; readonly samples: readonly RuleSample[]; readonly benign: readonly BenignValue[] }
  | {
      readonly what: "check";
      readonly definition: RuleDefinition;
      readonly samples: readonly RuleSample[];
      readonly benign: readonly BenignValue[];
    }
  | {
      readonly what: "exclude";
      readonly definition: RuleDefinition;
      readonly falseHits: readonly FalseHit[];
      readonly attacks: readonly MustMatch[];
      readonly expiresAt: string | null;
    }
  | {
      readonly what: "read";
      readonly definition: RuleDefinition;
      readonly exclusions: readonly RuleExclusion[];
      readonly exchanges: readonly Exchange[];
      readonly now: number;
    }
  | {
      readonly what: "spare";
      readonly definition: RuleDefinition;
      readonly exclusion: RuleExclusion;
      readonly attacks: readonly MustMatch[];
    };

export interface RuleAnswers {
  readonly generate: Generated & { readonly ordinary: number };
  readonly check: RuleCheck;
  readonly exclude: Proposals;
  readonly read: { readonly hits: readonly ReadHit[] };
  readonly spare: { readonly spared: number };
}

export type RuleAnswer = RuleAnswers[keyof RuleAnswers] | { readonly error: WireError };
