import { entropyOf, looksRandom } from "./entropy.ts";

/** Names, in lower case, whose value is a secret: the last word of what stands before `=`, `:` or "is". */
const secretNames =
  "password|passwd|passphrase|passcode|pwd|secret|api[_ -]?key|apikey|access[_ -]?key|secret[_ -]?key|private[_ -]?key|" +
  "client[_ -]?secret|auth[_ -]?token|access[_ -]?token|refresh[_ -]?token|api[_ -]?token|bearer[_ -]?token|session[_ -]?token|" +
  "encryption[_ -]?key|signing[_ -]?key|account[_ -]?key|credentials?|passwort|kennwort|mot de passe|contraseña|clave|senha|" +
  "пароль|密码|密碼|パスワード|비밀번호|hasło|wachtwoord|şifre|parola";

/** `name = value`, `"name": "value"`, `name: value`, `the name is value`, `--name value`; the value is group 2 or 3. */
const assignment = new RegExp(
  `(?:${secretNames})["'\`\\]]{0,2}[ \\t]{0,8}(?:(?::=|=>|==?|:|：|=|\\bis\\b|\\bist\\b|\\bes\\b|\\best\\b|\\bé\\b|は|是)|(?<=--?[a-z-]{1,30})(?= ))` +
    `[ \\t]{0,8}(?:(["'\`])([^"'\`\\r\\n]{4,200})\\1|([^\\s"'\`,;<>(){}\\[\\]]{4,200}))`,
  "giu",
);

/** What stands where a secret would, and is none. */
const placeholder =
  /^(?:[x*•.\-_#?]{3,}|.{0,20}(?:your|example|changeme|change_me|placeholder|redacted|removed|masked|hidden|dummy|sample|todo|xxxx|\*\*\*|\.\.\.|…|secret[_-]?here|my[_-]?(?:password|secret|key|token)).{0,40}|(?:null|none|nil|true|false|undefined|required|optional|string|empty|invalid|incorrect|wrong|expired|missing|correct|needed|reset|changed|forgotten|never|not|sent|stored|hashed|valid|set|the|too|a|an|in|at|for|to|and|be|being|unknown|weak|strong|safe|secure|protected|encrypted|leaked|compromised|used|case|only|same)[.!?]?)$/i;

/** A reference to where the secret is kept: a variable, a template, a call. */
const reference =
  /^(?:\$|%[A-Z_]+%|process\.env|os\.environ|env[.[(]|getenv|config\.|settings\.|secrets?\.|vault:|self\.|this\.|args?\.|\{\{|<|&|@)|\(\)?;?$/i;

/** Where secrets are assigned in a text. Linear: every repetition is bounded. */
export function* findAssigned(text: string): Generator<{ start: number; end: number }> {
  for (const match of text.matchAll(assignment)) {
    const quoted = match[2] !== undefined;
    const value = (match[2] ?? match[3]!).replace(/[.,;:!?]+$/, "");
    if (value.length < 4 || placeholder.test(value) || reference.test(value)) continue;
    const spoken = /\s(?:is|ist|es|est|é)\s/i.test(match[0]);
    if (!quoted && !isSecretWord(value, spoken)) continue;
    if (quoted && /\s/.test(value) && value.split(/\s+/).length > 6) continue;
    const end = match.index + match[0].length;
    yield { start: end - (match[2] ?? match[3]!).length - (quoted ? 1 : 0), end: quoted ? end - 1 : end };
  }
}

/** Without quotes a word alone may be prose ("Password: required"), a name of a type or a path. */
function isSecretWord(value: string, spoken: boolean): boolean {
  if (/^(?:https?:\/\/|\.{0,2}\/|[A-Z]:\\)/.test(value)) return false;
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter((kind) => kind.test(value)).length;
  if (/\d/.test(value) && kinds >= 2) return true;
  if (spoken) return kinds >= 3 && /[^A-Za-z0-9.'’-]/.test(value);
  return (
    (kinds >= 2 && /[^A-Za-z0-9_.:/-]/.test(value)) ||
    (value.length >= 12 && entropyOf(value) >= 3.3 && kinds >= 2 && !/^[A-Z]?[a-z]+(?:[A-Z_.-][a-z]+)*$/.test(value))
  );
}

const userInfo = /:\/\/([^\s/?#:@"'<>]{1,100}):([^\s/?#@"'<>]{3,200})@[\w.[-]/y;

/** `scheme://user:password@host`. */
export function* findConnections(text: string): Generator<{ start: number; end: number }> {
  for (let at = text.indexOf("://"); at >= 0; at = text.indexOf("://", at + 3)) {
    userInfo.lastIndex = at;
    const match = userInfo.exec(text);
    if (match === null) continue;
    const password = match[2]!;
    if (placeholder.test(password) || reference.test(password) || /^(?:pass(?:word)?|pw|secret)$/i.test(password))
      continue;
    const start = at + 3 + match[1]!.length + 1;
    yield { start, end: start + password.length };
  }
}

const jsonWebToken = /eyJ[\w-]{8,2000}\.(eyJ[\w-]{4,4000})\.[\w-]{8,1000}/y;

/** JSON Web Tokens (RFC 7519) whose header is a JSON object with an algorithm. */
export function* findTokens(text: string): Generator<{ start: number; end: number }> {
  for (let at = text.indexOf("eyJ"); at >= 0; ) {
    jsonWebToken.lastIndex = at;
    const match = jsonWebToken.exec(text);
    let next = at + 3;
    if (match !== null) {
      const header = Buffer.from(match[0].slice(0, match[0].indexOf(".")), "base64url").toString("latin1");
      if (header.includes('"alg"')) yield { start: at, end: at + match[0].length };
      next = at + match[0].length;
    } else {
      // The whole run was no token: what begins within it is none either.
      while (next < text.length && /[\w-]/.test(text[next]!)) next++;
    }
    at = text.indexOf("eyJ", next);
  }
}

const authorization =
  /authorization["']?[ \t]{0,4}[:=][ \t]{0,4}["']?(?:basic|bearer|token|digest)[ \t]{1,4}([\w.~+/=-]{12,2000})/gi;

/** Values of Authorization headers (RFC 9110 section 11.6.2). */
export function* findAuthorization(text: string): Generator<{ start: number; end: number }> {
  for (const match of text.matchAll(authorization)) {
    const value = match[1]!;
    if (placeholder.test(value) || entropyOf(value) < 3) continue;
    const end = match.index + match[0].length;
    yield { start: end - value.length, end };
  }
}

const nearSecret =
  /(?:key|token|secret|passw|pwd|auth|cred|signature)[^\r\n]{0,40}?(?<![\w/+.-])([A-Za-z0-9_+/-]{24,200}={0,2})(?![\w/+-])/gi;

/** Random-looking words on the same line as a word that speaks of a secret. */
export function* findRandomWords(text: string): Generator<{ start: number; end: number }> {
  for (const match of text.matchAll(nearSecret)) {
    const value = match[1]!;
    // Hashes of packages (W3C SRI) and paths are no secrets.
    if (/^sha(?:1|256|384|512)-/.test(value) || value.split("/").length > 3 || !looksRandom(value)) continue;
    const end = match.index + match[0].length;
    yield { start: end - value.length, end };
  }
}
