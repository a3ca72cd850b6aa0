import { rulesFor } from "../rule.ts";
import { comparesNoSecret, secretOnTheRight } from "./patterns.ts";

export const phpRules = rulesFor("php", [
  {
    name: "sql-injection",
    weakness: "sql-injection",
    find: [
      {
        call: /^(?:mysqli?_query|mysqli_multi_query|mysqli_real_query|pg_query|sqlite_query|mssql_query|sqlsrv_query|odbc_exec|db_query|mysqli_prepare)$|(?:->|::)(?:query|exec|execute|prepare|multi_query|real_query|raw|select|statement|whereRaw|selectRaw|orderByRaw|havingRaw|unprepared|get_results|get_row|get_var|createQuery|executeQuery|executeStatement|insert|update|delete)$/,
        where: [
          {
            arg: "any",
            is: "built",
            text: /\b(?:select|insert|update|delete|drop|alter|where|order by|from|set|replace|limit)\b|=\s*'?\ue000/i,
          },
        ],
      },
      {
        assign: /\$(?:\w*_?)(?:sql|query|stmt|q)$/i,
        value: {
          is: "built",
          text: /^\s*(?:select\b.+\bfrom\b|insert\s+into\b|update\b.+\bset\b|delete\s+from\b)/is,
          sourceNot: /\$placeholders|->prefix/,
        },
      },
    ],
    insecure: '$r = mysqli_query($db, "SELECT * FROM t WHERE n = \'" . $_GET["n"] . "\'");',
    secure: '$s = $db->prepare("SELECT * FROM t WHERE n = ?");\n$s->execute([$_GET["n"]]);',
  },
  {
    name: "command-injection",
    weakness: "command-injection",
    find: [
      { call: /^\\?(?:system|exec|shell_exec|passthru|popen|proc_open|pcntl_exec)$/, where: [{ arg: 0, is: "open" }] },
      { node: /^shell_command_expression$/, text: /\$/ },
    ],
    insecure: '$o = shell_exec("ls " . $_GET["d"]);',
    secure: '$o = shell_exec("ls -- " . escapeshellarg($_GET["d"]));',
  },
  {
    name: "code-injection",
    weakness: "code-injection",
    find: [
      { call: /^\\?(?:eval|assert|create_function)$/, where: [{ arg: "any", is: "open" }] },
      { node: /^(?:eval_expression|expression_statement)$/, text: /^eval\s*\(.*\$/ },
      { call: /^\\?preg_replace$/, where: [{ arg: 0, text: /^(.).*\1[a-z]*e[a-z]*$/s }] },
      { call: /^\\?call_user_func(?:_array)?$/, where: [{ arg: 0, is: "input" }] },
      { node: /^function_call_expression$/, text: /^\$(?:_GET|_POST|_REQUEST|func|callback|action|fn)\b[^(]*\(/ },
    ],
    unless: /in_array\(|ALLOWED/,
    insecure: "eval($_POST['code']);",
    secure: "$v = json_decode($_POST['code'], true);",
  },
  {
    name: "file-inclusion",
    weakness: "path-traversal",
    message: "the file that is included comes from outside",
    find: [
      {
        node: /^(?:include|include_once|require|require_once)_expression$/,
        value: { is: "risky", not: /^\ue000?\/?[\w/.-]*$/ },
      },
      { node: /^(?:include|include_once|require|require_once)_expression$/, value: { is: "input" } },
      {
        node: /^(?:include|include_once|require|require_once)_expression$/,
        text: /\$(?!this)\w+/,
        value: { is: "built", text: /\ue000/ },
      },
    ],
    unless: /basename\(|realpath\(|in_array\(|__DIR__\s*\.\s*['"][^'"]*['"]\s*\)?;/,
    insecure: "include('pages/' . $_GET['p']);",
    secure: "include(__DIR__ . '/pages/home.php');",
  },
  {
    name: "path-traversal",
    weakness: "path-traversal",
    find: [
      {
        call: /^\\?(?:file_get_contents|fopen|readfile|file|unlink|file_put_contents|copy|rename|rmdir|mkdir|scandir|opendir|show_source|highlight_file)$|(?:->|::)(?:download|get|delete|put)$/,
        where: [{ arg: 0, is: "risky", not: /^https?:|^php:/, sourceNot: /^['"](?:https?|php):/ }],
        not: /->(?:get|delete|put)\(\s*['"][\w.]*['"]\s*[,)]/,
      },
    ],
    unless:
      /basename\(|realpath\(|in_array\(|filter_var|tempnam|strpos\([^)]*['"]\.\.|parse_url|->(?:get|put|delete)\('/,
    insecure: "readfile('/srv/files/' . $_GET['f']);",
    secure: "readfile('/srv/files/' . basename($_GET['f']));",
  },
  {
    name: "ssrf",
    weakness: "ssrf",
    find: [
      {
        call: /^\\?(?:curl_init|file_get_contents|fopen|get_headers|getimagesize|fsockopen)$/,
        where: [{ arg: 0, is: "input", not: /^[./\w]/ }],
      },
      { call: /^\\?curl_setopt$/, text: /CURLOPT_URL/, where: [{ arg: 2, is: "input" }] },
    ],
    unless: /in_array\(|parse_url|filter_var|basename\(|php:\/\/input/,
    insecure: "$c = curl_init($_GET['url']);",
    secure: "$c = curl_init('https://api.example.com/');",
  },
  {
    name: "deserialization",
    weakness: "deserialization",
    find: [
      {
        call: /^\\?(?:unserialize|yaml_parse|igbinary_unserialize)$/,
        not: /allowed_classes['"]\s*=>\s*(?:false|\[)/,
        where: [{ arg: 0, is: "open" }],
      },
    ],
    insecure: "$o = unserialize($_COOKIE['o']);",
    secure: "$o = json_decode($_COOKIE['o'], true);",
  },
  {
    name: "xss",
    weakness: "xss",
    find: [
      { node: /^echo_statement$/, value: { is: "input" } },
      {
        node: /^echo_statement$/,
        text: /\$(?:row|user|name|comment|message|title|q|search|input|data|post)\b/,
        value: { is: "built", text: /<\w/ },
      },
      { node: /^print_intrinsic$/, value: { is: "input" } },
      { call: /^\\?(?:printf|print|vprintf|exit|die)$/, where: [{ arg: "any", is: "input" }] },
      { node: /^(?:exit_statement)$/, value: { is: "input" } },
      { node: /^return_statement$/, value: { is: "built", text: /<(?:h[1-6]|p|div|html|b|span|a|li|td)\b/i } },
    ],
    unless: /application\/json|text\/plain|htmlspecialchars|htmlentities/,
    insecure: "echo '<p>' . $_GET['q'] . '</p>';",
    secure: "echo '<p>' . htmlspecialchars($_GET['q']) . '</p>';",
  },
  {
    name: "weak-hash",
    weakness: "weak-hash",
    find: [
      { call: /^\\?(?:md5|sha1|md5_file|sha1_file|crypt|crc32)$/, not: /random_bytes/ },
      { call: /^\\?(?:hash|hash_hmac|hash_init)$/, where: [{ arg: 0, text: /^(?:md[245]|sha1|crc32b?|adler32)$/i }] },
      { call: /^\\?hash$/, where: [{ arg: 1, source: /\$(?:pass|pw)/i }] },
    ],
    insecure: "$h = md5($password);",
    secure: "$h = password_hash($password, PASSWORD_ARGON2ID);",
  },
  {
    name: "weak-cipher",
    weakness: "weak-cipher",
    find: [
      { call: /^\\?openssl_(?:en|de)crypt$/, where: [{ arg: 1, text: /^(?:des|rc[24]|bf)|-ecb$/i }] },
      { call: /^\\?mcrypt_\w+$/ },
    ],
    insecure: "$c = openssl_encrypt($t, 'aes-128-ecb', $key);",
    secure: "$c = openssl_encrypt($t, 'aes-256-gcm', $key, 0, random_bytes(12), $tag);",
  },
  {
    name: "fixed-iv",
    weakness: "fixed-iv",
    find: [
      { assign: /^\$(?:iv|nonce)$/i, value: { source: /^['"][^'"]+['"]$|^str_repeat/ } },
      { call: /^\\?openssl_encrypt$/, where: [{ arg: 4, source: /^['"]/ }] },
    ],
    insecure: "$iv = '1234567890123456';",
    secure: "$iv = random_bytes(16);",
  },
  {
    name: "hard-coded-credential",
    weakness: "hard-coded-credential",
    find: [
      {
        assign:
          /(?:^\$?|[_a-z])(?:passw(?:or)?d|passwd|pwd|pass|secret|secret_?key|api_?key|access_?key|auth_?token|token|private_?key|client_?secret|encryption_?key)$/i,
        value: {
          is: "fixed",
          source: /^['"][^'"\s]{5,}['"]$/,
          not: /^(?:<.*>|x+|\*+|your[-_ ].*|change.?me|.*(?:example|placeholder).*|password|token|secret|required.*|[a-z_]*(?:field|_name|_id|header)[a-z_]*)$/i,
        },
      },
      {
        call: /^\\?define$/,
        where: [
          { arg: 0, text: /PASS|SECRET|API_?KEY|TOKEN/i },
          { arg: 1, source: /^['"][^'"]{4,}['"]$/ },
        ],
      },
      {
        call: /^\\?(?:mysqli_connect|pg_connect)$|^new (?:mysqli|PDO)$/,
        where: [{ arg: 2, source: /^['"][^'"]+['"]$/ }],
      },
    ],
    insecure: "$apiKey = 'c0ffee1234567890';",
    secure: "$apiKey = getenv('API_KEY');",
  },
  {
    name: "weak-random",
    weakness: "weak-random",
    find: [{ call: /^\\?(?:rand|mt_rand|lcg_value|uniqid|array_rand|str_shuffle|shuffle|mt_srand|srand)$/ }],
    when: /token|passw|secret|session|otp|\bkey\b|Key|nonce|salt|csrf|reset|verif|\bpin\b|auth|invite|voucher|coupon|code/i,
    insecure: "$token = md5_free(mt_rand());",
    secure: "$token = bin2hex(random_bytes(16));",
  },
  {
    name: "tls-verification",
    weakness: "tls-verification",
    find: [
      { call: /^\\?curl_setopt$/, text: /CURLOPT_SSL_VERIFY(?:PEER|HOST)\s*,\s*(?:false|0)/i },
      {
        assign: /^(?:verify_peer|verify_peer_name|verify|CURLOPT_SSL_VERIFY(?:PEER|HOST))$/,
        value: { text: /^(?:false|0)$/i },
      },
      { assign: /^allow_self_signed$/, value: { text: /^true$/i } },
      { call: /withoutVerifying$/ },
    ],
    insecure: "curl_setopt($c, CURLOPT_SSL_VERIFYPEER, false);",
    secure: "curl_setopt($c, CURLOPT_SSL_VERIFYPEER, true);",
  },
  {
    name: "open-redirect",
    weakness: "open-redirect",
    find: [{ call: /^\\?(?:header|wp_redirect|redirect)$|->redirect$|::redirect$/, where: [{ arg: 0, is: "input" }] }],
    unless: /in_array\(|parse_url|str_starts_with|strpos\(|preg_match/,
    insecure: "header('Location: ' . $_GET['next']);",
    secure: "header('Location: /home');",
  },
  {
    name: "unsafe-upload",
    weakness: "unsafe-upload",
    find: [{ call: /^\\?(?:move_uploaded_file|copy)$/, where: [{ arg: 1, is: "built", text: /\ue000$/ }] }],
    when: /\$_FILES/,
    unless: /in_array\(|pathinfo|mime_content_type|finfo|getimagesize/,
    insecure: "move_uploaded_file($_FILES['f']['tmp_name'], 'up/' . $_FILES['f']['name']);",
    secure: "move_uploaded_file($_FILES['f']['tmp_name'], 'up/' . bin2hex(random_bytes(8)) . '.png');",
  },
  {
    name: "loose-compare",
    weakness: "loose-compare",
    find: [
      {
        node: /^binary_expression$/,
        text: /^[^&|]*(?:pass\w*|hash|token|secret|signature|md5\([^)]*\)|key)['"\]]*\)?\s*[!=]=\s*(?!=)[^&|]*\$[^&|]*$/i,
        not: /[!=]==|null|count\(|strlen/,
      },
      { call: /^\\?strcmp$/, where: [{ arg: "any", is: "input" }] },
    ],
    insecure: "if ($token == $_GET['token']) { ok(); }",
    secure: "if (hash_equals($token, $_GET['token'])) { ok(); }",
  },
  {
    name: "timing-compare",
    weakness: "timing-compare",
    find: [
      { node: /^binary_expression$/, text: secretOnTheRight, not: comparesNoSecret },
      {
        node: /^binary_expression$/,
        text: /^[^&|]*(?:hmac|signature|\$mac|token|api_?key|secret|hash)\w*['"\]]*\)?\s*[!=]==\s*\$[^&|]*$/i,
        not: /null|count\(|strlen/,
      },
    ],
    insecure: "if ($signature === $given) { ok(); }",
    secure: "if (hash_equals($signature, $given)) { ok(); }",
  },
  {
    name: "xxe",
    weakness: "xxe",
    find: [
      { call: /libxml_disable_entity_loader$/, where: [{ arg: 0, text: /^false$/i }] },
      { call: /(?:->loadXML|->load|simplexml_load_string|simplexml_load_file)$/, text: /LIBXML_NOENT|LIBXML_DTDLOAD/ },
      { assign: /->(?:resolveExternals|substituteEntities)$/, value: { text: /^true$/i } },
    ],
    insecure: "$d->loadXML($x, LIBXML_NOENT | LIBXML_DTDLOAD);",
    secure: "$d->loadXML($x, LIBXML_NONET);",
  },
  {
    name: "debug-on",
    weakness: "debug-on",
    find: [
      {
        call: /^\\?ini_set$/,
        where: [
          { arg: 0, text: /^display_errors$/ },
          { arg: 1, text: /^(?:1|on|true)$/i },
        ],
      },
      { call: /^\\?phpinfo$/ },
    ],
    insecure: "ini_set('display_errors', '1');",
    secure: "ini_set('display_errors', '0');",
  },
  {
    name: "cors",
    weakness: "cors",
    find: [
      {
        call: /^\\?header$|->header$/,
        text: /Access-Control-Allow-Origin['"]?\s*[:,]\s*['"]?\s*(?:\*|['"]\s*\.\s*\$_SERVER)/i,
      },
    ],
    insecure: "header('Access-Control-Allow-Origin: *');",
    secure: "header('Access-Control-Allow-Origin: https://shop.example');",
  },
  {
    name: "extract-request",
    weakness: "mass-assignment",
    find: [
      { call: /^\\?(?:extract|parse_str)$/, where: [{ arg: 0, is: "input" }] },
      { call: /(?:::create|->fill|->update|::insert)$/, text: /\$request->all\(\)|\$_POST\s*\)/ },
    ],
    insecure: "extract($_REQUEST);",
    secure: "$name = (string) ($_REQUEST['name'] ?? '');",
  },
  {
    name: "permissions",
    weakness: "permissions",
    find: [
      { call: /^\\?(?:chmod|mkdir)$/, where: [{ arg: 1, source: /^0[0-7]?[0-7][0-7][2367]$/ }] },
      { call: /^\\?umask$/, where: [{ arg: 0, source: /^0+$/ }] },
    ],
    insecure: "chmod('up', 0777);",
    secure: "chmod('up', 0750);",
  },
  {
    name: "ldap-injection",
    weakness: "ldap-injection",
    find: [{ call: /^\\?ldap_(?:search|list|read)$/, where: [{ arg: 2, is: "built" }] }],
    insecure: "ldap_search($l, 'dc=x', '(uid=' . $uid . ')');",
    secure: "ldap_search($l, 'dc=x', '(uid=' . ldap_escape($uid, '', LDAP_ESCAPE_FILTER) . ')');",
  },
  {
    name: "insecure-cookie",
    weakness: "insecure-cookie",
    find: [
      {
        call: /^\\?setcookie$/,
        where: [{ arg: 0, text: /sess|token|auth|sid|remember/i }],
        not: /secure['"]?\s*=>\s*true|true\s*,\s*true/i,
      },
    ],
    insecure: "setcookie('session', $id);",
    secure: "setcookie('session', $id, ['secure' => true, 'httponly' => true, 'samesite' => 'Lax']);",
  },
  {
    name: "temp-file",
    weakness: "temp-file",
    find: [{ call: /^\\?(?:fopen|file_put_contents)$/, where: [{ arg: 0, text: /^\/tmp\// }] }],
    insecure: "file_put_contents('/tmp/report.csv', $rows);",
    secure: "file_put_contents(tempnam(sys_get_temp_dir(), 'r'), $rows);",
  },
]);
