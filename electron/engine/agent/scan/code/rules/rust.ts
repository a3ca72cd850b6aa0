import { rulesFor } from "../rule.ts";
import { comparesNoSecret, secretOnTheRight } from "./patterns.ts";

export const rustRules = rulesFor("rust", [
  {
    name: "sql-injection",
    weakness: "sql-injection",
    find: [
      {
        call: /(?:^|[.:])(?:query|query_as|query_scalar|execute|query_row|query_one|query_all|prepare|execute_batch|sql_query|batch_execute|fetch_one|query_map|query_opt|query_drop|simple_query|exec|from_string|raw_sql)$/,
        where: [{ arg: "any", is: "built", text: /\b(?:select|insert|update|delete|drop|where|from|alter|set)\b/i }],
      },
      {
        assign: /(?:sql|query|stmt|q)$/i,
        value: {
          is: "built",
          text: /^\s*(?:select\b.+\bfrom\b|insert\s+into\b|update\b.+\bset\b|delete\s+from\b)/is,
          sourceNot: /placeholders/,
        },
      },
    ],
    insecure: "fn f(c: &Connection, n: &str) { c.execute(&format!(\"DELETE FROM t WHERE n = '{}'\", n), []); }",
    secure: 'fn f(c: &Connection, n: &str) { c.execute("DELETE FROM t WHERE n = ?1", [n]); }',
  },
  {
    name: "command-injection",
    weakness: "command-injection",
    find: [
      {
        call: /Command::new\("(?:\/bin\/|\/usr\/bin\/)?(?:(?:ba|z)?sh|cmd(?:\.exe)?|powershell)"\).*\.args?$/,
        where: [{ arg: 0, is: "open" }],
      },
      { call: /Command::new$/, where: [{ arg: 0, is: "open" }] },
      { call: /^(?:libc::)?system$/ },
    ],
    insecure: 'fn f(d: &str) { Command::new("sh").arg("-c").arg(format!("ls {}", d)).output(); }',
    secure: 'fn f(d: &str) { Command::new("ls").arg("--").arg(d).output(); }',
  },
  {
    name: "transmute",
    weakness: "memory-safety",
    find: [{ call: /(?:^|::)(?:transmute|transmute_copy|zeroed|uninitialized)$/ }],
    insecure: "fn f(x: u32) -> f32 { unsafe { std::mem::transmute(x) } }",
    secure: "fn f(x: u32) -> f32 { f32::from_bits(x) }",
  },
  {
    name: "unchecked",
    weakness: "memory-safety",
    find: [
      {
        call: /(?:get_unchecked|get_unchecked_mut|from_utf8_unchecked|unwrap_unchecked|unreachable_unchecked|from_raw_parts|from_raw_parts_mut|set_len|assume_init|from_raw|copy_nonoverlapping|offset|read_unaligned|write_bytes|slice_unchecked|from_ptr)$/,
      },
      { node: /^unsafe_block$/, text: /\*(?:ptr|p|raw|\w+_ptr)\b/ },
      { node: /^static_item$/, text: /^(?:pub\s+)?static\s+mut\b/ },
      { node: /^impl_item$/, text: /^unsafe\s+impl\b[^{]*\b(?:Send|Sync)\b/ },
    ],
    insecure: "fn f(v: &[u8]) -> u8 { unsafe { *v.get_unchecked(3) } }",
    secure: "fn f(v: &[u8]) -> Option<u8> { v.get(3).copied() }",
  },
  {
    name: "tls-verification",
    weakness: "tls-verification",
    find: [
      {
        call: /\.(?:danger_accept_invalid_certs|danger_accept_invalid_hostnames|accept_invalid_certs)$/,
        where: [{ arg: 0, text: /^true$/ }],
      },
      { call: /\.set_verify$/, text: /SslVerifyMode::NONE/ },
      { call: /\.set_certificate_verifier$/ },
      { call: /\.set_verify_hostname$|\.verify_hostname$|\.use_sni$/, where: [{ arg: 0, text: /^false$/ }] },
    ],
    insecure: "let c = Client::builder().danger_accept_invalid_certs(true).build();",
    secure: "let c = Client::builder().https_only(true).build();",
  },
  {
    name: "path-traversal",
    weakness: "path-traversal",
    find: [
      {
        call: /(?:^|::)(?:fs::(?:read|read_to_string|write|remove_file|remove_dir_all|copy|File::open|read_dir|create_dir_all)|File::(?:open|create)|NamedFile::open(?:_async)?)$/,
        where: [{ arg: 0, is: "risky" }],
      },
      { call: /\.join$/, where: [{ arg: 0, is: "input" }] },
      {
        call: /(?:^|::)(?:fs::\w+|File::(?:open|create)|NamedFile::open(?:_async)?)$/,
        where: [{ arg: 0, source: /\.join\(/, is: "open" }],
      },
    ],
    unless: /starts_with\(|file_name\(\)|canonicalize|Component::|contains\("\.\."\)|components\(\)/,
    insecure: 'fn f(name: &str) { std::fs::read(format!("/srv/{}", name)); }',
    secure: 'fn f(name: &str) { if name.contains("..") { return; } std::fs::read(format!("/srv/{}", name)); }',
  },
  {
    name: "zip-slip",
    weakness: "zip-slip",
    find: [
      {
        call: /\.join$/,
        where: [
          {
            arg: 0,
            source: /\b(?:file|entry|f)\.(?:name|path|mangled_name)\(\)/,
            sourceNot: /enclosed_name|mangled_name/,
          },
        ],
      },
    ],
    unless: /enclosed_name|starts_with\(/,
    insecure: "fn f() { let out = dir.join(file.name()); File::create(out); }",
    secure: "fn f() { let Some(n) = file.enclosed_name() else { return }; let out = dir.join(n); File::create(out); }",
  },
  {
    name: "weak-hash",
    weakness: "weak-hash",
    find: [
      {
        call: /(?:^|::)(?:md5::compute|md5::Md5::new|Md5::new|Md5::digest|Sha1::new|Sha1::digest|MessageDigest::(?:md5|sha1)|hash::md5|Md4::new|sha1::digest|Md5::default|Sha1::default|sha1_smol::\w+|Sha1::from)$/,
      },
      { node: /^scoped_identifier$/, text: /SHA1_FOR_LEGACY_USE_ONLY$/ },
      { call: /^Sha(?:256|512)::digest$/, where: [{ arg: 0, source: /passw/ }] },
    ],
    insecure: "fn f(d: &[u8]) { let h = Md5::digest(d); }",
    secure: "fn f(d: &[u8]) { let h = Sha256::digest(d); }",
  },
  {
    name: "weak-cipher",
    weakness: "weak-cipher",
    find: [
      { call: /Cipher::(?:des_\w+|rc4|bf_\w+|aes_\d+_ecb)$|^(?:Des|TdesEde3|Rc4|Blowfish)::new\w*$/ },
      {
        node: /^(?:generic_type|type_identifier|scoped_type_identifier|generic_type_with_turbofish)$/,
        text: /^(?:ecb::\w+|Ecb)\b/,
      },
      {
        node: /^(?:use_declaration|scoped_identifier)$/,
        text: /\b(?:ecb::(?:Encryptor|Decryptor)|des::(?:Des|TdesEde3)|rc4::Rc4)\b/,
      },
    ],
    insecure: "fn f() { let c = Cipher::aes_128_ecb(); }",
    secure: "fn f() { let c = Cipher::aes_256_gcm(); }",
  },
  {
    name: "fixed-iv",
    weakness: "fixed-iv",
    find: [
      { call: /Nonce::from_slice$|Nonce::assume_unique_for_key$/, where: [{ arg: 0, source: /^&?(?:b"|\[\s*\d+)/ }] },
      { assign: /^(?:iv|nonce)$/i, value: { source: /^&?\*?(?:b"|\[\s*\d+(?:u8)?\s*;)/ } },
    ],
    unless: /fill_bytes|OsRng|getrandom|rand_bytes/,
    insecure: 'fn f() { let nonce = Nonce::from_slice(b"unique nonce"); }',
    secure: "fn f() { let nonce = Aes256Gcm::generate_nonce(&mut OsRng); }",
  },
  {
    name: "hard-coded-credential",
    weakness: "hard-coded-credential",
    find: [
      {
        assign:
          /(?:^|[_.a-z])(?:passw(?:or)?d|passwd|pwd|secret|secret_?key|api_?key|access_?key|auth_?token|token|private_?key|client_?secret|encryption_?key|jwt_?secret|signing_key)$/i,
        value: {
          is: "fixed",
          source: /^&?b?r?"[^"\s]{5,}"(?:\.\w+\(\))?$/,
          not: /^(?:<.*>|x+|\*+|your[-_ ].*|change.?me|.*(?:example|placeholder).*|password|token|secret|[a-z_-]*(?:field|_name|_id|header|-token)[a-z_-]*)$/i,
        },
      },
      {
        node: /^string_literal$/,
        text: /^"(?:AKIA[0-9A-Z]{16}|ghp_\w{30,}|[a-z]+:\/\/[^\s:@/"'{}]+:[^\s:@/"'{}]{3,}@[^"']+)"$/,
      },
      { call: /(?:Encoding|Decoding)Key::from_secret$/, where: [{ arg: 0, source: /^&?b?"/ }] },
    ],
    insecure: 'const PASSWORD: &str = "hunter2hunter2";',
    secure: 'fn f() { let password = std::env::var("PASSWORD").unwrap(); }',
  },
  {
    name: "weak-random",
    weakness: "weak-random",
    find: [
      {
        call: /(?:SmallRng|StdRng|ChaCha8Rng|XorShiftRng|Pcg\w+)::seed_from_u64$|SmallRng::\w+$|(?:^|::)fastrand::\w+$|^oorandom::\w+$/,
      },
    ],
    insecure: "fn token() { let mut r = StdRng::seed_from_u64(42); }",
    secure: "fn token() { let mut b = [0u8; 16]; OsRng.fill_bytes(&mut b); }",
  },
  {
    name: "xss",
    weakness: "xss",
    find: [
      {
        call: /(?:^|[.:])(?:body|Html|content::RawHtml|RawHtml|html|Html::from)$/,
        where: [{ arg: 0, is: "built", text: /<\w/ }],
      },
      { call: /PreEscaped$/, where: [{ arg: 0, is: "open" }] },
    ],
    unless: /html_escape|encode_text|encode_safe|escape_html|askama|ammonia/,
    insecure: 'fn f(n: &str) -> Html<String> { Html(format!("<p>{}</p>", n)) }',
    secure: 'fn f(n: &str) -> Html<String> { Html(format!("<p>{}</p>", html_escape::encode_text(n))) }',
  },
  {
    name: "ssrf",
    weakness: "ssrf",
    find: [
      {
        call: /^(?:reqwest::(?:get|blocking::get)|client\.(?:get|post)|ureq::(?:get|post))$/,
        where: [
          { arg: 0, is: "open", source: /\b(?:url|target|uri|address|link)\b|query|params/i, sourceNot: /base_url|"/ },
        ],
      },
    ],
    unless: /ALLOWED|allowed|host_str\(\)|self\.\w*url/,
    insecure: "async fn f(q: Query<P>) { reqwest::get(&q.url).await; }",
    secure: 'async fn f() { reqwest::get("https://api.example.com/").await; }',
  },
  {
    name: "open-redirect",
    weakness: "open-redirect",
    find: [{ call: /^Redirect::(?:to|temporary|permanent|found)$/, where: [{ arg: 0, is: "open" }] }],
    unless: /starts_with\('?"?\/|ALLOWED|allowed|host_str/,
    insecure: "async fn f(q: Query<P>) -> Redirect { Redirect::to(&q.next) }",
    secure: 'async fn f() -> Redirect { Redirect::to("/home") }',
  },
  {
    name: "deserialization",
    weakness: "deserialization",
    find: [{ call: /^(?:serde_pickle::from_\w+|rmp_serde::from_slice_unchecked)$/ }],
    insecure: "fn f(b: &[u8]) { let v = serde_pickle::from_slice(b); }",
    secure: "fn f(b: &[u8]) { let v = serde_json::from_slice(b); }",
  },
  {
    name: "timing-compare",
    weakness: "timing-compare",
    find: [
      { node: /^binary_expression$/, text: secretOnTheRight, not: comparesNoSecret },
      {
        node: /^binary_expression$/,
        text: /^[^&|]*(?:signature|hmac|\bmac|digest|token|api_key|secret)\w*(?:\(\))?\s*[!=]=\s*(?!None|"|\d|b')[^&|]*$/i,
        not: /\.len\(\)|Token::|TokenKind|token\.kind/,
      },
      {
        node: /^binary_expression$/,
        text: /^[^&|]*[!=]=\s*&?(?:expected|signature|hmac|mac|token|api_key|secret)\w*$/i,
        not: /len\(\)/,
      },
    ],
    when: /token|signature|mac|secret|api_key|digest/i,
    unless: /ct_eq|constant_time_eq|verify_slice/,
    insecure: "fn f(token: &str, given: &str) -> bool { token == given }",
    secure: "fn f(token: &[u8], given: &[u8]) -> bool { token.ct_eq(given).into() }",
  },
  {
    name: "cors",
    weakness: "cors",
    find: [
      {
        call: /\.allow_origin$/,
        where: [{ arg: 0, source: /^(?:Any|tower_http::cors::Any|AllowOrigin::any\(\)|"\*"|CorsLayer::permissive)/ }],
      },
      { call: /(?:CorsLayer|Cors)::(?:permissive|very_permissive)$|\.(?:allow_any_origin|send_wildcard)$/ },
      { call: /\.(?:header|insert_header|insert)$/, text: /Access-Control-Allow-Origin"?\s*,\s*"\*"/i },
    ],
    insecure: "fn f() { let c = CorsLayer::permissive(); }",
    secure: 'fn f() { let c = CorsLayer::new().allow_origin(HeaderValue::from_static("https://shop.example")); }',
  },
  {
    name: "jwt-unverified",
    weakness: "jwt-unverified",
    find: [
      {
        call: /insecure_disable_signature_validation$|insecure_decode$|dangerous_insecure_decode\w*$|dangerous_unsafe_decode$/,
      },
      { assign: /validate_exp$/, value: { text: /^false$/ } },
    ],
    insecure: "fn f(v: &mut Validation) { v.insecure_disable_signature_validation(); }",
    secure: "fn f() { let v = Validation::new(Algorithm::ES256); }",
  },
  {
    name: "permissions",
    weakness: "permissions",
    find: [
      {
        call: /(?:Permissions::from_mode|\.set_mode|\.mode)$/,
        where: [{ arg: 0, source: /^0o[0-7]?[0-7][0-7][2367]$/ }],
      },
    ],
    insecure: "fn f() { let p = Permissions::from_mode(0o777); }",
    secure: "fn f() { let p = Permissions::from_mode(0o750); }",
  },
  {
    name: "temp-file",
    weakness: "temp-file",
    find: [
      { call: /(?:File::create|fs::write)$/, where: [{ arg: 0, text: /^\/tmp\// }] },
      { call: /temp_dir\(\)\.join$/ },
    ],
    insecure: 'fn f() { let f = File::create("/tmp/out.csv"); }',
    secure: "fn f() { let f = tempfile::NamedTempFile::new(); }",
  },
  {
    name: "insecure-cookie",
    weakness: "insecure-cookie",
    find: [{ call: /\.(?:secure|http_only|set_secure|set_http_only)$/, where: [{ arg: 0, text: /^false$/ }] }],
    insecure: 'fn f() { let c = Cookie::build("sid", id).secure(false).finish(); }',
    secure: 'fn f() { let c = Cookie::build("sid", id).secure(true).finish(); }',
  },
  {
    name: "secret-in-log",
    weakness: "secret-in-log",
    find: [
      {
        call: /^(?:println|eprintln|info|debug|warn|error|trace|log::info|log::debug|tracing::info)!$/,
        text: /,\s*&?(?:\w+\.)*(?:password|secret|api_key|private_key)\s*[),]|\{(?:password|secret|api_key|private_key)/,
      },
    ],
    insecure: 'fn f(password: &str) { println!("got {}", password); }',
    secure: 'fn f(user: &str) { println!("got {}", user); }',
  },
]);
