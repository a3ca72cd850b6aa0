import { canonicalJson } from "../base/canonical-json.ts";
import { featureSchema } from "../detect/features/session-features.ts";
import type { VerdictRow } from "../detect/verdicts/verdict-tables.ts";
import type { FoundSample } from "./labels.ts";
import { campaignOf, sessionSampleId } from "./sample-identity.ts";
import type { Judged } from "./statement.ts";

/** What the model says of a whole session. */
export const saidOfSession = ({ class: kind, payloadScore }: VerdictRow): Judged => ({
  class: kind,
  confidence: kind === "benign" ? 1 - payloadScore : payloadScore,
});

/** A judged session as a sample: its text is JSON of what it was judged by; a feature that is not available is null. */
export function sessionSample(row: VerdictRow): FoundSample {
  const features = Object.fromEntries(
    featureSchema.map(({ name }, i) => {
      const value = row.features[i] ?? Number.NaN;
      return [name, Number.isNaN(value) ? null : value];
    }),
  );
  const { id, evidenceId, requestLine: request_line, score } = row;
  return {
    id: sessionSampleId(evidenceId, row.session),
    kind: "session",
    place: null,
    text: canonicalJson({ features, verdict_id: id, request_line, score }),
    evidenceId,
    campaign: campaignOf(row),
    said: saidOfSession(row),
  };
}
