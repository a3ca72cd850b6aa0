import { rulesFor } from "../rule.ts";
import { comparesNoSecret, secretOnTheRight } from "./patterns.ts";

export const rubyRules = rulesFor("ruby", [
  {
    name: "sql-injection",
    weakness: "sql-injection",
    find: [
      {
        call: /(?:^|\.)(?:where|find_by_sql|execute|exec_query|select|order|group|having|joins|from|pluck|exists\?|delete_all|update_all|count_by_sql|select_all|select_value|query|exec|exec_params|find_by|reorder|prepare|delete_by|destroy_by|select_rows|run|fetch)$/,
        where: [
          {
            arg: 0,
            is: "built",
            text: /\b(?:select|insert|update|delete|drop|where|from|and|or|like|in|order|asc|desc|set)\b|=|<|>/i,
          },
        ],
      },
      {
        call: /\.(?:order|pluck|reorder|group|calculate|where)$/,
        where: [{ arg: 0, is: "input", source: /^params\[\S+\]$/ }],
      },
      { call: /^Arel\.sql$/, where: [{ arg: 0, is: "open" }] },
      {
        assign: /(?:sql|query)$/i,
        value: { is: "built", text: /^\s*(?:select\b.+\bfrom\b|insert\s+into\b|update\b.+\bset\b|delete\s+from\b)/is },
      },
    ],
    insecure: "User.where(\"name = '#{params[:n]}'\")",
    secure: 'User.where("name = ?", params[:n])',
  },
  {
    name: "command-injection",
    weakness: "command-injection",
    find: [
      {
        call: /^(?:Kernel\.)?(?:system|exec|spawn|syscall|popen)$|^(?:IO|Open3|PTY)\.(?:popen|popen2e?|popen3|capture2e?|capture3|spawn|pipeline)$|^Process\.spawn$/,
        where: [{ arg: 0, is: "risky" }],
      },
      { call: /^(?:Kernel\.)?(?:system|exec|spawn)$/, where: [{ arg: 0, is: "open" }], text: /^\S+[ (]\w+\)?$/ },
      { node: /^subshell$/, text: /#\{(?![^}]*(?:shellescape|Shellwords))/ },
      { call: /^(?:Kernel\.)?open$/, where: [{ arg: 0, is: "input" }] },
      { call: /^(?:Kernel\.)?open$/, where: [{ arg: 0, text: /^\|/ }] },
    ],
    insecure: 'system("ls #{params[:d]}")',
    secure: 'system("ls", "--", params[:d])',
  },
  {
    name: "code-injection",
    weakness: "code-injection",
    find: [
      { call: /(?:^|\.)(?:eval|instance_eval|class_eval|module_eval)$/, where: [{ arg: 0, is: "open" }] },
      { call: /^ERB\.new$/, where: [{ arg: 0, is: "input" }] },
    ],
    insecure: "eval(params[:code])",
    secure: "JSON.parse(params[:code])",
  },
  {
    name: "unsafe-reflection",
    weakness: "unsafe-reflection",
    find: [
      { call: /\.(?:send|__send__|public_send|method|try)$/, where: [{ arg: 0, is: "input" }] },
      { call: /\.(?:constantize|safe_constantize)$/ },
      { call: /(?:^|\.)const_get$/, where: [{ arg: 0, is: "open" }] },
    ],
    unless: /\.include\?|\.key\?|\.fetch\(/,
    insecure: "item.send(params[:m])",
    secure: "item.refresh",
  },
  {
    name: "deserialization",
    weakness: "deserialization",
    find: [
      { call: /^Marshal\.(?:load|restore)$/, where: [{ arg: 0, is: "open" }] },
      {
        call: /^(?:YAML|Psych)\.(?:load|unsafe_load|load_file|unsafe_load_file|load_documents)$/,
        where: [{ arg: 0, is: "open" }],
      },
      { call: /^Oj\.(?:load|object_load)$/, text: /object/ },
    ],
    insecure: "state = Marshal.load(cookies[:s])",
    secure: "state = JSON.parse(cookies[:s])",
  },
  {
    name: "xss",
    weakness: "xss",
    find: [
      { call: /\.html_safe$/, text: /#\{|params|\w\.\w+\.html_safe|^\w+\.html_safe/ },
      { call: /^raw$|\.raw$/, where: [{ arg: 0, is: "open" }] },
      { call: /^render$/, where: [{ arg: "inline", is: "open" }] },
      { call: /^render$/, where: [{ arg: "html", is: "risky" }] },
      { node: /^(?:string)$/, text: /^"\s*<(?:h[1-6]|p|div|html|body|b|span|li)\b[\s\S]*#\{\s*params/ },
      { call: /^link_to$/, where: [{ arg: 1, is: "input" }] },
    ],
    unless: /sanitize\(|ERB::Util|CGI\.escapeHTML|html_escape|Rack::Utils\.escape_html/,
    insecure: '"<b>#{name}</b>".html_safe',
    secure: "content_tag(:b, name)",
  },
  {
    name: "path-traversal",
    weakness: "path-traversal",
    find: [
      {
        call: /^(?:File\.(?:open|read|new|readlines|delete|write|binread)|IO\.(?:read|readlines)|FileUtils\.\w+|Dir\.(?:glob|entries|children)|Pathname\.new)$/,
        where: [{ arg: 0, is: "risky", sourceNot: /^__dir__/ }],
      },
      { call: /^(?:send_file)$/, where: [{ arg: 0, is: "input" }] },
      { call: /^(?:send_file)$/, where: [{ arg: 0, is: "built" }] },
      { call: /^render$/, where: [{ arg: "file", is: "input" }] },
    ],
    unless: /start_with\?|File\.basename|realpath|expand_path\([^)]*\)\.start|cleanpath|ActiveStorage::Filename/,
    insecure: 'File.read("/srv/files/" + params[:f])',
    secure: 'File.read("/srv/files/" + File.basename(params[:f]))',
  },
  {
    name: "zip-slip",
    weakness: "zip-slip",
    find: [
      {
        call: /(?:\.extract|^File\.join|^File\.write|^File\.open)$/,
        where: [{ arg: "any", source: /\bentry\.(?:name|full_name)\b/ }],
      },
    ],
    unless: /start_with\?|File\.basename|expand_path/,
    insecure: "entry.extract(File.join(dir, entry.name))",
    secure: "target = File.expand_path(entry.name, dir)\nraise unless target.start_with?(dir)\nentry.extract(target)",
  },
  {
    name: "weak-hash",
    weakness: "weak-hash",
    find: [
      { call: /^(?:Digest|OpenSSL::Digest)::(?:MD5|SHA1|MD4)(?:\.|$)/ },
      { call: /^OpenSSL::Digest\.(?:new|digest)$|OpenSSL::HMAC\.\w+$/, where: [{ arg: 0, text: /^(?:md5|sha1)$/i }] },
      { call: /^Digest::SHA(?:256|512|2)\.\w+$/, where: [{ arg: 0, source: /passw/i }] },
    ],
    insecure: "Digest::MD5.hexdigest(data)",
    secure: "Digest::SHA256.hexdigest(data)",
  },
  {
    name: "weak-cipher",
    weakness: "weak-cipher",
    find: [{ call: /^OpenSSL::Cipher(?:::Cipher)?\.new$/, where: [{ arg: 0, text: /^(?:des|rc[24]|bf)|ecb/i }] }],
    insecure: 'c = OpenSSL::Cipher.new("aes-128-ecb")',
    secure: 'c = OpenSSL::Cipher.new("aes-256-gcm")',
  },
  {
    name: "fixed-iv",
    weakness: "fixed-iv",
    find: [{ assign: /(?:^|\.)iv$/, value: { is: "fixed", source: /^["']/ } }],
    insecure: 'c.iv = "0000000000000000"',
    secure: "c.iv = c.random_iv",
  },
  {
    name: "hard-coded-credential",
    weakness: "hard-coded-credential",
    find: [
      {
        assign:
          /(?:^|[_.a-z])(?:passw(?:or)?d|passwd|pwd|secret|secret_?key(?:_base)?|api_?key|access_?key|auth_?token|token|private_?key|client_?secret|encryption_?key)$/i,
        value: {
          is: "fixed",
          source: /^["'][^"'\s#]{5,}["'](?:\.freeze)?$/,
          not: /^(?:<.*>|x+|\*+|your[-_ ].*|change.?me|.*(?:example|placeholder).*|password|token|secret|[a-z_]*(?:field|_name|_id|header|digest)[a-z_]*)$/i,
        },
      },
      { call: /http_basic_authenticate_with$/, text: /password:\s*["']/ },
    ],
    insecure: 'API_KEY = "8f14e45fceea167a"',
    secure: 'API_KEY = ENV.fetch("API_KEY")',
  },
  {
    name: "weak-random",
    weakness: "weak-random",
    find: [
      { call: /^(?:(?:Kernel\.)?(?:rand|srand)|Random\.(?:rand|new|new_seed)|.*\.(?:sample|shuffle))$/ },
      { node: /^identifier$/, text: /^rand$/ },
    ],
    when: /token|passw|secret|session|otp|\bkey\b|_key|nonce|salt|csrf|reset|verif|\bpin\b|auth|invite|voucher|coupon|\bcode\b|_code/i,
    unless: /SecureRandom/,
    insecure: "token = rand(10**20).to_s(36)",
    secure: "token = SecureRandom.hex(16)",
  },
  {
    name: "tls-verification",
    weakness: "tls-verification",
    find: [
      { node: /^scope_resolution$/, text: /^OpenSSL::SSL::VERIFY_NONE$/ },
      { assign: /^(?:verify|verify_ssl|ssl_verify|verify_peer)$/, value: { text: /^false$/ } },
    ],
    insecure: "http.verify_mode = OpenSSL::SSL::VERIFY_NONE",
    secure: "http.verify_mode = OpenSSL::SSL::VERIFY_PEER",
  },
  {
    name: "mass-assignment",
    weakness: "mass-assignment",
    find: [
      { call: /\.permit!$/ },
      {
        call: /(?:\.new|\.create!?|\.update!?|\.update_attributes|\.assign_attributes|\.insert)$/,
        where: [{ arg: 0, source: /^params(?:\[:?\w+\])?$|to_unsafe_h/ }],
      },
      { node: /^call$/, text: /\.permit!$/ },
    ],
    insecure: "User.create(params[:user])",
    secure: "User.create(params.require(:user).permit(:name))",
  },
  {
    name: "open-redirect",
    weakness: "open-redirect",
    find: [{ call: /^redirect_to$|^redirect$/, where: [{ arg: 0, is: "input" }] }],
    unless: /url_from|allow_other_host:\s*false|URI\.parse|start_with\?|ALLOWED/,
    insecure: "redirect_to params[:url]",
    secure: "redirect_to root_path",
  },
  {
    name: "ssrf",
    weakness: "ssrf",
    find: [
      {
        call: /^(?:Net::HTTP\.\w+|URI\.open|OpenURI\.open_uri|HTTParty\.\w+|Faraday\.\w+|RestClient\.\w+|Excon\.\w+|HTTP\.get|Typhoeus\.\w+|open)$/,
        where: [{ arg: 0, is: "input" }],
      },
    ],
    unless: /ALLOWED|allowed|\.host\b/,
    insecure: "Net::HTTP.get(URI(params[:url]))",
    secure: "Net::HTTP.get(URI(FEED))",
  },
  {
    name: "csrf-off",
    weakness: "csrf-off",
    find: [
      { call: /^(?:skip_before_action|skip_forgery_protection)$/, text: /verify_authenticity_token|skip_forgery/ },
      { node: /^identifier$/, text: /^skip_forgery_protection$/ },
      { call: /^protect_from_forgery$/, text: /null_session/ },
    ],
    insecure: "class A < ApplicationController\n  skip_before_action :verify_authenticity_token\nend",
    secure: "class A < ApplicationController\n  protect_from_forgery with: :exception\nend",
  },
  {
    name: "timing-compare",
    weakness: "timing-compare",
    find: [
      { node: /^binary$/, text: secretOnTheRight, not: comparesNoSecret },
      {
        node: /^binary$/,
        text: /^[^&|]*(?:signature|hmac|digest|\bmac\b|token|api_key|secret)\w*\)?\s*[!=]=\s*(?!nil|["':]|\d)[^&|]*$/i,
        not: /\.length|\.size/,
      },
      {
        node: /^binary$/,
        text: /^[^&|]*(?:params|request)\S*\s*==\s*\S*(?:signature|hmac|digest|token|api_key|secret)\w*[^&|]*$/,
      },
    ],
    unless: /secure_compare/,
    insecure: "ok if token == given",
    secure: "ok if ActiveSupport::SecurityUtils.secure_compare(token, given)",
  },
  {
    name: "regex-anchors",
    weakness: "regex-injection",
    message: "^ and $ match at line ends: a value of several lines passes; use \\A and \\z",
    find: [
      { assign: /^with$/, value: { source: /^\/\^[\s\S]*\$\/\w*$/ } },
      { call: /^Regexp\.new$/, where: [{ arg: 0, is: "input" }] },
    ],
    insecure: "validates :name, format: { with: /^[a-z]+$/ }",
    secure: "validates :name, format: { with: /\\A[a-z]+\\z/ }",
  },
  {
    name: "permissions",
    weakness: "permissions",
    find: [{ call: /(?:File|FileUtils)\.chmod(?:_R)?$/, where: [{ arg: 0, source: /^0o?[0-7]?[0-7][0-7][2367]$/ }] }],
    insecure: 'File.chmod(0777, "run")',
    secure: 'File.chmod(0750, "run")',
  },
  {
    name: "temp-file",
    weakness: "temp-file",
    find: [{ call: /^File\.(?:open|write|new)$/, where: [{ arg: 0, text: /^\/tmp\// }] }],
    insecure: 'File.write("/tmp/out.csv", rows)',
    secure: 'Tempfile.create("out") { |f| f.write(rows) }',
  },
  {
    name: "jwt-unverified",
    weakness: "jwt-unverified",
    find: [
      { call: /^JWT\.decode$/, where: [{ arg: 2, text: /^false$/ }] },
      { call: /^JWT\.(?:decode|encode)$/, text: /["']none["']/ },
    ],
    insecure: "claims = JWT.decode(token, nil, false)",
    secure: 'claims = JWT.decode(token, key, true, algorithm: "RS256")',
  },
  {
    name: "xxe",
    weakness: "xxe",
    find: [
      { node: /^call$/, text: /Nokogiri[\s\S]*(?:\.noent|NOENT|dtdload|DTDLOAD)/ },
      { call: /^Nokogiri::XML$/, text: /NOENT|noent/ },
    ],
    insecure: "Nokogiri::XML(body) { |c| c.noent }",
    secure: "Nokogiri::XML(body) { |c| c.nonet }",
  },
]);
