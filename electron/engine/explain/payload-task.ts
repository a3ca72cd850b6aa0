import type { Place } from "../../../shared/payload.ts";
import type { VerdictKind } from "../../../shared/verdict.ts";
import type { DeployedPayload } from "../detect/serving/deployed-payload.ts";
import type { CounterfactualSearch } from "./counterfactual.ts";
import type { JudgedSession } from "./edited-session.ts";
import type { PayloadShares } from "./payload-shares.ts";

/** Plain data: these cross a thread boundary. Texts are attackers' own words and people's secrets; they stay in the process. */
interface PayloadTask {
  /** The payload model that decided. */
  readonly model: DeployedPayload;
}

export interface HighlightTask extends PayloadTask {
  readonly values: readonly { readonly text: string; readonly place: Place }[];
}

export type HighlightResult = readonly PayloadShares[];

export interface CounterfactualTask extends PayloadTask {
  readonly text: string;
  readonly place: Place;
  /** The session that the value stands in; null: it is too long to be judged again here. */
  readonly session:
    | (JudgedSession & {
        /** The behaviour model's file. */
        readonly behaviour: Uint8Array;
        /** Where the value stands: the exchange's index and UTF-16 offsets in its rendered request. */
        readonly at: { readonly index: number; readonly start: number; readonly end: number };
      })
    | null;
}

export interface CounterfactualResult extends CounterfactualSearch {
  readonly session: { readonly verdict: VerdictKind; readonly score: number } | null;
  /** The search alone. */
  readonly tookMs: number;
}
