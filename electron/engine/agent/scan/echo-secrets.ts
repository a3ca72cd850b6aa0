import { createRuleClassifier } from "../../detect/classifier/rules.ts";

const tokens =
  /\b(?:AKIA[0-9A-Z]{16}|gh[pousr]_\w{30,}|github_pat_\w{40,}|sk[_-](?:live|test|ant|proj)?[_-]?[\w-]{16,}|xox[abprs]-[\w-]{16,}|AIza[\w-]{30,}|glpat-[\w-]{18,}|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,})/g;
const named =
  /\b(?:\w*(?:passw(?:or)?d|passwd|pwd|secret|api[_-]?key|access[_-]?key|auth[_-]?token|token|private[_-]?key|client[_-]?secret))["']?\s*(?:[:=]|=>|:=|\bis\b)\s*(?:["'`]([^"'`\s]{6,200})["'`]|([^\s"'`,;(){}[\]<>$]{6,200}))/gi;
const inAddress = /:\/\/[^\s:@/"'{}$]{1,64}:([^\s:@/"'{}$]{4,200})@/g;
const privateKey = /-----BEGIN [A-Z ]*PRIVATE KEY-----([\s\S]{40,}?)-----END/g;
/** Words that stand where a secret would and are none. */
const noSecret =
  /^(?:process\.env|os\.environ|env|getenv|System\.getenv|ENV|config|settings|required|optional|string|undefined|null|None|true|false|password|secret|changeme|placeholder|example|redacted|\*+|x+|<.*|your.*|[a-z]+\.[a-z_.]+)/i;

/** The secrets that a text holds: tokens of known form, values of names that mean one, private keys. */
export function findSecrets(text: string): string[] {
  const found = new Set<string>();
  for (const [token] of text.matchAll(tokens)) found.add(token);
  for (const [, quoted, bare] of text.matchAll(named)) {
    const value = quoted ?? bare?.replace(/[.!?]$/, "") ?? "";
    const isBareWord = quoted === undefined && !(/\d/.test(value) && /[a-z]/i.test(value)) && !/[^\w.]/.test(value);
    if (value.length >= 6 && !noSecret.test(value) && !isBareWord) found.add(value);
  }
  for (const [, value = ""] of text.matchAll(inAddress)) if (!noSecret.test(value)) found.add(value);
  for (const [, body = ""] of text.matchAll(privateKey)) found.add(body.replaceAll(/\s+/g, "").slice(0, 64));
  return [...found].slice(0, 200);
}

const rules = createRuleClassifier();
const quoted = /`([^`\n]{4,1000})`|"([^"\n]{4,1000})"/g;
const beforeValue = /[?&][\w.[\]-]{1,64}=/g;
const longestValue = 1000;
/** Where a value of an address may end that was not encoded: it may hold these signs itself. */
const ends = [/[&#]| HTTP\//, /[&#\s]/, /[&#"<>]/, /[&#']/];
const longestLine = 1000;

/** The attack payloads that stand in a text outside of code: whole lines, quoted parts, values of addresses. */
export function findPayloads(text: string): string[] {
  const found = new Set<string>();
  const consider = (part: string) => {
    const plain = fold(part.trim());
    if (plain.length < 5 || !/[<>'";|&$(){}]|\.\.[/\\]|--|\/\*/.test(plain)) return;
    const { class: kind, confidence } = rules.score(part.trim());
    if (kind !== "benign" && confidence >= 0.8) found.add(plain);
  };
  for (const line of text.slice(0, 200_000).split("\n").slice(0, 2000)) {
    if (line.length <= longestLine)
      consider(line.replace(/^.{0,80}?(?:payload|input|value|body|parameter|comment|name)\s*[:=]\s*/i, ""));
    for (const [, ticked, double] of line.matchAll(quoted)) consider(ticked ?? double ?? "");
    for (const rest of line.split(beforeValue).slice(1)) {
      const value = rest.slice(0, longestValue);
      for (const part of new Set(ends.map((end) => value.split(end, 1)[0]!))) consider(part);
    }
  }
  return [...found].slice(0, 200);
}

/** Text as it is compared: percent escapes and simple disguises undone, case and blanks evened out. */
export function fold(text: string): string {
  let plain = text.normalize("NFKC").replaceAll(/\p{Default_Ignorable_Code_Point}/gu, "");
  for (let i = 0; i < 2 && /%[0-9a-f]{2}/i.test(plain); i++) {
    plain = plain.replaceAll(/(?:%[0-9a-f]{2})+/gi, (escaped) =>
      Buffer.from(escaped.replaceAll("%", ""), "hex").toString("utf8"),
    );
  }
  return plain.toLowerCase().replaceAll(/\s+/g, " ");
}

/** A text together with what it holds in Base64 and hexadecimal. */
export function unpack(text: string): string {
  const inner: string[] = [];
  for (const [word] of text.slice(0, 400_000).matchAll(/[A-Za-z0-9+/_-]{12,}={0,2}/g)) {
    if (/^(?:[0-9a-f]{2})+$/i.test(word)) inner.push(Buffer.from(word, "hex").toString("latin1"));
    inner.push(Buffer.from(word, "base64").toString("latin1"));
  }
  return [text, ...inner].join("\n");
}

/** True when a secret stands in a text as it is, split by signs, backwards, or in Base64, hexadecimal or percent escapes. */
export function holdsSecret(text: string, secret: string): boolean {
  const all = unpack(text);
  const squeeze = (one: string) => fold(one).replaceAll(/[\s\-_.*|,'"`+]+/g, "");
  const wanted = squeeze(secret);
  if (wanted.length < 5) return all.includes(secret);
  const where = squeeze(all);
  return where.includes(wanted) || where.includes([...wanted].reverse().join(""));
}
