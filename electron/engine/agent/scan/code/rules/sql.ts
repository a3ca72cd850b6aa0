import { rulesFor } from "../rule.ts";

const statement = /^statement$/;

export const sqlRules = rulesFor("sql", [
  {
    name: "dynamic-concatenation",
    weakness: "sql-injection",
    find: [
      {
        node: statement,
        text: /(?:=|\bSELECT\b|:=|\bEXEC(?:UTE)?\b|\bIMMEDIATE\b|\bFOR\b|\bPREPARE\b.*\bFROM\b)[\s(]*N?'\s*(?:SELECT|INSERT|UPDATE|DELETE|DROP|ALTER|CREATE|EXEC|TRUNCATE|GRANT|MERGE|WITH)\b(?:[^']|'')*'\s*(?:\+|\|\|)\s*(?!\s*(?:QUOTENAME|quote_ident|quote_literal|quote_nullable|CAST|CONVERT|DBMS_ASSERT|STR|to_char|format|sys\.)\s*[(.])(?!N?')/i,
      },
      {
        node: statement,
        text: /(?:\+|\|\|)\s*@?\w+\s*(?:\+|\|\|)\s*N?'/,
        not: /^(?:SELECT|INSERT|UPDATE|WITH)\b(?![^']*'\s*(?:SELECT|INSERT|UPDATE|DELETE)\b)|QUOTENAME|quote_ident|quote_literal|DBMS_ASSERT|LIKE\s+'%'|LIKE\s+CONCAT|PRINT|RAISERROR/i,
      },
      { node: statement, text: /\bEXEC(?:UTE)?\s*\(\s*(?:N?'(?:[^']|'')*'\s*\+\s*)?@\w+\s*\+/i },
      {
        node: statement,
        text: /\bCONCAT\s*\(\s*'\s*(?:SELECT|INSERT|UPDATE|DELETE|DROP|ALTER|CREATE|TRUNCATE)\b(?:[^']|'')*'\s*,\s*(?!QUOTE\s*\()[\w@]/i,
      },
      {
        node: statement,
        text: /\bformat\s*\(\s*'\s*(?:SELECT|INSERT|UPDATE|DELETE|DROP|ALTER|CREATE|TRUNCATE)\b(?:[^']|'')*%s/i,
      },
      {
        node: statement,
        text: /\bEXECUTE\s+(?:IMMEDIATE\s+)?(?:p_|in_|user_|_)\w+\s*$|\bEXEC\s*\(\s*@(?:query|sql|stmt|command|cmd|statement|where|filter|input)\w*\s*\)/i,
      },
    ],
    unlessAnywhere:
      /\bEXEC\s*\(\s*@\w+\s*\)(?![\s\S]*\+)[\s\S]*=\s*N?'(?:[^']|'')*'\s*;|QUOTENAME\s*\(\s*@\w+[^;]*\)[\s\S]*sp_executesql/i,
    insecure: "SET @q = N'SELECT * FROM T WHERE N = ''' + @n + '''';\nEXEC(@q);",
    secure: "SET @q = N'SELECT * FROM T WHERE N = @n';\nEXEC sp_executesql @q, N'@n NVARCHAR(50)', @n = @n;",
  },
  {
    name: "tautology",
    weakness: "sql-injection",
    message: "the condition is always true",
    find: [{ node: statement, text: /\bOR\s+(?:'?1'?\s*=\s*'?1'?|TRUE\b|''\s*=\s*''|'a'\s*=\s*'a')|;\s*--\s*$/i }],
    insecure: "SELECT * FROM users WHERE name = 'x' OR 1=1",
    secure: "SELECT * FROM users WHERE name = :name",
  },
  {
    name: "grant-all",
    weakness: "excess-privilege",
    find: [
      { node: statement, text: /^GRANT\s+ALL\b/i },
      { node: statement, text: /^GRANT\b.*\bON\s+\*\.\*/i, not: /USAGE|REPLICATION|PROCESS/i },
      { node: statement, text: /^GRANT\b.*\bTO\s+(?:PUBLIC|'?\w*'?@'%')/i },
      { node: statement, text: /^GRANT\b.*\bWITH\s+(?:GRANT|ADMIN)\s+OPTION/i },
      { node: statement, text: /^GRANT\s+(?:DBA|SUPER|CONTROL SERVER|sysadmin|CONTROL|UNLIMITED TABLESPACE)\b/i },
      {
        node: statement,
        text: /\bALTER\s+SERVER\s+ROLE\s+\[?sysadmin\]?\s+ADD|sp_addsrvrolemember|sp_addrolemember\s+N?'db_owner'|ALTER\s+ROLE\s+\[?db_owner\]?\s+ADD/i,
      },
      {
        node: statement,
        text: /\b(?:CREATE|ALTER)\s+(?:ROLE|USER)\b.*\b(?:SUPERUSER|BYPASSRLS|CREATEROLE)\b/i,
        not: /\bNOSUPERUSER\b/i,
      },
    ],
    insecure: "GRANT ALL ON shop TO web",
    secure: "GRANT SELECT ON shop.orders TO web",
  },
  {
    name: "any-host",
    weakness: "exposed-service",
    find: [{ node: statement, text: /^CREATE\s+USER\b.*@\s*'%'/i }],
    insecure: "CREATE USER 'web'@'%' IDENTIFIED WITH auth_socket",
    secure: "CREATE USER 'web'@'10.0.0.5' IDENTIFIED WITH auth_socket",
  },
  {
    name: "password-literal",
    weakness: "hard-coded-credential",
    find: [
      {
        node: statement,
        text: /\bIDENTIFIED\s+(?:WITH\s+\w+\s+)?BY\s+(?:PASSWORD\s+)?(?:'[^'<:]+'|"[^"]+"|[a-z_]\w*)/i,
        not: /RANDOM\s+PASSWORD|:'\w|\$\{|VALUES/i,
      },
      {
        node: statement,
        text: /\b(?:CREATE|ALTER)\s+(?:USER|ROLE|LOGIN)\b.*\bPASSWORD\s*=?\s*N?'(?!SCRAM-SHA-256)[^'$:<][^']*'/i,
      },
      { node: statement, text: /\bSET\s+PASSWORD\b.*'[^']+'/i },
      {
        node: statement,
        text: /\b(?:ENCRYPTION|DECRYPTION)\s+BY\s+PASSWORD\s*=\s*N?'[^']+'|\bdblink(?:_connect)?\s*\(\s*'[^']*password=/i,
      },
      {
        node: statement,
        text: /\b(?:AES_ENCRYPT|AES_DECRYPT|pgp_sym_encrypt|pgp_sym_decrypt|EncryptByPassPhrase)\s*\(\s*(?:'[^']*'|[^,()]+)\s*,\s*N?'[^']+'|EncryptByPassPhrase\s*\(\s*N?'/i,
      },
      {
        node: statement,
        text: /^INSERT\s+INTO\b[^(]*\([^)]*\bpass(?:word|wd)?\b[^)]*\)\s*VALUES\s*\([^)]*'(?!\$|[0-9a-f]{40,})[^']{3,}'/i,
        not: /crypt\(|hash|\?|:pass/i,
      },
    ],
    insecure: "CREATE USER web IDENTIFIED BY 'sommer2020'",
    secure: "CREATE USER web IDENTIFIED BY RANDOM PASSWORD",
  },
  {
    name: "plain-password-column",
    weakness: "plain-password",
    find: [
      {
        node: statement,
        text: /^CREATE\s+TABLE\b.*[(,]\s*["`[]?(?:user_?)?(?:password|passwd|pwd|pass|passphrase)["`\]]?\s+(?:N?VARCHAR2?|TEXT|CHAR|CHARACTER VARYING)\b/i,
      },
      {
        node: statement,
        text: /^(?:SELECT|UPDATE)\b.*\b(?:password|passwd|pwd|pass)\s*=\s*(?:@|:|\$|p_|\?|in_|v_|_)\w*/i,
        not: /hash|crypt\s*\(|digest|MD5|SHA/i,
      },
    ],
    insecure: "CREATE TABLE users (id INT, password VARCHAR(50))",
    secure: "CREATE TABLE users (id INT, password_hash CHAR(97))",
  },
  {
    name: "weak-hash",
    weakness: "weak-hash",
    find: [
      { node: statement, text: /\b(?:MD5|SHA1|SHA|OLD_PASSWORD|PASSWORD)\s*\(/i, not: /^CREATE\s+TABLE/i },
      {
        node: statement,
        text: /\bHASHBYTES\s*\(\s*N?'(?:MD[245]|SHA1?)'|\b(?:digest|hmac)\s*\([^)]*'(?:md5|sha1)'|DBMS_CRYPTO\s*\.\s*HASH_(?:MD[45]|SH1)|STANDARD_HASH\s*\([^)]*'(?:MD5|SHA1)'/i,
      },
      { node: statement, text: /gen_salt\s*\(\s*'(?:md5|des|xdes)'/i },
      { node: statement, text: /\bSHA2\s*\(\s*\w*pass|HASHBYTES\s*\(\s*N?'SHA2_\d+'\s*,\s*@?\w*pass\w*\s*\)/i },
    ],
    insecure: "UPDATE users SET digest = MD5(token) WHERE id = :id",
    secure: "UPDATE users SET digest = crypt(token, gen_salt('bf', 12)) WHERE id = :id",
  },
  {
    name: "weak-cipher",
    weakness: "weak-cipher",
    find: [
      {
        node: statement,
        text: /\bDES_(?:EN|DE)CRYPT\s*\(|ALGORITHM\s*=\s*(?:DES|TRIPLE_DES|RC[24]|DESX)\b|aes-\d+-ecb|DBMS_CRYPTO\s*\.\s*(?:ENCRYPT_DES|ENCRYPT_RC4|CHAIN_ECB|DES_CBC)|\bencrypt\s*\([^)]*'(?:des|bf|aes-ecb)/i,
      },
    ],
    insecure: "SELECT DES_ENCRYPT(card) FROM cards",
    secure: "CREATE SYMMETRIC KEY k WITH ALGORITHM = AES_256 ENCRYPTION BY CERTIFICATE c",
  },
  {
    name: "server-shell",
    weakness: "command-injection",
    message: "the database server runs programs or reads and writes files",
    find: [
      {
        node: statement,
        text: /'xp_cmdshell'\s*,\s*1|\bxp_cmdshell\s*(?:N?'|@)|\b(?:EXEC(?:UTE)?\s+)?(?:master\s*\.\s*(?:dbo\s*)?\.?\s*)?xp_cmdshell\s+[^,;]/i,
        not: /'xp_cmdshell'\s*,\s*0/i,
      },
      {
        node: statement,
        text: /'(?:Ole Automation Procedures|clr enabled|Ad Hoc Distributed Queries)'\s*,\s*1|\bsp_OACreate\b/i,
      },
      {
        node: statement,
        text: /\bCOPY\b.*\b(?:TO|FROM)\s+PROGRAM\b|\bINTO\s+(?:OUTFILE|DUMPFILE)\b|\bLOAD_FILE\s*\(|\bLOAD\s+DATA\s+LOCAL\b|\bpg_read_file\s*\(|\blo_import\s*\(|\bCREATE\s+(?:OR\s+REPLACE\s+)?FUNCTION\b.*\bSONAME\b|\bload_extension\s*\(/i,
      },
      { node: statement, text: /\bLANGUAGE\s+(?:plpythonu|plpython3u|plperlu|plsh)\b/i },
      { node: statement, text: /\bOPENROWSET\s*\(/i },
    ],
    insecure: "EXEC xp_cmdshell 'dir'",
    secure: "EXEC sp_configure 'xp_cmdshell', 0",
  },
  {
    name: "unbounded-change",
    weakness: "unbounded-write",
    find: [
      {
        node: statement,
        text: /^(?:DELETE\s+FROM\s+[\w.`"[\]]+\s*$|UPDATE\s+[\w.`"[\]]+\s+SET\b(?!.*\bWHERE\b))/i,
        not: /\bFROM\b.*\bJOIN\b|\bCURRENT\s+OF\b|@\w+\s*;?$/i,
      },
    ],
    insecure: "DELETE FROM orders",
    secure: "DELETE FROM orders WHERE id = :id",
  },
  {
    name: "definer-path",
    weakness: "excess-privilege",
    message: "a function runs with its owner's rights and finds names along the caller's search path",
    find: [
      { node: statement, text: /\bSECURITY\s+DEFINER\b/i, not: /\bSET\s+search_path\b/i },
      {
        node: statement,
        text: /\bWITH\s+EXECUTE\s+AS\s+(?:OWNER|'dbo'|'sa')|\bSQL\s+SECURITY\s+DEFINER\b|\bAUTHID\s+DEFINER\b|EXECUTE\s+AS\s+LOGIN\s*=\s*'sa'/i,
      },
    ],
    unlessAnywhere: /\bSET\s+search_path\b/i,
    insecure: "CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
    secure: "CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY INVOKER AS 'SELECT 1'",
  },
  {
    name: "protection-off",
    weakness: "excess-privilege",
    message: "a protection of the database is switched off",
    find: [
      {
        node: statement,
        text: /\bDISABLE\s+ROW\s+LEVEL\s+SECURITY\b|\bTRUSTWORTHY\s+ON\b|\bCHECK_POLICY\s*=\s*OFF\b|\bCHECK_EXPIRATION\s*=\s*OFF\b|\bUSING\s*\(\s*true\s*\)|\brow_security\s*=\s*off\b|\blocal_infile\s*=\s*(?:1|ON)\b|\brequire_secure_transport\s*=\s*(?:0|OFF)\b|\bREQUIRE\s+NONE\b|\bDB_CHAINING\s+ON\b|\bssl\s*=\s*'?off\b|log_statement\s*=\s*'?none|\bDROP\s+(?:SERVER\s+)?AUDIT\b|FOREIGN_KEY_CHECKS\s*=\s*0|NOCHECK\s+CONSTRAINT\s+ALL|password_encryption\s*=\s*'?(?:md5|off)/i,
      },
    ],
    insecure: "ALTER TABLE orders DISABLE ROW LEVEL SECURITY",
    secure: "ALTER TABLE orders ENABLE ROW LEVEL SECURITY",
  },
]);
