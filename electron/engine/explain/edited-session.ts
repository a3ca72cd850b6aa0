import type { VerdictKind } from "../../../shared/verdict.ts";
import type { SessionFlag } from "../detect/analysis/session-flags.ts";
import { type BehaviourModel, modelInputs } from "../detect/anomaly/behaviour-model.ts";
import { judgeCsrf } from "../detect/csrf.ts";
import { extractPayloads } from "../detect/extract/extract-payloads.ts";
import { createSessionFeatures, featureIndex } from "../detect/features/session-features.ts";
import { type FusionConfig, fuse, payloadScoreFeature } from "../detect/fusion.ts";
import type { PayloadClassifier } from "../detect/payload.ts";
import { type Exchange, renderRequest } from "../evidence/exchange.ts";

/** A session as it was judged. */
export interface JudgedSession {
  /** In the order in which they were judged. */
  readonly exchanges: readonly Exchange[];
  /** The stored vector, shape [nFeatures]. */
  readonly features: Float64Array;
  readonly fusion: FusionConfig;
  /** Parts that feature flags withheld from it; absent: none. */
  readonly withheld?: readonly SessionFlag[];
}

/**
 * Judges a session again with one of its exchanges edited. Features that the edit does not touch stay as they were stored, so that
 * what only the time of the analysis knew (client addresses, reputations) need not be known again.
 *
 * @param edited takes the place of the exchange with its index
 * @returns null when the session cannot be followed: with the original exchanges the worst payload comes out otherwise than stored
 */
export function judgeEdited(
  session: JudgedSession,
  edited: Exchange,
  classifier: PayloadClassifier,
  behaviour: BehaviourModel,
): { verdict: VerdictKind; score: number } | null {
  const { withheld = [] } = session;
  const before = countFeatures(session.exchanges, classifier, withheld);
  const at = featureIndex.get(payloadScoreFeature)!;
  if (!Object.is(before[at], session.features[at])) return null;
  const after = countFeatures(
    session.exchanges.map((exchange) => (exchange.index === edited.index ? edited : exchange)),
    classifier,
    withheld,
  );
  const features = session.features.map((value, i) => (Object.is(before[i], after[i]) ? value : after[i]!));
  const { verdict, score } = fuse(behaviour, session.fusion, modelInputs(behaviour, features));
  return { verdict, score };
}

function countFeatures(
  exchanges: readonly Exchange[],
  classifier: PayloadClassifier,
  withheld: readonly SessionFlag[],
): Float64Array {
  const features = createSessionFeatures();
  for (const exchange of exchanges) {
    const { values } = extractPayloads(exchange, renderRequest(exchange));
    const scored = values.map((value) => ({ value, output: classifier.score(value.text, value) }));
    const forgery = withheld.includes("flag_request_forgery") ? null : judgeCsrf(exchange);
    features.add(exchange, scored, forgery === null ? [] : [forgery.output]);
  }
  return features.finish();
}
