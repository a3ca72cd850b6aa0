import { type Assignment, findAssignments } from "./assignments.ts";
import { type Call, readCall } from "./read-call.ts";
import { createValueReader, type Value } from "./read-value.ts";
import type { ArgumentTest, CodeRule, Pattern, ValueTest } from "./rule.ts";
import { isComment, type SyntaxNode, scopeOf, textOf, walk } from "./syntax-node.ts";

/** A place where a rule holds. Offsets are UTF-16 units of the code. */
export interface RuleMatch {
  readonly rule: CodeRule;
  readonly start: number;
  readonly end: number;
  /** The node that was found, for who compares shapes. */
  readonly node: SyntaxNode;
}

const numericParameters =
  /^(?:u?int(?:8|16|32|64)?(?:_t)?|long|short|Integer|Long|Int32|bool|boolean|Boolean|float|double|number|[iu](?:8|16|32|64|128|size)|f32|f64|size_t|Guid|UUID|uuid\.UUID|Uuid|DateTime|decimal|int\?|Decimal|\?int|:\s*number)$/;

/**
 * Finds each place of a tree where a rule holds.
 * @param deadline of `performance.now()`; what is not read by then is left out and `isCut` says so
 */
export function matchRules(
  root: SyntaxNode,
  rules: readonly CodeRule[],
  deadline: number,
): { readonly matches: readonly RuleMatch[]; readonly isCut: boolean } {
  const nodes = [...walk(root)];
  const assignments = findAssignments(root);
  const values = createValueReader(assignments, findNumericNames(nodes));
  const scopes = new Map<SyntaxNode, string>();
  const scopeText = (node: SyntaxNode) => {
    const scope = scopeOf(node);
    let text = scopes.get(scope);
    if (text === undefined) {
      text = withoutComments(scope);
      scopes.set(scope, text);
    }
    return text;
  };
  const wholeText = withoutComments(root);
  const byNode = new Map<SyntaxNode, Assignment[]>();
  for (const each of assignments) {
    const list = byNode.get(each.node);
    if (list === undefined) byNode.set(each.node, [each]);
    else list.push(each);
  }
  // Most rules can hold at few kinds of node; which ones, is asked once for each kind.
  const byKind = new Map<string, readonly CodeRule[]>();
  const candidates = (type: string, isCall: boolean, isAssigned: boolean): readonly CodeRule[] => {
    const kind = `${type} ${isCall} ${isAssigned}`;
    let found = byKind.get(kind);
    if (found === undefined) {
      found = rules.filter(({ find }) =>
        find.some((one) => ("call" in one ? isCall : "assign" in one ? isAssigned : one.node.test(type))),
      );
      byKind.set(kind, found);
    }
    return found;
  };
  const matches: RuleMatch[] = [];
  for (const [index, node] of nodes.entries()) {
    if (index % 256 === 0 && performance.now() > deadline) return { matches, isCut: true };
    const call = readCall(node);
    const assigned = byNode.get(node) ?? [];
    for (const rule of candidates(node.type, call !== null, assigned.length > 0)) {
      const holds = (value: Value, source: SyntaxNode, test: ValueTest) =>
        testValue(value, source, test, rule.ignoresChecks === true ? null : scopeText(node));
      const read = (source: SyntaxNode) => values.read(source, rule.weakness);
      const isFound = rule.find.some((pattern) => holdsAt(pattern, node, call, assigned, read, holds));
      if (!isFound) continue;
      if (rule.when !== undefined && !rule.when.test(scopeText(node))) continue;
      if (rule.unless?.test(scopeText(node)) || rule.unlessAnywhere?.test(wholeText)) continue;
      matches.push({ rule, start: node.start, end: node.end, node });
    }
  }
  return { matches: outermost(matches), isCut: false };
}

type Read = (source: SyntaxNode) => Value;
type Holds = (value: Value, source: SyntaxNode, test: ValueTest) => boolean;

function holdsAt(
  pattern: Pattern,
  node: SyntaxNode,
  call: Call | null,
  assigned: readonly Assignment[],
  read: Read,
  holds: Holds,
): boolean {
  if ("call" in pattern) {
    if (call === null || !pattern.call.test(call.callee)) return false;
    if (pattern.text !== undefined && !pattern.text.test(textOf(node))) return false;
    if (pattern.not?.test(textOf(node))) return false;
    return (pattern.where ?? []).every((test) => testArgument(call, test, read, holds));
  }
  if ("assign" in pattern) {
    return assigned.some(
      ({ name, value }) =>
        pattern.assign.test(name) && (pattern.value === undefined || holds(read(value), value, pattern.value)),
    );
  }
  if (!pattern.node.test(node.type)) return false;
  if (pattern.text !== undefined && !pattern.text.test(withoutComments(node))) return false;
  if (pattern.not?.test(withoutComments(node))) return false;
  if (pattern.value === undefined) return true;
  const { value } = pattern;
  return node.children.some((child) => holds(read(child), child, value));
}

function testArgument(call: Call, test: ArgumentTest, read: Read, holds: Holds): boolean {
  const { arg } = test;
  if (arg === "any") return [...call.args, ...call.named.values()].some((each) => holds(read(each), each, test));
  const found = arg === "last" ? call.args.at(-1) : typeof arg === "number" ? call.args[arg] : call.named.get(arg);
  if (test.absent) return found === undefined;
  return found !== undefined && holds(read(found), found, test);
}

function testValue(value: Value, source: SyntaxNode, test: ValueTest, scope: string | null): boolean {
  if (test.is === "fixed" && (value.isDynamic || value.text.trim() === "")) return false;
  if (test.is !== undefined && test.is !== "fixed") {
    const { isBuilt, isInput, isDynamic } = value;
    const risk =
      test.is === "built"
        ? isBuilt
        : test.is === "input"
          ? isInput
          : test.is === "open"
            ? isDynamic
            : isBuilt || isInput;
    if (!risk) return false;
    const names = value.names.filter((name) => name !== "");
    if (scope !== null && names.length > 0 && names.every((name) => isChecked(name, scope))) return false;
  }
  if (test.text !== undefined && !test.text.test(value.text)) return false;
  if (test.not?.test(value.text)) return false;
  const written = test.source === undefined && test.sourceNot === undefined ? "" : textOf(source);
  if (test.source !== undefined && !test.source.test(written)) return false;
  return !test.sourceNot?.test(written);
}

/** True when the function checks a name against a list of what is allowed, or a pattern, before it goes on. */
function isChecked(name: string, scope: string): boolean {
  const one = name.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  const checks = [
    String.raw`${one}\s+(?:not\s+)?in\s+(?!range)[\w({[.]`,
    String.raw`\.(?:includes|has|contains|Contains|include\?|containsKey|ContainsKey|contains_key|indexOf|key\?|member\?|find|test|exec|match|matches|fullmatch|IsMatch|MatchString|is_match|matcher|hasOwn)\(\s*&?\s*${one}\b`,
    String.raw`\b(?:in_array|preg_match|array_key_exists|contains|Contains|ctype_\w+|hasOwn|IsMatch|fullmatch|is_numeric|filter_var|\w*(?:[Vv]alid|[Aa]llow|(?<![Uu]n)[Ss]afe)\w*!?)\(\s*(?:[^(),]{0,80},\s*)?&?\s*${one}\b`,
    String.raw`(?:[Aa]llow|ALLOW|[Vv]alid|VALID|[Pp]ermit|[Ss]afe|SAFE|[Ww]hitelist|WHITELIST|[Kk]nown)\w*\s*(?:\[|\.get\(|\.fetch\()\s*${one}\b`,
    String.raw`${one}\.(?:matches|match|isalnum|isdigit|isidentifier|isdecimal|match\?|isnumeric|All|chars\(\)\.all|bytes\(\)\.all|All)\b`,
    String.raw`\b(?:switch|match|case)\s*\(?\s*"?${one}"?(?:\.as_str\(\))?\s*\)?\s*(?:\{|\bin\b|\n)`,
    String.raw`${one}\s*=~|\$\{?${one.replace(/^\\\$/, "")}\}?"?\s*=~|case\s+"?\$\{?${one}\}?"?\s+in`,
    String.raw`${one}\s*(?:!==?|===?|<>)\s*(?:["'][\w./-]+["'])`,
  ];
  return checks.some((check) =>
    new RegExp(`(?:^|[^\\w$])${check}`.replace("(?:^|[^\\w$])\\.", "\\.").replace("(?:^|[^\\w$])\\b", "\\b")).test(
      scope,
    ),
  );
}

/** Parameters that are declared as numbers and the like: what they hold cannot carry an attack. */
function findNumericNames(nodes: readonly SyntaxNode[]): Set<string> {
  const found = new Set<string>();
  for (const node of nodes) {
    if (!/parameter/.test(node.type)) continue;
    const type = node.children.find((child) => child.field === "type");
    const name =
      node.children.find(
        (child) => child.field === "name" || child.field === "pattern" || child.field === "declarator",
      ) ?? node.children.find((child) => child.type === "identifier");
    if (type !== undefined && name !== undefined && numericParameters.test(textOf(type).trim()))
      found.add(textOf(name));
  }
  return found;
}

function withoutComments(root: SyntaxNode): string {
  let text = "";
  let at = root.start;
  for (const node of walk(root)) {
    if (!isComment(node) || node.start < at) continue;
    text += root.source.slice(at, node.start);
    at = node.end;
  }
  text += root.source.slice(at, root.end);
  return root.type === "statement" || root.type === "sql"
    ? text.replaceAll(/--[^\n]*|\/\*[\s\S]*?\*\//g, " ").replaceAll(/\s+/g, " ")
    : text;
}

/** One match per rule and place: where one stands inside another of the same rule, the outer stays. */
function outermost(matches: readonly RuleMatch[]): RuleMatch[] {
  return matches.filter(
    (one) =>
      !matches.some(
        (other) =>
          other !== one &&
          other.rule === one.rule &&
          other.start <= one.start &&
          one.end <= other.end &&
          other.end - other.start > one.end - one.start,
      ),
  );
}
