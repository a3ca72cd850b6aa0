import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { Browser } from "playwright";
import { createRandom } from "../engine/learn/training/random.ts";
import { type Application, type Attack, type Running, startApplication } from "./record/application.ts";
import { fittedTo, heldOut } from "./record/applications/applications.ts";
import { launchBrowser } from "./record/browser.ts";
import { visitEveryday } from "./record/everyday-visit.ts";
import { carries, type Entry, formatRecording, readEntries } from "./record/recording.ts";

/**
 * `node electron/dev/record-applications.ts FOLDER [NAME …]`: installs public web applications from PyPI and npm, has a real Chromium use each of
 * them, and writes one HAR file a visit: `FOLDER/NAME/honest/*.har`, and `FOLDER/NAME/attack/*.har` with one attack each; of applications that no fit is to see, under `FOLDER/heldout`. What they are for:
 * `npm run train`, and `npm run evaluate -- --sessions FOLDER`. `--honest N` and `--attacks N`: how many visits.
 */

const agents = [
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/155.0.0.0 Safari/537.36",
  "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36 Edg/156.0.0.0",
  "Mozilla/5.0 (Linux; Android 15; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Mobile Safari/537.36",
];
const locales = ["en-GB", "en-US", "de-DE", "fr-FR", "es-ES", "pt-BR", "ja-JP"];
const pauseMs = [150, 900] as const;
const longestVisitMs = 90_000;
/** Visits that are tried before an attack is given up: not every way leads past a field. */
const mostTries = 6;

interface Wanted {
  readonly name: string;
  readonly attack?: Attack;
}

let browser: Browser | undefined;

/** The browser of all visits; another one where it died, which it does once in a while on a machine that is short of memory. */
async function openBrowser(): Promise<Browser> {
  if (browser?.isConnected() !== true) browser = await launchBrowser();
  return browser;
}

/** One visit. @returns its requests, or null where the attack reached none of them */
async function record(
  browser: Browser,
  application: Application,
  { origin }: Running,
  { name, attack }: Wanted,
  data: string,
): Promise<Entry[] | null> {
  const work = mkdtempSync(join(tmpdir(), "record-"));
  const random = createRandom(`${application.name} ${name}`);
  const har = join(work, "visit.har");
  const context = await browser.newContext({
    recordHar: { path: har, content: "embed" },
    userAgent: random.pick(agents),
    locale: random.pick(locales),
    // A worker would ask for everything a second time, and the recording would tell it twice.
    serviceWorkers: "block",
    viewport: { width: 1280, height: 900 },
  });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  page.on("dialog", (dialog) => void dialog.accept().catch(() => {}));
  // Windows that an application opens are looked at for a moment, and closed.
  context.on("page", (other) => void setTimeout(() => void other.close().catch(() => {}), 3_000));
  const tooLong = setTimeout(() => void page.close().catch(() => {}), longestVisitMs);
  try {
    await application.enter?.(page, origin);
    const visit = { page, origin, application, random, pauseMs };
    await visitEveryday(attack === undefined ? visit : { ...visit, payload: attack.payload });
  } finally {
    clearTimeout(tooLong);
    await context.close();
  }
  const entries = readEntries(readFileSync(har, "utf8"), [[data, `/srv/${application.name}`]]).filter(({ request }) =>
    request.url.startsWith(`${origin}/`),
  );
  rmSync(work, { recursive: true, force: true });
  if (attack !== undefined && !entries.some((entry) => carries(entry, attack.payload))) return null;
  return entries;
}

async function recordApplication(application: Application, folder: string, counts: Counts) {
  const data = join(folder, ".data", application.name);
  const running = await startApplication(application, join(folder, ".installed", application.name), data);
  const say = (what: string) => console.log(`${application.name}: ${what}`);
  try {
    for (const kind of ["honest", "attack"] as const) {
      const target = join(folder, heldOut.includes(application) ? "heldout" : "", application.name, kind);
      rmSync(target, { recursive: true, force: true });
      mkdirSync(target, { recursive: true });
      let kept = 0;
      let requests = 0;
      const count = kind === "honest" ? counts.honest : Math.min(counts.attacks, application.attacks.length);
      for (let i = 0; i < count; i++) {
        const attack = kind === "attack" ? application.attacks[i] : undefined;
        let entries: Entry[] | null = null;
        for (let tried = 0; tried < (attack === undefined ? 2 : mostTries) && entries === null; tried++) {
          const name = `${kind} ${i} ${tried}`;
          entries = await record(
            await openBrowser(),
            application,
            running,
            attack === undefined ? { name } : { name, attack },
            data,
          ).catch((error: Error) => {
            say(`${name}: ${error.message.split("\n")[0]}`);
            return null;
          });
        }
        if (entries === null || entries.length === 0) {
          say(`${kind} ${i}: nothing recorded${attack === undefined ? "" : ` of ${attack.payload}`}`);
          continue;
        }
        const file = `${String(i).padStart(2, "0")}${attack === undefined ? "" : `-${attack.class}`}.har`;
        writeFileSync(join(target, file), formatRecording(entries, "Sentinel recorder of applications"));
        kept++;
        requests += entries.length;
      }
      say(`${kept} ${kind} visits, ${requests} requests`);
    }
  } finally {
    await running.close();
  }
}

interface Counts {
  readonly honest: number;
  readonly attacks: number;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { honest: { type: "string", default: "30" }, attacks: { type: "string", default: "20" } },
});
const [folder, ...names] = positionals;
const applications = [...fittedTo, ...heldOut];
const chosen = names.length === 0 ? applications : applications.filter(({ name }) => names.includes(name));
if (folder === undefined || chosen.length < names.length) {
  console.error(`record-applications FOLDER [NAME …]: ${applications.map(({ name }) => name).join(", ")}`);
  process.exit(2);
}
try {
  for (const application of chosen) {
    await recordApplication(application, resolve(folder), {
      honest: Number(values.honest),
      attacks: Number(values.attacks),
    }).catch((error: Error) => {
      console.error(error.message);
      process.exitCode = 1;
    });
  }
} finally {
  await browser?.close();
}
