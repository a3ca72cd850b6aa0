import type { PayloadClass, Place } from "../../../shared/payload.ts";
import { contentId } from "../base/ids.ts";
import { findSecrets, mask, maskText } from "../evidence/secrets.ts";

/** Characters of a sample that are kept. */
export const longestSample = 8192;

/** The same text in the same place is the same sample, wherever it came from. */
export function payloadSampleId(place: Place | null, text: string): string {
  return contentId("sample", place ?? "", text);
}

/** A session of a piece of evidence stays the same sample when it is analysed again. */
export function sessionSampleId(evidenceId: string, session: string): string {
  return contentId("session sample", evidenceId, session);
}

const dayMs = 86_400_000;

/**
 * What one client did on one day, which every alert of it is part of. Without a client or a clock nobody knows what belongs together
 * beyond one piece of evidence.
 */
export function campaignOf(session: {
  readonly client: string | null;
  readonly startedAt: number | null;
  readonly evidenceId: string;
}): string {
  const { client, startedAt, evidenceId } = session;
  if (client === null || startedAt === null) return contentId("campaign of evidence", evidenceId);
  return contentId("campaign", client, Math.floor(startedAt / dayMs));
}

/**
 * A text from outside as a sample keeps it: as findings are masked, at most 8,192 characters.
 * @returns null where nothing but a mask would be left
 */
export function maskSample(text: string, place: Place | null, label: PayloadClass): string | null {
  const whole = text.toWellFormed();
  // SECURITY: a cookie that is no attack is a credential; an attack is the attacker's own text, but a key inside it stays masked.
  if (label === "benign" && place === "cookie") return null;
  const secrets = findSecrets(whole);
  const hidden = label === "benign" || place === "body" ? secrets : secrets.filter(({ because }) => because === "form");
  const masked = mask(whole, hidden).slice(0, longestSample).toWellFormed();
  return masked.replaceAll(maskText, "").trim() === "" ? null : masked;
}
