/**
 * Words that carry a role in one of the languages that attacks are written in. The lexer replaces a known word by its role, so
 * that `or sleep(1)` and `and benchmark(1)` have the same shape. A word has one role: that which it most often plays in an attack.
 */
const roleWords = {
  sql_verb:
    "select insert update delete drop alter create exec execute declare merge truncate grant revoke replace union intersect except minus rename backup restore shutdown attach pragma copy call handler",
  sql_clause:
    "from where having group order by limit offset fetch into values set join inner outer left right on as distinct all top case when then else end procedure analyse partition over using asc desc rownum dual table database column schema view trigger index begin",
  sql_logic:
    "and or xor not like ilike rlike regexp similar between is in exists any some sounds div mod collate escape null true false",
  sql_function:
    "sleep benchmark pg_sleep waitfor delay extractvalue updatexml concat concat_ws group_concat string_agg char nchar chr ascii ord hex unhex substr substring mid lcase ucase lower upper length len char_length count sum avg min max cast convert coalesce ifnull isnull nullif iif if elt make_set load_file outfile dumpfile randomblob generate_series dbms_pipe receive_message dbms_lock utl_inaddr get_host_address utl_http ctxsys xmltype rand floor exp row_count instr locate position reverse repeat quote database user current_user session_user system_user version md5 sha1 json_extract to_char name_const geometrycollection polygon multipoint linestring gtid_subset openrowset opendatasource query_to_xml lo_import lo_export pg_read_file load_extension likelihood zeroblob typeof printf",
  sql_catalog:
    "information_schema sysobjects syscolumns sysdatabases sysusers sqlite_master sqlite_schema pg_catalog pg_tables pg_user pg_class pg_shadow all_tables all_users user_tables all_tab_columns table_name column_name table_schema schema_name mysql msysobjects master dbo sys xp_cmdshell xp_dirtree xp_regread sp_password sp_executesql sp_oacreate sp_configure rdb domain v_version banner tables columns",
  html_tag:
    "script iframe frame frameset svg img image body html head style link meta object embed applet form input button textarea select option video audio source track details summary marquee bgsound base table td th tr div span math isindex layer ilayer xml plaintext noscript template slot canvas dialog keygen menu menuitem animate animatetransform animatemotion foreignobject use isindex xmp noembed listing",
  html_attribute:
    "src href srcdoc action formaction xlink background poster lowsrc dynsrc autofocus tabindex contenteditable accesskey http-equiv content style class id type value name width height rel target onpointerrawupdate",
  js_sink:
    "alert prompt confirm eval settimeout setinterval setimmediate execscript function constructor fromcharcode fromcodepoint document window location cookie innerhtml outerhtml write writeln domain localstorage sessionstorage xmlhttprequest fetch import atob btoa unescape decodeuri decodeuricomponent top parent self globalthis frames opener appendchild createelement insertadjacenthtml queryselector srcdoc console log throw onerror valueof tostring proto prototype reflect expression behavior moz binding postmessage sendbeacon navigator getelementbyid",
  js_scheme: "javascript vbscript livescript mocha jscript data",
  shell_command:
    "id whoami cat ls ping ping6 nslookup dig host wget curl nc ncat netcat bash sh zsh ksh csh dash tcsh busybox perl python python2 python3 ruby php node lua awk gawk sed grep egrep find xargs tee head tail tac nl more less sort uniq cut tr wc od xxd strings base64 base32 printf echo env printenv export uname hostname ifconfig ip netstat ss ps top kill killall rm mv cp ln mkdir rmdir touch chmod chown chattr crontab at nohup sudo su passwd useradd adduser usermod ssh scp sftp telnet ftp tftp socat openssl gcc make tar gzip gunzip zip unzip mount umount df du free uptime w who last history pwd cd which whereis locate dmesg lsof systemctl service iptables timeout sleep usleep reboot halt poweroff shutdown true false exit set unset alias source test expr seq yes dd split",
  windows_command:
    "cmd powershell pwsh dir type copy del erase ren net net1 ipconfig systeminfo tasklist taskkill reg regsvr32 rundll32 certutil bitsadmin mshta wmic cscript wscript schtasks sc start tracert arp route nbtstat ver vol attrib icacls findstr fsutil vssadmin msiexec iex invoke-expression invoke-webrequest iwr new-object webclient downloadstring downloadfile start-process get-content get-childitem get-process frombase64string encodedcommand enc bypass hidden noprofile comspec systemroot windir userprofile",
  code_function:
    "system passthru shell_exec popen proc_open pcntl_exec phpinfo assert create_function call_user_func call_user_func_array base64_decode str_rot13 gzinflate gzuncompress file_get_contents file_put_contents fopen fwrite fread readfile include include_once require require_once preg_replace array_map array_filter usort ini_set ini_get putenv getenv move_uploaded_file scandir opendir glob highlight_file show_source var_dump print_r die unserialize serialize extract parse_str print subprocess check_output execfile compile __import__ getattr setattr globals locals builtins __builtins__ popen2 spawn execsync spawnsync child_process mainmodule process binding runtime getruntime processbuilder scriptenginemanager classloader forname getmethod newinstance invoke getclass ognl context memberaccess actioncontext _get _post _request _server _cookie _files http_raw_post_data chr pack instance_eval send kernel io",
  sensitive_file:
    "etc shadow hosts group issue motd fstab sudoers ssh id_rsa authorized_keys known_hosts bash_history bashrc profile boot win system32 windows winnt inetpub wwwroot proc environ cmdline maps fd status cpuinfo mounts var log access_log error_log htaccess htpasswd wp-config config conf ini inc bak old swp git svn env web-inf meta-inf sam repair hostname resolv nginx apache apache2 httpd my cnf tomcat users",
  url_scheme:
    "http https ftp ftps file expect gopher dict jar netdoc ldap ldaps rmi iiop dns nis phar zip glob ogg rar compress ssh2 tftp sftp ws wss smb afp nfs unix",
  php_wrapper: "filter input convert resource rot13 iconv zlib",
  network_target:
    "localhost metadata computemetadata internal latest meta-data iam security-credentials user-data burpcollaborator oastify interactsh webhook",
  xml_word:
    "doctype entity element attlist notation system public cdata xinclude xi xmlns soap envelope encoding standalone dtd pcdata notation stylesheet xsl transform",
  template_word:
    "__class__ __mro__ __base__ __bases__ __subclasses__ __globals__ __init__ __dict__ __getitem__ __name__ _module mro subclasses cycler joiner lipsum namespace request application self config url_for get_flashed_messages freemarker velocity smarty twig jinja mako tornado handler settings getclass registerundefinedfiltercallback getfilter _self dump app secret_key range range lipsum attr fenjing",
  ldap_word:
    "objectclass objectcategory samaccountname userprincipalname uid cn sn dc ou mail userpassword givenname distinguishedname memberof",
  query_operator:
    "$where $ne $gt $gte $lt $lte $eq $in $nin $regex $exists $or $and $not $nor $expr $function $jsonschema $elemmatch $size $type $all $comment",
  lookup_word: "jndi lower upper env sys date ctx java bundle main sd base64 k8s docker spring",
  directive_word: "exec include echo printenv fsize flastmod esi vars cmd virtual var",
  response_header:
    "set-cookie location content-type content-length x-xss-protection transfer-encoding refresh access-control-allow-origin",
  prose:
    "the of to a an for with that this it was be are you we they he she his her my your our their have has had do does did will would can could should may there here what how why who but so than more most very also just about after before only other new one two please thanks thank hello hi dear best regards el la los las de y en un una que por con para le les des du une et est pour dans der die das und ist nicht mit von zu den ein eine",
} as const;

export type WordRole = keyof typeof roleWords;

/** Roles in a fixed order; role numbers start at 1, 0 is an unknown word. */
export const wordRoles = Object.keys(roleWords);

/** Hash of a word as the lexer computes it (FNV-1a over folded codes, digits folded). */
export function wordHash(word: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < word.length; i++) {
    let c = word.charCodeAt(i);
    if (c >= 48 && c <= 57) c = 48;
    hash = Math.imul(hash ^ c, 0x01000193);
  }
  return hash >>> 0;
}

const tableBits = 12;
const tableMask = (1 << tableBits) - 1;
const keys = new Uint32Array(1 << tableBits);
const roles = new Uint8Array(1 << tableBits);
const filled = new Uint8Array(1 << tableBits);

wordRoles.forEach((role, index) => {
  for (const word of roleWords[role as WordRole].split(" ")) {
    const hash = wordHash(word);
    let slot = hash & tableMask;
    while (filled[slot] === 1 && keys[slot] !== hash) slot = (slot + 1) & tableMask;
    if (filled[slot] === 1) continue;
    filled[slot] = 1;
    keys[slot] = hash;
    roles[slot] = index + 1;
  }
});

/** Role number of a word hash; 0 for a word without one. */
export function roleOfHash(hash: number): number {
  let slot = hash & tableMask;
  while (filled[slot] === 1) {
    if (keys[slot] === hash) return roles[slot]!;
    slot = (slot + 1) & tableMask;
  }
  return 0;
}
