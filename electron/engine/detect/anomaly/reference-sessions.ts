import { defineRead } from "../../store/store.ts";

/** Newest verdicts that are looked at: bounds the time of a query and the memory of a fit. */
const window = 20_000;

/**
 * Sessions that the behaviour model may be fitted to, of one extractor version. SECURITY: who wants an attack to look ordinary
 * would send many sessions that prepare it. So a client counts once, however many sessions it has; a client of whom any session
 * was flagged counts not at all; where the evidence names no client, its file stands for one. Withdrawn evidence is out,
 * and so is what other engines judged: of that only what they flagged is here.
 */
const eligible = `
  SELECT MIN(v.id) AS id FROM verdicts v
  WHERE v.n > (SELECT MAX(n) FROM verdicts) - ${window} AND v.verdict = 'benign'
    AND v.judged_by IS NULL
    AND json_extract(v.inputs, '$.extractorVersion') = ?
    AND v.evidence_id NOT IN (SELECT id FROM evidence WHERE withdrawn = 1)
    AND CASE WHEN v.client IS NULL
      THEN v.evidence_id NOT IN (SELECT evidence_id FROM verdicts WHERE verdict IN ('tag', 'simulate') AND client IS NULL)
      ELSE v.client NOT IN (SELECT client FROM verdicts WHERE verdict IN ('tag', 'simulate') AND client IS NOT NULL) END
  GROUP BY v.client, CASE WHEN v.client IS NULL THEN v.evidence_id END`;

/** How many sessions there are to fit to. */
export const countReferenceSessions = defineRead("behaviour.count-reference-sessions", (db) => {
  const count = db.prepare<[string], number>(`SELECT COUNT(*) FROM (${eligible})`).pluck();
  return (extractorVersion: string): number => count.get(extractorVersion)!;
});

/** Their vectors, in an order that does not depend on which analysis was quicker: the same sessions give the same model. */
export const referenceSessions = defineRead("behaviour.reference-sessions", (db) => {
  const vectors = db
    .prepare<[string], Uint8Array>(`SELECT features FROM verdicts WHERE id IN (${eligible}) ORDER BY id`)
    .pluck();
  return (extractorVersion: string): Float64Array[] =>
    (vectors.all(extractorVersion) as unknown as Uint8Array[]).map((bytes) => new Float64Array(bytes.slice().buffer));
});
