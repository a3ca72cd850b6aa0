import { rulesFor } from "../rule.ts";

export const javaRules = rulesFor("java", [
  {
    name: "sql-injection",
    weakness: "sql-injection",
    find: [
      {
        call: /\.(?:execute|executeQuery|executeUpdate|executeLargeUpdate|addBatch|prepareStatement|prepareCall|createQuery|createNativeQuery|createSQLQuery|query|queryForObject|queryForList|queryForMap|update|batchUpdate|nativeSQL|rawQuery|execSQL)$/,
        where: [
          {
            arg: 0,
            is: "built",
            text: /\b(?:select|insert|update|delete|drop|alter|create|where|order by|from|call|set)\b/i,
          },
        ],
      },
      {
        assign: /(?:sql|query|stmt|hql|jpql)$/i,
        value: {
          is: "built",
          text: /^\s*(?:select\b.+\bfrom\b|from\s+\w+.+where|insert\s+into\b|update\b.+\bset\b|delete\s+from\b)/is,
        },
      },
    ],
    insecure: 'ResultSet r = st.executeQuery("SELECT * FROM t WHERE n = \'" + name + "\'");',
    secure: 'PreparedStatement p = c.prepareStatement("SELECT * FROM t WHERE n = ?");\np.setString(1, name);',
  },
  {
    name: "command-injection",
    weakness: "command-injection",
    find: [
      { call: /(?:getRuntime\(\)|runtime|rt|Runtime)\.exec$/i, where: [{ arg: 0, is: "open" }] },
      {
        call: /^new ProcessBuilder$|\.command$/,
        // "-c" before a fixed word is an option of another program: ping -c 1.
        text: /"(?:\/(?:usr\/)?bin\/)?(?:ba|da|z)?sh"|"(?:cmd|powershell|pwsh)(?:\.exe)?"|"-c"(?!\s*,\s*"[^"]*"\s*[,)])|"\/c"/,
        where: [{ arg: "any", is: "open" }],
      },
      { call: /^new ProcessBuilder$/, where: [{ arg: 0, is: "input" }] },
    ],
    insecure: 'Process p = Runtime.getRuntime().exec("ls " + dir);',
    secure: 'Process p = new ProcessBuilder("ls", "--", dir).start();',
  },
  {
    name: "code-injection",
    weakness: "code-injection",
    find: [
      {
        call: /(?:engine|scriptEngine|shell|groovyShell|GroovyShell\(\)|js|nashorn)\.(?:eval|evaluate)$/i,
        where: [{ arg: 0, is: "open" }],
      },
      {
        call: /(?:parser|SpelExpressionParser\(\)|expressionParser)\.parseExpression$|^Ognl\.getValue$|^MVEL\.eval$/i,
        where: [{ arg: 0, is: "open" }],
      },
    ],
    insecure: "Object r = scriptEngine.eval(expression);",
    secure: 'Object r = scriptEngine.eval("1 + 1");',
  },
  {
    name: "unsafe-reflection",
    weakness: "unsafe-reflection",
    find: [{ call: /^Class\.forName$|\.loadClass$/, where: [{ arg: 0, is: "open" }] }],
    insecure: 'Class<?> c = Class.forName(request.getParameter("type"));',
    secure: 'Class<?> c = Class.forName("com.example.Shape");',
  },
  {
    name: "deserialization",
    weakness: "deserialization",
    find: [
      {
        call: /^new ObjectInputStream$|\.readUnshared$|^new XMLDecoder$|^SerializationUtils\.deserialize$|^\w*[xX]Stream\.fromXML$/,
      },
      { call: /^new Yaml$/, not: /SafeConstructor/ },
      { call: /\.(?:enableDefaultTyping|activateDefaultTyping)$/ },
      { node: /^(?:marker_annotation|annotation)$/, text: /JsonTypeInfo.*Id\.CLASS/ },
    ],
    unless: /setObjectInputFilter|ValidatingObjectInputStream|allowTypes/,
    insecure: "Object o = new ObjectInputStream(in).readObject();",
    secure: "Order o = mapper.readValue(in, Order.class);",
  },
  {
    name: "path-traversal",
    weakness: "path-traversal",
    find: [
      {
        call: /^new (?:java\.io\.)?(?:File|FileInputStream|FileReader|FileOutputStream|FileWriter|RandomAccessFile)$/,
        where: [{ arg: "any", is: "risky", sourceNot: /\.getName\(\)$/ }],
      },
      { call: /^new File$/, where: [{ arg: 1, is: "open", sourceNot: /entry\.getName|getRandom|UUID/ }] },
      { call: /^(?:Paths\.get|Path\.of|Files\.\w+)$/, where: [{ arg: "any", is: "risky" }] },
      { call: /^Paths\.get$|^Path\.of$/, where: [{ arg: 1, is: "open" }] },
      { call: /\.resolve$/, where: [{ arg: 0, is: "open", sourceNot: /^entry|^"|^[A-Z_]+$/ }] },
    ],
    unless: /\.startsWith\(|getCanonicalPath|FilenameUtils|getFileName\(\)|\.contains\("\.\."\)/,
    insecure: 'File f = new File("/srv/files/" + request.getParameter("n"));',
    secure: 'File f = new File("/srv/files/" + FilenameUtils.getName(request.getParameter("n")));',
  },
  {
    name: "zip-slip",
    weakness: "zip-slip",
    find: [
      {
        call: /^new File(?:OutputStream)?$|\.resolve$|^Paths\.get$|^Path\.of$/,
        where: [{ arg: "any", source: /\b(?:\w*[eE]ntry|ze|e)\.getName\(\)|^entryName$/ }],
      },
    ],
    unless: /startsWith\(|getCanonicalPath/,
    insecure: "File f = new File(dir, entry.getName());",
    secure:
      "File f = new File(dir, entry.getName());\nif (!f.getCanonicalPath().startsWith(dir.getCanonicalPath())) throw new IOException();",
  },
  {
    name: "weak-hash",
    weakness: "weak-hash",
    find: [
      {
        call: /(?:MessageDigest|Mac|Signature|SecretKeyFactory)\.getInstance$/,
        where: [{ arg: 0, text: /^(?:MD[245]|SHA-?1$|HmacMD5|HmacSHA1|MD5with|SHA1with|PBEWithMD5)/i }],
      },
      { call: /^DigestUtils\.(?:md5|md5Hex|sha1|sha1Hex|sha|shaHex|md5DigestAsHex)$|^Hashing\.(?:md5|sha1)$/ },
      { call: /\.digest$/, where: [{ arg: 0, source: /^(?:password|passwd|pw|pwd)\.getBytes/ }] },
    ],
    insecure: 'MessageDigest d = MessageDigest.getInstance("MD5");',
    secure: 'MessageDigest d = MessageDigest.getInstance("SHA-256");',
  },
  {
    name: "weak-cipher",
    weakness: "weak-cipher",
    find: [
      {
        call: /(?:Cipher|KeyGenerator|SecretKeyFactory)\.getInstance$/,
        where: [
          { arg: 0, text: /^(?:DES|DESede|RC[24]|Blowfish|ARCFOUR|IDEA)\b|\/ECB\/|^AES$|^RSA\/None\/NoPadding/i },
        ],
        not: /KeyGenerator\.getInstance\("AES"\)/,
      },
      { call: /^new SecretKeySpec$/, where: [{ arg: 1, text: /^(?:DES|DESede|RC4|Blowfish)$/ }] },
    ],
    insecure: 'Cipher c = Cipher.getInstance("DES/CBC/PKCS5Padding");',
    secure: 'Cipher c = Cipher.getInstance("AES/GCM/NoPadding");',
  },
  {
    name: "fixed-iv",
    weakness: "fixed-iv",
    find: [
      {
        call: /^new (?:IvParameterSpec|GCMParameterSpec)$/,
        where: [{ arg: "any", source: /^"[^"]*"\.getBytes|^new byte\[(?:\d+)?\](?:\s*\{|$)/ }],
      },
      { assign: /^(?:iv|IV|nonce)$/, value: { source: /^"[^"]*"\.getBytes|^new byte\[\d*\]\s*\{|^\{/ } },
      { assign: /^(?:iv|IV|nonce)$/, value: { source: /^new byte\[\d+\]$/ } },
    ],
    unless: /nextBytes|getInstanceStrong/,
    insecure: 'IvParameterSpec iv = new IvParameterSpec("1234567890123456".getBytes());',
    secure: "byte[] b = new byte[16];\nnew SecureRandom().nextBytes(b);\nIvParameterSpec iv = new IvParameterSpec(b);",
  },
  {
    name: "short-key",
    weakness: "short-key",
    find: [{ call: /\.initialize$|\.init$/, where: [{ arg: 0, source: /^(?:512|768|1024|56|64)$/ }] }],
    insecure: "generator.initialize(1024);",
    secure: "generator.initialize(3072);",
  },
  {
    name: "hard-coded-credential",
    weakness: "hard-coded-credential",
    find: [
      {
        assign:
          /(?:^|[_.a-z])(?:passw(?:or)?d|passwd|pwd|secret|secret_?key|api_?key|access_?key|auth_?token|token|private_?key|client_?secret|encryption_?key|jwt_?secret)$/i,
        value: {
          is: "fixed",
          source: /^"[^"\s]{5,}"$/,
          not: /^(?:<.*>|\$\{.*|x+|\*+|your[-_ ].*|change.?me|.*(?:example|placeholder).*|password|token|secret|[a-z.]+\.[a-z.]+|[a-z_-]*(?:_key|_name|_id|header|-token)[a-z_-]*)$/i,
        },
      },
      { call: /DriverManager\.getConnection$/, where: [{ arg: 2, source: /^"[^"]+"$/ }] },
      {
        call: /^new (?:SecretKeySpec|PasswordAuthentication)$|\.(?:setPassword|password)$/,
        where: [
          {
            arg: "any",
            source: /^"[^"]{4,}"(?:\.getBytes|\.toCharArray|$)/,
            not: /^(?:AES|HmacSHA256|HmacSHA512|ChaCha20|DES\w*|RC4|Blowfish)$/,
          },
        ],
      },
    ],
    insecure: 'String password = "Wint3r-2019";',
    secure: 'String password = System.getenv("DB_PASSWORD");',
  },
  {
    name: "weak-random",
    weakness: "weak-random",
    find: [
      {
        call: /^new (?:java\.util\.)?Random$|^Math\.random$|^ThreadLocalRandom\.current$|^RandomStringUtils\.random\w*$|^new SplittableRandom$/,
      },
    ],
    when: /token|passw|secret|session|otp|\bkey\b|Key|nonce|salt|csrf|reset|verif|\bpin\b|auth|credential|invite|voucher|coupon|\bcode\b|Code|apiKey/i,
    unless: /SecureRandom/,
    insecure: "String token = Long.toHexString(new Random().nextLong());",
    secure: "byte[] token = new byte[16];\nnew SecureRandom().nextBytes(token);",
  },
  {
    name: "tls-verification",
    weakness: "tls-verification",
    find: [
      { node: /^method_declaration$/, text: /\bcheck(?:Server|Client)Trusted\s*\([^)]*\)[^{]*\{\s*(?:return;\s*)?\}/ },
      {
        call: /\.(?:setHostnameVerifier|setDefaultHostnameVerifier|hostnameVerifier|setSSLHostnameVerifier)$/,
        text: /->\s*true|return\s+true|NoopHostnameVerifier|ALLOW_ALL/,
      },
      { node: /^method_declaration$/, text: /boolean\s+verify\s*\([^)]*\)\s*\{\s*return\s+true;/ },
      {
        node: /^(?:object_creation_expression|field_access)$/,
        text: /^(?:new\s+)?(?:TrustAllStrategy|NoopHostnameVerifier|TrustSelfSignedStrategy|InsecureTrustManagerFactory)/,
      },
      { assign: /[vV]erifier$/, value: { source: /->\s*(?:true|\{\s*return true;\s*\})/ } },
    ],
    insecure: "connection.setHostnameVerifier((host, session) -> true);",
    secure: "connection.setSSLSocketFactory(context.getSocketFactory());",
  },
  {
    name: "old-tls",
    weakness: "old-tls",
    find: [{ call: /SSLContext\.getInstance$/, where: [{ arg: 0, text: /^(?:SSL|SSLv[23]|TLSv1(?:\.1)?)$/ }] }],
    insecure: 'SSLContext c = SSLContext.getInstance("SSLv3");',
    secure: 'SSLContext c = SSLContext.getInstance("TLSv1.3");',
  },
  {
    name: "xxe",
    weakness: "xxe",
    find: [
      {
        call: /^(?:DocumentBuilderFactory|SAXParserFactory|XMLInputFactory|TransformerFactory|SchemaFactory|javax\.xml\.parsers\.\w+)\.(?:newInstance|newFactory|newDefaultInstance)$|^new (?:SAXReader|SAXBuilder)$|^XMLReaderFactory\.createXMLReader$/,
      },
    ],
    unless: /setFeature\(|setProperty\(|setAttribute\(|ACCESS_EXTERNAL/,
    insecure: "DocumentBuilder b = DocumentBuilderFactory.newInstance().newDocumentBuilder();",
    secure:
      'DocumentBuilderFactory f = DocumentBuilderFactory.newInstance();\nf.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);',
  },
  {
    name: "xss",
    weakness: "xss",
    find: [
      {
        call: /(?:getWriter\(\)|writer|out|pw|printWriter)\.(?:print|println|write|append|printf|format)$/,
        where: [{ arg: "any", is: "risky", text: /<\w|^\ue000$/ }],
        not: /System\.(?:out|err)/,
      },
      { node: /^return_statement$/, value: { is: "built", text: /<(?:h[1-6]|p|div|html|body|b|span|a|li|script)\b/i } },
    ],
    when: /request|Request|@RequestParam|@PathVariable|@GetMapping|response|html/i,
    unless: /escapeHtml|forHtml|htmlEscape|Encode\./,
    insecure: 'response.getWriter().println("<p>" + request.getParameter("q") + "</p>");',
    secure: 'response.getWriter().println("<p>" + Encode.forHtml(request.getParameter("q")) + "</p>");',
  },
  {
    name: "ssrf",
    weakness: "ssrf",
    find: [
      {
        call: /^new (?:java\.net\.)?URL$|^URI\.create$|^new URI$|^new HttpGet$|^new HttpPost$|[rR]estTemplate\.\w+$|^Jsoup\.connect$/,
        where: [{ arg: 0, is: "input" }],
      },
      {
        call: /\.openStream$|\.openConnection$|[rR]estTemplate\.(?:getForObject|getForEntity|postForObject|exchange)$/,
        text: /^new URL\([a-z]\w*\)|[rR]estTemplate\.\w+\(\s*(?:url|target|address|uri|endpoint)\b/,
      },
    ],
    unless: /ALLOWED|allowed|whitelist|getHost\(\)|isValid/i,
    insecure: 'InputStream in = new URL(request.getParameter("url")).openStream();',
    secure: "InputStream in = new URL(FEED_URL).openStream();",
  },
  {
    name: "open-redirect",
    weakness: "open-redirect",
    find: [
      { call: /\.sendRedirect$|^new (?:RedirectView|ModelAndView)$/, where: [{ arg: 0, is: "input" }] },
      { node: /^return_statement$/, value: { is: "built", text: /^redirect:\s*\ue000/ } },
    ],
    unless: /ALLOWED|allowed|startsWith\("\/|getHost\(\)|isSafe|isLocal/,
    insecure: 'response.sendRedirect(request.getParameter("next"));',
    secure: 'response.sendRedirect("/home");',
  },
  {
    name: "temp-file",
    weakness: "temp-file",
    find: [
      { call: /^new File(?:Writer|OutputStream)?$/, where: [{ arg: 0, text: /^\/tmp\// }] },
      { call: /^File\.createTempFile$/ },
    ],
    insecure: 'File f = new File("/tmp/export.csv");',
    secure: 'Path f = Files.createTempFile("export", ".csv");',
  },
  {
    name: "jwt-unverified",
    weakness: "jwt-unverified",
    find: [
      {
        call: /\.(?:parseClaimsJwt|parseUnsecuredClaims|parsePlaintextJwt)$|^Algorithm\.none$|^JWT\.decode$|\.unsecured$/,
      },
    ],
    unless: /\.verify\(/,
    insecure: "Claims c = Jwts.parser().build().parseUnsecuredClaims(token).getPayload();",
    secure: "Claims c = Jwts.parser().verifyWith(key).build().parseSignedClaims(token).getPayload();",
  },
  {
    name: "cors",
    weakness: "cors",
    find: [
      {
        call: /\.(?:allowedOrigins|addAllowedOrigin|setAllowedOrigins|allowedOriginPatterns|addAllowedOriginPattern)$/,
        text: /"\*"/,
      },
      {
        call: /\.(?:setHeader|addHeader|header)$/,
        where: [
          { arg: 0, text: /^Access-Control-Allow-Origin$/i },
          { arg: 1, text: /^(?:\*|\ue000)$/ },
        ],
      },
      { node: /^(?:marker_annotation|annotation)$/, text: /^@CrossOrigin(?:$|\(\s*(?:origins\s*=\s*)?"\*")/ },
    ],
    insecure: 'registry.addMapping("/**").allowedOrigins("*");',
    secure: 'registry.addMapping("/**").allowedOrigins("https://shop.example");',
  },
  {
    name: "csrf-off",
    weakness: "csrf-off",
    find: [{ call: /\.csrf\(\)\.disable$/ }, { call: /\.csrf$/, text: /\.csrf\([^)]*(?:disable\(\)|::disable)/ }],
    insecure: "http.csrf().disable();",
    secure: "http.csrf(Customizer.withDefaults());",
  },
  {
    name: "insecure-cookie",
    weakness: "insecure-cookie",
    find: [
      { call: /\.(?:setSecure|setHttpOnly)$/, where: [{ arg: 0, text: /^false$/ }] },
      { call: /^new Cookie$/, where: [{ arg: 0, text: /sess|token|auth|sid|jwt|remember/i }] },
    ],
    unless: /setSecure\(true\)/,
    insecure: 'Cookie c = new Cookie("session", id);\nresponse.addCookie(c);',
    secure: 'Cookie c = new Cookie("session", id);\nc.setSecure(true);\nc.setHttpOnly(true);\nresponse.addCookie(c);',
  },
  {
    name: "timing-compare",
    weakness: "timing-compare",
    find: [
      {
        call: /(?:signature|mac|hmac|digest|token|apiKey|secret|hash|expected\w*)\.equals$/i,
        where: [{ arg: 0, sourceNot: /^"/ }],
      },
      { call: /^Arrays\.equals$/, where: [{ arg: "any", source: /mac|digest|signature|hash/i }] },
      {
        call: /\.equals$/,
        where: [{ arg: 0, source: /^(?:expected)?(?:signature|hmac|mac|token|apiKey|secret|hash)\w*$/i }],
      },
    ],
    insecure: "if (signature.equals(given)) accept();",
    secure: "if (MessageDigest.isEqual(signature, given)) accept();",
  },
  {
    name: "jndi-injection",
    weakness: "jndi-injection",
    find: [
      {
        call: /(?:InitialContext\(\)|InitialDirContext\(\)|(?:ctx|context|jndi\w*))\.(?:lookup|doLookup)$|^InitialContext\.doLookup$/i,
        where: [{ arg: 0, is: "risky" }],
      },
      { call: /\.(?:lookup|doLookup)$/, where: [{ arg: 0, source: /\.get(?:Parameter|Header|QueryString)\(/ }] },
    ],
    insecure: 'Object o = new InitialContext().lookup(request.getParameter("name"));',
    secure: 'Object o = new InitialContext().lookup("java:comp/env/jdbc/shop");',
  },
  {
    name: "ldap-injection",
    weakness: "ldap-injection",
    find: [{ call: /\.search$/, where: [{ arg: "any", is: "built", text: /\([&|]?\(?\w+=/ }] }],
    insecure: 'ctx.search("ou=people", "(uid=" + uid + ")", controls);',
    secure: 'ctx.search("ou=people", "(uid={0})", new Object[] { uid }, controls);',
  },
  {
    name: "xpath-injection",
    weakness: "xpath-injection",
    find: [{ call: /\.(?:evaluate|compile)$/, where: [{ arg: 0, is: "built", text: /\/\/|\[@?\w+\s*=/ }] }],
    insecure: 'xpath.evaluate("//user[name=\'" + n + "\']", doc);',
    secure: 'xpath.evaluate("//user[name=$n]", doc);',
  },
  {
    name: "log-injection",
    weakness: "log-injection",
    find: [
      {
        call: /^(?:log|logger|LOG|LOGGER)\.(?:info|warn|error|debug|warning|severe|fine)$/,
        where: [{ arg: "any", is: "input" }],
      },
    ],
    unless: /replaceAll\(|replace\(/,
    insecure: 'logger.info("user " + request.getParameter("user"));',
    secure: 'logger.info("user {}", userId);',
  },
  {
    name: "secret-in-log",
    weakness: "secret-in-log",
    find: [
      {
        call: /^(?:log|logger|LOG|LOGGER|System\.out)\.\w+$/,
        text: /[,(+]\s*(?:\w+\.)*(?:password|passwd|secret|apiKey|privateKey|accessToken|creditCard)\b\s*[),+]/i,
      },
    ],
    insecure: 'logger.info("login " + user + " " + password);',
    secure: 'logger.info("login " + user);',
  },
  {
    name: "error-detail",
    weakness: "error-detail",
    find: [{ call: /\.printStackTrace$/, where: [{ arg: 0, source: /getWriter|writer|out/i }] }],
    insecure: "e.printStackTrace(response.getWriter());",
    secure: 'logger.error("failed", e);',
  },
  {
    name: "permissions",
    weakness: "permissions",
    find: [
      {
        call: /\.(?:setWritable|setReadable|setExecutable)$/,
        where: [
          { arg: 0, text: /true/ },
          { arg: 1, text: /false/ },
        ],
      },
      { call: /PosixFilePermissions\.fromString$/, where: [{ arg: 0, text: /^.{7}w|^.{6}.w/ }] },
    ],
    insecure: "file.setWritable(true, false);",
    secure: "file.setWritable(true, true);",
  },
]);
