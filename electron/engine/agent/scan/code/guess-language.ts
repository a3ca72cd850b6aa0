import type { Language } from "./languages.ts";

/** Signs of a language in its source, and how much each says. */
const signs: Readonly<Record<Language, readonly (readonly [RegExp, number])[]>> = {
  python: [
    [/^\s*(?:def|class)\s+\w+.*:\s*(?:#.*)?$/m, 4],
    [/^\s*(?:from\s+[\w.]+\s+)?import\s+[\w.]+(?:\s+as\s+\w+)?(?:\s*,\s*\w+)*\s*$/m, 3],
    [/^\s*(?:if|elif|for|while|with|try|except)\b.*:\s*$/m, 3],
    [/\bself\.|\bNone\b|\bTrue\b|\bFalse\b|\bf["']|\bnot\s+in\b/, 2],
    [/^[\w., ]+=\s*[^;{}]+$/m, 1],
    [/[;{]\s*$/m, -2],
    [/\b(?:subprocess|os\.\w+|requests|pickle|hashlib|cursor|flask)\b/, 2],
  ],
  javascript: [
    [/\b(?:const|let)\s+[\w{[]/, 3],
    [/=>/, 2],
    [/\bfunction\b\s*\w*\s*\(/, 3],
    [/\brequire\(|\bmodule\.exports|\bdocument\.|\bconsole\.|\bwindow\./, 4],
    [/\bimport\s.*\sfrom\s+["']/, 4],
    [/\b(?:async|await)\b/, 1],
    [/===|!==|`[^`]*\$\{/, 2],
    [/\breq\.(?:body|query|params)|\bres\.\w+\(/, 3],
    [/:\s*(?:string|number|boolean|void|Promise<)/, 2],
    [/\.innerHTML\b|\bMath\.\w+\(/, 4],
  ],
  java: [
    [/\b(?:public|private|protected)\s+(?:static\s+)?(?:final\s+)?[\w<>[\]]+\s+\w+\s*[(=;]/, 3],
    [/\bimport\s+(?:java|javax|org|com)\.[\w.*]+;/, 5],
    [/\b(?:String|int|boolean|byte\[\])\s+\w+\s*=/, 2],
    [/\bnew\s+\w+(?:<[^>]*>)?\(/, 1],
    [/\bthrows\s+\w+|@Override|System\.out\.|\bfinal\s+\w+/, 4],
    [/\bvar\s+\w+\s*=\s*new\b|\busing\b|\bnamespace\b|\$"/, -3],
    [/getParameter\(|MessageDigest|Cipher\.getInstance|PreparedStatement|Runtime\.getRuntime/, 4],
  ],
  c: [
    [/^\s*#\s*include\s*[<"]/m, 6],
    [/\b(?:char|int|void|unsigned|size_t|const char)\s*\*?\s*\w+\s*(?:\[[^\]]*\])?\s*[=;(]/, 3],
    [/\bstd::|\bcout\b|->\w+|\bNULL\b|\bnullptr\b|\bsizeof\b/, 3],
    [/\b(?:printf|strcpy|strcat|sprintf|malloc|free|memcpy|gets|scanf|fgets|strncpy|fopen)\s*\(/, 4],
    [/\bpublic\b|\$\w|\bfunc\b|\bfn\b/, -3],
  ],
  php: [
    [/<\?(?:php|=)/, 10],
    [/\$\w+\s*(?:=|->|\[)/, 4],
    [/\$_(?:GET|POST|REQUEST|COOKIE|FILES|SERVER|SESSION)\b/, 8],
    [/\becho\s+["'$]/, 2],
    [/\$\w+;/, 2],
    [/^\s*\w+=["$]/m, -3],
  ],
  ruby: [
    [/^\s*def\s+[\w.?!]+(?:\(.*\))?\s*$/m, 4],
    [/^\s*end\s*$/m, 4],
    [/\bdo\s*\|[\w, ]+\|/, 5],
    [/#\{/, 2],
    [/\bparams\[:|\w\s*=>\s*|:\w+\s*=>|\bputs\b|\brequire\s+["']/, 3],
    [/\b(?:nil|unless|elsif)\b|\.(?:each|map|nil\?|html_safe)\b|<\s*ApplicationController/, 3],
    [/::\w+\.(?:new|load|hexdigest|open|where)\b|^\s*[A-Z]\w+\.(?:where|load|find_by|create|open|read)\b/m, 3],
    [/[;{]\s*$/m, -2],
  ],
  go: [
    [/\bfunc\s+(?:\(\w+\s+\*?\w+\)\s*)?\w*\(/, 5],
    [/:=/, 4],
    [/^\s*package\s+\w+\s*$/m, 6],
    [
      /\berr\s*!=\s*nil|\bfmt\.|\bhttp\.(?:ResponseWriter|Get|Client)|\bos\.(?:Open|ReadFile)|\bexec\.Command|&\w+\.\w+\{/,
      4,
    ],
  ],
  rust: [
    [/\bfn\s+\w+\s*(?:<[^>]*>)?\(/, 5],
    [/\blet\s+(?:mut\s+)?\w+\s*(?::\s*[\w&<>[\]; ]+)?=/, 2],
    [/\b(?:impl|pub\s+fn|unsafe\s*\{|use\s+\w+(?:::\w+)+|match\s+\w+\s*\{)/, 4],
    [/\b\w+!\(|::new\(|\.unwrap\(\)|&str\b|->\s*\w+/, 3],
    [/===|\bconst\s+\w+\s*=(?!.*:)/, -3],
  ],
  csharp: [
    [/\busing\s+(?:System|Microsoft)[\w.]*;/, 6],
    [/\bnamespace\s+[\w.]+/, 3],
    [/\bvar\s+\w+\s*=\s*(?:new\b|await\b|[A-Z]\w*\.)/, 4],
    [/\$"|@"|\bstring\s+\w+|\bIActionResult\b|\bTask<|\[Http\w+\]/, 3],
    [/\b(?:Console|Convert|Encoding|Path|File|Process|Request)\.[A-Z]\w+/, 3],
    [/\bpublic\s+(?:async\s+|static\s+)*[\w<>[\]]+\s+[A-Z]\w*\s*\(/, 3],
    [/new\s+\w+\s*\{\s*[A-Z]\w*\s*=|@Html\.|\.[A-Z]\w+\s*=\s/, 3],
    [/\b[A-Z]\w*\.[A-Z]\w+\(/, 2],
    [/\bString\s+\w+|\bthrows\b|System\.out/, -3],
  ],
  sql: [
    [
      /^\s*(?:SELECT\b[\s\S]+\bFROM|INSERT\s+INTO|UPDATE\s+\S+\s+SET|DELETE\s+FROM|CREATE\s+(?:OR\s+REPLACE\s+)?(?:TABLE|USER|PROCEDURE|FUNCTION|VIEW|ROLE|LOGIN)|ALTER\s+(?:TABLE|USER|ROLE|DATABASE|LOGIN)|GRANT\s|REVOKE\s|EXEC(?:UTE)?\s|DECLARE\s+@?\w+|SET\s+@)/im,
      8,
    ],
    [/[{}]\s*$|\bdef\s|\bfunction\s*\(|=>/m, -5],
    [/^\s*(?:const|let|var|\$|if\s*\(|return|import)\b/m, -6],
  ],
  shell: [
    [/^#!.*\b(?:ba|z|k|da)?sh\b/, 10],
    [
      /^\s*(?:\$\s+)?(?:sudo|curl|wget|chmod|chown|rm\s+-|echo|export|apt-get|mkdir|cd|tar|ssh|scp|docker|openssl|s?ftp|psql|kubectl|find|git|mysql(?:dump)?|openssl|eval|bash|read\s+-)\s/m,
      5,
    ],
    [/^\s*(?:fi|done|esac)\s*$|\bthen\s*$|;\s*(?:do|then)\b/m, 5],
    [/\$\{?\w+\}?|\$\(/, 1],
    [/^[A-Z_]+=\S*$/m, 3],
    [/^\s*[a-z_]\w*=[^\s=]/m, 2],
    [/[;{]\s*$/m, -2],
    [/\$\w+\s*=\s|\$\w+->/, -6],
  ],
};

/** @returns the languages that a piece of code may be in, most likely first, at most three */
export function guessLanguages(code: string): Language[] {
  const head = code.slice(0, 20_000);
  const scores = Object.entries(signs).map(([language, tests]) => ({
    language: language as Language,
    score: tests.reduce((sum, [sign, weight]) => sum + (sign.test(head) ? weight : 0), 0),
  }));
  const likely = scores.filter(({ score }) => score > 0).sort((a, b) => b.score - a.score);
  const best = likely[0]?.score ?? 0;
  return likely
    .filter(({ score }) => score >= best - 4)
    .slice(0, 3)
    .map(({ language }) => language);
}
