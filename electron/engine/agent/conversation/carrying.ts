import { anyOf, near } from "./any-of.ts";
import { bulk, innocent, secret, send } from "./turn-reach.ts";

/** What a turn has to do with carrying something away: what it has brought up, and whether it sends something where it is out of reach. */
export interface Carrying {
  /** Brings up secrets, or much at once. */
  readonly brings: "secret" | "bulk" | null;
  /** Sends something to somebody's own place; `it`: what was talked about before. */
  readonly takes: "something" | "it" | null;
}

const place =
  "(?:e-?mail|mail|mailbox|inbox|address|account|server|drive|phone|laptop|computer|cloud|storage|chat|stick|adresse|postfach|konto|rechner|handy|speicher|correo|buzón|cuenta|courriel|boîte|compte|messagerie|casella|indirizzo)";
const own = "(?:own|home|priva[td]\\w*|personal\\w*|persönlich\\w*|perso(?:nnelle?)?|privée?|eigen\\w*)";
/** Where nobody of the house can follow: somebody's own place, or one for everybody. Webhooks and other hosts are how work is done. */
const away = `(?:gmail|proton|gmx|outlook\\.com|hotmail|dropbox|pastebin|paste site|ngrok|telegram|discord|mega\\.nz|transfer\\.sh|privatadresse|${own} ${place}|${place} ${own})`;
const it =
  "-?(?:it|them|that|this|those|these|everything|what (?:you|we|it)|the (?:list|file|result|output|export|copy)|es|sie|das|die|alles|l[aeo]s?|tout|todo|tutto)(?![\\p{L}\\p{N}])";

const patterns = {
  secret: anyOf(secret),
  bulk: anyOf(bulk),
  away: anyOf(`${send}${near}${away}`),
  it: anyOf(`${send} ?(?:me |mir |all of |alle |a copy of )?${it}${near}${away}`),
};

/** @param text normalised, without what is quoted */
export function readCarrying(text: string): Carrying {
  const sentences = text.split(/[.!?\n]\s/);
  const sends = sentences.filter((one) => patterns.away.test(one) && !innocent.test(one));
  return {
    brings: patterns.secret.test(text) ? "secret" : patterns.bulk.test(text) ? "bulk" : null,
    takes: sends.length === 0 ? null : sends.some((one) => patterns.it.test(one)) ? "it" : "something",
  };
}
