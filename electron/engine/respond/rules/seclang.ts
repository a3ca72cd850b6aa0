import type { Place } from "../../../../shared/payload.ts";
import type { RuleAction, RuleDefinition, RuleExclusion, RuleScope } from "../../../../shared/rule.ts";
import { patternOf, quotePattern } from "../../detect/waf/rule-pattern.ts";
import { isVariable, segmentsOf } from "../../detect/waf/rule-scope.ts";

/** A rule to be written for another engine. */
export interface ExportedRule {
  /** Number of the rule; its exclusions follow it. See `ruleNumbers`. */
  readonly number: number;
  readonly name: string;
  readonly definition: RuleDefinition;
  readonly exclusions: readonly RuleExclusion[];
  /** What a match does at its present stage; `log`: nothing but an entry. */
  readonly effect: RuleAction | "log";
  /** CAPEC and CWE numbers. */
  readonly capec: readonly number[];
  readonly cwe: readonly number[];
  /** Techniques of MITRE ATT&CK. */
  readonly attack: readonly string[];
}

/** Ids of the exported rules: a range of its own, far from the Core Rule Set's 900,000 to 999,999. */
export const firstRuleId = 9_500_000;
/** Ids from one rule to the next: exclusions of a rule stand between. */
const idStep = 20;

/**
 * What SecLang reads of a value before it is compared, each step looked at (multiMatch): the nearest to our own readings. The engine
 * decodes parameters once before.
 */
const readings =
  "t:none,t:utf8toUnicode,t:urlDecodeUni,t:urlDecodeUni,t:htmlEntityDecode,t:jsDecode,t:cssDecode,t:removeNulls,t:replaceComments,t:compressWhitespace,multiMatch";

const actions: Readonly<Record<ExportedRule["effect"], string>> = {
  log: "pass,log",
  tag: "pass,log,setvar:'tx.sentinel_tagged=1'",
  // SecLang knows no challenge: who sets one up finds the mark.
  challenge: "pass,log,setvar:'tx.sentinel_challenge=1'",
  block: "deny,status:403,log",
};

/** A rule as ModSecurity and Coraza read it: a chain of where it looks and what it looks for, its exclusions before it. */
export function toSecLang(rule: ExportedRule): string {
  const { definition, effect } = rule;
  const id = firstRuleId + rule.number * idStep;
  const { scope } = definition;
  const [targets] = targetsOf(scope.place, scope.parameter);
  const links = [
    ...conditions(scope, definition.expires_at),
    secRule(targets, `@rx (?i)${quote(patternOf(definition.match))}`, readings),
  ];
  const tags = [
    `attack-${definition.class.replaceAll("_", "-")}`,
    ...rule.capec.map((number) => `capec/1000/${number}`),
    ...rule.cwe.map((number) => `cwe/${number}`),
  ];
  const meta = [
    `id:${id}`,
    "phase:2",
    actions[effect],
    `msg:'${plain(rule.name)}'`,
    "logdata:'%{MATCHED_VAR_NAME}'",
    ...tags.map((tag) => `tag:'${tag}'`),
    "severity:'CRITICAL'",
  ];
  const exclusions = writtenExclusions(rule).map((exclusion, i) => toExclusion(exclusion, id, id + 1 + i));
  return [...exclusions, chain(links, meta.join(","))].join("\n");
}

function writtenExclusions({ exclusions }: Pick<ExportedRule, "exclusions">): RuleExclusion[] {
  return exclusions.filter((exclusion) => removed(exclusion) !== null).slice(0, idStep - 1);
}

function toExclusion(exclusion: RuleExclusion, rule: number, id: number): string {
  const { place, parameter, path, expires_at } = exclusion;
  const links = [...untilExpired(expires_at)];
  // As sent: whoever spells the path otherwise is not meant.
  if (path !== null) links.push(secRule("REQUEST_FILENAME", `@rx ${pathPattern(path)}`, "t:none"));
  const target = removed(exclusion)!;
  if (place !== null && parameter !== null) {
    const [collection = "", member = ""] = target.split(":");
    // SecLang takes `Q` for `q`: only where there is one of them, spelled like this, is it the one that is meant.
    links.push(secRule(`&${target}`, "@eq 1", "t:none"));
    if (place !== "header") links.push(secRule(`${collection}_NAMES`, `@streq ${member}`, "t:none"));
  }
  const remove = target === "" ? `ctl:ruleRemoveById=${rule}` : `ctl:ruleRemoveTargetById=${rule};${target}`;
  if (links.length === 0) return `SecAction "id:${id},phase:2,pass,nolog,${remove}"`;
  return chain(links, `id:${id},phase:2,pass,nolog`, remove);
}

/**
 * What an exclusion takes out of a rule: a collection, one of its members, or nothing but an empty text for the whole rule. Null where
 * SecLang has no words for exactly that. SECURITY: an exclusion is never written wider than it is. A shape cannot be: there any of a value's
 * readings would do, here the one that the rule matches.
 */
function removed({ place, parameter, shape }: RuleExclusion): string | null {
  if (shape !== null) return null;
  if (place === null) return parameter === null ? "" : null;
  const [target, isExact] = targetsOf(place, parameter);
  // The first is the member by its own name; what else a rule looks at, such as `q[]`, an exclusion does not spare.
  const [first = ""] = target.split("|");
  return isExact && !first.includes("/^") ? first : null;
}

interface Link {
  readonly condition: string;
  readonly steps: string;
}

const secRule = (targets: string, operator: string, steps: string): Link => ({
  condition: `SecRule ${targets} "${operator}"`,
  steps,
});

/** Rules that hold only together: the first has the actions, the last what is done once all hold. */
function chain(links: readonly Link[], meta: string, atEnd = ""): string {
  return links
    .map(({ condition, steps }, i) => {
      const isLast = i === links.length - 1;
      const parts = [i === 0 ? meta : "", steps, isLast ? atEnd : "chain"].filter((part) => part !== "");
      return `${"  ".repeat(i)}${condition} "${parts.join(",")}"`;
    })
    .join("\n");
}

function untilExpired(expiresAt: string | null): Link[] {
  if (expiresAt === null) return [];
  return [secRule("TIME_EPOCH", `@lt ${Math.ceil(Date.parse(expiresAt) / 1000)}`, "t:none")];
}

function conditions({ method, path }: Pick<RuleScope, "method" | "path">, expiresAt: string | null): Link[] {
  const links = untilExpired(expiresAt);
  if (method !== null) {
    links.push(secRule("REQUEST_METHOD", method === "GET" ? "@within GET HEAD" : `@streq ${method}`, "t:none"));
  }
  if (path !== null) {
    const pattern = `(?i)${pathPattern(path, "(?:;[^/]*)?")}`;
    links.push(secRule("REQUEST_FILENAME", `@rx ${pattern}`, "t:none,t:urlDecodeUni,t:normalizePath"));
  }
  return links;
}

/** @param behind what may stand behind each segment */
function pathPattern(template: string, behind = ""): string {
  const parts = segmentsOf(template);
  const isOpen = parts.at(-1) === "{rest}";
  const fixed = (isOpen ? parts.slice(0, -1) : parts).map((part) =>
    isVariable(part) ? "[^/]+" : `${quote(quotePattern(part))}${behind}`,
  );
  return `\\A/${fixed.join("/")}${isOpen ? "(?:/.*)?" : "/?"}\\z`;
}

const everywhere =
  "ARGS_GET|ARGS_POST|ARGS_GET_NAMES|ARGS_POST_NAMES|REQUEST_COOKIES|REQUEST_COOKIES_NAMES|REQUEST_HEADERS|REQUEST_FILENAME|REQUEST_BODY|FILES|XML:/*";

/** Collections with a member for each name. */
const named: Partial<Record<Place, string>> = {
  query: "ARGS_GET",
  form: "ARGS_POST",
  json: "ARGS_POST",
  multipart: "ARGS_POST",
  cookie: "REQUEST_COOKIES",
  header: "REQUEST_HEADERS",
};
const unnamed: Partial<Record<Place, string>> = {
  query_name: "ARGS_GET_NAMES",
  path_segment: "REQUEST_FILENAME",
  xml: "XML:/*",
  file_name: "FILES",
  body: "REQUEST_BODY",
};

/** @returns what SecLang calls the place, and whether it is exactly that or wider */
function targetsOf(place: Place | null, parameter: string | null): [targets: string, isExact: boolean] {
  if (place === null) {
    if (parameter === null || !isPlainName(parameter)) return [everywhere, parameter === null];
    return [
      `ARGS_GET:${parameter}|ARGS_POST:${parameter}|REQUEST_COOKIES:${parameter}|REQUEST_HEADERS:${parameter}`,
      true,
    ];
  }
  const collection = named[place];
  if (collection === undefined) return [unnamed[place] ?? everywhere, parameter === null];
  if (parameter === null) return [collection, place === "query" || place === "cookie" || place === "header"];
  if (!isPlainName(parameter)) return [collection, false];
  if (place === "query" || place === "form" || place === "multipart") {
    return [`${collection}:${parameter}|${collection}:/^${quotePattern(parameter)}(?:\\[[^\\]]*\\])+$/`, true];
  }
  if (place !== "json") return [`${collection}:${parameter}`, true];
  // The path in the body, an index for each element: `json.lines.0.name`.
  if (!parameter.includes("[]")) return [`${collection}:json.${parameter}`, true];
  const path = parameter.split("[]").map(quotePattern).join("\\.[0-9]+");
  return [`${collection}:/^json\\.${path}$/`, true];
}

const isPlainName = (name: string) => /^[\w.-]+(?:\[\][\w.-]*)*$/.test(name);

/**
 * A pattern within SecLang's double quotes, meaning there what it means here: `^` and `$` are the ends of the value, not of a line.
 * SECURITY: no quote and no line break can end the argument, whatever a rule's text holds.
 */
function quote(pattern: string): string {
  const keepsLines = /\(\?[a-zA-Z]*m/.test(pattern);
  let written = "";
  let isInClass = false;
  for (let i = 0; i < pattern.length; i++) {
    const sign = pattern[i]!;
    if (sign === "\\" && i + 1 < pattern.length) {
      const next = pattern[++i]!;
      written += next === '"' ? "\\x22" : next === "\n" ? "\\n" : next === "\r" ? "\\r" : sign + next;
    } else if (sign === '"') written += "\\x22";
    else if (sign === "\n") written += "\\n";
    else if (sign === "\r") written += "\\r";
    else if (sign === "%" && pattern[i + 1] === "{") written += "\\x25";
    else if (!isInClass && !keepsLines && sign === "^") written += "\\A";
    else if (!isInClass && !keepsLines && sign === "$") written += "\\z";
    else {
      if (sign === "[" && !isInClass) {
        isInClass = true;
        // A bracket that comes first is one of the class.
        const [opening] = /^\[\^?\]?/.exec(pattern.slice(i))!;
        written += opening;
        i += opening.length - 1;
        continue;
      }
      if (sign === "]") isInClass = false;
      written += sign;
    }
  }
  return written;
}

/** SECURITY: a name cannot end the quotes that it stands in, nor be read as a macro. */
const plain = (text: string) => text.replace(/[^\p{L}\p{N} .,:/_-]/gu, " ").slice(0, 120);

/** Where an exported rule does not do what ours does, in words. */
export function secLangDifferences(rule: ExportedRule): string[] {
  const { exclusions, effect } = rule;
  const { scope } = rule.definition;
  const written = writtenExclusions(rule).length;
  const [, isExact] = targetsOf(scope.place, scope.parameter);
  return [
    "Base64, hexadecimal, UTF-7, doubled quotes and other shell tricks are not undone there; values nested deeper than twice are not either.",
    ...(effect === "challenge" ? ["A challenge is only marked (tx.sentinel_challenge): SecLang has none."] : []),
    ...(isExact ? [] : ["It looks at more places there: SecLang has no name for exactly this one."]),
    ...(written > 0
      ? [
          "A parameter that comes several times is not excluded there; one that a form sends as multipart is, as that of a plain form.",
        ]
      : []),
    ...(written < exclusions.length
      ? [`Exclusions that are not written, so that the rule matches more there: ${exclusions.length - written}.`]
      : []),
  ];
}
