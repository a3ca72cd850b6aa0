/** A node of a syntax tree, with named children only. Offsets are UTF-16 units of `source`. */
export interface SyntaxNode {
  readonly type: string;
  /** What the node is to its parent (`left`, `arguments`, …), where the grammar names it. */
  readonly field: string | null;
  readonly start: number;
  readonly end: number;
  readonly parent: SyntaxNode | null;
  readonly children: SyntaxNode[];
  readonly source: string;
}

export function textOf(node: SyntaxNode): string {
  return node.source.slice(node.start, node.end);
}

/** The child in a named place of its parent. */
export function childAt(node: SyntaxNode, ...fields: readonly string[]): SyntaxNode | undefined {
  for (const field of fields) {
    const found = node.children.find((child) => child.field === field);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The node and all below it, parents first. */
export function* walk(root: SyntaxNode): Generator<SyntaxNode> {
  const left = [root];
  for (let node = left.pop(); node !== undefined; node = left.pop()) {
    yield node;
    for (let i = node.children.length - 1; i >= 0; i--) left.push(node.children[i]!);
  }
}

const functions = new Set([
  "function_definition",
  "function_declaration",
  "function_expression",
  "generator_function_declaration",
  "arrow_function",
  "method_definition",
  "method_declaration",
  "constructor_declaration",
  "local_function_statement",
  "lambda_expression",
  "anonymous_function",
  "anonymous_function_creation_expression",
  "method",
  "singleton_method",
  "func_literal",
  "function_item",
  "lambda",
]);

/** The function that a node stands in, or the root. Small functions inside a function count as part of it. */
export function scopeOf(node: SyntaxNode): SyntaxNode {
  let scope: SyntaxNode = node;
  let outermost: SyntaxNode | null = null;
  for (let at = node.parent; at !== null; at = at.parent) {
    if (functions.has(at.type)) outermost = at;
    scope = at;
  }
  return outermost ?? scope;
}

/** True for the node of a comment in any of the grammars. */
export function isComment(node: SyntaxNode): boolean {
  return node.type.endsWith("comment");
}
