import type { Assignment } from "./assignments.ts";
import { isCleaned } from "./clean-calls.ts";
import { readCall, readEntry, unwrapArgument } from "./read-call.ts";
import { childAt, isComment, type SyntaxNode, scopeOf, textOf } from "./syntax-node.ts";
import type { Weakness } from "./weaknesses.ts";

/** What is known about an expression without running it. */
export interface Value {
  /** Its fixed parts, a `hole` for each part that is not fixed. */
  readonly text: string;
  /** Some part is not fixed. */
  readonly isDynamic: boolean;
  /** It is put together from fixed text and parts that are not. */
  readonly isBuilt: boolean;
  /** Some part comes from a request, the command line or a user. */
  readonly isInput: boolean;
  /** The names of the parts that are not fixed. */
  readonly names: readonly string[];
}

export const hole = "\ue000";
const fixed = (text: string): Value => ({ text, isDynamic: false, isBuilt: false, isInput: false, names: [] });
const deepest = 40;

/** Where text from outside enters a program. */
export const inputs =
  /\b(?:req|request|ctx\.request|ctx|self\.request|event)\s*\.\s*(?:query|params|param|body|headers|header|cookies|args|form|values|json|data|files|GET|POST|META|url|originalUrl|get_json|get_data|QueryString|Form|Query|Cookies|getParameter\w*|getHeader|getQueryString|getCookies|getInputStream|getReader|FormValue|PostForm|URL|Body|Header|queryStringParameters|pathParameters|path|QueryParam|Param|input|getRequestURI|getPathInfo|hostname|queryString)\b|\$_(?:GET|POST|REQUEST|COOKIE|FILES|SERVER)\b|\bparams\s*[[.]|\bparams\b$|\b(?:raw_)?input\s*\(|\bsys\.argv\b|\bprocess\.argv\b|\bargv\s*\[|\bos\.Args\b|\benv::args|\bARGV\b|\bgets\b|\br\.(?:URL|FormValue|PostFormValue|Form|Header|Body|PathValue|Cookie)\b|\breq\.(?:URL|FormValue|Header|uri|match_info)\b|\bc\.(?:Query|Param|PostForm|QueryParam|FormValue|DefaultQuery|Params)\b|\bRequest\s*[.[]|\bRequest\.|\bConsole\.ReadLine\b|\breadline\s*\(|\bstdin\b|\blocation\.(?:search|hash|href)\b|\bdocument\.(?:URL|referrer|cookie)\b|\bURLSearchParams\b|\bwindow\.name\b|\bevent\.data\b|\be\.data\b|\b[Ss]canner\.next\w*|\bsc\.next\w*|\bfilter_input\b|\bphp:\/\/input\b|\bquery\.get\(|\bweb::(?:Query|Path|Form|Json)\b|\bgetenv\s*\(|\bsearchParams\b|\bflask\.request\b|\bcookies\s*\[|@RequestParam|@PathVariable|\bread_line\b|\bfgets\b|\brecv\b|\bform\.\w+\.data\b/;

const strings =
  /^(?:string|string_literal|template_string|encapsed_string|heredoc|nowdoc|heredoc_body|interpreted_string_literal|raw_string_literal|concatenated_string|chained_string|interpolated_string_expression|verbatim_string_literal|raw_string|ansi_c_string|char_literal|character_literal|word|concatenation|string_content|string_fragment|string_literal_content|interpreted_string_literal_content|raw_string_content|raw_string_literal_content|escape_sequence|shell_command_expression|subshell|text_block|multiline_string_fragment|encoded_text|nowdoc_body|nowdoc_string|expandable_string|regex|regex_pattern|byte_string_literal|simple_symbol|hash_key_symbol|string_array|bare_string)$/;
const stringMarks =
  /^(?:string_start|string_end|interpolation_start|interpolation_brace|heredoc_start|heredoc_end|interpolation_quote|raw_string_start|raw_string_end|string_literal_encoding)$/;
const numbers =
  /^(?:integer|float|number|number_literal|int_literal|float_literal|decimal_integer_literal|hex_integer_literal|integer_literal|real_literal|true|false|none|null|nil|null_literal|boolean_literal|boolean|null_value|undefined|file_descriptor|decimal_floating_point_literal|iota|type_identifier|primitive_type|comment)$/;
const identifiers =
  /^(?:identifier|variable_name|constant|name|simple_expansion|expansion|instance_variable|global_variable|class_variable|shorthand_property_identifier|special_variable_name|variable|field_identifier|property_identifier|implicit_parameter)$/;
const wrappers =
  /^(?:parenthesized_expression|interpolation|template_substitution|reference_expression|pointer_expression|unary_expression|await_expression|await|try_expression|try|cast_expression|as_expression|non_null_expression|satisfies_expression|argument|literal_element|expression_list|type_cast_expression|parenthesized_statements|spread_element|begin|checked_expression|postfix_unary_expression|block|expression_statement|command_substitution|formatted_string|list_splat|arrow_expression_clause|statement|error_suppression_expression)$/;
const containers =
  /^(?:array|list|dictionary|object|hash|tuple|set|array_creation_expression|composite_literal|literal_value|initializer_expression|array_initializer|array_expression|implicit_array_creation_expression|initializer_list|collection_expression|tuple_expression|vec|element_initializer)$/;
const joins =
  /^(?:binary_expression|binary_operator|binary|boolean_operator|string_concatenation|infix_expression|parameter_pack_expansion|logical_expression)$/;
const choices =
  /^(?:conditional_expression|ternary_expression|conditional|if_expression|match_expression|switch_expression|if|else_clause|match_block|match_arm|switch_expression_arm)$/;

/** Calls that look something up. */
const lookups = /(?:^|[.:>])(?:find\w*|lookup\w*|get_object_or_404|getOne|getReferenceById|first|FindAsync|Find)$/;

const parts =
  /^(?:attribute|subscript|member_expression|subscript_expression|element_reference|field_access|array_access|selector_expression|index_expression|member_access_expression|element_access_expression|field_expression|conditional_access_expression|member_call_expression|optional_chain)$/;

/** Calls that put text together from a format or from parts. */
const formats =
  /(?:^|[.:>])(?:format|Format|sprintf|Sprintf|vsprintf|snprintf|sprintf_s|formatted|concat|Concat|join|Join|asprintf|format!|concat!|format_args!|Errorf|Sprint|Sprintln|Printf|String\.format|MessageFormat\.format|implode|strtr|replace|Replace|to_owned\+|write!|append|Append|g_strdup_printf|strcat|QString::arg|fmt::format|resolve|Combine)$/;
/** Calls that give back what they were given, more or less. */
const passing =
  /(?:^|[.:>])(?:loads|JSON\.parse|json_decode|strip|trim|Trim|toString|ToString|to_string|to_s|to_str|as_str|as_ref|as_bytes|into|clone|String::from|from|c_str|data|decode|encode|getBytes|GetBytes|Buffer\.from|bytes|lower|upper|toLowerCase|toUpperCase|downcase|upcase|ToLower|ToUpper|str|String|strval|unwrap|expect|unwrap_or_default|unwrap_or|text|literal|raw|freeze|dup|html_safe|mb_strtolower|strtolower|rstrip|lstrip|chomp|to_owned|new String|URI\.create|new URL|new URI|URI|parse|URI\.parse|URI|url\.parse|new File|File|Path|Paths\.get|Path\.of|PathBuf::from|Path::new|path\.join|join|Join|os\.path\.join|File\.join|filepath\.Join|Path\.Combine|normpath|normalize|abspath|Clean|strdup|new ProcessBuilder|new ProcessStartInfo|Some|Ok|dedent|textwrap\.dedent|b64decode|base64_decode|atob|decode64|DecodeString|decodeBase64|\[\]byte|string|new StringBuilder|new StringBuffer|StringBuilder|Arrays\.asList|List\.of|array|list|nodes|slice|substring|substr|query|execute|mark_safe|template\.HTML|raw|as_bytes_mut|to_path_buf|to_string_lossy|stdin|unescape|urldecode|unquote|decodeURIComponent|getCanonicalPath|GetFullPath|get_file|fopen|createReadStream|as_ptr)$/;

/** Reads expressions of one piece of code, following names to what was assigned to them. */
export interface ValueReader {
  read(node: SyntaxNode, weakness: Weakness): Value;
}

export function createValueReader(assignments: readonly Assignment[], numericNames: ReadonlySet<string>): ValueReader {
  const byName = Map.groupBy(assignments, ({ name }) => name);
  const byScope = new Map(
    [...Map.groupBy(assignments, ({ scope }) => scope)].map(([scope, list]) => [
      scope,
      Map.groupBy(list, ({ name }) => name),
    ]),
  );
  let steps = 0;

  const evaluate = (node: SyntaxNode, weakness: Weakness, following: readonly string[], depth: number): Value => {
    const next = (child: SyntaxNode) => evaluate(child, weakness, following, depth + 1);
    if (depth > deepest || ++steps > 20_000) return open(node);
    const type = node.type;
    if (numbers.test(type)) return fixed(textOf(node));
    if (strings.test(type)) return readString(node, next);
    const call = readCall(node);
    if (call !== null && type !== "command") {
      if (isCleaned(call.callee, weakness)) return fixed("");
      if (isLookup(node)) return fixed("");
      const isFormat = formats.test(call.callee);
      if (isFormat || passing.test(call.callee)) {
        const parts =
          call.receiver === undefined ||
          /^[A-Z]\w*$|^(?:fmt|path|os\.path|strings|filepath|util)$/.test(textOf(call.receiver))
            ? call.args
            : [call.receiver, ...call.args];
        const all = [...parts, ...call.named.values()].map(next);
        // A macro's text may name what it puts in.
        if (call.callee.endsWith("!")) {
          for (const [, name = ""] of textOf(node).matchAll(/\{([a-z_]\w*)(?::[^{}]*)?\}/g))
            all.push(readNamed(name, node, weakness, following, depth));
        }
        return parts.length === 0 ? open(node) : join(all, call.callee.endsWith("!") ? macroHoles(node) : isFormat);
      }
      // What is looked up by a key from outside does not come from outside itself.
      if (lookups.test(call.callee) && !inputs.test(call.callee)) return { ...open(node), isInput: false };
      const answer = open(node, call.receiver === undefined ? [] : [rootName(call.receiver)]);
      return call.receiver !== undefined && next(call.receiver).isInput ? { ...answer, isInput: true } : answer;
    }
    if (identifiers.test(type)) return readName(node, weakness, following, depth);
    if (joins.test(type)) {
      const values = node.children.filter((child) => !isComment(child)).map(next);
      const [left, right] = node.children;
      const operator = left === undefined || right === undefined ? "" : node.source.slice(left.end, right.start).trim();
      if (/^(?:\|\||\?\?|or|and|&&|if|\?:)$/.test(operator)) return either(values);
      if (/^(?:==|!=|===|!==|<|>|<=|>=|in|is|not in|-|\*)$/.test(operator)) return fixed("");
      return join(values, true);
    }
    if (choices.test(type)) {
      const condition = childAt(node, "condition");
      const branches = node.children.filter((child) => child !== condition);
      // Python: `a if b else c` has no names for its parts.
      if (condition === undefined && type === "conditional_expression" && branches.length === 3) branches.splice(1, 1);
      return either(branches.map(next));
    }
    if (containers.test(type)) {
      const values = node.children.map((child) => next(readEntry(child)?.value ?? unwrapArgument(child)));
      return { ...either(values), isBuilt: values.some((value) => value.isBuilt) };
    }
    if (wrappers.test(type) && node.children.length > 0) {
      const value = next(node.children.at(/^(?:as|satisfies)_expression$/.test(type) ? 0 : -1)!);
      return /^(?:cast_expression|type_cast_expression)$/.test(type) &&
        /^\(?\s*(?:int|long|float|integer|double|bool)/i.test(textOf(node))
        ? fixed("")
        : value;
    }
    if (isLookup(node)) return fixed("");
    const whole = textOf(node).replaceAll(/\s+/g, "");
    if (byName.has(whole)) return follow(whole, node, weakness, following, depth);
    const lastName = /[\w$]+$/.exec(whole)?.[0] ?? "";
    if (/^(?:[A-Z][A-Z0-9_]+|length|Length|size)$/.test(lastName) && !inputs.test(textOf(node))) return fixed("");
    const part = open(node, [whole, rootName(node)]);
    // A part of something from outside comes from outside.
    const [object] = node.children;
    return !part.isInput && parts.test(type) && object !== undefined && next(object).isInput
      ? { ...part, isInput: true }
      : part;
  };

  const readString = (node: SyntaxNode, next: (child: SyntaxNode) => Value): Value => {
    if (node.children.length === 0)
      return fixed(
        node.field === null && /content|fragment|word|escape/.test(node.type)
          ? textOf(node)
          : stripQuotes(textOf(node)),
      );
    const values: Value[] = [];
    const inner = node.children.filter((child) => !stringMarks.test(child.type));
    let at = -1;
    for (const child of inner) {
      // Shells and some grammars leave fixed text between the parts without a node.
      if (at >= 0 && child.start > at) values.push(fixed(node.source.slice(at, child.start)));
      at = child.end;
      values.push(next(child));
    }
    const joined = join(values, true);
    return inner.length === 1 && joined.isDynamic && /^["`'$]*$/.test(node.source.slice(node.start, inner[0]!.start))
      ? { ...joined, isBuilt: values[0]!.isBuilt }
      : joined;
  };

  const readName = (node: SyntaxNode, weakness: Weakness, following: readonly string[], depth: number): Value => {
    const name = textOf(node).replace(/^\$\{?(\w+).*$/s, node.type.endsWith("expansion") ? "$1" : "$&");
    return readNamed(name, node, weakness, following, depth);
  };

  const readNamed = (
    name: string,
    node: SyntaxNode,
    weakness: Weakness,
    following: readonly string[],
    depth: number,
  ): Value => {
    if (numericNames.has(name)) return fixed("");
    if (byName.has(name) && !inputs.test(name)) return follow(name, node, weakness, following, depth);
    if (/^[A-Z][A-Z0-9_]*$/.test(name) && name.length > 1 && name !== "ARGV" && node.type !== "simple_expansion")
      return fixed("");
    return open(node, [name]);
  };

  /** All that was assigned to a name in the function where it stands, or outside of all functions. */
  const follow = (
    name: string,
    node: SyntaxNode,
    weakness: Weakness,
    following: readonly string[],
    depth: number,
  ): Value => {
    if (following.includes(name) || following.length > 8) return fixed("");
    const scope = scopeOf(node);
    const isApart = ({ node: at, isAdded }: Assignment) => isAdded || at.start > node.start || node.end > at.end;
    const inScope = (where: SyntaxNode) => (byScope.get(where)?.get(name) ?? []).filter(isApart);
    let near = inScope(scope).filter((each) => each.node.start <= node.start);
    if (near.every((each) => each.isAdded)) {
      const root = rootOf(scope);
      if (root !== scope) near = [...inScope(root), ...near];
    }
    if (near.length === 0) return open(node, [name]);
    if (
      near.some((each) =>
        /^(?:u?int(?:8|16|32|64)?(?:_t)?|long|Integer|Long|bool|boolean|[iu](?:8|16|32|64|size)|size_t|double|float|Guid|UUID)$/.test(
          each.type,
        ),
      )
    )
      return fixed("");
    const parts = near.slice(-24).map((each) => evaluate(each.value, weakness, [...following, name], depth + 1));
    if (near.some((each) => each.isAdded)) return join(parts, true);
    return either(parts.length > 1 && near.length > 1 && sequential(near) ? parts.slice(-1) : parts);
  };

  /** An entry of a fixed table: what comes out is one of its values, whatever the key is. */
  const isLookup = (node: SyntaxNode): boolean => {
    const match = /^\$?([\w.$:]+?)(?:\[|\.get\(|\.fetch\(|\.Get\(|\.getOrDefault\()/.exec(
      textOf(node).replaceAll(/\s+/g, ""),
    );
    if (match === null || inputs.test(textOf(node).slice(0, match[0].length + 1))) return false;
    const name = match[1]!;
    const isKnown = byName.has(name) || byName.has(`$${name}`);
    if (!isKnown && /^[a-z]\w*$/.test(name) && inputs.test(textOf(node).slice(match[0].length))) return true;
    const last = name.split(/[.:]/).at(-1)!;
    if (/^[A-Z][A-Z0-9_]+$/.test(last) && !/^_|ENV|ARGV/.test(last)) return true;
    return (byName.get(name) ?? byName.get(`$${name}`) ?? []).some(
      (each) =>
        containers.test(unwrap(each.value).type) && each.value.children.length > 0 && !evaluateQuietly(each.value),
    );
  };
  const evaluateQuietly = (node: SyntaxNode): boolean => evaluate(node, "code-injection", [], deepest - 6).isDynamic;

  return {
    read(node, weakness) {
      steps = 0;
      return evaluate(node, weakness, [], 0);
    },
  };
}

function rootOf(node: SyntaxNode): SyntaxNode {
  let root = node;
  while (root.parent !== null) root = root.parent;
  return root;
}

function unwrap(node: SyntaxNode): SyntaxNode {
  return wrappers.test(node.type) && node.children.length > 0 ? unwrap(node.children.at(-1)!) : node;
}

/** True when the last assignment stands in the same block as the first, so that it alone counts. */
function sequential(near: readonly Assignment[]): boolean {
  const block = (each: Assignment) => {
    let node = each.node;
    while (
      node.parent !== null &&
      /declar|assignment|statement$|^statement/.test(node.parent.type) &&
      !/if_|for_|while_|block|compound|list/.test(node.parent.type)
    )
      node = node.parent;
    return node.parent;
  };
  return block(near[0]!) === block(near.at(-1)!);
}

function open(node: SyntaxNode, names: readonly string[] = []): Value {
  return {
    text: hole,
    isDynamic: true,
    isBuilt: false,
    isInput: inputs.test(withoutKeys(textOf(node).slice(0, 400))),
    names,
  };
}

/** A value that is looked up by a key from outside does not come from outside itself. */
function withoutKeys(text: string): string {
  return text.replaceAll(/\[[^[\]]*\]/g, (key, at: number) => (inputs.test(`${text.slice(0, at)}[`) ? key : "[]"));
}

function rootName(node: SyntaxNode): string {
  return /^[$@]*[\w]+/.exec(textOf(node))?.[0] ?? "";
}

function join(values: readonly Value[], canBuild: boolean): Value {
  const isDynamic = values.some((value) => value.isDynamic);
  const hasText = values.some((value) => value.text.replaceAll(hole, "").trim() !== "");
  return {
    text: values
      .map((value) => value.text)
      .join("")
      .slice(0, 20_000),
    isDynamic,
    isBuilt: values.some((value) => value.isBuilt) || (canBuild && isDynamic && hasText),
    isInput: values.some((value) => value.isInput),
    names: [...new Set(values.flatMap((value) => value.names))],
  };
}

function either(values: readonly Value[]): Value {
  const joined = join(values, false);
  return { ...joined, text: values.map((value) => value.text).join("\n") };
}

/** A macro's text names what it puts in: `format!("… {name}")`. */
function macroHoles(node: SyntaxNode): boolean {
  return /\{[^{}]*\}/.test(textOf(node));
}

function stripQuotes(text: string): string {
  return text.replace(/^(?:[A-Za-z@$]{0,2}|\$@|<<-?~?)(?:"""|'''|["'`])|(?:"""|'''|["'`])$/g, "").replace(/^:/, "");
}
