import { toInstant } from "../../base/clock.ts";
import { patternOf, quotePattern } from "../../detect/waf/rule-pattern.ts";
import { isVariable, segmentsOf } from "../../detect/waf/rule-scope.ts";
import type { StoredRule } from "./rule-state.ts";
import type { ExportedRule } from "./seclang.ts";

type Yaml = string | number | readonly Yaml[] | { readonly [key: string]: Yaml };

/**
 * A rule as Sigma, over web server or proxy logs (category `webserver`). Those hold the request line and few headers, so that much of what
 * a rule looks at is not there: `sigmaDifferences` says what.
 * Source: Sigma rules specification 2.0, with its modifier `re`.
 */
export function toSigma(exported: ExportedRule, { id, record }: Pick<StoredRule, "id" | "record">): string {
  const { definition } = exported;
  const { method, path } = definition.scope;
  const document = {
    title: exported.name.slice(0, 256),
    id,
    status: record.stage === "block" ? "stable" : record.stage === "tag" ? "test" : "experimental",
    description: `Made of ${record.provenance.samples.length} confirmed attacks.`,
    author: "Sentinel",
    date: toInstant(record.provenance.at).slice(0, 10),
    modified: toInstant(record.at).slice(0, 10),
    tags: [...tagsOfAttack(exported.attack), ...exported.cwe.map((number) => `cwe.${number}`)],
    logsource: { category: "webserver" },
    detection: {
      selection: {
        [`${fieldOf(definition.scope.place)}|re`]: `(?is)${patternOf(definition.match)}`,
        ...(method === null ? {} : { "cs-method": method }),
        ...(path === null ? {} : { "cs-uri-stem|re": pathPattern(path) }),
      },
      condition: "selection",
    },
    falsepositives: ["What its exclusions take out, which Sigma does not"],
    level: exported.effect === "block" ? "high" : exported.effect === "log" ? "low" : "medium",
  } satisfies Yaml;
  return write(document, "");
}

/** Tactics of the techniques that rules are of, as Sigma writes them. Source: MITRE ATT&CK 15. */
const tactics: Readonly<Record<string, string>> = {
  T1059: "execution",
  T1083: "discovery",
  T1189: "initial-access",
  T1190: "initial-access",
  T1203: "execution",
};

function tagsOfAttack(techniques: readonly string[]): string[] {
  const named = techniques.flatMap((technique) => tactics[technique.slice(0, 5)] ?? []);
  return [...new Set(named), ...techniques.map((technique) => technique.toLowerCase())].map((tag) => `attack.${tag}`);
}

function fieldOf(place: ExportedRule["definition"]["scope"]["place"]): string {
  if (place === "path_segment") return "cs-uri-stem";
  if (place === "cookie") return "cs-cookie";
  if (place === "header") return "cs-user-agent";
  return "cs-uri-query";
}

function pathPattern(template: string): string {
  const parts = segmentsOf(template);
  const isOpen = parts.at(-1) === "{rest}";
  const fixed = (isOpen ? parts.slice(0, -1) : parts).map((part) => (isVariable(part) ? "[^/]+" : quotePattern(part)));
  return `^/${fixed.join("/")}${isOpen ? "(?:/.*)?" : "/?"}$`;
}

/** YAML 1.2 of plain data. SECURITY: every text stands in double quotes as JSON has it, which YAML reads alike: nothing of it is syntax. */
function write(value: Yaml, indent: string): string {
  if (Array.isArray(value)) return value.map((each: Yaml) => `${indent}- ${scalar(each)}\n`).join("");
  return Object.entries(value)
    .map(([key, each]) =>
      typeof each === "object"
        ? `${indent}${keyOf(key)}:\n${write(each, `${indent}  `)}`
        : `${indent}${keyOf(key)}: ${scalar(each)}\n`,
    )
    .join("");
}

const keyOf = (key: string) => (/^[a-z][a-z-]*$/.test(key) ? key : JSON.stringify(key));
// U+2028, U+2029 and U+0085 end a line in YAML, and not in JSON.
const scalar = (value: Yaml) =>
  JSON.stringify(value).replace(
    /[\u0085\u2028\u2029\u007f-\u009f\ufeff]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** What Sigma over a web server's log does not do as the rule does, in words. */
export function sigmaDifferences({ definition, exclusions, effect }: ExportedRule): string[] {
  const { place, parameter } = definition.scope;
  const unseen = ["form", "json", "xml", "multipart", "file_name", "body"];
  return [
    "It looks at the log as it was written: nothing is decoded first, so that an encoded attack is not found.",
    ...(place !== null && unseen.includes(place)
      ? ["A web server's log holds no bodies: what the rule looks at is not in it."]
      : []),
    ...(place === null ? ["It looks at the query alone, where the rule looks at every value."] : []),
    ...(place === "header" ? ["Of all headers a log holds the user agent; it looks at that one."] : []),
    ...(parameter === null ? [] : ["It looks at the whole of it, not only at the parameter."]),
    ...(exclusions.length > 0 ? [`Exclusions are not written, so that it matches more: ${exclusions.length}.`] : []),
    ...(definition.expires_at === null ? [] : ["It does not end by itself: Sigma has no expiry."]),
    ...(effect === "log" ? [] : ["It only finds: what happens then is for who reads the log."]),
  ];
}
