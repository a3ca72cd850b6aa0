import { rulesFor } from "../rule.ts";
import { comparesNoSecret, secretOnTheRight } from "./patterns.ts";

export const csharpRules = rulesFor("csharp", [
  {
    name: "sql-injection",
    weakness: "sql-injection",
    find: [
      {
        call: /^new (?:Microsoft\.Data\.SqlClient\.)?(?:Sql|MySql|Npgsql|Sqlite|SQLite|OleDb|Odbc|Oracle)(?:Command|DataAdapter)$|\.(?:ExecuteSqlRaw(?:Async)?|FromSqlRaw|SqlQueryRaw|ExecuteSqlCommand|SqlQuery|Query|QueryAsync|QueryFirst\w*|QuerySingle\w*|Execute|ExecuteAsync|ExecuteScalar\w*|ExecuteReader\w*|ExecuteNonQuery\w*|CreateSQLQuery|CreateQuery)$/,
        where: [
          { arg: "any", is: "built", text: /\b(?:select|insert|update|delete|drop|where|from|exec|order by|set)\b/i },
        ],
      },
      { assign: /(?:^|\.)CommandText$/, value: { is: "built" } },
      {
        assign: /(?:sql|query|stmt)$/i,
        value: { is: "built", text: /^\s*(?:select\b.+\bfrom\b|insert\s+into\b|update\b.+\bset\b|delete\s+from\b)/is },
      },
    ],
    unless: /FromSqlInterpolated|FormattableString|ExecuteSqlInterpolated/,
    insecure: 'var c = new SqlCommand("SELECT * FROM T WHERE N = \'" + n + "\'", conn);',
    secure: 'var c = new SqlCommand("SELECT * FROM T WHERE N = @n", conn);\nc.Parameters.AddWithValue("@n", n);',
  },
  {
    name: "command-injection",
    weakness: "command-injection",
    find: [
      {
        call: /Process\.Start$/,
        where: [
          {
            arg: "any",
            is: "open",
            sourceNot: /^(?:psi|info|startInfo|new ProcessStartInfo|processInfo|processStartInfo)/i,
          },
        ],
      },
      { call: /^new (?:System\.Diagnostics\.)?ProcessStartInfo$/, where: [{ arg: "any", is: "built" }] },
      { call: /^new (?:System\.Diagnostics\.)?ProcessStartInfo$/, where: [{ arg: 0, is: "open" }] },
      { assign: /(?:^|\.)Arguments$/, value: { is: "built" } },
      { assign: /(?:^|\.)FileName$/, value: { is: "input" } },
    ],
    insecure: 'Process.Start("cmd.exe", "/c dir " + folder);',
    secure: 'var i = new ProcessStartInfo("ls");\ni.ArgumentList.Add(folder);\nProcess.Start(i);',
  },
  {
    name: "code-injection",
    weakness: "code-injection",
    find: [
      {
        call: /CSharpScript\.(?:EvaluateAsync|RunAsync|Create)$|\.CompileAssemblyFromSource$|^Assembly\.Load(?:From|File)?$|\.Compute$|^DynamicExpression\w*\.\w+$/,
        where: [{ arg: "any", is: "open", sourceNot: /^(?:null|options|parameters)$/ }],
      },
    ],
    insecure: "var r = await CSharpScript.EvaluateAsync(code);",
    secure: 'var r = await CSharpScript.EvaluateAsync("1 + 1");',
  },
  {
    name: "unsafe-reflection",
    weakness: "unsafe-reflection",
    find: [
      { call: /^(?:Type\.GetType|Activator\.CreateInstance)$/, where: [{ arg: 0, is: "open", sourceNot: /typeof/ }] },
    ],
    insecure: 'var t = Type.GetType(Request.Query["t"]);',
    secure: 'var t = Type.GetType("App.Shape");',
  },
  {
    name: "deserialization",
    weakness: "deserialization",
    find: [
      {
        call: /^new (?:BinaryFormatter|NetDataContractSerializer|SoapFormatter|LosFormatter|ObjectStateFormatter|JavaScriptSerializer)$/,
        not: /JavaScriptSerializer\(\)/,
      },
      { call: /^new JavaScriptSerializer$/, text: /SimpleTypeResolver/ },
      { assign: /(?:^|\.)TypeNameHandling$/, value: { source: /TypeNameHandling\.(?:All|Auto|Objects|Arrays)/ } },
      { call: /^new XmlSerializer$/, where: [{ arg: 0, source: /Type\.GetType/ }] },
    ],
    insecure: "var o = new BinaryFormatter().Deserialize(stream);",
    secure: "var o = JsonSerializer.Deserialize<Order>(stream);",
  },
  {
    name: "path-traversal",
    weakness: "path-traversal",
    find: [
      {
        call: /^(?:System\.IO\.)?(?:File|Directory)\.(?:Read\w*|Write\w*|Open\w*|Delete|Copy|Move|Create|Append\w*|GetFiles|Exists)$|^new (?:FileStream|StreamReader|StreamWriter|FileInfo)$|^PhysicalFile$/,
        where: [{ arg: 0, is: "risky" }],
      },
      {
        call: /^(?:System\.IO\.)?(?:File|Directory)\.(?:Read\w*|Write\w*|Open\w*|Delete|Copy|Move|Create)$|^new (?:FileStream|StreamReader|StreamWriter)$|^PhysicalFile$/,
        where: [{ arg: 0, is: "open" }],
        text: /Path\.Combine\(/,
      },
      {
        call: /^Path\.Combine$/,
        where: [
          { arg: 1, is: "open", source: /name|file|path|input|request|key|id\b/i, sourceNot: /^"|Guid|GetFileName/ },
        ],
      },
    ],
    unless: /\.StartsWith\(|Path\.GetFileName\(|GetRandomFileName|\.Contains\("\.\."\)|IndexOfAny|Guid\.NewGuid/,
    insecure: 'var t = File.ReadAllText("/srv/files/" + name);',
    secure: 'var t = File.ReadAllText("/srv/files/" + Path.GetFileName(name));',
  },
  {
    name: "zip-slip",
    weakness: "zip-slip",
    find: [{ call: /^Path\.Combine$/, where: [{ arg: "any", source: /\b\w*[eE]ntry\.(?:FullName|Name|Key)$/ }] }],
    unless: /\.StartsWith\(/,
    insecure: "entry.ExtractToFile(Path.Combine(dir, entry.FullName));",
    secure:
      "var t = Path.GetFullPath(Path.Combine(dir, entry.FullName));\nif (!t.StartsWith(dir)) throw new IOException();\nentry.ExtractToFile(t);",
  },
  {
    name: "weak-hash",
    weakness: "weak-hash",
    find: [
      {
        call: /(?:^|\.|\s)(?:MD5|SHA1|HMACMD5|HMACSHA1|MD5CryptoServiceProvider|SHA1Managed|SHA1CryptoServiceProvider|MD5Cng)(?:\.(?:Create|HashData|ComputeHash))?$/,
      },
      { call: /HashAlgorithm\.Create$|CryptoConfig\.CreateFromName$/, where: [{ arg: 0, text: /^(?:MD5|SHA-?1)$/i }] },
      { call: /SHA(?:256|512)\.HashData$/, where: [{ arg: 0, source: /passw/i }] },
    ],
    insecure: "var h = MD5.Create().ComputeHash(data);",
    secure: "var h = SHA256.HashData(data);",
  },
  {
    name: "weak-cipher",
    weakness: "weak-cipher",
    find: [
      {
        call: /(?:^|\.|\s)(?:DES|TripleDES|RC2|DESCryptoServiceProvider|TripleDESCryptoServiceProvider|RC2CryptoServiceProvider)(?:\.Create)?$/,
      },
      { node: /^member_access_expression$/, text: /^(?:System\.Security\.Cryptography\.)?CipherMode\.ECB$/ },
    ],
    insecure: "aes.Mode = CipherMode.ECB;",
    secure: "using var gcm = new AesGcm(key, 16);",
  },
  {
    name: "fixed-iv",
    weakness: "fixed-iv",
    find: [
      {
        assign: /(?:^|\.)(?:IV|iv|nonce)$/,
        value: { source: /GetBytes\("|^new byte\[(?:\d+)?\](?:\s*\{|$)|^Convert\.From\w+\("/ },
      },
    ],
    unless: /GenerateIV|RandomNumberGenerator/,
    insecure: 'aes.IV = Encoding.UTF8.GetBytes("1234567890123456");',
    secure: "aes.GenerateIV();",
  },
  {
    name: "short-key",
    weakness: "short-key",
    find: [
      {
        call: /^RSA\.Create$|^new (?:RSACryptoServiceProvider|RSACng|DSACryptoServiceProvider)$/,
        where: [{ arg: 0, source: /^(?:384|512|768|1024)$/ }],
      },
      { call: /^new Rfc2898DeriveBytes$|Pbkdf2$/, where: [{ arg: 2, source: /^\d{1,4}$/ }] },
    ],
    insecure: "var k = RSA.Create(1024);",
    secure: "var k = RSA.Create(3072);",
  },
  {
    name: "hard-coded-credential",
    weakness: "hard-coded-credential",
    find: [
      {
        assign:
          /(?:^|[_.a-z])(?:passw(?:or)?d|passwd|pwd|secret|secret_?key|api_?key|access_?key|auth_?token|token|private_?key|client_?secret|encryption_?key|jwt_?key|signing_?key)$/i,
        value: {
          is: "fixed",
          source: /^@?"[^"\s]{5,}"$/,
          not: /^(?:<.*>|x+|\*+|your[-_ ].*|change.?me|.*(?:example|placeholder).*|password|token|secret|[a-z]+[:.][a-z:.]+|[a-z_-]*(?:field|_name|_id|header|-token)[a-z_-]*)$/i,
        },
      },
      { node: /^string_literal$/, text: /(?:Password|Pwd)\s*=\s*[^;"{]{3,}/i },
      { call: /^new (?:NetworkCredential|SymmetricSecurityKey)$/, text: /,\s*"[^"]+"|GetBytes\("/ },
    ],
    insecure: 'string password = "Wint3r-2019";',
    secure: 'string password = Environment.GetEnvironmentVariable("DB_PASSWORD");',
  },
  {
    name: "weak-random",
    weakness: "weak-random",
    find: [{ call: /^new (?:System\.)?Random$|^Random\.Shared\.\w+$/ }],
    when: /token|passw|secret|session|otp|\bkey\b|Key|nonce|salt|csrf|reset|verif|\bpin\b|auth|invite|voucher|coupon|\bcode\b|Code/i,
    unless: /RandomNumberGenerator/,
    insecure: "var token = new Random().Next().ToString();",
    secure: "var token = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));",
  },
  {
    name: "tls-verification",
    weakness: "tls-verification",
    find: [
      {
        assign: /(?:ServerCertificate(?:Custom)?ValidationCallback|RemoteCertificateValidationCallback)$/,
        value: { source: /=>\s*true|return\s+true|DangerousAcceptAnyServerCertificateValidator/ },
      },
      { node: /^member_access_expression$/, text: /DangerousAcceptAnyServerCertificateValidator$/ },
      { node: /^assignment_expression$/, text: /CertificateValidationCallback\s*\+?=[^;]*(?:=>\s*true|return\s+true)/ },
      { call: /^new (?:SslStream|RemoteCertificateValidationCallback)$/, text: /=>\s*true/ },
      { node: /^string_literal$/, text: /TrustServerCertificate\s*=\s*True/i },
    ],
    insecure: "handler.ServerCertificateCustomValidationCallback = (m, c, ch, e) => true;",
    secure: "handler.CheckCertificateRevocationList = true;",
  },
  {
    name: "old-tls",
    weakness: "old-tls",
    find: [
      {
        node: /^member_access_expression$/,
        text: /^(?:SecurityProtocolType|SslProtocols)\.(?:Ssl[23]|Tls|Tls11|Default)$/,
      },
    ],
    insecure: "ServicePointManager.SecurityProtocol = SecurityProtocolType.Tls;",
    secure: "ServicePointManager.SecurityProtocol = SecurityProtocolType.Tls13;",
  },
  {
    name: "xxe",
    weakness: "xxe",
    find: [
      { assign: /(?:^|\.)XmlResolver$/, value: { source: /^new XmlUrlResolver/ } },
      { assign: /(?:^|\.)DtdProcessing$/, value: { source: /DtdProcessing\.Parse/ } },
      { assign: /(?:^|\.)ProhibitDtd$/, value: { text: /^false$/ } },
      { call: /^new XmlTextReader$/ },
    ],
    unless: /DtdProcessing\.Prohibit|XmlResolver\s*=\s*null/,
    insecure: "var s = new XmlReaderSettings { DtdProcessing = DtdProcessing.Parse };",
    secure: "var s = new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit };",
  },
  {
    name: "xss",
    weakness: "xss",
    find: [
      {
        call: /Html\.Raw$|^new (?:HtmlString|MarkupString)$|Response\.Write(?:Async)?$|^MvcHtmlString\.Create$/,
        where: [{ arg: 0, is: "open" }],
      },
      { call: /^Content$/, where: [{ arg: 0, is: "built", text: /<\w/ }] },
      { call: /Response\.WriteAsync$/, where: [{ arg: 0, is: "built", text: /<\w/ }] },
      { assign: /\.(?:InnerHtml|Text)$/, value: { is: "risky", source: /Request|\+|\$"/ } },
    ],
    unless: /HtmlEncode|HtmlEncoder|AntiXss|Sanitize/,
    insecure: 'return Content("<p>" + name + "</p>", "text/html");',
    secure: 'return Content("<p>" + WebUtility.HtmlEncode(name) + "</p>", "text/html");',
  },
  {
    name: "razor-raw",
    weakness: "xss",
    find: [{ node: /^(?:compilation_unit|ERROR)$/, text: /@Html\.Raw\((?!\s*")/ }],
    insecure: "@Html.Raw(Model.Text)",
    secure: "@Model.Text",
  },
  {
    name: "ssrf",
    weakness: "ssrf",
    find: [
      {
        call: /(?:client|http|_http|_client|httpClient|_httpClient|HttpClient\(\))\.(?:Get\w*|Post\w*|SendAsync|DownloadString\w*|DownloadData\w*)$|^WebRequest\.Create$/i,
        where: [
          {
            arg: 0,
            is: "open",
            source: /\b(?:url|uri|target|address|link|endpoint|callback\w*|imageUrl|webhook\w*)\b|Request\./i,
            sourceNot: /^\$?"|baseUrl|_\w*[uU]rl/,
          },
        ],
      },
    ],
    unless: /Allowed|allowed|\.Host\b|IsLoopback|whitelist/i,
    insecure: "var r = await client.GetStringAsync(url);",
    secure: 'var r = await client.GetStringAsync("https://api.example.com/");',
  },
  {
    name: "open-redirect",
    weakness: "open-redirect",
    find: [
      {
        call: /^(?:Redirect|RedirectPermanent|Response\.Redirect|this\.Redirect|Results\.Redirect)$/,
        where: [{ arg: 0, is: "open" }],
      },
    ],
    unless: /IsLocalUrl|LocalRedirect|Allowed/,
    insecure: "return Redirect(returnUrl);",
    secure: "return LocalRedirect(returnUrl);",
  },
  {
    name: "csrf-off",
    weakness: "csrf-off",
    find: [
      { node: /^attribute$/, text: /^IgnoreAntiforgeryToken|^ValidateInput\(false\)/ },
      { call: /DisableAntiforgery$/ },
    ],
    insecure: "public class A { [IgnoreAntiforgeryToken] public int P() { return 1; } }",
    secure: "public class A { [ValidateAntiForgeryToken] public int P() { return 1; } }",
  },
  {
    name: "cors",
    weakness: "cors",
    find: [
      { call: /\.(?:AllowAnyOrigin)$/ },
      { call: /\.WithOrigins$/, where: [{ arg: 0, text: /^\*$/ }] },
      { call: /\.SetIsOriginAllowed$/, text: /=>\s*true/ },
      { call: /Headers\.(?:Add|Append|TryAdd)$/, text: /Access-Control-Allow-Origin"\s*,\s*"\*"/i },
      { node: /^assignment_expression$/, text: /Access-Control-Allow-Origin"\]\s*=\s*"\*"/ },
    ],
    insecure: "policy.AllowAnyOrigin().AllowAnyHeader();",
    secure: 'policy.WithOrigins("https://shop.example");',
  },
  {
    name: "debug-on",
    weakness: "debug-on",
    find: [{ call: /\.UseDeveloperExceptionPage$/ }],
    unless: /IsDevelopment\(\)/,
    insecure: "app.UseDeveloperExceptionPage();",
    secure: "if (env.IsDevelopment()) { app.UseDeveloperExceptionPage(); }",
  },
  {
    name: "insecure-cookie",
    weakness: "insecure-cookie",
    find: [
      { assign: /(?:^|\.)(?:HttpOnly|Secure)$/, value: { text: /^false$/ } },
      { assign: /(?:^|\.)SecurePolicy$/, value: { source: /CookieSecurePolicy\.None/ } },
      {
        call: /Cookies\.Append$/,
        where: [
          { arg: 0, text: /sess|token|auth|sid|jwt/i },
          { arg: 2, absent: true },
        ],
      },
    ],
    insecure: "var o = new CookieOptions { HttpOnly = false };",
    secure: "var o = new CookieOptions { HttpOnly = true, Secure = true };",
  },
  {
    name: "jwt-unverified",
    weakness: "jwt-unverified",
    find: [
      {
        assign:
          /^(?:ValidateIssuerSigningKey|RequireSignedTokens|ValidateLifetime|ValidateAudience|ValidateIssuer|RequireExpirationTime)$/,
        value: { text: /^false$/ },
      },
      { call: /\.(?:ReadJwtToken|ReadToken)$/ },
      { assign: /^SignatureValidator$/ },
    ],
    unless: /\.ValidateToken\((?![\s\S]*=\s*false)/,
    insecure: "var p = new TokenValidationParameters { ValidateIssuerSigningKey = false };",
    secure: "var p = new TokenValidationParameters { ValidateIssuerSigningKey = true };",
  },
  {
    name: "timing-compare",
    weakness: "timing-compare",
    find: [
      { node: /^binary_expression$/, text: secretOnTheRight, not: comparesNoSecret },
      {
        node: /^binary_expression$/,
        text: /^[^&|]*(?:signature|hmac|\bmac|digest|token|apiKey|secret|hash)\w*\s*[!=]=\s*(?!null|"|\d|default)[^&|]*$/i,
        not: /Length|Count/,
      },
      { call: /(?:signature|hmac|mac|digest|token|apiKey|secret|hash)\w*\.(?:Equals|SequenceEqual)$/i },
    ],
    unless: /FixedTimeEquals/,
    insecure: "if (signature == given) Accept();",
    secure: "if (CryptographicOperations.FixedTimeEquals(signature, given)) Accept();",
  },
  {
    name: "ldap-injection",
    weakness: "ldap-injection",
    find: [
      { assign: /(?:^|\.)Filter$/, value: { is: "built", text: /\(/ } },
      { call: /^new (?:DirectorySearcher|SearchRequest)$/, where: [{ arg: "any", is: "built", text: /\(\w+=/ }] },
    ],
    insecure: 'searcher.Filter = "(uid=" + uid + ")";',
    secure: 'searcher.Filter = "(uid=" + Encoder.LdapFilterEncode(uid) + ")";',
  },
  {
    name: "xpath-injection",
    weakness: "xpath-injection",
    find: [
      {
        call: /\.(?:SelectNodes|SelectSingleNode|Evaluate|XPathSelectElements?|Compile)$/,
        where: [{ arg: 0, is: "built", text: /\// }],
      },
    ],
    insecure: 'var n = doc.SelectSingleNode("//user[name=\'" + name + "\']");',
    secure: 'var n = doc.SelectSingleNode("//user[@id=1]");',
  },
  {
    name: "log-injection",
    weakness: "log-injection",
    find: [{ call: /^_?(?:log|logger)\.(?:Log\w*|Info|Warn|Error|Debug)$/i, where: [{ arg: "any", is: "input" }] }],
    unless: /\.Replace\(/,
    insecure: '_logger.LogInformation("user " + Request.Query["user"]);',
    secure: '_logger.LogInformation("user {Id}", userId);',
  },
  {
    name: "error-detail",
    weakness: "error-detail",
    find: [
      {
        call: /^(?:BadRequest|StatusCode|Content|Ok|Response\.WriteAsync|Problem)$/,
        text: /\b(?:ex|e|exception)\.(?:StackTrace|ToString\(\))/,
      },
    ],
    insecure: "return StatusCode(500, ex.ToString());",
    secure: 'return StatusCode(500, "internal error");',
  },
  {
    name: "temp-file",
    weakness: "temp-file",
    find: [
      {
        call: /^(?:System\.IO\.)?File\.(?:Write\w*|Create|OpenWrite)$/,
        where: [{ arg: 0, text: /^\/tmp\/|^C:\\+(?:Windows\\+)?Temp/i }],
      },
    ],
    insecure: 'File.WriteAllText("/tmp/out.csv", rows);',
    secure: "File.WriteAllText(Path.Combine(dir, Path.GetRandomFileName()), rows);",
  },
]);
