import { rulesFor } from "../rule.ts";
import { comparesNoSecret, secretOnTheRight } from "./patterns.ts";

export const pythonRules = rulesFor("python", [
  {
    name: "sql-injection",
    weakness: "sql-injection",
    find: [
      {
        call: /(?:^|\.)(?:execute|executemany|executescript|raw|extra|text|read_sql|read_sql_query|mogrify|fetch|fetchrow|fetchval|fetch_all|fetch_one|RawSQL|exec_driver_sql)$/,
        where: [
          {
            arg: "any",
            is: "built",
            text: /\b(?:select|insert|update|delete|drop|alter|create|where|order by|union|exec|call|grant|truncate|replace|pragma|with|from|limit|set)\b/i,
          },
        ],
      },
      {
        assign: /(?:sql|query|stmt|statement|where|cmd)$/i,
        value: {
          is: "built",
          text: /^\s*(?:select\b.+\bfrom\b|insert\s+into\b|update\b.+\bset\b|delete\s+from\b)/is,
          sourceNot: /placeholder|"\?"|'\?'|%s"?\s*\*/,
        },
      },
    ],
    insecure: 'def get(db, name):\n    db.execute("SELECT * FROM t WHERE n = \'" + name + "\'")',
    secure: 'def get(db, name):\n    db.execute("SELECT * FROM t WHERE n = ?", (name,))',
  },
  {
    name: "command-injection",
    weakness: "command-injection",
    find: [
      {
        call: /^(?:os\.(?:system|popen\w*)|commands\.getoutput|commands\.getstatusoutput|popen|system|subprocess\.(?:getoutput|getstatusoutput)|getoutput|asyncio\.create_subprocess_shell|create_subprocess_shell|pty\.spawn)$/,
        where: [{ arg: 0, is: "open" }],
      },
      {
        call: /(?:^|\.)(?:run|call|Popen|check_call|check_output)$/,
        where: [
          { arg: "shell", text: /True|1/ },
          { arg: 0, is: "open" },
        ],
      },
      { call: /(?:^|\.)(?:exec_command|run_command|sudo)$/, where: [{ arg: 0, is: "built" }] },
      {
        call: /(?:^|\.)(?:run|call|Popen|check_call|check_output)$/,
        where: [
          {
            arg: 0,
            is: "built",
            text: /^(?:ba|z|k)?sh\b|\/(?:ba)?sh|cmd(?:\.exe)?/,
            source: /["'](?:\/bin\/)?(?:ba)?sh["']\s*,\s*["']-\w*c["']|cmd/,
          },
        ],
      },
    ],
    insecure: 'import os\ndef show(name):\n    os.system("cat " + name)',
    secure: 'import subprocess\ndef show(name):\n    subprocess.run(["cat", "--", name], check=True)',
  },
  {
    name: "code-injection",
    weakness: "code-injection",
    find: [
      {
        call: /^(?:eval|exec|builtins\.(?:eval|exec)|__import__|importlib\.import_module|compile|pd\.eval|\w+\.eval)$/,
        where: [{ arg: 0, is: "open" }],
      },
    ],
    unless: /\bliteral_eval\b|model\.eval/,
    insecure: "def run(text):\n    return eval(text)",
    secure: "import ast\ndef run(text):\n    return ast.literal_eval(text)",
  },
  {
    name: "deserialization",
    weakness: "deserialization",
    find: [
      {
        call: /^(?:c?[pP]ickle|dill|cloudpickle|_pickle|marshal|jsonpickle|shelve|joblib|pandas|pd)\.(?:loads?|decode|open|Unpickler|read_pickle)$/,
        where: [{ arg: 0, is: "open" }],
      },
      { call: /^(?:loads|Unpickler)$/, text: /pickle|Unpickler/ },
      { call: /(?:^|\.)(?:yaml|ruamel\.yaml)\.(?:load|load_all)$/, not: /Safe|BaseLoader/ },
      { call: /(?:^|\.)(?:unsafe_load|unsafe_load_all|full_load|full_load_all)$/ },
      { call: /^(?:torch\.load)$/, where: [{ arg: "weights_only", absent: true }] },
      { call: /(?:^|\.)load$/, where: [{ arg: "allow_pickle", text: /True/ }] },
    ],
    insecure: "import pickle\ndef restore(blob):\n    return pickle.loads(blob)",
    secure: "import json\ndef restore(blob):\n    return json.loads(blob)",
  },
  {
    name: "path-traversal",
    weakness: "path-traversal",
    find: [
      {
        call: /^(?:open|io\.open|codecs\.open|send_file|flask\.send_file|FileResponse|os\.(?:remove|unlink|rename|listdir|rmdir|makedirs|mkdir)|shutil\.(?:copy\w*|move|rmtree)|aiofiles\.open)$/,
        where: [{ arg: 0, is: "risky", sourceNot: /^[A-Z_]+$/ }],
      },
      {
        call: /(?:Path\(.*\)|\/.*\)|path|file|target)\.(?:read_text|read_bytes|write_text|write_bytes|open|unlink)$/i,
        text: /Path\([^)]*(?:request|filename|name|user)|\/\s*(?:request\.|filename|file_name|name|user_path|user_input)/,
      },
      { call: /\.save$/, where: [{ arg: 0, is: "built", source: /filename|request/, sourceNot: /secure_filename/ }] },
    ],
    unless:
      /secure_filename|\.startswith\(|is_relative_to|commonpath|commonprefix|relative_to\(|safe_join|basename\(|\.parents\b|\bsend_from_directory/,
    insecure: 'def read(name):\n    return open("/srv/files/" + name).read()',
    secure: 'import os\ndef read(name):\n    return open("/srv/files/" + os.path.basename(name)).read()',
  },
  {
    name: "zip-slip",
    weakness: "zip-slip",
    find: [
      {
        call: /\.extractall$|\.extract$/,
        where: [
          { arg: "filter", absent: true },
          { arg: "members", absent: true },
        ],
      },
    ],
    when: /tarfile|zipfile|tar\b|ZipFile/i,
    unless: /is_relative_to|startswith\(|commonpath|realpath|\.\.["']|getmembers.*if|commonprefix/s,
    insecure: "import tarfile\ndef unpack(name):\n    tarfile.open(name).extractall('/srv')",
    secure: "import tarfile\ndef unpack(name):\n    tarfile.open(name).extractall('/srv', filter='data')",
  },
  {
    name: "weak-hash",
    weakness: "weak-hash",
    find: [
      { call: /^(?:hashlib\.)?(?:md5|sha1|md4)$/, not: /usedforsecurity\s*=\s*False/ },
      { call: /^hashlib\.new$/, where: [{ arg: 0, text: /^(?:md[245]|sha-?1)$/i }] },
      { call: /^(?:MD5|SHA1?|MD4|MD2)\.new$|^hashes\.(?:MD5|SHA1)$/ },
      { call: /^hmac\.new$/, where: [{ arg: "any", text: /^(?:md5|sha1)$/i }] },
      { node: /^attribute$/, text: /^hashlib\.(?:md5|sha1)$/ },
      {
        call: /(?:^|\.)(?:sha256|sha512|sha224|sha384)$/,
        where: [{ arg: 0, source: /passw(?:or)?d|\bpw\b|passphrase/i }],
      },
    ],
    unlessAnywhere: /pbkdf2|usedforsecurity\s*=\s*False/,
    insecure: "import hashlib\ndef digest(data):\n    return hashlib.md5(data).hexdigest()",
    secure: "import hashlib\ndef digest(data):\n    return hashlib.sha256(data).hexdigest()",
  },
  {
    name: "weak-cipher",
    weakness: "weak-cipher",
    find: [
      { call: /(?:^|\.)(?:DES3?|ARC4|ARC2|Blowfish|CAST|XOR|TripleDES|IDEA|RC4)(?:\.new)?$/, not: /^CAST\(/ },
      { node: /^attribute$/, text: /^(?:modes\.ECB|(?:AES|DES3?|Blowfish)\.MODE_ECB)$/ },
      { call: /^modes\.ECB$|^ECB$/ },
    ],
    insecure: "from Crypto.Cipher import AES\nc = AES.new(key, AES.MODE_ECB)",
    secure: "from Crypto.Cipher import AES\nc = AES.new(key, AES.MODE_GCM)",
  },
  {
    name: "fixed-iv",
    weakness: "fixed-iv",
    find: [
      {
        assign: /^(?:iv|nonce|initialization_vector)$/i,
        value: { is: "fixed", source: /^b?["']|^bytes\(|\bb["'].*["']\s*\*|^bytearray/ },
      },
      {
        call: /\.new$|^modes\.(?:CBC|CTR|GCM|OFB|CFB)$/,
        where: [{ arg: "any", source: /^b["'][^"']*["'](?:\s*\*\s*\d+)?$/ }],
      },
    ],
    when: /AES|Cipher|modes\.|ChaCha|encrypt/,
    insecure: 'from Crypto.Cipher import AES\niv = b"0000000000000000"\nc = AES.new(key, AES.MODE_CBC, iv)',
    secure: "from Crypto.Cipher import AES\nimport os\niv = os.urandom(16)\nc = AES.new(key, AES.MODE_CBC, iv)",
  },
  {
    name: "short-key",
    weakness: "short-key",
    find: [{ call: /(?:RSA|DSA|rsa|dsa)\.(?:generate|generate_private_key)$/, text: /\b(?:512|768|1024)\b/ }],
    insecure: "from Crypto.PublicKey import RSA\nkey = RSA.generate(1024)",
    secure: "from Crypto.PublicKey import RSA\nkey = RSA.generate(3072)",
  },
  {
    name: "hard-coded-credential",
    weakness: "hard-coded-credential",
    find: [
      {
        assign:
          /(?:^|[_.a-z])(?:passw(?:or)?d|passwd|pwd|secret|secret_?key|api_?key|access_?key|auth_?token|token|private_?key|credentials?|client_secret|connection_string|encryption_key)(?:_value)?$/i,
        value: {
          is: "fixed",
          source: /^[rbuf]*["'][^"'\s]{5,}["']$/i,
          not: /^(?:<.*>|\$\{.*|x+|\*+|your[-_ ].*|change.?me|.*(?:example|placeholder).*|none|null|password|token|secret|https?:\/\/[^@]*|\/.*|%s|[a-z_ ]*(?:field|_key|_name|_id|required|invalid|header|_token|label|bearer|basic|wrong)[a-z_ ]*)$/i,
        },
      },
      {
        node: /^(?:string)$/,
        text: /^[rbuf]*["'](?:AKIA[0-9A-Z]{16}|ghp_\w{30,}|sk_live_\w{16,}|xox[bp]-[\w-]{20,}|[a-z]+(?:\+\w+)?:\/\/[^\s:@/"'{}]+:[^\s:@/"'{}]{3,}@[^"']+)["']$/,
      },
      { node: /^comparison_operator$/, text: /passw(?:or)?d\s*==\s*["'][^"']{3,}["']/i },
    ],
    insecure: 'db_password = "Sup3rS3cret!"\nconnect(db_password)',
    secure: 'import os\ndb_password = os.environ["DB_PASSWORD"]\nconnect(db_password)',
  },
  {
    name: "weak-random",
    weakness: "weak-random",
    find: [
      {
        call: /^(?:random\.(?:choices?|randint|random|randrange|sample|getrandbits|randbytes|shuffle)|(?:choices?|randint|randrange|sample)|np\.random\.\w+|numpy\.random\.\w+|uuid\.uuid1)$/,
        not: /SystemRandom/,
      },
    ],
    when: /token|passw|secret|session|otp|\bkey\b|_key|nonce|salt|csrf|reset|verif|pin\b|auth|credential|invite|voucher|coupon|\bcode\b|_code|api_?key/i,
    unlessAnywhere: /SystemRandom|import secrets|from secrets/,
    insecure: "import random\ndef new_token():\n    return ''.join(random.choices('abc123', k=20))",
    secure: "import secrets\ndef new_token():\n    return secrets.token_urlsafe(20)",
  },
  {
    name: "tls-verification",
    weakness: "tls-verification",
    find: [
      { call: /./, where: [{ arg: "verify", text: /^False$/ }] },
      { call: /./, where: [{ arg: "verify_ssl", text: /^False$/ }] },
      { call: /./, where: [{ arg: "cert_reqs", source: /CERT_NONE/ }] },
      { assign: /(?:check_hostname|verify|verify_ssl)$/, value: { text: /^False$/ } },
      { assign: /verify_mode$/, value: { source: /CERT_NONE/ } },
      { call: /_create_unverified_context$/ },
      { node: /^assignment$/, text: /_create_unverified_context|disable_warnings/ },
      { call: /set_missing_host_key_policy$/, text: /AutoAddPolicy|WarningPolicy/ },
      { call: /TCPConnector$/, where: [{ arg: "ssl", text: /^False$/ }] },
    ],
    unless: /jwt\.decode/,
    insecure: 'import requests\nr = requests.get("https://example.com", verify=False)',
    secure: 'import requests\nr = requests.get("https://example.com", timeout=5)',
  },
  {
    name: "old-tls",
    weakness: "old-tls",
    find: [
      {
        node: /^attribute$/,
        text: /^(?:ssl|SSL)\.(?:PROTOCOL_(?:SSLv2|SSLv3|TLSv1|TLSv1_1)|SSLv3_METHOD|SSLv23_METHOD|TLSv1_METHOD|TLSVersion\.(?:SSLv3|TLSv1|TLSv1_1))$/,
      },
    ],
    insecure: "import ssl\nctx = ssl.SSLContext(ssl.PROTOCOL_TLSv1)",
    secure: "import ssl\nctx = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)",
  },
  {
    name: "cleartext",
    weakness: "cleartext",
    find: [
      { call: /^(?:telnetlib\.Telnet|ftplib\.FTP|smtplib\.SMTP|FTP|Telnet)$/, not: /FTP_TLS/ },
      { call: /^requests\.(?:post|put)$/, where: [{ arg: 0, text: /^http:\/\/(?!localhost|127\.)/ }] },
    ],
    unless: /starttls|localhost/,
    insecure: 'import ftplib\nf = ftplib.FTP("files.example.com")',
    secure: 'import ftplib\nf = ftplib.FTP_TLS("files.example.com")',
  },
  {
    name: "xxe",
    weakness: "xxe",
    find: [
      { call: /(?:^|\.)XMLParser$/, where: [{ arg: "resolve_entities", text: /True/ }] },
      {
        call: /^(?:etree|lxml\.etree|ET|ElementTree|xml\.etree\.ElementTree|minidom|xml\.dom\.minidom|xml\.sax|sax|pulldom|expatbuilder)\.(?:parse|fromstring|parseString|XML|iterparse|make_parser)$/,
      },
      { call: /setFeature$/, text: /feature_external_ges\s*,\s*(?:True|1)/ },
    ],
    unlessAnywhere: /defusedxml|resolve_entities\s*=\s*False/,
    insecure: "from lxml import etree\ndef read(data):\n    return etree.fromstring(data)",
    secure: "from defusedxml import ElementTree as SafeTree\ndef read(data):\n    return SafeTree.fromstring(data)",
  },
  {
    name: "xss",
    weakness: "xss",
    find: [
      {
        call: /^(?:Markup|markupsafe\.Markup|mark_safe|SafeString|HttpResponse|make_response|HTMLResponse|Response|web\.Response)$/,
        where: [{ arg: "any", is: "risky", text: /<\w|^\ue000$/ }],
      },
      {
        node: /^return_statement$/,
        value: { is: "built", text: /<(?:h[1-6]|p|div|html|body|b|span|a|li|ul|table|td|script|title|br)\b/i },
      },
      { call: /(?:^|\.)Environment$/, where: [{ arg: "autoescape", text: /False/ }] },
      {
        call: /(?:^|\.)Environment$/,
        text: /jinja2\.|FileSystemLoader|PackageLoader/,
        where: [{ arg: "autoescape", absent: true }],
      },
    ],
    unless: /escape\(|bleach\.|content_type="(?:application\/json|text\/plain)"|mimetype/,
    insecure: 'def hello(request):\n    return HttpResponse("<h1>Hi " + request.GET["n"] + "</h1>")',
    secure:
      'from html import escape\ndef hello(request):\n    return HttpResponse("<h1>Hi " + escape(request.GET["n"]) + "</h1>")',
  },
  {
    name: "template-injection",
    weakness: "template-injection",
    find: [
      {
        call: /(?:^|\.)(?:render_template_string|from_string|Template|jinja2\.Template)$/,
        where: [{ arg: 0, is: "open" }],
      },
    ],
    unless: /SandboxedEnvironment|string\.Template/,
    insecure: "def hello():\n    return render_template_string(request.args['t'])",
    secure: 'def hello():\n    return render_template_string("Hi {{ n }}", n=request.args["n"])',
  },
  {
    name: "ssrf",
    weakness: "ssrf",
    find: [
      {
        call: /^(?:requests|httpx|session|urllib\.request|urllib2?|client|http|self\.session|aiohttp)\.(?:get|post|put|head|delete|request|urlopen)$|^urlopen$/,
        where: [{ arg: "any", is: "input" }],
      },
    ],
    unless: /urlparse|ALLOWED|allowed|allowlist|whitelist|validate|is_safe/,
    insecure: 'def proxy():\n    url = request.args["url"]\n    return requests.get(url).text',
    secure: 'def proxy():\n    url = SITES[request.args["site"]]\n    return requests.get(url).text',
  },
  {
    name: "open-redirect",
    weakness: "open-redirect",
    find: [
      {
        call: /^(?:redirect|flask\.redirect|HttpResponseRedirect|RedirectResponse|HttpResponsePermanentRedirect|self\.redirect)$/,
        where: [{ arg: 0, is: "input" }],
      },
    ],
    unless: /url_has_allowed_host|is_safe_url|urlparse|urlsplit|netloc|ALLOWED|\.startswith\(["']\/["']\)/,
    insecure: 'def leave():\n    return redirect(request.args.get("next"))',
    secure: 'def leave():\n    return redirect(url_for("index"))',
  },
  {
    name: "temp-file",
    weakness: "temp-file",
    find: [
      { call: /^(?:tempfile\.mktemp|mktemp|os\.tempnam|os\.tmpnam)$/ },
      {
        call: /^open$/,
        where: [
          { arg: 0, text: /^\/(?:var\/)?tmp\// },
          { arg: 1, text: /[wa]/ },
        ],
      },
    ],
    insecure: "import tempfile\nname = tempfile.mktemp()",
    secure: "import tempfile\nhandle = tempfile.NamedTemporaryFile()",
  },
  {
    name: "jwt-unverified",
    weakness: "jwt-unverified",
    find: [
      {
        call: /(?:^|\.)decode$/,
        text: /verify_signature["']?\s*[:=]\s*False|verify\s*=\s*False|algorithms\s*=\s*\[[^\]]*["']none["']/i,
      },
      { call: /(?:^|\.)encode$/, where: [{ arg: "algorithm", text: /^none$/i }] },
      { call: /get_unverified_claims$/ },
    ],
    insecure: 'import jwt\nclaims = jwt.decode(t, options={"verify_signature": False})',
    secure: 'import jwt\nclaims = jwt.decode(t, public_key, algorithms=["RS256"])',
  },
  {
    name: "debug-on",
    weakness: "debug-on",
    find: [
      { call: /\.run$/, where: [{ arg: "debug", text: /^True$/ }] },
      { assign: /(?:^|\.)(?:DEBUG|debug)$|^app\.config\[["']DEBUG["']\]$/, value: { text: /^True$/ } },
    ],
    insecure: "app.run(debug=True)",
    secure: "app.run(debug=False)",
  },
  {
    name: "cors",
    weakness: "cors",
    find: [
      { call: /^CORS$|cross_origin$/, text: /["']\*["']/ },
      { assign: /^(?:CORS_ORIGIN_ALLOW_ALL|CORS_ALLOW_ALL_ORIGINS)$/, value: { text: /True/ } },
      { call: /./, where: [{ arg: "allow_origins", text: /^\*$/ }] },
      { node: /^assignment$/, text: /Access-Control-Allow-Origin["']\]\s*=\s*["']\*["']/ },
    ],
    insecure: 'app.add_middleware(CORSMiddleware, allow_origins=["*"])',
    secure: 'app.add_middleware(CORSMiddleware, allow_origins=["https://shop.example"])',
  },
  {
    name: "timing-compare",
    weakness: "timing-compare",
    find: [
      { node: /^comparison_operator$/, text: secretOnTheRight, not: comparesNoSecret },
      {
        node: /^comparison_operator$/,
        text: /(?:signature|\bhmac|_mac|\bmac|digest|hexdigest\(\)|token|api_?key|secret|csrf|password_hash|pw_hash)\)?\s*[!=]=\s*(?!None|["']|len|True|False|\d)|[!=]=\s*\w*\.?(?:signature|expected_(?:sig|mac|token)|digest\(\)|hexdigest\(\)|token|api_?key|secret)\b/i,
        not: /\blen\(|\.type|token_type|token\.kind|[!=]=\s*["']|["']\s*[!=]=/,
      },
    ],
    insecure: "def check(mac, body):\n    return mac == hmac.new(KEY, body, 'sha256').hexdigest()",
    secure: "def check(mac, body):\n    return hmac.compare_digest(mac, hmac.new(KEY, body, 'sha256').hexdigest())",
  },
  {
    name: "permissions",
    weakness: "permissions",
    find: [
      {
        call: /^(?:os\.f?chmod|\w+\.chmod)$/,
        where: [{ arg: "any", source: /^0o?[0-7]?[0-7][0-7][2367]$|S_IWOTH|S_IRWXO|^511$/ }],
      },
      { call: /^os\.umask$/, where: [{ arg: 0, source: /^0(?:o?0+)?$/ }] },
    ],
    insecure: "import os\nos.chmod('run.sh', 0o777)",
    secure: "import os\nos.chmod('run.sh', 0o750)",
  },
  {
    name: "ldap-injection",
    weakness: "ldap-injection",
    find: [
      { call: /\.(?:search|search_s|search_ext_s)$/, where: [{ arg: "any", is: "built", text: /\([&|]?\(?\w+=/ }] },
    ],
    insecure: 'def find(uid):\n    return conn.search_s(BASE, 2, "(uid=" + uid + ")")',
    secure: 'def find(uid):\n    return conn.search_s(BASE, 2, "(uid=" + escape_filter_chars(uid) + ")")',
  },
  {
    name: "xpath-injection",
    weakness: "xpath-injection",
    find: [{ call: /\.(?:xpath|find|findall|XPath)$/, where: [{ arg: 0, is: "built", text: /\/\/|\[@?\w+=/ }] }],
    insecure: "def find(tree, n):\n    return tree.xpath(f\"//user[name='{n}']\")",
    secure: 'def find(tree, n):\n    return tree.xpath("//user[name=$n]", n=n)',
  },
  {
    name: "nosql-injection",
    weakness: "nosql-injection",
    find: [
      {
        call: /\.(?:find|find_one|update_one|delete_one|delete_many|count_documents|aggregate)$/,
        text: /\$where/,
        where: [{ arg: 0, is: "built" }],
      },
      {
        call: /\.(?:find|find_one|update_one|delete_one)$/,
        where: [
          {
            arg: 0,
            source:
              /request\.(?:json|get_json\(\)|args)(?:\[[^\]]*\]|\.get\([^)]*\))?\s*[},)]|^request\.|:\s*request\.(?:json|get_json)/,
            sourceNot: /str\(/,
          },
        ],
      },
    ],
    insecure: 'def find(n):\n    return users.find_one({"$where": "this.name == \'" + n + "\'"})',
    secure: 'def find(n):\n    return users.find_one({"name": str(n)})',
  },
  {
    name: "log-injection",
    weakness: "log-injection",
    find: [
      {
        call: /^(?:logging|logger|log|app\.logger|self\.logger)\.(?:info|warning|error|debug|critical|warn|exception)$/,
        where: [{ arg: "any", is: "input" }],
      },
    ],
    unless: /replace\(|repr\(|%r|!r/,
    insecure: 'def seen():\n    logger.info("user " + request.args["user"])',
    secure: 'def seen():\n    logger.info("user " + repr(request.args["user"]))',
  },
  {
    name: "secret-in-log",
    weakness: "secret-in-log",
    find: [
      {
        call: /^(?:print|logging\.\w+|log(?:ger)?\.\w+|app\.logger\.\w+)$/,
        text: /[{,(+%]\s*(?:\w+\.)?(?:password|passwd|secret|api_key|private_key|access_token|credit_card|ssn|pin_code)\b/i,
        not: /len\(/,
      },
    ],
    insecure: 'def login(user, password):\n    logger.info("login %s %s", user, password)',
    secure: 'def login(user, password):\n    logger.info("login %s", user)',
  },
  {
    name: "unsafe-upload",
    weakness: "unsafe-upload",
    find: [{ call: /\.save$/, where: [{ arg: 0, source: /\.filename/, sourceNot: /secure_filename/ }] }],
    unless: /secure_filename|allowed_file|ALLOWED|uuid/,
    insecure: 'def up():\n    f = request.files["f"]\n    f.save(os.path.join(UPLOADS, f.filename))',
    secure: 'def up():\n    f = request.files["f"]\n    f.save(os.path.join(UPLOADS, uuid.uuid4().hex))',
  },
  {
    name: "exposed-service",
    weakness: "exposed-service",
    find: [
      { call: /\.(?:bind)$/, where: [{ arg: 0, source: /["'](?:0\.0\.0\.0)?["']/ }] },
      { call: /\.run$/, where: [{ arg: "host", text: /^0\.0\.0\.0$/ }] },
    ],
    insecure: 'app.run(host="0.0.0.0")',
    secure: 'app.run(host="127.0.0.1")',
  },
  {
    name: "csrf-off",
    weakness: "csrf-off",
    find: [
      { node: /^decorator$/, text: /csrf_exempt/ },
      { assign: /WTF_CSRF_ENABLED/, value: { text: /False/ } },
    ],
    insecure: "@csrf_exempt\ndef pay(request):\n    return done()",
    secure: "@csrf_protect\ndef pay(request):\n    return done()",
  },
  {
    name: "insecure-cookie",
    weakness: "insecure-cookie",
    find: [
      {
        call: /\.set_cookie$/,
        where: [{ arg: 0, text: /sess|token|auth|sid|jwt|remember/i }],
        not: /secure\s*=\s*True/,
      },
      {
        assign:
          /^(?:SESSION_COOKIE_SECURE|SESSION_COOKIE_HTTPONLY|CSRF_COOKIE_SECURE)$|\[["'](?:SESSION_COOKIE_\w+)["']\]$/,
        value: { text: /^False$/ },
      },
    ],
    insecure: 'resp.set_cookie("session", sid)',
    secure: 'resp.set_cookie("session", sid, secure=True, httponly=True, samesite="Lax")',
  },
  {
    name: "race",
    weakness: "race",
    find: [{ node: /^if_statement$/, text: /^if\s+(?:not\s+)?os\.(?:path\.exists|access)\([\s\S]*\bopen\(/ }],
    insecure: "import os\nif os.access(path, os.W_OK):\n    h = open(path, 'w')",
    secure: "try:\n    h = open(path, 'w')\nexcept PermissionError:\n    h = None",
  },
]);
