import { isIban, passesLuhn } from "./check-digits.ts";
import { collectFindings, type PlacedFinding } from "./collect-findings.ts";
import { nationalIds } from "./national-ids.ts";
import type { Scanner } from "./scanner.ts";

/** E-mail addresses, telephone, account, card and national numbers, the latter only where their check digits are right. */
export function createPersonalDataScanner(): Scanner {
  return { name: "personal_data", scan: (what, signal) => collectFindings(what, findPersonalData, signal) };
}

function* findPersonalData(text: string): Generator<PlacedFinding> {
  yield* findMail(text);
  yield* findNumbers(text, "iban", "This is an International Bank Account Number.", iban, (id) =>
    isIban(id.toUpperCase()),
  );
  yield* findNumbers(text, "payment_card", "This is the number of a payment card.", card, isCard);
  for (const { rule, country, pattern, named, accepts } of nationalIds) {
    for (const found of findNumbers(text, rule, `This is a personal number of ${country}.`, pattern, accepts)) {
      if (named === undefined || named.test(text.slice(Math.max(0, found.start - 60), found.start))) yield found;
    }
  }
  yield* findPhones(text);
}

const iban = /(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![A-Za-z0-9])/g;
const card =
  /(?<![\w.+-])\d{4}[ -]?(?:\d{4}[ -]?\d{4}[ -]?\d{4}(?:\d{3})?|\d{6}[ -]?\d{4,5}|\d{4}[ -]?\d{5})(?![\w-]|\.\d)/g;

/** Beginnings that networks use (ISO/IEC 7812 issuer numbers), the right length for each, and the check digit. */
function isCard(digits: string): boolean {
  const { length } = digits;
  const isKnown =
    (/^4/.test(digits) && (length === 13 || length === 16 || length === 19)) ||
    (/^(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/.test(digits) && length === 16) ||
    (/^3[47]/.test(digits) && length === 15) ||
    (/^(?:6011|64[4-9]|65)/.test(digits) && length === 16) ||
    (/^3(?:0[0-5]|[68])/.test(digits) && length === 14) ||
    (/^35(?:2[89]|[3-8])/.test(digits) && length === 16);
  return isKnown && passesLuhn(digits) && !/^(\d)\1*$/.test(digits);
}

function* findNumbers(
  text: string,
  rule: string,
  why: string,
  pattern: RegExp,
  accepts: (id: string) => boolean,
): Generator<PlacedFinding> {
  for (const match of text.matchAll(pattern)) {
    if (accepts(match[0].replace(/[^A-Za-z0-9]/g, "")))
      yield { rule, why, start: match.index, end: match.index + match[0].length };
  }
}

/** Addresses of documentation (RFC 2606), and of functions rather than people. */
const nobody =
  /@(?:[\w.-]*\.)?(?:example\.(?:com|org|net)|example|test|invalid|localhost|users\.noreply\.github\.com)$|^(?:no-?reply|do-?not-?reply|info|support|help|contact|sales|abuse|postmaster|webmaster|hostmaster|security|admin|root|office|service|team|hello|git|noc|soc)@/i;
const mailPart = /[\w.!#$%&'*+/=?^`{|}~-]/;
const mailDomain = /@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,5}[A-Za-z]{2,24}(?![\w-])/y;

function* findMail(text: string): Generator<PlacedFinding> {
  for (let at = text.indexOf("@"); at >= 0; at = text.indexOf("@", at + 1)) {
    mailDomain.lastIndex = at;
    const domain = mailDomain.exec(text);
    if (domain === null) continue;
    let start = at;
    while (start > 0 && at - start < 64 && mailPart.test(text[start - 1]!)) start--;
    // What quotes or a scheme leave before the name is not of it.
    while (start < at && !/[A-Za-z0-9_]/.test(text[start]!)) start++;
    if (start === at || text.slice(Math.max(0, start - 3), start) === "://") continue;
    const end = at + domain[0].length;
    if (nobody.test(text.slice(start, end))) continue;
    yield { rule: "email_address", why: "This is an e-mail address of a person.", start, end };
  }
}

const international = /(?<![\w+.]|\d )(?:\+|00)[1-9](?:[ ()./-]{0,2}\d){7,14}(?!\w)/g;
const parenthesised = /(?<![\w)])\([2-9]\d{2}\) ?\d{3}[-. ]\d{4}(?!\w)/g;
const named =
  /(?:\btel(?:ephone|efon|éfono|\.)?|\bphone|\bmobil[e]?|\bcell|\bhandy|\bfax|телефон|电话|電話)[ \t]{0,3}(?:number|no\.?|nr\.?)?[ \t]{0,3}[:.]?[ \t]{0,3}(\(?\d(?:[ ()./-]{0,2}\d){6,13})(?!\w)/giu;

function* findPhones(text: string): Generator<PlacedFinding> {
  const why = "This is a telephone number.";
  for (const pattern of [international, parenthesised]) {
    for (const match of text.matchAll(pattern)) {
      // "00" begins many other numbers: only one that is written in groups is dialled.
      if (match[0].startsWith("00") && !/[ ()/-]/.test(match[0])) continue;
      yield { rule: "telephone_number", why, start: match.index, end: match.index + match[0].length };
    }
  }
  for (const match of text.matchAll(named)) {
    const end = match.index + match[0].length;
    yield { rule: "telephone_number", why, start: end - match[1]!.length, end };
  }
}
