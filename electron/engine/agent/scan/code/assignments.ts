import { readCall, readEntry, unwrapArgument } from "./read-call.ts";
import { childAt, type SyntaxNode, scopeOf, textOf, walk } from "./syntax-node.ts";

/** A value that is given to a name. */
export interface Assignment {
  readonly name: string;
  readonly value: SyntaxNode;
  readonly node: SyntaxNode;
  readonly scope: SyntaxNode;
  /** The value is added to what is there (`+=`, `append`, `strcat`). */
  readonly isAdded: boolean;
  /** The type that the declaration names. */
  readonly type: string;
}

const assigning = new Set([
  "assignment",
  "assignment_expression",
  "augmented_assignment",
  "augmented_assignment_expression",
  "operator_assignment",
  "variable_declarator",
  "init_declarator",
  "short_var_declaration",
  "assignment_statement",
  "var_spec",
  "const_spec",
  "let_declaration",
  "compound_assignment_expr",
  "variable_assignment",
  "const_item",
  "static_item",
  "public_field_definition",
  "field_definition",
  "property_element",
  "const_element",
  "property_declaration",
  "named_expression",
  "required_parameter",
  "default_parameter",
  "typed_default_parameter",
  "optional_parameter",
]);

/** Builders that grow by a call: `sb.append(x)`, `query.push_str(x)`. */
const growing =
  /^([\w$.>:-]+?)(?:\.|->|::)(?:append|Append|AppendFormat|AppendLine|push_str|concat|WriteString|write_str|insert)$/;
/** Functions of C that write their first argument. */
const writing = /^(?:std::)?(?:v?sn?printf|str[ln]?cpy|str[ln]?cat|wcscpy|wcscat|memcpy)$/;

/** @returns each assignment, declaration and named value of a tree, in order of the text */
export function findAssignments(root: SyntaxNode): Assignment[] {
  const found: Assignment[] = [];
  for (const node of walk(root)) {
    const entry = readEntry(node);
    if (entry !== null) {
      found.push({ name: entry.name, value: entry.value, node, scope: scopeOf(node), isAdded: false, type: "" });
      continue;
    }
    if (assigning.has(node.type)) readAssignment(node, found);
    const call = readCall(node);
    if (call === null) continue;
    const grown = growing.exec(call.callee)?.[1];
    const [first] = call.args;
    if (grown !== undefined && first !== undefined) {
      for (const value of call.args)
        found.push({ name: grown, value, node, scope: scopeOf(node), isAdded: true, type: "" });
    } else if (writing.test(call.callee) && first !== undefined && call.args.length > 1) {
      for (const value of call.args.slice(1)) {
        found.push({ name: nameOf(first), value, node, scope: scopeOf(node), isAdded: true, type: "" });
      }
    }
  }
  return found;
}

function readAssignment(node: SyntaxNode, found: Assignment[]): void {
  const target = childAt(node, "left", "name", "pattern", "declarator", "key", "property");
  let value = childAt(node, "right", "value", "default_value");
  // C# and PHP leave the value of a declaration without a name.
  if (value === undefined && node.children.length > 1 && target !== undefined) value = node.children.at(-1);
  if (target === undefined || value === undefined || value === target) return;
  const operator = node.source.slice(target.end, value.start);
  const isAdded = node.type !== "let_declaration" && /[+.&|]=/.test(operator);
  const typed = childAt(node, "type") ?? (node.parent === null ? undefined : childAt(node.parent, "type"));
  const type = typed === undefined ? "" : textOf(typed);
  const add = (name: SyntaxNode, given: SyntaxNode) => {
    found.push({ name: nameOf(name), value: unwrapArgument(given), node, scope: scopeOf(node), isAdded, type });
  };
  const isList =
    target.type === "expression_list" || target.type === "pattern_list" || target.type === "left_assignment_list";
  if (value.type === "expression_list" && (target.type === "expression_list" || value.children.length === 1)) {
    const names = isList ? target.children : [target];
    names.forEach((name, i) => void add(name, value.children[i] ?? value.children.at(-1) ?? value));
  } else if (isList || target.type.endsWith("_pattern")) {
    for (const name of walk(target)) if (/identifier|variable_name/.test(name.type)) add(name, value);
  } else add(target, value);
}

/** The name that an assignment's left side gives: `*q`, `q[64]` and `mut q` are `q`. */
function nameOf(node: SyntaxNode): string {
  return textOf(node)
    .replace(/^(?:[*&\s]|mut\b|const\b)+/, "")
    .replace(/\[\w*\]$/, "")
    .replaceAll(/\s+/g, "");
}
