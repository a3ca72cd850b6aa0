import { rulesFor } from "../rule.ts";

export const shellRules = rulesFor("shell", [
  {
    name: "eval",
    weakness: "code-injection",
    find: [
      {
        call: /^eval$/,
        where: [
          {
            arg: "any",
            is: "open",
            sourceNot: /^"?\$\((?:ssh-agent|dircolors|brew|direnv|\w*env |lesspipe|opam|minikube)/,
          },
        ],
      },
    ],
    insecure: 'eval "$1"',
    secure: '"$@"',
  },
  {
    name: "shell-from-text",
    weakness: "command-injection",
    find: [
      {
        call: /^(?:\/bin\/)?(?:ba|z|da|k)?sh$|^su$|^sudo$|^ssh$|^xargs$/,
        text: /\s-l?c\s+(?:"[^"]*\$(?!\()\{?\w|\$\w)/,
      },
      { call: /^(?:python3?|perl|ruby|node|php)$/, text: /\s-[cer]\s+"[^"]*\$\{?\w/ },
      {
        call: /^ssh$/,
        text: /"[^"]*\$\{?[a-z1-9@*]\w*[^"]*"\s*$/,
        not: /"\$\{?\w*(?:host|server|target|remote|user)\w*\}?(?:@[^"]*)?"\s*$/i,
      },
      {
        call: /^(?:mysql|psql|sqlite3|mariadb|sqlcmd)$/,
        text: /(?:SELECT|INSERT|UPDATE|DELETE|DROP|select|insert|update|delete)\b[^"]*\$\{?[A-Za-z0-9_]+/,
      },
      { call: /^find$/, text: /-exec\s+(?:ba)?sh\s+-c\s+['"][^'"]*\{\}/ },
      { call: /^xargs$/, text: /-I\s*(\S+)\s+(?:ba)?sh\s+-c\s+['"][^'"]*\1/ },
    ],
    insecure: 'bash -c "ls $1"',
    secure: 'ls -- "$1"',
  },
  {
    name: "run-download",
    weakness: "remote-code",
    find: [
      {
        node: /^(?:pipeline|redirected_statement)$/,
        text: /\b(?:curl|wget|fetch)\b[\s\S]*\|\s*(?:sudo\s+(?:-\w+\s+)*)?(?:\/(?:usr\/)?bin\/(?:env\s+)?)?(?:(?:ba|z|da|k)?sh|python3?|perl|ruby|node|php|source)\b/,
      },
      { call: /^(?:(?:ba|z|da)?sh|eval|source|\.|sudo)$/, text: /(?:<\(|\$\(|`)\s*(?:curl|wget)\b/ },
      {
        node: /^program$/,
        text: /\b(?:curl|wget)\b[^\n]*\s(?:-o|-O|>|--output)\s*"?(\S+?\.(?:sh|py|bash|bin|run))"?[\s\S]*\b(?:(?:ba|z)?sh|python3?|chmod\s+\S*\+?x|chmod\s+7\d\d)\s+"?\1/,
        not: /sha(?:256|512)sum|gpg\b|shasum|cosign|minisign|openssl\s+dgst/,
      },
    ],
    insecure: "curl -s https://x.example/i.sh | sh",
    secure: 'curl -so i.sh https://x.example/i.sh\necho "$SUM  i.sh" | sha256sum -c - && sh i.sh',
  },
  {
    name: "unquoted-variable",
    weakness: "unquoted-variable",
    find: [
      {
        call: /^(?:rm|mv|cp|cat|chmod|chown|rsync|tar|kill|mkdir|cd|touch|ln|dd|find|grep|unzip|sudo|git|docker|source|\.|ls|sed|awk|gzip|scp|ssh|wc|head|tail|mkfs|useradd|userdel|psql|mysql|curl|wget|ping|nslookup|dig|file|stat|diff|sort|convert|ffmpeg|install|test|\[)$/,
        where: [
          {
            arg: "any",
            source:
              /^(?:[^"'$\s]*\$(?:[a-zA-Z]\w*|[1-9@*]|\{[a-zA-Z]\w*\}|\{[1-9]\})[^"'\s]*)$|^[^"']*\$\{?(?!\?|#|!|\$)\w+\}?[^"']*$/,
            sourceNot: /["']|\$\(\(|\$#|\$\?|\$!|\$\$|^\$\(|`|^\$?[A-Z_]*(?:FLAGS|OPTS|ARGS)\b|\$\{\w+:?[?+]/,
          },
        ],
      },
      {
        node: /^for_statement$/,
        text: /^for\s+\w+\s+in\s+(?:\$\((?:ls|find|cat)\b|`(?:ls|find|cat)\b|\$[\w@*]+\s*[;\n])/,
      },
      { node: /^test_command$/, text: /^\[\s[^[\]]*(?:^|\s)\$\w+\s+(?:=|==|!=)\s/ },
    ],
    insecure: "rm -rf $1",
    secure: 'rm -rf -- "$1"',
  },
  {
    name: "unset-path",
    weakness: "unquoted-variable",
    message: "an empty variable would make this the root folder; stop where it is empty",
    find: [{ call: /^(?:sudo|rm)$/, text: /\brm\s+(?:-\w+\s+)*(?:--\s+)?"?\$\{?\w+\}?"?\/(?:\*|\s|$|"?\*)/ }],
    insecure: 'rm -rf "$dir"/*',
    secure: 'rm -rf -- "$(realpath "$dir")"',
  },
  {
    name: "permissions",
    weakness: "permissions",
    find: [
      {
        call: /^(?:sudo|chmod|install|mkdir)$/,
        text: /\bchmod\s+(?:-\w+\s+)*(?:[0-7]?[0-7][0-7][2367]|(?:a|o|ugo|go)\+\w*w\w*|(?:a|o)=\w*w\w*|\+w)\b|(?:-m|--mode)[= ]?0?[0-7]?[0-7][0-7][2367]\b|[+=]rwx?\s|chmod\s+(?:-\w+\s+)*[ugo]*\+s\b|chmod\s+[4267][0-7]{3}\b/,
        not: /chmod\s+(?:-\w+\s+)*u[+=]\w+\s|chmod\s+1777/,
      },
      { call: /^umask$/, where: [{ arg: 0, source: /^0+$/ }] },
    ],
    insecure: "chmod 777 run.sh",
    secure: "chmod 750 run.sh",
  },
  {
    name: "temp-file",
    weakness: "temp-file",
    find: [
      { assign: /./, value: { text: /^\/(?:var\/)?tmp\/[\w.\ue000$-]+$/, sourceNot: /mktemp|XXXX/ } },
      { node: /^file_redirect$/, text: /^(?:\d?>>?|&>)\s*"?\/tmp\/[\w.$-]+/ },
      { call: /^(?:tee|touch)$/, where: [{ arg: "any", text: /^\/tmp\// }] },
      { call: /^mktemp$/, text: /\s-u\b/ },
      { call: /^(?:curl|wget)$/, text: /\s-[oO]\s*"?\/tmp\// },
    ],
    insecure: "echo data > /tmp/out.$$",
    secure: 'out=$(mktemp)\necho data > "$out"',
  },
  {
    name: "tls-verification",
    weakness: "tls-verification",
    find: [
      { call: /^(?:sudo|curl)$/, text: /\bcurl\b.*\s(?:-\w*k\w*|--insecure|--proxy-insecure)(?:\s|$)/ },
      { call: /^(?:sudo|wget)$/, text: /--no-check-certificate/ },
      { call: /^(?:ssh|scp|sftp|rsync)$/, text: /StrictHostKeyChecking[= ]no|UserKnownHostsFile[= ]\/dev\/null/ },
      { call: /^git$/, text: /http\.sslVerify[= ]false/i },
      {
        assign: /^(?:GIT_SSL_NO_VERIFY|NODE_TLS_REJECT_UNAUTHORIZED|PYTHONHTTPSVERIFY)$/,
        value: { text: /^(?:1|0|true)$/ },
      },
      {
        call: /^(?:npm|yarn|pip3?|apt-get|apt|yum|dnf|pip)$/,
        text: /strict-ssl\s+false|--trusted-host|--allow-unauthenticated|--nogpgcheck|--force-yes|--no-gpg-check/,
      },
      { call: /^openssl$/, text: /s_client(?!.*-verify).*-noverify/ },
    ],
    insecure: "curl -k https://api.example.com/",
    secure: "curl https://api.example.com/",
  },
  {
    name: "cleartext",
    weakness: "cleartext",
    find: [
      { call: /^(?:telnet|ftp|rsh|rlogin|tftp)$/ },
      {
        call: /^curl$/,
        text: /http:\/\/(?!localhost|127\.)/,
        where: [{ arg: "any", source: /^(?:-u|--user|-d|--data.*|-H|-F)$/ }],
      },
    ],
    insecure: "ftp files.example.com",
    secure: "sftp files.example.com",
  },
  {
    name: "hard-coded-credential",
    weakness: "hard-coded-credential",
    find: [
      {
        assign:
          /(?:^|_)(?:PASSW(?:OR)?D|PASSWD|PWD|PASS|SECRET|SECRET_KEY|API_?KEY|ACCESS_KEY|AUTH_TOKEN|TOKEN|PRIVATE_KEY|PGPASSWORD|SECRET_ACCESS_KEY)$/i,
        value: {
          is: "fixed",
          not: /^(?:\/.*|\s*|\d{1,2}|true|false|https?:\/\/[^@]*|\$\{?\w.*)$/,
          sourceNot: /\$|^["']?\//,
        },
      },
      {
        call: /^(?:mysql|mysqldump|mysqladmin|mariadb)$/,
        text: /\s(?:-p(?=['"]?[^\s$'"]{3,})|--password=(?!\$|"\$|'?'?\s|$))/,
      },
      {
        call: /^(?:curl|wget)$/,
        text: /\s(?:-u|--user)\s+['"]?[\w.@-]+:(?!\$|"?\s)[^\s'"$]+|Authorization:\s*(?:Bearer|Basic)\s+[A-Za-z0-9._~+/-]{8,}|:\/\/[^\s:@/$]+:[^\s:@/$]{3,}@|--password=(?!\$|"\$)\S/,
      },
      { call: /^sshpass$/, text: /-p\s*['"]?(?!\$|['"]\$)\S/ },
      {
        call: /^(?:docker|podman|az|htpasswd|openssl|redis-cli|psql)$/,
        text: /login\b.*(?:-p|--password)[ =](?!\$|"\$|-stdin)\S+|-passin\s+pass:(?!\$)|-k\s+['"]?[A-Za-z0-9]{6,}|-a\s+['"]?[A-Za-z0-9]{6,}|-b\S*\s+\S+\s+\S+\s+[A-Za-z0-9]{4,}$|:\/\/[^\s:@/$]+:[^\s:@/$]{3,}@/,
      },
      {
        node: /^pipeline$/,
        text: /echo\s+['"]?[^\s'"$]{4,}['"]?\s*\|\s*(?:sudo\s+-S|passwd|chpasswd|docker login)|echo\s+['"]?\w+:[^\s'"$]+['"]?\s*\|\s*(?:sudo\s+)?chpasswd/,
      },
    ],
    insecure: "DB_PASSWORD=Herbst2021",
    secure: "DB_PASSWORD=$(cat /run/secrets/db)",
  },
  {
    name: "weak-hash",
    weakness: "weak-hash",
    find: [
      { call: /^(?:md5sum|sha1sum|md5)$/ },
      { call: /^openssl$/, text: /\b(?:dgst\s+-(?:md5|sha1)|md5|sha1|passwd\s+-1|passwd\s+-crypt)\b/ },
      { call: /^shasum$/, text: /^shasum(?!.*-a\s*(?:256|384|512))/ },
    ],
    insecure: "md5sum release.tgz",
    secure: "sha256sum release.tgz",
  },
  {
    name: "weak-cipher",
    weakness: "weak-cipher",
    find: [
      {
        call: /^openssl$/,
        text: /\benc\s+-(?:des|rc[24]|bf|aes-\d+-ecb)|-(?:aes-\d+-ecb|des3?|des-ede3\S*|rc4)\b|gen(?:rsa|dsa)\b.*\b(?:512|1024)\b|rsa:(?:512|1024)\b|-(?:ssl[23]|tls1|tls1_1)\b/,
      },
      { call: /^ssh-keygen$/, text: /-t\s*dsa|-b\s*(?:512|768|1024)\b/ },
      { call: /^zip$/, text: /\s-P\s/ },
    ],
    insecure: "openssl enc -des3 -in a -out b",
    secure: "openssl genrsa -out k.pem 4096",
  },
  {
    name: "weak-random",
    weakness: "weak-random",
    find: [
      { node: /^(?:simple_expansion|expansion)$/, text: /^\$\{?RANDOM\b/ },
      { node: /^pipeline$/, text: /\bdate\b[^|]*\|\s*(?:md5sum|sha\d+sum)/ },
      { node: /^variable_name$/, text: /^RANDOM$/ },
    ],
    when: /token|passw|secret|key|otp|pin|salt|nonce|code/i,
    insecure: "token=$RANDOM",
    secure: "token=$(openssl rand -hex 16)",
  },
  {
    name: "excess-privilege",
    weakness: "excess-privilege",
    find: [
      { call: /^(?:echo|printf|tee)$/, text: /NOPASSWD:\s*ALL/ },
      {
        call: /^(?:sudo|docker|podman)$/,
        text: /\brun\b.*(?:--privileged|-v\s+\/:\/|\/var\/run\/docker\.sock|--cap-add[= ]ALL|--security-opt\s+\S*unconfined)/,
      },
      { call: /^(?:sudo|setenforce)$/, text: /\bsetenforce\s+0|\bufw\s+disable|\biptables\s+-F/ },
      { call: /^(?:ufw|iptables)$/, text: /ufw\s+disable|iptables\s+(?:-F|-P\s+INPUT\s+ACCEPT)/ },
    ],
    insecure: "docker run --privileged -d app",
    secure: "docker run --cap-drop ALL -d app",
  },
  {
    name: "secret-in-log",
    weakness: "secret-in-log",
    find: [{ call: /^(?:echo|printf|logger)$/, text: /\$\{?\w*(?:PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY)\b/i }],
    unless: /\$\{?\w*(?:PASSWORD|TOKEN|SECRET)\w*\}?"?\s*\|/i,
    insecure: 'echo "using $DB_PASSWORD"',
    secure: 'echo "using the stored password"',
  },
]);
