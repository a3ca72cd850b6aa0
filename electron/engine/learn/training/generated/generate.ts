import type { Place } from "../../../../../shared/payload.ts";
import type { Family } from "../../../detect/classifier/families.ts";
import type { GeneratedText } from "../labelled-text.ts";
import type { Random } from "../random.ts";
import { commandGrammar } from "./attacks/command.ts";
import { documentGrammar } from "./attacks/document.ts";
import { markupGrammar } from "./attacks/markup.ts";
import { pathGrammar } from "./attacks/path.ts";
import { sqlGrammar } from "./attacks/sql.ts";
import { technical } from "./benign/technical.ts";
import { traffic } from "./benign/traffic.ts";
import { words } from "./benign/words.ts";
import { encode, mixCase, randomEncoding } from "./encode.ts";
import type { Expander } from "./grammar.ts";

interface AttackKind {
  readonly family: Family;
  readonly grammar: Expander;
  readonly rule: string;
  /** Share of all generated attacks. */
  readonly share: number;
  /** Share that stands within ordinary text, beside the usual fifth: where template and lookup expressions are put. */
  readonly embedded?: number;
}

export const attackKinds: readonly AttackKind[] = [
  { family: "sql_injection", grammar: sqlGrammar, rule: "attack", share: 0.18 },
  { family: "nosql_injection", grammar: documentGrammar, rule: "nosql", share: 0.05 },
  { family: "ldap_injection", grammar: documentGrammar, rule: "ldap", share: 0.03 },
  { family: "xss", grammar: markupGrammar, rule: "attack", share: 0.16 },
  { family: "crlf_injection", grammar: documentGrammar, rule: "crlf", share: 0.03 },
  { family: "command_injection", grammar: commandGrammar, rule: "command", share: 0.26, embedded: 0.15 },
  { family: "code_injection", grammar: commandGrammar, rule: "code", share: 0.07 },
  { family: "ssti", grammar: documentGrammar, rule: "ssti", share: 0.08, embedded: 0.45 },
  { family: "ssi_injection", grammar: markupGrammar, rule: "ssi", share: 0.02 },
  { family: "log4shell", grammar: documentGrammar, rule: "log4shell", share: 0.02, embedded: 0.4 },
  { family: "deserialization", grammar: commandGrammar, rule: "deserialization", share: 0.02 },
  { family: "path_traversal", grammar: pathGrammar, rule: "traversal", share: 0.08 },
  { family: "file_inclusion", grammar: pathGrammar, rule: "inclusion", share: 0.03 },
  { family: "ssrf", grammar: pathGrammar, rule: "ssrf", share: 0.02 },
  { family: "xxe", grammar: documentGrammar, rule: "xxe", share: 0.05 },
];

interface BenignKind {
  readonly kind: string;
  readonly grammar: Expander;
  readonly rules: readonly string[];
  readonly places: readonly Place[];
  readonly share: number;
}

export const benignKinds: readonly BenignKind[] = [
  {
    kind: "names",
    grammar: words,
    rules: ["person", "address", "email", "phone", "money", "city"],
    places: ["form", "json", "query"],
    share: 0.09,
  },
  {
    kind: "short values",
    grammar: words,
    rules: ["short", "short", "date"],
    places: ["query", "form", "json", "cookie", "path_segment"],
    share: 0.08,
  },
  {
    kind: "search",
    grammar: words,
    rules: ["search", "search", "technicalSearch"],
    places: ["query", "query", "form", "json"],
    share: 0.08,
  },
  {
    kind: "prose",
    grammar: words,
    rules: ["sentence", "prose", "prose", "foreignLong"],
    places: ["form", "json", "multipart"],
    share: 0.09,
  },
  {
    kind: "fragments",
    grammar: words,
    rules: ["fragment"],
    places: ["query", "query", "form", "json", "xml"],
    share: 0.04,
  },
  {
    kind: "parameters",
    grammar: words,
    rules: ["parameter"],
    places: ["query_name", "query_name", "query"],
    share: 0.02,
  },
  { kind: "product text", grammar: technical, rules: ["review"], places: ["form", "json"], share: 0.03 },
  { kind: "passwords", grammar: words, rules: ["password"], places: ["form", "json"], share: 0.06 },
  {
    kind: "identifiers",
    grammar: words,
    rules: ["identifier"],
    places: ["query", "cookie", "json", "path_segment", "header"],
    share: 0.06,
  },
  { kind: "headers", grammar: traffic, rules: ["header"], places: ["header"], share: 0.09 },
  { kind: "cookies", grammar: traffic, rules: ["cookie"], places: ["cookie"], share: 0.06 },
  {
    kind: "blobs",
    grammar: traffic,
    rules: ["blob", "b64", "jwt", "textBlob", "dataUrl"],
    places: ["json", "form", "cookie", "header", "query"],
    share: 0.035,
  },
  {
    kind: "urls",
    grammar: traffic,
    rules: ["url", "url", "local"],
    places: ["query", "form", "json", "header"],
    share: 0.07,
  },
  {
    kind: "paths",
    grammar: traffic,
    rules: ["path", "segment", "pairs"],
    places: ["path_segment", "query", "json", "file_name", "form", "header"],
    share: 0.06,
  },
  { kind: "json", grammar: traffic, rules: ["jsonText"], places: ["json", "form", "body", "query"], share: 0.04 },
  {
    kind: "queries",
    grammar: traffic,
    rules: ["graphql", "filter", "filter"],
    places: ["json", "query", "body"],
    share: 0.04,
  },
  { kind: "sql talk", grammar: technical, rules: ["sqlTalk", "sqlScript"], places: ["form", "json"], share: 0.05 },
  { kind: "shell talk", grammar: technical, rules: ["shellTalk", "script"], places: ["form", "json"], share: 0.04 },
  { kind: "code", grammar: technical, rules: ["code"], places: ["form", "json", "body"], share: 0.05 },
  { kind: "rich text", grammar: technical, rules: ["html"], places: ["form", "json", "multipart"], share: 0.06 },
  { kind: "markdown", grammar: technical, rules: ["markdown"], places: ["form", "json"], share: 0.04 },
  {
    kind: "config",
    grammar: technical,
    rules: ["config", "csv"],
    places: ["form", "json", "body", "multipart", "xml"],
    share: 0.03,
  },
  { kind: "logs", grammar: technical, rules: ["log"], places: ["json", "form", "body"], share: 0.02 },
  { kind: "mathematics", grammar: technical, rules: ["math", "regex"], places: ["form", "json", "query"], share: 0.03 },
  { kind: "templates", grammar: technical, rules: ["template"], places: ["form", "json"], share: 0.03 },
];

const attackPlaces: readonly Place[] = [
  "query",
  "query",
  "query",
  "form",
  "form",
  "json",
  "json",
  "cookie",
  "header",
  "path_segment",
  "xml",
  "multipart",
  "file_name",
  "query_name",
  "body",
];

/**
 * Generated attacks, half of them plain, the others encoded, in odd case, embedded in or padded by ordinary text.
 *
 * @param hosts ordinary texts to embed them in; without, sentences of the grammar
 */
export function generateAttacks(random: Random, count: number, hosts: readonly string[] = []): GeneratedText[] {
  const samples: GeneratedText[] = [];
  for (const kind of attackKinds) {
    const r = random.fork(kind.family);
    for (let i = Math.round(count * kind.share); i > 0; i--) {
      const plain = kind.grammar.expand(r, kind.rule);
      if (plain.trim() === "") continue;
      const { text, how } = disguise(r, plain, hosts, kind.embedded);
      samples.push({
        text,
        family: kind.family,
        source: `grammar ${kind.family}`,
        kind: how,
        place: r.pick(attackPlaces),
        name: "",
      });
    }
  }
  return samples;
}

export function disguise(
  r: Random,
  plain: string,
  hosts: readonly string[] = [],
  embedded = 0,
): { text: string; how: string } {
  if (plain.length >= 6 && r.chance(embedded)) {
    return { text: within(r, plain, hostText(r, hosts, r.pick([40, 120, 300]))), how: "embedded" };
  }
  const roll = r.next();
  if (roll < 0.5) return { text: plain, how: "plain" };
  if (roll < 0.55) return { text: mixCase(r, plain), how: "case" };
  if (roll < 0.73) return { text: encode(plain, randomEncoding(r)), how: "encoded" };
  if (plain.length < 6) return { text: plain, how: "plain" };
  if (roll < 0.79) return { text: `${words.expand(r, "short")}${r.pick(["", " ", "="])}${plain}`, how: "embedded" };
  if (roll < 0.93) return { text: within(r, plain, hostText(r, hosts, r.pick([40, 120, 300]))), how: "embedded" };
  return { text: within(r, plain, hostText(r, hosts, 900)), how: "padded" };
}

/** The attack at the end, at the beginning or between two words of an ordinary text. */
function within(r: Random, plain: string, host: string): string {
  const roll = r.next();
  if (roll < 0.45) return `${host}${r.pick([" ", " ", "\n", ""])}${plain}`;
  if (roll < 0.65) return `${plain} ${host}`;
  const at = host.indexOf(" ", r.below(host.length));
  return at < 0 ? `${host} ${plain}` : `${host.slice(0, at)} ${plain}${host.slice(at)}`;
}

function hostText(r: Random, hosts: readonly string[], length: number): string {
  if (hosts.length === 0 || r.chance(0.35)) {
    return length < 100 ? words.expand(r, "sentence") : benignText(r, length / 2);
  }
  const host = r.pick(hosts);
  if (host.length <= length) return host;
  const from = r.below(host.length - length);
  return host.slice(from, from + length);
}

/** At least `length` characters of ordinary text. */
export function benignText(r: Random, length: number): string {
  let text = "";
  while (text.length < length) text += `${words.expand(r, "sentence")} `;
  return text;
}

export function generateBenign(random: Random, count: number): GeneratedText[] {
  const samples: GeneratedText[] = [];
  for (const kind of benignKinds) {
    const r = random.fork(kind.kind);
    for (let i = Math.round(count * kind.share); i > 0; i--) {
      const plain = kind.grammar.expand(r, r.pick(kind.rules));
      const roll = r.next();
      const text =
        roll < 0.88
          ? plain
          : roll < 0.94
            ? encode(plain, r.pick(["url", "urlPlus", "html", "htmlNamed", "json"]))
            : encode(plain, randomEncoding(r));
      samples.push({
        text,
        family: "benign",
        source: "generated ordinary text",
        kind: kind.kind,
        place: r.pick(kind.places),
        name: "",
      });
    }
  }
  return samples;
}
