import { rulesFor } from "../rule.ts";
import { comparesNoSecret, secretOnTheRight } from "./patterns.ts";

export const javascriptRules = rulesFor("javascript", [
  {
    name: "sql-injection",
    weakness: "sql-injection",
    find: [
      {
        call: /\.(?:query|execute|raw|exec|all|get|run|each|prepare|whereRaw|orderByRaw|havingRaw|selectRaw|\$queryRawUnsafe|\$executeRawUnsafe|unsafe|literal)$/,
        where: [
          {
            arg: 0,
            is: "built",
            text: /\b(?:select|insert|update|delete|drop|alter|create|where|order by|union|exec|call|truncate|from|limit|set)\b|=\s*'?\ue000/i,
          },
        ],
      },
      {
        assign: /(?:sql|query|stmt|statement)$/i,
        value: {
          is: "built",
          text: /^\s*(?:select\b.+\bfrom\b|insert\s+into\b|update\b.+\bset\b|delete\s+from\b)/is,
          sourceNot: /^(?:sql|Prisma\.sql|db\.sql)`|placeholders/,
        },
      },
    ],
    insecure: 'db.query("SELECT * FROM t WHERE n = \'" + req.body.n + "\'");',
    secure: 'db.query("SELECT * FROM t WHERE n = ?", [req.body.n]);',
  },
  {
    name: "command-injection",
    weakness: "command-injection",
    find: [
      {
        call: /^(?:(?:child_process|cp|childProcess)\.)?(?:exec|execSync|execAsync|execPromise)$|^shell(?:js)?\.exec$|require\(["'](?:node:)?child_process["']\)\.exec(?:Sync)?$|^promisify\(exec\)$/,
        where: [{ arg: 0, is: "open" }],
      },
      {
        call: /^(?:\w+\.)?(?:spawn|spawnSync|execFile|execFileSync)$/,
        where: [
          { arg: "shell", text: /^true$|sh/ },
          { arg: "any", is: "open" },
        ],
      },
      {
        call: /^(?:\w+\.)?(?:spawn|spawnSync|execFile|execFileSync)$/,
        where: [
          { arg: 0, text: /^(?:\/bin\/)?(?:ba)?sh$|^cmd/ },
          { arg: 1, is: "open" },
        ],
      },
    ],
    insecure: 'const { exec } = require("child_process");\nexec("ls " + req.query.dir);',
    secure: 'const { execFile } = require("child_process");\nexecFile("ls", ["--", req.query.dir]);',
  },
  {
    name: "code-injection",
    weakness: "code-injection",
    find: [
      {
        call: /^(?:eval|window\.eval|globalThis\.eval|new Function|Function|vm\.runIn\w+|new vm\.Script|execScript)$/,
        where: [{ arg: "any", is: "open" }],
      },
      { call: /^(?:window\.)?set(?:Timeout|Interval)$/, where: [{ arg: 0, is: "built" }] },
    ],
    insecure: "const result = eval(req.body.code);",
    secure: "const result = JSON.parse(req.body.code);",
  },
  {
    name: "xss",
    weakness: "xss",
    find: [
      { assign: /\.(?:innerHTML|outerHTML|srcdoc)$/, value: { is: "open" } },
      { call: /^document\.write(?:ln)?$/, where: [{ arg: "any", is: "open" }] },
      { call: /\.insertAdjacentHTML$/, where: [{ arg: 1, is: "open" }] },
      { call: /^(?:\$|jQuery)\(.*\)\.(?:html|append|prepend|after|before)$/, where: [{ arg: 0, is: "risky" }] },
      { call: /^\$\w+\.html$|\)\.html$/, where: [{ arg: 0, is: "open" }] },
      { assign: /^__html$/, value: { is: "open" } },
      {
        call: /^(?:res|response|ctx|reply)(?:\.status\(.*\))?\.(?:send|write|end)$/,
        where: [{ arg: 0, is: "built", text: /<\w/ }],
      },
      {
        call: /^(?:res|response)(?:\.status\(.*\))?\.(?:send|write|end)$/,
        where: [{ arg: 0, is: "input", source: /^req\.(?:query|params|body)\.\w+$/ }],
      },
      { call: /bypassSecurityTrust\w+$/, where: [{ arg: 0, is: "open" }] },
      { node: /^jsx_attribute$/, text: /^href=\{.*(?:searchParams|location|props\.url|userUrl|user\.website)/ },
      { call: /\.createContextualFragment$/, where: [{ arg: 0, is: "open" }] },
    ],
    unless: /DOMPurify|sanitizeHtml|escapeHtml|text\/plain/,
    insecure: 'el.innerHTML = "<b>" + name + "</b>";',
    secure: "el.textContent = name;",
  },
  {
    name: "path-traversal",
    weakness: "path-traversal",
    find: [
      {
        call: /^(?:fs|fsp|fs\.promises|promises|fsPromises)\.(?:readFile|readFileSync|writeFile|writeFileSync|createReadStream|createWriteStream|unlink|unlinkSync|rm|rmSync|appendFile|readdir|readdirSync|stat|open|access)$|^(?:readFile|readFileSync|writeFile|createReadStream)$/,
        where: [{ arg: 0, is: "risky" }],
      },
      { call: /^res(?:ponse)?\.(?:sendFile|download|render)$/, where: [{ arg: 0, is: "input" }] },
      { call: /^require$/, where: [{ arg: 0, is: "input" }] },
    ],
    unless: /\.startsWith\(|path\.basename|path\.relative|isAbsolute|\broot\s*:|isInside|includes\(["']\.\.["']\)/,
    insecure: 'fs.readFile("/srv/files/" + req.query.name, done);',
    secure: 'fs.readFile("/srv/files/" + path.basename(req.query.name), done);',
  },
  {
    name: "zip-slip",
    weakness: "zip-slip",
    find: [
      {
        call: /(?:createWriteStream|writeFileSync|writeFile|path\.join)$/,
        where: [{ arg: "any", source: /\bentry\.(?:path|fileName|entryName|name)\b|\bheader\.name\b/ }],
      },
    ],
    unless: /\.startsWith\(|basename|relative\(|includes\(["']\.\.["']\)/,
    insecure: 'zip.on("entry", (entry) => entry.pipe(fs.createWriteStream(path.join(out, entry.path))));',
    secure: 'zip.on("entry", (entry) => entry.pipe(fs.createWriteStream(path.join(out, path.basename(entry.path)))));',
  },
  {
    name: "deserialization",
    weakness: "deserialization",
    find: [
      {
        call: /^(?:serialize|nodeSerialize|node_serialize|serializer)\.unserialize$|^unserialize$|^v8\.deserialize$|^funcster\.deepDeserialize$/,
        where: [{ arg: 0, is: "open" }],
      },
      { call: /^(?:yaml|jsyaml|YAML)\.load$/, text: /DEFAULT_FULL_SCHEMA|unsafe/i },
      { call: /^(?:yaml|jsyaml)\.unsafeLoad$/ },
    ],
    insecure:
      'const o = require("node-serialize").unserialize(req.cookies.p);\nconst q = serialize.unserialize(req.cookies.p);',
    secure: "const q = JSON.parse(req.cookies.p);",
  },
  {
    name: "weak-hash",
    weakness: "weak-hash",
    find: [
      { call: /(?:^|\.)(?:createHash|createHmac)$/, where: [{ arg: 0, text: /^(?:md[245]|sha-?1|ripemd160)$/i }] },
      { call: /^(?:CryptoJS\.(?:MD5|SHA1|HmacMD5|HmacSHA1)|md5|sha1)$/ },
      {
        call: /(?:^|\.)createHash.*\.update$/,
        text: /createHash\(["']sha(?:256|512)["']\)\.update\(\s*(?:\w+\.)?(?:password|passwd|pwd)\b/,
      },
      { call: /subtle\.digest$/, where: [{ arg: 0, text: /^SHA-1$/i }] },
      { call: /pbkdf2(?:Sync)?$/, where: [{ arg: 2, source: /^\d{1,4}$/ }] },
    ],
    insecure: 'const h = crypto.createHash("md5").update(data).digest("hex");',
    secure: 'const h = crypto.createHash("sha256").update(data).digest("hex");',
  },
  {
    name: "weak-cipher",
    weakness: "weak-cipher",
    find: [
      {
        call: /(?:^|\.)createCipher(?:iv)?$|(?:^|\.)createDecipheriv$/,
        where: [{ arg: 0, text: /^(?:des|rc[24]|bf|blowfish|idea|cast)|-ecb\b/i }],
      },
      { call: /(?:^|\.)create(?:Cipher|Decipher)$/ },
      { call: /^CryptoJS\.(?:DES|TripleDES|RC4|Rabbit)\.(?:encrypt|decrypt)$/ },
      { assign: /^mode$/, value: { source: /CryptoJS\.mode\.ECB/ } },
    ],
    insecure: 'const c = crypto.createCipheriv("aes-128-ecb", key, null);',
    secure: 'const c = crypto.createCipheriv("aes-256-gcm", key, crypto.randomBytes(12));',
  },
  {
    name: "fixed-iv",
    weakness: "fixed-iv",
    find: [
      { call: /(?:^|\.)createCipheriv$/, where: [{ arg: 2, source: /^["']|^Buffer\.(?:alloc|from\(["'])/ }] },
      { assign: /^(?:iv|nonce)$/, value: { source: /^Buffer\.(?:alloc|from)\(\s*["'\d]|^["'][^"']{8,}["']$/ } },
    ],
    unless: /randomFillSync/,
    insecure: 'const c = crypto.createCipheriv("aes-256-cbc", key, Buffer.alloc(16));',
    secure: 'const c = crypto.createCipheriv("aes-256-cbc", key, crypto.randomBytes(16));',
  },
  {
    name: "short-key",
    weakness: "short-key",
    find: [{ call: /generateKeyPair(?:Sync)?$/, where: [{ arg: "modulusLength", source: /^(?:512|768|1024)$/ }] }],
    insecure: 'crypto.generateKeyPairSync("rsa", { modulusLength: 1024 });',
    secure: 'crypto.generateKeyPairSync("rsa", { modulusLength: 3072 });',
  },
  {
    name: "hard-coded-credential",
    weakness: "hard-coded-credential",
    find: [
      {
        assign:
          /(?:^|[_.a-z])(?:passw(?:or)?d|passwd|pwd|secret|secret_?key|api_?key|apikey|access_?key|auth_?token|token|private_?key|client_?secret|encryption_?key|jwt_?secret)$/i,
        value: {
          is: "fixed",
          source: /^["'`][^"'`\s]{6,}["'`]$/,
          not: /^(?:<.*>|\$\{.*|x+|\*+|your[-_ ].*|change.?me|.*(?:example|placeholder).*|password|token|secret|string|required|https?:\/\/[^@]*|\/.*|[a-z-]*(?:field|_key|_name|_id|invalid|header|-token|label|input)[a-z-]*|[a-z]+\.[a-z.]+)$/i,
        },
      },
      { call: /jwt\.(?:sign|verify)$|^(?:sign|verify)$/, where: [{ arg: 1, source: /^["'][^"']{3,}["']$/ }] },
      { call: /createHmac$|createCipheriv$/, where: [{ arg: 1, source: /^["'][^"']{4,}["']$/ }] },
      {
        node: /^string$/,
        text: /^["'](?:AKIA[0-9A-Z]{16}|ghp_\w{30,}|sk_live_\w{16,}|xox[bp]-[\w-]{20,}|[a-z]+(?:\+\w+)?:\/\/[^\s:@/"'{}$]+:[^\s:@/"'{}$]{3,}@[^"']+)["']$/,
      },
      { call: /^session$/, where: [{ arg: "secret", source: /^["']/ }] },
    ],
    insecure: 'const apiKey = "k9d8f7s6a5p4o3i2";\ncall(apiKey);',
    secure: "const apiKey = process.env.API_KEY;\ncall(apiKey);",
  },
  {
    name: "weak-random",
    weakness: "weak-random",
    find: [{ call: /^Math\.random$/ }],
    when: /token|passw|secret|session|otp|\bkey\b|Key|nonce|salt|csrf|reset|verif|\bpin\b|auth|credential|invite|voucher|coupon|\bcode\b|Code|apiKey|uuid/i,
    insecure: "const token = Math.random().toString(36).slice(2);",
    secure: 'const token = crypto.randomBytes(16).toString("hex");',
  },
  {
    name: "tls-verification",
    weakness: "tls-verification",
    find: [
      { assign: /^(?:rejectUnauthorized|strictSSL)$/, value: { text: /^(?:false|0)$/ } },
      { assign: /NODE_TLS_REJECT_UNAUTHORIZED/, value: { text: /^0$/ } },
      { assign: /^checkServerIdentity$/, value: { source: /=>\s*(?:undefined|null|true|\{\s*\})/ } },
    ],
    insecure: "https.get({ host, rejectUnauthorized: false });",
    secure: "https.get({ host, rejectUnauthorized: true });",
  },
  {
    name: "jwt-unverified",
    weakness: "jwt-unverified",
    find: [
      { call: /^(?:jwt|jsonwebtoken|JWT)\.decode$|^jwt_?[dD]ecode$|^decodeJwt$/ },
      { call: /(?:^|\.)(?:verify|sign)$/, text: /algorithms?\s*:\s*(?:\[[^\]]*)?["']none["']/i },
      { call: /(?:^|\.)verify$/, where: [{ arg: "ignoreExpiration", text: /true/ }] },
    ],
    unless: /\b(?:jwt|jsonwebtoken)\.verify\((?![^;]*none)(?![^;]*ignoreExpiration:\s*true)/,
    insecure: "const user = jwt.decode(token);",
    secure: 'const user = jwt.verify(token, key, { algorithms: ["ES256"] });',
  },
  {
    name: "cors",
    weakness: "cors",
    find: [
      { call: /^cors$/, where: [{ arg: "origin", text: /^\*$|^true$/ }] },
      { call: /^app\.use$/, text: /\bcors\(\s*\)/ },
      {
        call: /\.(?:setHeader|header|set|append)$/,
        where: [
          { arg: 0, text: /^Access-Control-Allow-Origin$/i },
          { arg: 1, text: /^(?:\*|\ue000)$/ },
        ],
      },
      { call: /\.postMessage$/, where: [{ arg: 1, text: /^\*$/ }] },
      { assign: /^["']?Access-Control-Allow-Origin$/i, value: { text: /^\*$/ } },
    ],
    insecure: 'res.setHeader("Access-Control-Allow-Origin", "*");',
    secure: 'res.setHeader("Access-Control-Allow-Origin", "https://shop.example");',
  },
  {
    name: "prototype-pollution",
    weakness: "prototype-pollution",
    find: [
      {
        node: /^for_in_statement$/,
        text: /\b(?:const|let|var)\s+(\w+)\s+(?:in|of)\b[\s\S]*\[\1\]\s*=(?!=)/,
        not: /for\s*\(\s*(?:const|let|var)\s+\w+\s+of\s+(?:\[|[A-Z_]+\b)/,
      },
      {
        call: /^(?:_|lodash)\.(?:merge|defaultsDeep|set|setWith|mergeWith)$|^\$\.extend$/,
        where: [{ arg: "any", is: "input" }],
      },
      {
        node: /^assignment_expression$/,
        text: /^\w+\[[^\]]*req\.(?:body|query|params)[^\]]*\](?:\[[^\]]*\])?\s*=|^\w+\[(?!\d|["'])\w+\]\[(?!\d|["'])\w+\]\s*=/,
      },
    ],
    when: /merge|extend|assign|clone|\bset\b|deep|recurs|req\.|source|src|path|keys?\b/i,
    unless: /__proto__|hasOwn|Object\.create\(null\)|new Map|isSafeKey|FORBIDDEN|BLOCKED/,
    insecure: "function merge(a, b) { for (const k in b) { a[k] = b[k]; } return a; }",
    secure:
      'function merge(a, b) { for (const k in b) { if (k === "__proto__" || k === "constructor") continue; a[k] = b[k]; } return a; }',
  },
  {
    name: "ssrf",
    weakness: "ssrf",
    find: [
      {
        call: /^(?:fetch|axios|axios\.(?:get|post|put|request|head)|got|got\.\w+|request|request\.(?:get|post)|needle|superagent\.\w+|https?\.(?:get|request)|undici\.\w+)$/,
        where: [{ arg: "any", is: "input" }],
      },
    ],
    unless: /ALLOWED|allowed|allowlist|whitelist|\.hostname|isSafeUrl|validateUrl/,
    insecure: 'app.get("/p", async (req, res) => res.send((await fetch(req.query.url)).status));',
    secure: 'app.get("/p", async (req, res) => res.send((await fetch(SITES[req.query.site])).status));',
  },
  {
    name: "open-redirect",
    weakness: "open-redirect",
    find: [
      { call: /^(?:res|response|ctx|reply)\.redirect$/, where: [{ arg: "any", is: "input" }] },
      { assign: /^(?:window\.|document\.)?location(?:\.href)?$/, value: { is: "input" } },
      { call: /^(?:window\.)?location\.(?:assign|replace)$/, where: [{ arg: 0, is: "input" }] },
      { call: /^res\.(?:setHeader|set|writeHead|header)$/, text: /Location/, where: [{ arg: "any", is: "input" }] },
    ],
    unless: /ALLOWED|allowed|\.startsWith\(["']\/|\.hostname|\.origin\b|isSafe|\.test\(|\.host\b/,
    insecure: 'app.get("/go", (req, res) => res.redirect(req.query.to));',
    secure: 'app.get("/go", (req, res) => res.redirect(TARGETS[req.query.to] ?? "/"));',
  },
  {
    name: "nosql-injection",
    weakness: "nosql-injection",
    find: [
      {
        call: /\.(?:find|findOne|findOneAndUpdate|updateOne|updateMany|deleteOne|deleteMany|countDocuments)$/,
        where: [{ arg: 0, is: "input", sourceNot: /String\(|toString\(\)|\$eq/ }],
      },
      { assign: /^\$where$/, value: { is: "open" } },
    ],
    unless: /typeof\s+[\w.]+\s*!==?\s*["']string["']|mongoSanitize|sanitize|\.parse\(req|safeParse|^(?!.*req\.)/s,
    insecure: 'app.post("/l", (req, res) => User.findOne({ name: req.body.name, pass: req.body.pass }));',
    secure: 'app.post("/l", (req, res) => User.findOne({ name: String(req.body.name) }));',
  },
  {
    name: "timing-compare",
    weakness: "timing-compare",
    find: [
      { node: /^binary_expression$/, text: secretOnTheRight, not: comparesNoSecret },
      {
        node: /^binary_expression$/,
        text: /^[^&|?]*(?:signature|\bhmac|\bmac\b|digest|token|api_?key|secret|csrf|expectedSig\w*|hash)\)?\s*[!=]==?\s*(?!null|undefined|["'`]|true|false|\d|typeof)[^&|]*$/i,
        not: /typeof|\.length|["'`]\s*$/,
      },
    ],
    unless: /timingSafeEqual/,
    insecure: "if (signature === expected) accept();",
    secure: "if (crypto.timingSafeEqual(Buffer.from(signature), Buffer.from(expected))) accept();",
  },
  {
    name: "insecure-cookie",
    weakness: "insecure-cookie",
    find: [
      {
        call: /^(?:res|response|ctx\.cookies)\.(?:cookie|set)$/,
        where: [{ arg: 0, text: /sess|token|auth|sid|jwt|remember/i }],
        not: /secure\s*:\s*(?:true|is\w+|process)|Authorization/i,
      },
      { assign: /^(?:httpOnly|secure)$/, value: { text: /^false$/ } },
      { assign: /^document\.cookie$/, value: { text: /sess|token|auth|sid/i, not: /secure/i } },
    ],
    insecure: 'res.cookie("session", id);',
    secure: 'res.cookie("session", id, { httpOnly: true, secure: true, sameSite: "lax" });',
  },
  {
    name: "template-injection",
    weakness: "template-injection",
    find: [
      {
        call: /^(?:ejs|pug|handlebars|Handlebars|nunjucks|Mustache|_|lodash|doT)\.(?:render|compile|renderString|template)$/,
        where: [{ arg: 0, is: "input" }],
      },
    ],
    insecure: "const page = ejs.render(req.body.template, data);",
    secure: 'const page = ejs.render("<%= name %>", { name: req.body.name });',
  },
  {
    name: "regex-injection",
    weakness: "regex-injection",
    find: [
      { call: /^new RegExp$|^RegExp$/, where: [{ arg: 0, is: "input" }] },
      { node: /^regex$/, text: /\((?:[^()]*[^\\])?[+*]\)[+*]/ },
    ],
    insecure: "const found = list.filter((x) => new RegExp(req.query.q).test(x));",
    secure: "const found = list.filter((x) => x.includes(String(req.query.q)));",
  },
  {
    name: "mass-assignment",
    weakness: "mass-assignment",
    find: [
      {
        call: /^(?:Object\.assign|[A-Z]\w*\.(?:create|findByIdAndUpdate|update)|new [A-Z]\w*)$/,
        where: [{ arg: "any", source: /^req\.body$/ }],
      },
    ],
    insecure: "const user = await User.create(req.body);",
    secure: "const { name, email } = req.body;\nconst user = await User.create({ name, email });",
  },
  {
    name: "error-detail",
    weakness: "error-detail",
    find: [{ call: /^res(?:\.status\(\d+\))?\.(?:send|json|end)$/, text: /\b(?:err|error|e)\.stack\b/ }],
    insecure: "res.status(500).send(err.stack);",
    secure: 'res.status(500).send("internal error");',
  },
  {
    name: "secret-in-log",
    weakness: "secret-in-log",
    find: [
      {
        call: /^(?:console|logger|log)\.\w+$/,
        text: /(?:[,(+]|\$\{)\s*(?:\w+\.)*(?:password|passwd|secret|apiKey|privateKey|accessToken|creditCard)\b\s*[),}+]/i,
      },
    ],
    insecure: 'console.log("login", user, password);',
    secure: 'console.log("login", user);',
  },
  {
    name: "xxe",
    weakness: "xxe",
    find: [
      { assign: /^noent$/, value: { text: /true/ } },
      { assign: /^(?:resolveEntities|processEntities)$/, value: { text: /true/ } },
    ],
    insecure: "const doc = libxmljs.parseXml(body, { noent: true });",
    secure: "const doc = libxmljs.parseXml(body, { noent: false });",
  },
  {
    name: "temp-file",
    weakness: "temp-file",
    find: [{ call: /writeFile(?:Sync)?$|createWriteStream$/, where: [{ arg: 0, text: /^\/tmp\// }] }],
    unless: /mkdtemp/,
    insecure: 'fs.writeFileSync("/tmp/export.csv", rows);',
    secure: 'const dir = fs.mkdtempSync(prefix);\nfs.writeFileSync(path.join(dir, "export.csv"), rows);',
  },
  {
    name: "permissions",
    weakness: "permissions",
    find: [
      {
        call: /chmod(?:Sync)?$/,
        where: [{ arg: 1, source: /^(?:0o?[0-7]?[0-7][0-7][2367]|["'][0-7]?[0-7][0-7][2367]["'])$/ }],
      },
    ],
    insecure: 'fs.chmodSync("/srv/run.sh", 0o777);',
    secure: 'fs.chmodSync("/srv/run.sh", 0o750);',
  },
]);
