/** Attack families whose tokens are counted in a value. */
export const tokenFamilies = ["sql", "markup", "shell", "path", "xml", "code"] as const;
export type TokenFamily = (typeof tokenFamilies)[number];

const wordsOf: Record<TokenFamily, string> = {
  sql:
    "select union insert update delete drop alter truncate create exec execute where having from into values join like between " +
    "order group limit offset and or xor null waitfor delay benchmark sleep pg_sleep dbms_pipe information_schema sysobjects " +
    "syscolumns sqlite_master pg_catalog xp_cmdshell load_file outfile dumpfile concat group_concat concat_ws char chr ascii " +
    "substr substring cast convert extractvalue updatexml utl_http version database rlike regexp procedure declare",
  markup:
    "script iframe svg img onerror onload onclick onmouseover onfocus ontoggle onanimationstart onpointerover javascript vbscript " +
    "alert prompt confirm document cookie innerhtml fromcharcode eval srcdoc autofocus constructor settimeout localstorage marquee",
  shell:
    "cat wget curl bash sh cmd powershell nc netcat ncat whoami uname ifconfig ipconfig nslookup ping sleep id passwd chmod rm " +
    "echo perl python ruby php base64 ifs iex netstat systeminfo tftp certutil mkfifo xargs awk sudo",
  path: "etc passwd shadow hosts windows system32 boot ini proc self environ htaccess htpasswd var log php file expect phar zip filter",
  xml: "doctype entity system public xinclude xlink cdata element attlist",
  code: "eval assert exec system passthru shell_exec popen proc_open base64_decode phpinfo include require import os subprocess runtime getruntime processbuilder class forname mro subclasses globals builtins config request application jndi ldap rmi dns freemarker velocity",
};

const words = new Map<string, number>();
for (const [bit, family] of tokenFamilies.entries()) {
  for (const word of wordsOf[family].split(" ")) words.set(word, (words.get(word) ?? 0) | (1 << bit));
}
const longestWord = 20;

const sql = 1 << 0;
const markup = 1 << 1;
const shell = 1 << 2;
const path = 1 << 3;
const xml = 1 << 4;
const code = 1 << 5;

/** Families of the two-character operators: comments, separators, openings. */
const operators = new Map<string, number>([
  ["--", sql],
  ["/*", sql],
  ["*/", sql],
  ["||", sql | shell],
  ["@@", sql],
  ["')", sql],
  ["';", sql],
  ["</", markup],
  ["/>", markup],
  ["&&", shell],
  ["$(", shell],
  [">&", shell],
  ["..", path],
  ["./", path],
  [".\\", path],
  ["<!", xml],
  ["<?", xml | code],
  ["{{", code],
  ["${", code],
  ["#{", code],
  ["<%", code],
  ["__", code],
]);
const operatorStart = new Uint8Array(128);
for (const operator of operators.keys()) operatorStart[operator.charCodeAt(0)] = 1;

/** Words that make SQL of a text rather than prose: counted for `contains_sql_keywords`. */
const strongSql = new Set(
  "select union insert update delete drop alter truncate exec execute having waitfor benchmark pg_sleep information_schema sysobjects sqlite_master xp_cmdshell load_file outfile group_concat extractvalue updatexml from where into".split(
    " ",
  ),
);

export interface TokenCounts {
  /** In the order of `tokenFamilies`: words and operators of the family. */
  readonly counts: readonly number[];
  /** Two different strong SQL words, or one beside a quote, comment or semicolon. */
  readonly sqlKeywords: boolean;
}

/** Counts the tokens of text[0, end); one pass, letters of any case. */
export function countTokens(text: string, end: number): TokenCounts {
  const counts = [0, 0, 0, 0, 0, 0];
  const addAll = (families: number): void => {
    for (let bit = 0; bit < counts.length; bit++) if ((families >> bit) & 1) counts[bit]!++;
  };
  const strong = new Set<string>();
  let breaks = false;
  for (let i = 0; i < end; ) {
    const unit = text.charCodeAt(i);
    if (isWordUnit(unit)) {
      let wordEnd = i + 1;
      while (wordEnd < end && isWordUnit(text.charCodeAt(wordEnd))) wordEnd++;
      const length = wordEnd - i;
      if (length > 1 && length <= longestWord) {
        const word = text.slice(i, wordEnd).toLowerCase();
        const families = words.get(word);
        if (families !== undefined) {
          addAll(families);
          if ((families & sql) !== 0 && strongSql.has(word)) strong.add(word);
        }
      }
      i = wordEnd;
      continue;
    }
    if (unit < 128 && operatorStart[unit] === 1 && i + 1 < end) {
      const families = operators.get(text.slice(i, i + 2));
      if (families !== undefined) {
        addAll(families);
        if ((families & sql) !== 0) breaks = true;
        i += 2;
        continue;
      }
    }
    if (unit === 59 || unit === 124 || unit === 96) counts[2]!++;
    if (unit === 39) {
      counts[0]!++;
      breaks = true;
    }
    if (unit === 60) counts[1]!++;
    i++;
  }
  return { counts, sqlKeywords: strong.size >= 2 || (strong.size === 1 && breaks) };
}

function isWordUnit(unit: number): boolean {
  const lower = unit | 32;
  return (lower >= 97 && lower <= 122) || (unit >= 48 && unit <= 57) || unit === 95;
}
