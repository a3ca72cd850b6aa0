import { rulesFor } from "../rule.ts";

export const cRules = rulesFor("c", [
  {
    name: "unbounded-copy",
    weakness: "buffer-overflow",
    find: [
      { call: /^(?:std::)?(?:strcpy|wcscpy|lstrcpy[AW]?|_mbscpy|stpcpy)$/, where: [{ arg: 1, is: "open" }] },
      { call: /^(?:std::)?(?:strcat|wcscat|lstrcat[AW]?)$/ },
      {
        call: /^(?:std::)?(?:sprintf|vsprintf|wsprintf[AW]?)$/,
        where: [{ arg: 1, text: /%[-+ #0-9.*]*[sS]|^\ue000$/ }],
        not: /%\.\d+s/,
      },
    ],
    insecure: "void f(char *s) { char b[8]; strcpy(b, s); }",
    secure: 'void f(char *s) { char b[8]; snprintf(b, sizeof b, "%s", s); }',
  },
  {
    name: "unbounded-read",
    weakness: "buffer-overflow",
    find: [
      { call: /^(?:std::)?(?:gets|_getws|getwd)$/ },
      { call: /^(?:std::)?(?:scanf|fscanf|sscanf|wscanf)$/, where: [{ arg: "any", source: /"[^"]*%l?(?:s|\[)/ }] },
    ],
    insecure: "int main(void) { char b[8]; gets(b); }",
    secure: "int main(void) { char b[8]; fgets(b, sizeof b, stdin); }",
  },
  {
    name: "bound-of-source",
    weakness: "buffer-bound",
    message: "the length of a copy is that of its source, or comes from outside",
    find: [
      {
        call: /^(?:std::)?(?:memcpy|memmove|strncpy|strncat|bcopy|wmemcpy)$/,
        where: [
          {
            arg: 2,
            source:
              /^(?:strlen\s*\(\s*\w+\s*\)(?:\s*\+\s*1)?|\w*len\w*|n|\w*size|count|\w+->\w*(?:len|size|count)\w*|hdr\.\w+|\w+\.\w*(?:len|size)\w*)$/i,
          },
        ],
      },
      {
        call: /^(?:read|recv|fread|fgets)$/,
        where: [{ arg: "any", source: /^(?:\d{3,})$/ }],
        text: /^(?:recv|read|fgets)/,
      },
    ],
    unless:
      /if\s*\([^)]*(?:len|size|count|\bn\b|strlen)[^)]*[<>]|std::min|\bmin\(|malloc|new\s+char|calloc|\.resize\(|[Mm]in\(|(?:read|recv|fgets)\([^;]*,\s*(\d{3,})[\s\S]*|assert\(/,
    insecure: "void f(char *s) { char b[8]; memcpy(b, s, strlen(s)); }",
    secure: "void f(char *s, unsigned n) { char b[8]; if (n > sizeof b) return; memcpy(b, s, n); }",
  },
  {
    name: "unchecked-length",
    weakness: "buffer-bound",
    message: "a length that was read from outside bounds a copy without a check",
    find: [
      {
        call: /^(?:read|recv|fread|memcpy|memmove|recvfrom)$/,
        where: [{ arg: "any", source: /^(?:\w+(?:\.|->))*\w*(?:len|length|size|count)$/i }],
      },
    ],
    when: /(?:read|recv|fread|scanf)\s*\([^;]*&?\w*(?:len|length|size|count)|ntoh[sl]\s*\(/i,
    unless: /\b(?:if|while|assert)\s*\([^;{]*(?:len|length|size|count)\w*\s*[<>]|\bmin\s*\(|malloc|calloc|resize/i,
    insecure: "void f(int d) { char b[64]; int len; read(d, &len, sizeof len); read(d, b, len); }",
    secure: "void f(int d) { char b[64]; int len; read(d, &len, sizeof len); if (len > 64) return; read(d, b, len); }",
  },
  {
    name: "off-by-one",
    weakness: "buffer-bound",
    message: "the loop runs one step past the end of an array",
    find: [{ node: /^for_statement$/, text: /<=\s*(?:sizeof\b|SIZE|MAX\w*|BUF\w*|LEN\w*|\w*\.size\(\)|strlen\()/ }],
    when: /\[\w+\]/,
    insecure: "void f(void) { int a[SIZE]; for (int i = 0; i <= SIZE; i++) a[i] = 0; }",
    secure: "void f(void) { int a[SIZE]; for (int i = 0; i < SIZE; i++) a[i] = 0; }",
  },
  {
    name: "unchecked-index",
    weakness: "buffer-bound",
    message: "an index from outside is used without a check",
    find: [{ node: /^subscript_expression$/, text: /\[\s*(?:atoi|strtol|stoi|std::stoi)\s*\(|\[\s*argv/ }],
    insecure: "int f(int *a, char *s) { return a[atoi(s)]; }",
    secure: "int f(int *a, char *s) { int i = atoi(s); if (i < 0 || i > 9) return 0; return a[i]; }",
  },
  {
    name: "format-string",
    weakness: "format-string",
    find: [
      {
        call: /^(?:std::)?(?:printf|vprintf|wprintf|g_print|printk|warn|warnx)$/,
        where: [{ arg: 0, is: "open", sourceNot: /^_\(|fmt|format|^[A-Z_]+$/ }],
      },
      {
        call: /^(?:std::)?(?:fprintf|sprintf|syslog|dprintf|vfprintf|err|errx|asprintf)$/,
        where: [{ arg: 1, is: "open", sourceNot: /^_\(|fmt|format|^[A-Z_]+$/ }],
      },
      {
        call: /^(?:std::)?(?:snprintf|vsnprintf)$/,
        where: [{ arg: 2, is: "open", sourceNot: /^_\(|fmt|format|^[A-Z_]+$/ }],
      },
    ],
    ignoresChecks: true,
    insecure: "void f(char *s) { printf(s); }",
    secure: 'void f(char *s) { printf("%s", s); }',
  },
  {
    name: "command-injection",
    weakness: "command-injection",
    find: [
      { call: /^(?:std::|::)?(?:system|popen|_popen|_wsystem|wordexp)$/, where: [{ arg: 0, is: "open" }] },
      {
        call: /^(?:execl|execlp|execle)$/,
        where: [
          { arg: 0, text: /sh$/ },
          { arg: "last", sourceNot: /^$/ },
        ],
        text: /"-c"\s*,\s*[a-z_]\w*/,
      },
    ],
    insecure: 'void f(char *n) { char c[99]; snprintf(c, sizeof c, "ls %s", n); system(c); }',
    secure: 'void f(char *n) { execl("/bin/ls", "ls", "--", n, NULL); }',
  },
  {
    name: "sql-injection",
    weakness: "sql-injection",
    find: [
      {
        call: /(?:^|[.>])(?:mysql_query|mysql_real_query|sqlite3_exec|sqlite3_prepare\w*|PQexec|SQLExecDirect\w*|exec|execute|executeQuery|executeUpdate|query|prepare|exec_params|exec0|exec1)$/,
        where: [{ arg: "any", is: "built", text: /\b(?:select|insert|update|delete|drop|where|from)\b/i }],
      },
      { call: /^s(?:n)?printf$/, text: /"\s*(?:SELECT|INSERT INTO|UPDATE|DELETE FROM)\b[^"]*'?%s'?/i },
    ],
    unless: /mysql_real_escape_string|PQescapeLiteral|sqlite3_mprintf|PQexecParams/,
    insecure:
      "void f(char *n) { char q[99]; snprintf(q, 99, \"SELECT * FROM t WHERE n = '%s'\", n); mysql_query(db, q); }",
    secure:
      'void f(char *n) { sqlite3_prepare_v2(db, "SELECT * FROM t WHERE n = ?", -1, &s, 0); sqlite3_bind_text(s, 1, n, -1, 0); }',
  },
  {
    name: "temp-file",
    weakness: "temp-file",
    find: [
      { call: /^(?:std::)?(?:tmpnam|tempnam|mktemp|_mktemp|tmpnam_r)$/ },
      { call: /^f?open$/, where: [{ arg: 0, text: /^\/tmp\// }], not: /O_EXCL|"r"/ },
    ],
    unless: /mkstemp/,
    insecure: "void f(void) { char *n = tmpnam(0); }",
    secure: 'void f(void) { char n[] = "/tmp/aXXXXXX"; int d = mkstemp(n); }',
  },
  {
    name: "weak-random",
    weakness: "weak-random",
    find: [
      { call: /^(?:std::)?(?:rand|random|drand48|lrand48|rand_r|mrand48)$/ },
      { call: /^(?:std::)?(?:srand|srandom)$/ },
      { node: /^(?:declaration|init_declarator)$/, text: /\bmt19937(?:_64)?\b|default_random_engine/ },
    ],
    when: /token|passw|secret|session|otp|\bkey\b|_key|[kK]ey|nonce|salt|csrf|\bpin\b|auth|cred|\bcode\b|_code|\biv\b|\bid\b/i,
    insecure: "int make_token(void) { return rand(); }",
    secure: "int make_token(void) { int t; getrandom(&t, sizeof t, 0); return t; }",
  },
  {
    name: "weak-hash",
    weakness: "weak-hash",
    find: [
      {
        call: /^(?:MD[245](?:_Init|_Update|_Final)?|SHA1(?:_Init|_Update|_Final)?|EVP_md[245]|EVP_sha1|CC_MD5|CC_SHA1|gcry_md_hash_buffer|mbedtls_md5\w*|mbedtls_sha1\w*|EVP_get_digestbyname)$/,
        not: /digestbyname\("sha[2-5]|SHA256|SHA512/i,
      },
      { call: /^crypt$/ },
    ],
    insecure: "void f(void) { MD5(d, n, out); }",
    secure: "void f(void) { SHA256(d, n, out); }",
  },
  {
    name: "weak-cipher",
    weakness: "weak-cipher",
    find: [
      {
        call: /^(?:EVP_(?:des|rc[24]|bf|idea|cast5|desx)\w*|EVP_\w+_ecb|DES_\w+|RC4(?:_set_key)?|AES_ecb_encrypt|BF_\w+|AES_encrypt)$/,
      },
    ],
    insecure: "void f(void) { EVP_EncryptInit_ex(c, EVP_aes_128_ecb(), 0, k, 0); }",
    secure: "void f(void) { EVP_EncryptInit_ex(c, EVP_aes_256_gcm(), 0, k, iv); }",
  },
  {
    name: "hard-coded-credential",
    weakness: "hard-coded-credential",
    find: [
      {
        assign:
          /(?:^|[_a-z])(?:passw(?:or)?d|passwd|pwd|secret|secret_?key|api_?key|access_?key|auth_?token|token|private_?key|encryption_?key|key)$/i,
        value: { source: /^"[^"\s]{6,}"$/ },
      },
      { node: /^preproc_def$/, text: /(?:PASSWORD|PASSWD|SECRET|API_?KEY|TOKEN)\w*\s+"[^"\s]{4,}"/ },
      { call: /^(?:std::)?strcmp$/, text: /pass\w*\s*,\s*"[^"]{3,}"|"[^"]{3,}"\s*,\s*pass/i },
    ],
    insecure: 'const char *password = "letmein99";',
    secure: 'const char *password = getenv("DB_PASSWORD");',
  },
  {
    name: "use-after-free",
    weakness: "use-after-free",
    message: "a pointer is used or freed again after it was freed",
    find: [
      {
        node: /^(?:compound_statement|translation_unit)$/,
        text: /\bfree\s*\(\s*([\w>.-]+?)\s*\)\s*;(?:(?!\b\1\s*=[^=]|\breturn\b|\}|\belse\b)[\s\S])*?(?<![\w>.])\1(?:\s*(?:\[|->|\.)|\s*[),;])/,
      },
      {
        node: /^(?:compound_statement|translation_unit)$/,
        text: /\bdelete(?:\[\])?\s+(\w+)\s*;(?:(?!\b\1\s*=[^=]|\breturn\b|\}|\belse\b)[\s\S])*?(?<![\w>.])\1(?:\s*(?:\[|->|\.)|\s*[),;])/,
      },
    ],
    insecure: "void f(struct s *p) { free(p); p->n = 1; }",
    secure: "void f(struct s *p) { p->n = 1; free(p); p = 0; }",
  },
  {
    name: "integer-overflow",
    weakness: "integer-overflow",
    find: [
      {
        call: /^(?:std::)?(?:malloc|realloc|alloca)$/,
        where: [
          {
            arg: "last",
            source:
              /^(?:[\w>.-]*(?:count|n|num|len|size|width|w|height|rows|cols|items)\w*\s*\*|.*\*\s*(?:count|n|num\w*|len|height|rows|cols)$)/i,
          },
        ],
      },
    ],
    unless: /SIZE_MAX|__builtin_mul_overflow|if\s*\([^)]*(?:count|\bn\b|num|len|width|rows)[^)]*>/,
    insecure: "int *f(int count) { return malloc(count * sizeof(int)); }",
    secure: "int *f(int count) { return calloc(count, sizeof(int)); }",
  },
  {
    name: "tls-verification",
    weakness: "tls-verification",
    find: [
      { call: /^curl_easy_setopt$/, text: /CURLOPT_SSL_VERIFY(?:PEER|HOST)\s*,\s*(?:0L?|false)/ },
      { call: /^SSL(?:_CTX)?_set_verify$/, text: /SSL_VERIFY_NONE/ },
      { call: /^(?:SSLv[23]|TLSv1(?:_1)?)_(?:client_|server_)?method$/ },
    ],
    insecure: "void f(void) { curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 0L); }",
    secure: "void f(void) { curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L); }",
  },
  {
    name: "path-traversal",
    weakness: "path-traversal",
    find: [
      {
        call: /^(?:std::)?(?:fopen|open|unlink|remove|std::ifstream|ifstream)$/,
        where: [{ arg: 0, is: "built", text: /\// }],
      },
    ],
    when: /user|name|request|argv|query|path|recv|input/i,
    unless: /realpath|strstr\([^)]*"\.\."|strchr\([^)]*'\/'|\.find\("\.\."\)|canonical|basename|mkstemp|\/proc\//,
    insecure: 'void f(char *name) { char p[99]; snprintf(p, sizeof p, "/srv/%s", name); FILE *h = fopen(p, "r"); }',
    secure:
      'void f(char *name) { char p[99]; if (strstr(name, "..")) return; snprintf(p, sizeof p, "/srv/%s", name); FILE *h = fopen(p, "r"); }',
  },
  {
    name: "race",
    weakness: "race",
    find: [{ node: /^if_statement$/, text: /^if\s*\(\s*!?\s*(?:access|stat|lstat)\s*\([\s\S]*\bf?open\s*\(/ }],
    insecure: 'void f(char *p) { if (access(p, 2) == 0) { FILE *h = fopen(p, "w"); } }',
    secure: "void f(char *p) { int d = open(p, O_WRONLY | O_NOFOLLOW); }",
  },
  {
    name: "permissions",
    weakness: "permissions",
    find: [
      {
        call: /^(?:chmod|fchmod|open|mkdir|creat)$/,
        where: [{ arg: "last", source: /^0[0-7]?[0-7][0-7][2367]$|S_IWOTH|S_IRWXO/ }],
      },
      { call: /^umask$/, where: [{ arg: 0, source: /^0+$/ }] },
    ],
    insecure: 'void f(void) { chmod("run", 0777); }',
    secure: 'void f(void) { chmod("run", 0750); }',
  },
  {
    name: "timing-compare",
    weakness: "timing-compare",
    find: [
      {
        call: /^(?:std::)?(?:strcmp|memcmp|strncmp)$/,
        where: [{ arg: "any", source: /^\w*(?:mac|hmac|signature|digest|token|secret|api_key)\w*$/i }],
      },
    ],
    insecure: "int f(char *token, char *given) { return strcmp(token, given) == 0; }",
    secure: "int f(char *token, char *given) { return CRYPTO_memcmp(token, given, 32) == 0; }",
  },
]);
