import type { Weakness } from "./weaknesses.ts";

/** Calls and casts whose result cannot carry an attack: numbers, identifiers of fixed form, digests, random values, times. */
export const alwaysClean =
  /(?:^|[.:>])(?:int|float|bool|len|ord|round|abs|parseInt|parseFloat|Number|Boolean|BigInt|intval|floatval|boolval|count|strlen|sizeof|to_i|to_f|Integer|Float|Atoi|ParseInt|ParseUint|ParseBool|ParseFloat|ParseLong|atoi|strtol|strtoul|stoi|Int32\.(?:Parse|TryParse)|int\.(?:Parse|TryParse)|long\.Parse|Guid\.(?:Parse|NewGuid)|ToInt32|ToInt64|ToInt16|ToBoolean|parseLong|parseDouble|Integer\.valueOf|Long\.valueOf|UUID|uuid4|uuid1|randomUUID|fromString|uuidv4|NewString|uniqid|hexdigest|digest|hexDigest|secure_random|token_hex|token_urlsafe|random_bytes|bin2hex|now|time|strftime|date|getTime|size|length|Length|parse::<[iuf](?:8|16|32|64|size|128)>|hash|hashCode|getId|isoformat|getcwd|cwd|mkdtemp(?:Sync)?|mkstemp|tempnam|hash_password|sha256|min|max|floor|random_int)$/;

/** What makes a value harmless for one weakness, and may not for another. */
const cleanFor: Partial<Readonly<Record<Weakness, RegExp>>> = {
  "sql-injection":
    /(?:^|[.:>])(?:quote|quote_ident|quote_literal|quote_name|quoted_name|Identifier|sql\.\w+|SQL|escape|escapeId|escapeIdentifier|escapeLiteral|real_escape_string|mysqli_real_escape_string|pg_escape_\w+|sanitize_sql\w*|sanitize_sql_array|QuoteIdentifier|QuoteLiteral|QuoteCommandParameter|QUOTENAME|quote_column_name|quote_table_name|Literal|placeholders|repeat_vars)$|placeholder|\.join$/i,
  "command-injection": /(?:^|[.:>])(?:quote|escapeshellarg|shellescape|escape|split|shell_escape|quoteShellArg)$/,
  xss: /(?:^|[.:>])(?:escape|escapeHtml|escape_html|escapeHTML|htmlspecialchars|htmlentities|sanitize|clean|encode|HtmlEncode|htmlEscape|escapeHtml4|forHtml\w*|html_escape|h|EscapeString|HTMLEscapeString|encodeURIComponent|encodeURI|urlencode|rawurlencode|strip_tags|encodeForHTML|esc_html|esc_attr|esc_url|encode_text|encode_safe|json_encode|encode_double_quoted_attribute|UrlEncode|JavaScriptEncode|jsonify|dumps|purify|e|QueryEscape|render|DOMPurify\.sanitize|sanitizeHtml)$/,
  "path-traversal":
    /(?:^|[.:>])(?:secure_filename|basename|Base|GetFileName|getName|file_name|getFileName|safe_join|GetRandomFileName|sanitize\w*|sanitize|SecureJoin|cleanPath|safe_path|Local|GetFileNameWithoutExtension|parameterize)$|secure|safe|sanitiz/i,
  "header-injection": /(?:encodeURIComponent|quote|urlencode|rawurlencode|UrlEncode|QueryEscape)$/,
  ssrf: /(?:^|[.:>])(?:encodeURIComponent|quote|quote_plus|urlencode|rawurlencode|QueryEscape|PathEscape|EscapeDataString|UrlEncode)$|validat|safe|check/i,
  "open-redirect": /(?:url_for|redirect_to_path|_path|safe\w*|validat\w*|sanitiz\w*)$/i,
  "ldap-injection":
    /(?:^|[.:>])(?:escape_filter_chars|escape_dn_chars|ldap_escape|escape|encodeForLDAP|EscapeFilter|LdapFilterEncode|filterEncode\w*|FilterEncode)$/i,
  "xpath-injection": /(?:escape|quote)\w*$/i,
  "nosql-injection": /(?:^|[.:>])(?:String|toString|str|string|escape\w*|ObjectId|sanitize\w*|to_s)$/,
  "log-injection": /(?:replace|replaceAll|encode|sanitize|gsub|tr|ReplaceAll|Replace|strip|escape)\w*$/i,
  "template-injection": /(?:escape)\w*$/i,
  "regex-injection": /(?:escape|quote|QuoteMeta|preg_quote|escapeRegExp|Escape)\w*$/i,
  "format-string": /$^/,
};

/** True when the result of a call is harmless for a weakness. */
export function isCleaned(callee: string, weakness: Weakness): boolean {
  return alwaysClean.test(callee) || (cleanFor[weakness]?.test(callee) ?? false);
}
