import { findSecrets, isPlainToken, isSecretHeader, isSecretName, mask, maskText } from "../../evidence/secrets.ts";
import type { PayloadValue } from "../payload.ts";
import { isWholeBody } from "../verdicts/verdict-record.ts";

/** Characters of a value that are kept and shown. */
export const longestText = 2000;

/**
 * How texts of a value, as it stood or decoded, are shown: masked, at most 2,000 characters.
 * @param isAttack whether it was judged to be one
 * @param canonical what it says once it is decoded as far as can be
 */
export function showsValue(value: PayloadValue, isAttack: boolean, canonical: string): (text: string) => string {
  // SECURITY: a session id that only looks like an attack to a model must not be written down for it.
  const isShown = isAttack && !(isSecretField(value) && isPlainToken(canonical));
  return (text) => (isShown ? mask(text, attackSecrets(text, value)) : maskValue(text, value)).slice(0, longestText);
}

/**
 * SECURITY: an attack is the attacker's own text and shown, but a key or card number inside it stays masked; in a body
 * taken whole, which is more than the attack, every secret does.
 */
function attackSecrets(text: string, value: PayloadValue) {
  const secrets = findSecrets(text);
  return isWholeBody(value) ? secrets : secrets.filter((secret) => secret.because === "form");
}

/** SECURITY: what is no attack may be a credential by its name or its form. */
function maskValue(text: string, value: PayloadValue): string {
  return isSecretField(value) ? maskText : mask(text);
}

function isSecretField({ place, name }: PayloadValue): boolean {
  return place === "cookie" || isSecretName(name) || (place === "header" && isSecretHeader(name));
}
