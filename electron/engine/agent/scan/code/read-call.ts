import { childAt, isComment, type SyntaxNode, textOf } from "./syntax-node.ts";

/** A call, object creation, macro or shell command, in whatever language. */
export interface Call {
  /** What is called, without blanks: `cursor.execute`, `new Random`, `format!`, `Command::new("sh").arg`. */
  readonly callee: string;
  /** The object that a method is called on. */
  readonly receiver: SyntaxNode | undefined;
  readonly args: readonly SyntaxNode[];
  readonly named: ReadonlyMap<string, SyntaxNode>;
}

const calls = new Set([
  "call",
  "call_expression",
  "new_expression",
  "method_invocation",
  "object_creation_expression",
  "implicit_object_creation_expression",
  "function_call_expression",
  "member_call_expression",
  "nullsafe_member_call_expression",
  "scoped_call_expression",
  "invocation_expression",
  "macro_invocation",
  "command",
  "explicit_constructor_invocation",
  "print_intrinsic",
]);
const argumentLists = new Set(["arguments", "argument_list", "token_tree"]);
/** Nodes that name a value: `key: value`, `key=value`, `Key = value` in an initialiser. */
const entries = new Set(["keyword_argument", "pair", "keyed_element", "array_element_initializer"]);

const seen = new WeakMap<SyntaxNode, Call | null>();

/** @returns the call that a node is, or null; read once per node */
export function readCall(node: SyntaxNode): Call | null {
  if (!calls.has(node.type)) return null;
  let call = seen.get(node);
  if (call === undefined) {
    call = node.type === "command" ? readCommand(node) : readCallee(node);
    seen.set(node, call);
  }
  return call;
}

function readCommand(node: SyntaxNode): Call {
  const name = childAt(node, "name");
  const args = node.children.filter((child) => child.field === "argument");
  return { callee: name === undefined ? "" : textOf(name), receiver: undefined, args, named: new Map() };
}

function readCallee(node: SyntaxNode): Call {
  const list = node.children.find((child) => argumentLists.has(child.type) || child.field === "arguments");
  const declared = node.type === "object_creation_expression" || node.type === "new_expression";
  const head = node.source.slice(node.start, list?.start ?? childAt(node, "initializer")?.start ?? node.end);
  let callee = declared ? `new ${head.replace(/^\s*new\b/, "").replaceAll(/\s+/g, "")}` : head.replaceAll(/\s+/g, "");
  // Type arguments say nothing about what is called.
  callee = callee.replace(/(?:::)?<[\w\s,<>?&:'[\]]*>$/, "");
  const args: SyntaxNode[] = [];
  const named = new Map<string, SyntaxNode>();
  const items =
    list === undefined
      ? []
      : list.type === "template_string"
        ? [list]
        : list.children.filter((child) => !isComment(child));
  for (const item of items) {
    const entry = readEntry(item);
    if (entry !== null) named.set(entry.name, entry.value);
    else args.push(unwrapArgument(item));
  }
  // Properties set while creating: `new X { A = true }`.
  for (const item of childAt(node, "initializer")?.children ?? []) {
    const [left, right] = [childAt(item, "left"), childAt(item, "right")];
    if (left !== undefined && right !== undefined) named.set(textOf(left), right);
  }
  // The fields of an object literal are named arguments, as are those of a hash.
  for (const item of args) {
    if (item.type !== "object" && item.type !== "hash" && item.type !== "array_creation_expression") continue;
    for (const child of item.children) {
      const entry = readEntry(child);
      if (entry !== null && !named.has(entry.name)) named.set(entry.name, entry.value);
    }
  }
  const callable = childAt(node, "function");
  const receiver =
    childAt(node, "object", "receiver", "scope") ??
    (callable === undefined
      ? undefined
      : childAt(callable, "object", "operand", "value", "expression", "argument", "scope", "path"));
  return { callee, receiver, args, named };
}

/** `argument` nodes hold their expression last, after a name where there is one. */
export function unwrapArgument(node: SyntaxNode): SyntaxNode {
  if ((node.type === "argument" || node.type === "literal_element") && node.children.length > 0)
    return unwrapArgument(node.children.at(-1)!);
  return node;
}

/** @returns name and value of `key: value` and the like, or null */
export function readEntry(node: SyntaxNode): { readonly name: string; readonly value: SyntaxNode } | null {
  if (node.type === "argument") {
    const name = childAt(node, "name");
    const value = node.children.at(-1);
    return name === undefined || value === undefined || value === name ? null : { name: textOf(name), value };
  }
  if (!entries.has(node.type)) return null;
  const [first, last] = [node.children[0], node.children.at(-1)];
  if (first === undefined || last === undefined || first === last) return null;
  return { name: textOf(first).replaceAll(/^[:'"]+|['":]+$/g, ""), value: unwrapArgument(last) };
}
