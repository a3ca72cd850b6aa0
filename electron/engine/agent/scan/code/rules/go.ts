import { rulesFor } from "../rule.ts";
import { comparesNoSecret, secretOnTheRight } from "./patterns.ts";

export const goRules = rulesFor("go", [
  {
    name: "sql-injection",
    weakness: "sql-injection",
    find: [
      {
        call: /\.(?:Query|QueryRow|QueryContext|QueryRowContext|Exec|ExecContext|Prepare|PrepareContext|Raw|Where|Order|Select|Get|Queryx|MustExec|NamedExec|Having|Joins)$/,
        where: [
          {
            arg: "any",
            is: "built",
            text: /\b(?:select|insert|update|delete|drop|where|from|order by|and|set|alter|truncate)\b|=\s*'?\ue000|=\s*'?%/i,
          },
        ],
      },
      {
        assign: /(?:sql|query|stmt|q)$/i,
        value: {
          is: "built",
          text: /^\s*(?:select\b.+\bfrom\b|insert\s+into\b|update\b.+\bset\b|delete\s+from\b)/is,
          sourceNot: /placeholders|\$%d/,
        },
      },
    ],
    insecure: 'rows, _ := db.Query("SELECT * FROM t WHERE n = \'" + n + "\'")',
    secure: 'rows, _ := db.Query("SELECT * FROM t WHERE n = $1", n)',
  },
  {
    name: "command-injection",
    weakness: "command-injection",
    find: [
      {
        call: /^exec\.Command(?:Context)?$/,
        text: /"(?:\/bin\/|\/usr\/bin\/)?(?:ba|z)?sh"|"cmd(?:\.exe)?"|"powershell/,
        where: [{ arg: "last", is: "open" }],
      },
      { call: /^exec\.Command$/, where: [{ arg: 0, is: "open" }] },
      { call: /^exec\.CommandContext$/, where: [{ arg: 1, is: "open" }] },
      { call: /^syscall\.Exec$/, where: [{ arg: 0, is: "open" }] },
    ],
    insecure: 'out, _ := exec.Command("sh", "-c", "ls "+dir).Output()',
    secure: 'out, _ := exec.Command("ls", "--", dir).Output()',
  },
  {
    name: "path-traversal",
    weakness: "path-traversal",
    find: [
      {
        call: /^(?:os\.(?:Open|OpenFile|ReadFile|Create|Remove|RemoveAll|WriteFile|ReadDir|Mkdir|MkdirAll|Rename)|ioutil\.(?:ReadFile|WriteFile|ReadDir))$/,
        where: [{ arg: 0, is: "risky", sourceNot: /^[a-z]*[cC]onfig/ }],
      },
      { call: /^http\.ServeFile$/, where: [{ arg: 2, is: "open" }] },
    ],
    when: /http\.|[rR]equest|user|name|\bc\.|gin|echo\.|param/,
    unless:
      /strings\.HasPrefix|filepath\.Base|path\.Base|IsLocal|strings\.Contains\([^)]*"\.\."|EvalSymlinks|os\.OpenRoot|os\.Root|filepath\.Rel|SecureJoin/,
    insecure: 'func f(name string) { data, _ := os.ReadFile("/srv/" + name); use(data) }',
    secure: 'func f(name string) { data, _ := os.ReadFile("/srv/" + filepath.Base(name)); use(data) }',
  },
  {
    name: "zip-slip",
    weakness: "zip-slip",
    find: [
      {
        call: /^(?:filepath|path)\.Join$/,
        where: [{ arg: "any", source: /^(?:f|file|zf|entry|header|hdr|h|th)\.(?:Name|FileHeader\.Name)$/ }],
      },
    ],
    unless: /strings\.HasPrefix|IsLocal|filepath\.Base|strings\.Contains|filepath\.Rel/,
    insecure: "func f() { target := filepath.Join(dir, hdr.Name); os.Create(target) }",
    secure:
      "func f() { if !filepath.IsLocal(hdr.Name) { return }; target := filepath.Join(dir, hdr.Name); os.Create(target) }",
  },
  {
    name: "tls-verification",
    weakness: "tls-verification",
    find: [
      { assign: /(?:^|\.)InsecureSkipVerify$/, value: { text: /^true$/ } },
      { call: /^ssh\.InsecureIgnoreHostKey$/ },
      { call: /\.SetTLSClientConfig$/, text: /InsecureSkipVerify:\s*true/ },
    ],
    unless: /VerifyPeerCertificate:\s*\w|VerifyConnection:/,
    insecure: "c := &tls.Config{InsecureSkipVerify: true}",
    secure: "c := &tls.Config{RootCAs: pool}",
  },
  {
    name: "old-tls",
    weakness: "old-tls",
    find: [
      { assign: /(?:^|\.)(?:MinVersion|MaxVersion)$/, value: { source: /VersionSSL30|VersionTLS10|VersionTLS11/ } },
    ],
    insecure: "c := &tls.Config{MinVersion: tls.VersionTLS10}",
    secure: "c := &tls.Config{MinVersion: tls.VersionTLS12}",
  },
  {
    name: "weak-hash",
    weakness: "weak-hash",
    find: [
      { call: /^(?:md5|sha1|md4)\.(?:New|Sum)$/ },
      { call: /^sha(?:256|512)\.Sum(?:256|512)$/, where: [{ arg: 0, source: /passw|\bpw\b/i }] },
      { call: /^hmac\.New$/, where: [{ arg: 0, source: /^(?:md5|sha1)\.New$/ }] },
    ],
    insecure: "h := md5.Sum(data)",
    secure: "h := sha256.Sum256(data)",
  },
  {
    name: "weak-cipher",
    weakness: "weak-cipher",
    find: [
      { call: /^(?:des\.New\w*Cipher|rc4\.NewCipher|blowfish\.NewCipher)$|NewECBEncrypter$/ },
      { call: /^(?:block|c|cipherBlock|aesBlock)\.(?:Encrypt|Decrypt)$/ },
    ],
    unless: /NewGCM|NewCTR|NewCBC/,
    insecure: "c, _ := des.NewCipher(key)",
    secure: "c, _ := aes.NewCipher(key)\ng, _ := cipher.NewGCM(c)",
  },
  {
    name: "fixed-iv",
    weakness: "fixed-iv",
    find: [
      { assign: /^(?:iv|nonce)$/i, value: { source: /^\[\]byte\(\s*["`]|^\[\]byte\{|^make\(\[\]byte/ } },
      {
        call: /\.Seal$|^cipher\.New(?:CBCEncrypter|CTR|OFB|CFBEncrypter)$/,
        where: [{ arg: 1, source: /^\[\]byte\(\s*["`]|^make\(/ }],
      },
    ],
    unless: /rand\.Read|io\.ReadFull\(rand/,
    insecure: 'iv := []byte("0123456789abcdef")\nm := cipher.NewCBCEncrypter(b, iv)',
    secure: "iv := make([]byte, 16)\nrand.Read(iv)\nm := cipher.NewCBCEncrypter(b, iv)",
  },
  {
    name: "short-key",
    weakness: "short-key",
    find: [
      { call: /^rsa\.GenerateKey$/, where: [{ arg: 1, source: /^(?:512|768|1024)$/ }] },
      { call: /^bcrypt\.GenerateFromPassword$/, where: [{ arg: 1, source: /^[1-9]$|MinCost/ }] },
    ],
    insecure: "k, _ := rsa.GenerateKey(rand.Reader, 1024)",
    secure: "k, _ := rsa.GenerateKey(rand.Reader, 3072)",
  },
  {
    name: "hard-coded-credential",
    weakness: "hard-coded-credential",
    find: [
      {
        assign:
          /(?:^|[_.a-z])(?:passw(?:or)?d|passwd|pwd|secret|secret_?key|api_?key|access_?key|auth_?token|token|private_?key|client_?secret|encryption_?key|jwt_?key|jwt_?secret|signing_?key)$/i,
        value: {
          is: "fixed",
          source: /^(?:\[\]byte\()?["`][^"`\s]{5,}["`]\)?$/,
          not: /^(?:<.*>|x+|\*+|your[-_ ].*|change.?me|.*(?:example|placeholder).*|password|token|secret|[a-z_-]*(?:field|_name|_id|header|-token)[a-z_-]*)$/i,
        },
      },
      {
        node: /^interpreted_string_literal$/,
        text: /^"(?:AKIA[0-9A-Z]{16}|ghp_\w{30,}|sk_live_\w{16,}|[a-z]+:\/\/[^\s:@/"'{}%]+:[^\s:@/"'{}%]{3,}@[^"']+|\w+:[^\s:@/"%]{4,}@tcp\([^"]*)"$/,
      },
      { call: /\.SignedString$/, where: [{ arg: 0, source: /^\[\]byte\("/ }] },
    ],
    insecure: 'const apiKey = "d41d8cd98f00b204"',
    secure: 'var apiKey = os.Getenv("API_KEY")',
  },
  {
    name: "weak-random",
    weakness: "weak-random",
    find: [
      {
        call: /^(?:mrand|mathrand|rand)\.(?:Int|Intn|IntN|Int31n?|Int63n?|Float64|Seed|Perm|Uint32|Uint64|New|NewSource|Shuffle|Int32|Int64|N)$/,
      },
      { call: /^(?:mrand|mathrand)\.Read$/ },
    ],
    when: /token|passw|secret|session|otp|\bkey\b|Key|nonce|salt|csrf|reset|verif|\bpin\b|auth|invite|voucher|coupon|\bcode\b|Code/i,
    unlessAnywhere: /"crypto\/rand"(?![\s\S]*"math\/rand)|rand\.Int\(rand\.Reader/,
    insecure: "func newToken() int64 { return rand.Int63() }",
    secure: "func newToken() []byte { b := make([]byte, 16); rand.Read(b); return b }",
  },
  {
    name: "xss",
    weakness: "xss",
    find: [
      {
        call: /^fmt\.Fprint(?:f|ln)?$/,
        where: [
          { arg: 0, source: /^(?:w|rw|writer|res|resp)$/ },
          { arg: "any", is: "input" },
        ],
      },
      {
        call: /^fmt\.Fprintf?$|\.Write$|^io\.WriteString$|\.WriteString$/,
        where: [{ arg: "any", is: "built", text: /<\w/ }],
      },
      {
        call: /^fmt\.Fprintf$/,
        where: [
          { arg: 0, source: /^(?:w|rw|writer|res|resp)$/ },
          { arg: 1, text: /<\w+[^>]*>[\s\S]*%[svq]/ },
          { arg: "any", is: "open", sourceNot: /^(?:w|rw|writer|res|resp|html\.Escape|template\.HTMLEscape)/ },
        ],
      },
      { call: /^template\.(?:HTML|JS|URL|HTMLAttr|CSS)$/, where: [{ arg: 0, is: "open" }] },
      { node: /^import_spec$/, text: /^"text\/template"$/ },
    ],
    unless: /html\.EscapeString|template\.HTMLEscapeString|bluemonday|application\/json|text\/plain/,
    insecure: 'func h(w http.ResponseWriter, r *http.Request) { fmt.Fprintf(w, "<p>%s</p>", r.FormValue("q")) }',
    secure:
      'func h(w http.ResponseWriter, r *http.Request) { fmt.Fprintf(w, "<p>%s</p>", html.EscapeString(r.FormValue("q"))) }',
  },
  {
    name: "ssrf",
    weakness: "ssrf",
    find: [
      {
        call: /^(?:http|client|httpClient|c)\.(?:Get|Post|Head|PostForm)$|^http\.NewRequest(?:WithContext)?$/,
        where: [{ arg: "any", is: "input" }],
      },
    ],
    unless: /allowed|Allowed|\.Host\b|\.Hostname\(\)|whitelist/,
    insecure: 'func h(r *http.Request) { http.Get(r.FormValue("url")) }',
    secure: 'func h(r *http.Request) { http.Get(feeds[r.FormValue("feed")].URL) }',
  },
  {
    name: "open-redirect",
    weakness: "open-redirect",
    find: [
      {
        call: /^http\.Redirect$|\.Redirect$/,
        where: [{ arg: "any", is: "input", sourceNot: /^(?:r|req|w|c|http\.Status\w+)$/ }],
      },
    ],
    unless: /strings\.HasPrefix|\.Host\b|allowed|IsAbs/,
    insecure: 'func h(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.FormValue("next"), 302) }',
    secure: 'func h(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/home", 302) }',
  },
  {
    name: "timing-compare",
    weakness: "timing-compare",
    find: [
      { node: /^binary_expression$/, text: secretOnTheRight, not: comparesNoSecret },
      {
        node: /^binary_expression$/,
        text: /^[^&|]*(?:signature|hmac|\bmac|[mM]AC|digest|token|apiKey|secret|Sum\(nil\)\)|expectedSig\w*|expectedM\w*)\)?\s*[!=]=\s*(?!nil|["`]|\d)[^&|]*$/i,
        not: /len\(/,
      },
      {
        node: /^binary_expression$/,
        text: /^[^&|]*[!=]=\s*(?:signature|hmac|token|apiKey|secret|expectedMAC|expected\w*)$/i,
        not: /len\(|nil/,
      },
      { call: /^bytes\.(?:Equal|Compare)$/, where: [{ arg: "any", source: /mac|signature|digest|token|hash/i }] },
    ],
    unless: /hmac\.Equal|ConstantTimeCompare/,
    insecure: "func f(token, given string) bool { return token == given }",
    secure: "func f(token, given []byte) bool { return subtle.ConstantTimeCompare(token, given) == 1 }",
  },
  {
    name: "jwt-unverified",
    weakness: "jwt-unverified",
    find: [
      { call: /\.ParseUnverified$/ },
      { node: /^selector_expression$/, text: /^jwt\.(?:UnsafeAllowNoneSignatureType|SigningMethodNone)$/ },
    ],
    insecure: "t, _, _ := parser.ParseUnverified(raw, claims)",
    secure: "t, _ := parser.ParseWithClaims(raw, claims, keyFunc)",
  },
  {
    name: "cors",
    weakness: "cors",
    find: [
      {
        call: /\.(?:Set|Add|Header)$/,
        where: [
          { arg: 0, text: /^Access-Control-Allow-Origin$/i },
          { arg: 1, text: /^(?:\*|\ue000)$/ },
        ],
      },
      { assign: /^(?:AllowedOrigins|AllowOrigins)$/, value: { text: /^\*$/ } },
      { assign: /(?:^|\.)AllowAllOrigins$/, value: { text: /^true$/ } },
    ],
    insecure: 'w.Header().Set("Access-Control-Allow-Origin", "*")',
    secure: 'w.Header().Set("Access-Control-Allow-Origin", "https://shop.example")',
  },
  {
    name: "insecure-cookie",
    weakness: "insecure-cookie",
    find: [
      {
        node: /^composite_literal$/,
        text: /^http\.Cookie\s*\{[^}]*Name:\s*"[^"]*(?:sess|token|auth|sid)/i,
        not: /Secure:\s*true/,
      },
    ],
    insecure: 'http.SetCookie(w, &http.Cookie{Name: "session", Value: id})',
    secure: 'http.SetCookie(w, &http.Cookie{Name: "session", Value: id, Secure: true, HttpOnly: true})',
  },
  {
    name: "permissions",
    weakness: "permissions",
    find: [
      {
        call: /^(?:os|ioutil|\w+)\.(?:Chmod|OpenFile|WriteFile|Mkdir|MkdirAll)$/,
        where: [{ arg: "last", source: /^0o?[0-7]?[0-7][0-7][2367]$/ }],
      },
      { call: /^(?:syscall|unix)\.Umask$/, where: [{ arg: 0, source: /^0+$/ }] },
    ],
    insecure: 'os.WriteFile("run.sh", data, 0777)',
    secure: 'os.WriteFile("run.sh", data, 0o600)',
  },
  {
    name: "temp-file",
    weakness: "temp-file",
    find: [
      { call: /^(?:os\.(?:Create|WriteFile|OpenFile)|ioutil\.WriteFile)$/, where: [{ arg: 0, text: /^\/tmp\// }] },
    ],
    insecure: 'f, _ := os.Create("/tmp/out.csv")',
    secure: 'f, _ := os.CreateTemp("", "out-*.csv")',
  },
  {
    name: "memory-safety",
    weakness: "memory-safety",
    find: [
      {
        node: /^(?:call_expression|type_conversion_expression|unary_expression)$/,
        text: /^\*?\(\*[^)]*\)\s*\(\s*unsafe\.Pointer\(/,
      },
      { call: /^unsafe\.(?:Slice|String|Add)$/ },
    ],
    insecure: "v := *(*int)(unsafe.Pointer(p))",
    secure: "v := int(binary.LittleEndian.Uint64(p))",
  },
  {
    name: "log-injection",
    weakness: "log-injection",
    find: [
      {
        call: /^(?:log|logger|slog|logrus|zap)\.(?:Print|Printf|Println|Info|Infof|Warn|Warnf|Error|Errorf|Debug)$/,
        where: [{ arg: "any", is: "input" }],
      },
    ],
    unless: /%q|ReplaceAll|strconv\.Quote/,
    insecure: 'func h(r *http.Request) { log.Println("user " + r.FormValue("user")) }',
    secure: 'func h(r *http.Request) { log.Printf("user %q", r.FormValue("user")) }',
  },
  {
    name: "exposed-service",
    weakness: "exposed-service",
    find: [
      { call: /^(?:net\.Listen)$/, text: /"0\.0\.0\.0:/ },
      { node: /^import_spec$/, text: /"net\/http\/pprof"$/ },
    ],
    insecure: 'l, _ := net.Listen("tcp", "0.0.0.0:9000")',
    secure: 'l, _ := net.Listen("tcp", "127.0.0.1:9000")',
  },
]);
