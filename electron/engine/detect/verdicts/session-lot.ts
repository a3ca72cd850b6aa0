import { createHmac } from "node:crypto";

/** A verdict's id is a hash, too: what is stored already has its place by that until it is analysed again. */
export const sessionLots = `
  ALTER TABLE verdicts ADD COLUMN lot TEXT NOT NULL DEFAULT '';
  UPDATE verdicts SET lot = id;
  CREATE INDEX verdicts_lot ON verdicts (lot);`;

/** Name, in the key space `engine`, of the key that lots are drawn with. */
export const lotKeyName = "lots";

/**
 * Place of a session in an order that has nothing to do with what was found in it: whoever goes along it draws at random, without
 * putting back. HMAC-SHA256 over the evidence, which is itself a hash of a whole file, and the session: it stays the same when evidence is
 * analysed again by another model, and what comes later falls between what is there, so that at any moment those up to some
 * place are a random sample of all. Source: Ohlsson 1995, "Coordination of samples using permanent random numbers".
 *
 * SECURITY: by a key of this installation: who makes a whole evidence file cannot try out bytes until its attacks fall where nobody looks.
 */
export function lotOf(
  key: Uint8Array,
  { evidenceId, session }: { readonly evidenceId: string; readonly session: string },
): string {
  return createHmac("sha256", key)
    .update(JSON.stringify([evidenceId, session]))
    .digest("hex");
}
