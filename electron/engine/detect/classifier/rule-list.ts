import type { Family } from "./families.ts";

/** One hand-written rule: an RE2 pattern over canonical text, without regard to case. */
export interface Rule {
  readonly id: string;
  readonly family: Family;
  readonly pattern: string;
  /** How sure a match makes: the probability that the value is an attack. */
  readonly confidence: number;
}

const sqlFunctions =
  "sleep|benchmark|pg_sleep|extractvalue|updatexml|load_file|utl_http|utl_inaddr|dbms_pipe|dbms_lock|randomblob|xp_cmdshell|group_concat|name_const|make_set|elt|generate_series|gtid_subset";
const events =
  "on(?:error|load|click|dblclick|mouse\\w+|focus\\w*|blur|key\\w+|toggle|begin|end|start|finish|animation\\w+|transition\\w+|pointer\\w+|touch\\w+|wheel|scroll\\w*|drag\\w*|drop|copy|cut|paste|input|change|submit|reset|select\\w*|resize|hashchange|message|popstate|pageshow|unload|beforeunload|canplay\\w*|play\\w*|seek\\w+|timeupdate|volumechange|contextmenu|auxclick|search|invalid|before\\w+|after\\w+|readystatechange|show|loadstart|progress|webkit\\w+|bounce|activate)";
const unixCommands =
  "id|whoami|uname|cat|tac|ls|pwd|ps|env|printenv|ifconfig|netstat|nslookup|dig|ping|sleep|wget|curl|nc|ncat|bash|sh|zsh|python\\d?|perl|ruby|php|echo|printf|head|tail|grep|find|awk|sed|chmod|rm|cp|mv|touch|kill|crontab|telnet|ssh|base64|xxd|which|hostname|uptime|w|who|reboot|shutdown";
const windowsCommands =
  "dir|type|ipconfig|systeminfo|tasklist|taskkill|net|whoami|ver|powershell|pwsh|cmd|certutil|bitsadmin|wmic|reg|schtasks|mshta|rundll32|regsvr32|tracert|arp|route|nbtstat|copy|del|start";
const sensitiveFiles =
  "etc/+(?:\\./+)*(?:passwd|shadow|hosts|group|issue|crontab|sudoers|hostname|ssh/|apache2/|nginx/|mysql/)|proc/+(?:self|version|\\d+)/?|win(?:dows|nt)?[/\\\\]+(?:win\\.ini|system32|repair)|boot\\.ini|web-inf|\\.ssh/|\\.htpasswd|\\.htaccess|\\.git/config|wp-config\\.php|id_rsa|\\.bash_history|var/log/";

const rule = (id: string, family: Family, confidence: number, pattern: string): Rule => ({
  id,
  family,
  pattern,
  confidence,
});

/** The rule tier, by family. Each pattern is linear to match (RE2). */
export const ruleList: readonly Rule[] = [
  rule("sql-union", "sql_injection", 0.97, "\\bunion\\b[\\s(/*!+\\d]*(?:all|distinct)?[\\s(/*!+\\d]*\\bselect\\b"),
  rule(
    "sql-tautology",
    "sql_injection",
    0.95,
    "['\"`)\\d]\\s*(?:\\b(?:or|and|xor|having|where|rlike)\\b|\\|\\||&&)\\s*(?:not\\s+)?[(\\s'\"`]*[\\w.]*['\"`)\\s]*(?:=|<|>|!=|<>|\\blike\\b|\\bbetween\\b|\\bis\\b|\\bin\\b)",
  ),
  rule("sql-quote-logic", "sql_injection", 0.9, "^[^\\s'\"`]*['\"`]\\)*\\s*(?:or|and|\\|\\||&&)\\b?\\s*['\"`(\\d]"),
  rule("sql-quote-comment", "sql_injection", 0.9, "^[^'\"`\\n]*['\"`][);\\s]*(?:--|#|/\\*)"),
  rule("sql-number-comment", "sql_injection", 0.8, "^-?\\d+\\)*\\s*(?:--|#|/\\*)"),
  rule("sql-timed", "sql_injection", 0.96, `\\b(?:${sqlFunctions})\\s*\\(`),
  rule("sql-waitfor", "sql_injection", 0.97, "\\bwaitfor\\s+delay\\b"),
  rule(
    "sql-stacked",
    "sql_injection",
    0.95,
    ";\\s*(?:select\\b.*\\b(?:from|case|sleep)|drop\\s+(?:table|database|user)|insert\\s+into|update\\s+\\w+\\s+set|delete\\s+from|exec(?:ute)?\\s+(?:master|xp_|sp_)|declare\\s+@|shutdown\\b|truncate\\s+table|alter\\s+table|create\\s+(?:user|table)|begin\\s+\\w+\\.)",
  ),
  rule("sql-order", "sql_injection", 0.85, "(?:['\"`)]|^-?\\d+)\\s*(?:order|group)\\s+by\\s+\\d+"),
  rule(
    "sql-catalog",
    "sql_injection",
    0.85,
    "\\b(?:information_schema\\.|sysobjects\\b|sqlite_master\\b|pg_catalog\\.\\w+|mysql\\.user\\b|all_tables\\b|rdb\\$|master\\.\\.)|@@(?:version|datadir|hostname)\\b",
  ),
  rule(
    "sql-concatenation",
    "sql_injection",
    0.85,
    "(?:chr|char|concat|convert|cast)\\s*\\([^)]*\\)\\s*(?:\\|\\||\\+|,|from\\b)|['\"]\\s*\\|\\|\\s*(?:\\(|\\w+\\()",
  ),
  rule("sql-subselect", "sql_injection", 0.85, "(?:['\"`)=,(]|\\band|\\bor)\\s*\\(\\s*select\\b"),
  rule("sql-case", "sql_injection", 0.85, "\\bcase\\s+when\\b.*\\bthen\\b.*\\b(?:else|end)\\b.*(?:\\)|--|#)"),
  rule("sql-outfile", "sql_injection", 0.95, "\\binto\\s+(?:out|dump)file\\b|\\bprocedure\\s+analyse\\b"),
  rule(
    "nosql-operator",
    "nosql_injection",
    0.9,
    "(?:\\[|[\"'{,]\\s*)\\$(?:ne|gt|gte|lt|lte|regex|where|nin|exists|or|and|in|not|expr)\\b[\"']?\\s*(?:\\]|:)",
  ),
  rule(
    "nosql-script",
    "nosql_injection",
    0.9,
    "\\$where\\b|;\\s*return\\s+true\\b|'\\s*\\|\\|\\s*'?\\d'?\\s*==|\\bthis\\.\\w+\\.match\\(",
  ),
  rule(
    "ldap-filter",
    "ldap_injection",
    0.9,
    "\\)\\s*\\(\\s*[|&!]|\\*\\)\\s*\\(?|\\(\\s*[|&]\\s*\\(\\s*\\w+\\s*=|\\)\\(\\w+=[^)]*\\*",
  ),
  rule(
    "ldap-xpath",
    "ldap_injection",
    0.85,
    "'\\s*(?:or|and)\\s+(?:name|count|substring|string-length)\\(|\\]\\s*\\|\\s*//",
  ),
  rule("xss-script", "xss", 0.97, "<\\s*/?\\s*script\\b"),
  rule("xss-event", "xss", 0.96, `<[^>]*[\\s/"'\`]${events}\\s*=`),
  rule("xss-event-alone", "xss", 0.9, `(?:^|["'\`\\s/])${events}\\s*=\\s*["'\`]?[\\w.$\\[(]+\\s*[(\`\\[=.]`),
  rule(
    "xss-scheme",
    "xss",
    0.93,
    "(?:java|vb|live)script\\s*:|data\\s*:\\s*(?:text/html|image/svg\\+xml|application/xhtml)",
  ),
  rule(
    "xss-element",
    "xss",
    0.85,
    "<\\s*(?:iframe|object|embed|applet|frameset|base|layer|isindex|bgsound|meta\\s+http-equiv|link\\s+rel\\s*=\\s*[\"']?(?:import|stylesheet)|svg\\s*/|xml\\s+id)\\b",
  ),
  rule(
    "xss-sink",
    "xss",
    0.88,
    "\\b(?:alert|prompt|confirm|eval|settimeout|setinterval|execscript)\\s*(?:\\(|`)|string\\.fromcharcode|document\\.(?:cookie|domain|write|location)|\\bwindow\\.(?:name|open|location)|\\.innerhtml\\b|\\.constructor\\s*\\(",
  ),
  rule("xss-css", "xss", 0.88, "expression\\s*\\(|-moz-binding|behavior\\s*:\\s*url|@import\\s+['\"]?(?:url|//|http)"),
  rule(
    "crlf-header",
    "crlf_injection",
    0.93,
    "[\\r\\n]\\s*(?:set-cookie|location|content-(?:length|type)|x-xss-protection|refresh|transfer-encoding|access-control-\\w+|bcc|http/\\d)\\s*:?",
  ),
  rule("ssi", "ssi_injection", 0.96, "<!--\\s*#\\s*(?:exec|include|echo|printenv|config|set|fsize|flastmod)\\b|<esi:"),
  rule(
    "cmd-separator",
    "command_injection",
    0.93,
    `(?:(?:^|[^\\s])[;|&]+|^\\W{0,3}\\n|^\\W*\`)\\s*(?:/?[\\w?*]*/[\\w?*/]*)?(?:${unixCommands})(?:$|[\\s;|&<>)\`'"]|\\$\\{?ifs)`,
  ),
  rule(
    "cmd-windows",
    "command_injection",
    0.9,
    `(?:[;|\`\\n]|&&|\\|\\||&)\\s*(?:${windowsCommands})(?:\\.exe)?(?:$|[\\s;|&<>+/])`,
  ),
  rule("cmd-path", "command_injection", 0.9, "(?:^|[\\s;|&`($'\"])/?(?:usr/)?s?bin/(?:local/)?[a-z]\\w*"),
  rule(
    "cmd-substitution",
    "command_injection",
    0.85,
    `(?:^|[;|&'"=\\w.])\\$\\((?:${unixCommands})\\b|^[\\w.]*\`[a-z/][\\w /.-]*\`$|\\$\\{ifs\\}|\\$ifs`,
  ),
  rule("cmd-shellshock", "command_injection", 0.98, "\\(\\)\\s*\\{[^}]*\\}\\s*;|\\(\\)\\s*\\{\\s*:"),
  rule(
    "cmd-reverse",
    "command_injection",
    0.98,
    "/dev/(?:tcp|udp)/|\\bmkfifo\\b|\\bnc\\s+-\\w*[el]|bash\\s+-[ic]|\\|\\s*(?:ba|z)?sh\\b|-enc(?:odedcommand)?\\s+[a-z0-9+/=]{16}",
  ),
  rule(
    "cmd-powershell",
    "command_injection",
    0.95,
    "\\b(?:invoke-(?:expression|webrequest)|new-object\\s+(?:system\\.)?net|downloadstring|iex\\s*\\(|start-process|get-(?:process|childitem|content)\\s)",
  ),
  rule(
    "cmd-ping",
    "command_injection",
    0.85,
    "\\bping(?:\\.exe)?\\s+-[nci]\\s*\\d+|\\bcat\\s+/etc/|\\bls\\s+-\\w+|\\buname\\s+-a|\\brm\\s+-rf|\\bnetstat\\s+-|\\bcmd(?:\\.exe)?\\s*/c\\b",
  ),
  rule(
    "code-php",
    "code_injection",
    0.95,
    "<\\?(?:php|=)|\\b(?:system|exec|passthru|shell_exec|popen|proc_open|assert|phpinfo|call_user_func|base64_decode|file_get_contents|preg_replace|create_function)\\s*\\(\\s*(?:['\"$)]|base64)|\\$_(?:get|post|request|cookie|server)\\b\\s*\\[",
  ),
  rule(
    "code-script",
    "code_injection",
    0.95,
    "\\brequire\\s*\\(\\s*['\"](?:child_process|fs|os)|process\\.(?:mainmodule|binding|exit|env)|__import__\\s*\\(|\\bos\\.(?:system|popen)\\s*\\(|subprocess\\.\\w+\\s*\\(|getruntime\\s*\\(|processbuilder|__proto__|@java\\.lang|#_memberaccess|ognl\\.",
  ),
  rule("code-formula", "code_injection", 0.9, "^[=+@-]cmd\\||^=(?:hyperlink|importxml|webservice)\\("),
  rule(
    "ssti-arithmetic",
    "ssti",
    0.9,
    "(?:\\{\\{|\\$\\{|#\\{|<%=|\\*\\{|@\\(|%\\{)\\s*['\"]?\\d+['\"]?\\s*[*+-]\\s*['\"]?\\d+['\"]?\\s*(?:\\}|%>|\\))",
  ),
  rule(
    "ssti-object",
    "ssti",
    0.95,
    "__(?:class|mro|base|bases|subclasses|globals|init|builtins|dict)__|freemarker\\.template|\\.getclass\\(\\)|t\\(java\\.|registerundefinedfilter|\\{\\{\\s*(?:self|config|request|cycler|lipsum|joiner)\\b|\\$\\{\\s*(?:self\\.|t\\()|\\{php\\}|smarty\\.version|<%=\\s*(?:system|file\\.|dir\\.|`)",
  ),
  rule(
    "log4shell",
    "log4shell",
    0.97,
    "\\$\\{[^}]*jndi|jndi:(?:ldaps?|rmi|dns|iiop|http|nis|corba)|\\$\\{(?:lower|upper|env|sys|java|ctx|k8s|sd|main|bundle|script|dns|::?-)[:}]?",
  ),
  rule(
    "deserialization",
    "deserialization",
    0.93,
    '\\bo:\\d+:"[\\w\\\\]+":\\d+:\\{|ro0ab|aced0005|_\\$\\$nd_func|!!(?:python|javax|java)[/.]|objectdataprovider|com\\.sun\\.rowset|!ruby/|java\\.lang\\.processbuilder|c__builtin__|cos\\nsystem',
  ),
  rule(
    "path-up",
    "path_traversal",
    0.95,
    "(?:\\.{2,}[/\\\\]+){2,}|(?:\\.\\.[/\\\\;]){2,}|(?:0x2e){2}|(?:^|[/\\\\=])\\.{2,}[/\\\\]+(?:etc|proc|var|home|root|windows|winnt|boot|web-inf)\\b",
  ),
  rule("path-file", "path_traversal", 0.9, `(?:^|[/\\\\:=])(?:${sensitiveFiles})`),
  rule(
    "path-odd",
    "path_traversal",
    0.85,
    "(?:/\\.){4,}|(?:\\./){4,}|\\.{3,}/{2,}|[/\\\\]\\.\\.\\\\|\\.\\.;/|^[a-z]:[/\\\\]+(?:boot\\.ini|windows|winnt|inetpub|xampp)",
  ),
  rule("path-null", "path_traversal", 0.9, "[/\\\\][^/\\\\]*\\x00"),
  rule(
    "inclusion-wrapper",
    "file_inclusion",
    0.96,
    "\\b(?:php|expect|phar|zip|glob|ogg|rar|ssh2|compress\\.\\w+)://|data:(?://)?text/plain|file:/{1,3}\\w",
  ),
  rule(
    "inclusion-remote",
    "file_inclusion",
    0.9,
    "^(?:https?|ftp)://\\S+\\.(?:txt|php|inc|jsp|asp|gif|jpg|dat)\\?{1,2}(?:$|&|cmd=)|(?:c99|r57|shell|cmd|evil|backdoor|rfi)\\.(?:txt|php|gif|jpg|inc)",
  ),
  rule(
    "ssrf",
    "ssrf",
    0.9,
    "169\\.254\\.169\\.254|metadata\\.google\\.internal|100\\.100\\.100\\.200|\\b(?:gopher|dict|netdoc|jar|tftp)://|://(?:0x7f|0177\\.|2130706433|127\\.1[:/]|\\[::|0[:/])|^https?://(?:127\\.0\\.0\\.1|localhost)[:/]\\S*(?:admin|server-status|actuator|console)",
  ),
  rule(
    "xxe-entity",
    "xxe",
    0.97,
    "<!\\s*entity\\b|<!doctype[^>]*\\[|<!doctype\\s+\\w+\\s+(?:system|public)\\s+['\"](?:file|https?://[^w]|ftp|php|expect|gopher|\\\\\\\\)",
  ),
  rule(
    "xxe-include",
    "xxe",
    0.95,
    "<xi:include|xinclude|<xsl:(?:include|copy-of|value-of)[^>]*(?:document|php:function|file:)|xlink:href\\s*=\\s*['\"](?:expect|file):",
  ),
  rule("xxe-element", "xxe", 0.85, "<!element\\b|<!attlist\\b|&lol\\d?;|^%\\w+;$"),
];
