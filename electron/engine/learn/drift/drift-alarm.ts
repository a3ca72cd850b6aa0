import { z } from "zod";

/** What an alarm is about: a number of the sessions, what the model promises of its probabilities, or of its sets. */
export const driftReasonKinds = ["feature", "behaviour_score", "payload_score", "calibration", "coverage"] as const;

/** One reason of an alarm. Plain JSON, kept with each look. */
export const DriftReason = z.strictObject({
  kind: z.enum(driftReasonKinds),
  /** Of the feature; of the others their kind. */
  name: z.string(),
  /** Population stability index; calibration error; share that is missing to what was promised. */
  size: z.number(),
  /** When a look saw it first without a break, ISO 8601. */
  since: z.string(),
  /** The look before that, which did not see it; null: there was none. */
  unseen: z.string().nullable(),
});
export type DriftReason = z.infer<typeof DriftReason>;

/** Hashes of the models that a look was about. */
export const LookedAt = z.strictObject({ behaviour: z.string(), payload: z.string() });
export type LookedAt = z.infer<typeof LookedAt>;

/** What somebody has taken note of. */
export const Acknowledged = z.strictObject({
  models: LookedAt,
  reasons: z.array(z.strictObject({ kind: z.enum(driftReasonKinds), name: z.string(), size: z.number() })),
  by: z.string(),
  at: z.string(),
});
export type Acknowledged = z.infer<typeof Acknowledged>;

type Seen = Pick<DriftReason, "kind" | "name">;
const isSame = (a: Seen) => (b: Seen) => a.kind === b.kind && a.name === b.name;

/** Growth from which a reason is worse than it was when it was acknowledged: by half, and by a tenth at least. */
const worseBy = 1.5;
const worseByAtLeast = 0.1;

/**
 * Reasons with the time since which they have been seen.
 *
 * @param before the look before, null: none, or one about other models
 * @param at when this look was made, ISO 8601
 */
export function dateReasons(
  now: readonly (Seen & { readonly size: number })[],
  before: { readonly at: string; readonly reasons: readonly DriftReason[] } | null,
  at: string,
): DriftReason[] {
  return now.map(({ kind, name, size }) => {
    const known = before?.reasons.find(isSame({ kind, name }));
    const { since, unseen } = known ?? { since: at, unseen: before?.at ?? null };
    return { kind, name, size, since, unseen };
  });
}

/** Whether what was acknowledged is all that there is, and none of it has become worse; another model is another matter. */
export function isQuiet(reasons: readonly DriftReason[], models: LookedAt, acknowledged: Acknowledged | null): boolean {
  if (acknowledged === null) return false;
  if (acknowledged.models.behaviour !== models.behaviour || acknowledged.models.payload !== models.payload)
    return false;
  return reasons.every((reason) => {
    const known = acknowledged.reasons.find(isSame(reason));
    if (known === undefined) return false;
    return reason.size < Math.max(known.size * worseBy, known.size + worseByAtLeast);
  });
}
