import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from "playwright";
import { requestFor } from "../shared/request.ts";
import { changeSettings } from "../shared/settings.ts";

const root = join(import.meta.dirname, "..");
const startMs = 45_000;

let browser: Promise<Browser> | undefined;

/** The browser that `npm test` found, started once for all files of a run; it ends with this process. */
function startBrowser(): Promise<Browser> {
  const executablePath = process.env.SENTINEL_TEST_BROWSER;
  browser ??= chromium.launch({
    ...(executablePath === undefined ? {} : { executablePath }),
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
  });
  return browser;
}

/** A headless host of its own over an empty data directory, as it was built, and a browser to look at it with. */
export interface Window {
  /** Opens the interface in a new tab with a session of its own; `problems` collects what the browser complains about. The window's own address unless told. */
  open(options?: BrowserContextOptions, address?: string): Promise<{ page: Page; problems: string[] }>;
  close(): Promise<void>;
}

async function waitFor(path: string, host: ChildProcess): Promise<void> {
  const end = Date.now() + startMs;
  while (!existsSync(path)) {
    if (host.exitCode !== null) throw new Error(`The host ended with code ${host.exitCode}.`);
    if (Date.now() > end) throw new Error("The host did not start in time.");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function ended(host: ChildProcess): Promise<void> {
  return host.exitCode !== null || host.signalCode !== null
    ? Promise.resolve()
    : new Promise((resolve) => host.once("exit", () => resolve()));
}

/** What plays a shop takes longer than all else that a test waits for: by default nothing is simulated by itself. */
async function stopSimulating(window: string): Promise<void> {
  // As the analyst of the window: whoever else changed something could approve, and then nobody approves what is their own.
  const { origin, hash } = new URL(window);
  const token = new URLSearchParams(hash.slice(1)).get("token");
  const { url, json } = requestFor(changeSettings, { changes: { simulate_automatically: "off" }, base_version: 0 });
  const response = await fetch(new URL(url, origin), {
    method: changeSettings.method,
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    body: json,
  });
  if (!response.ok) throw new Error(`Settings: ${response.status} ${await response.text()}`);
}

/**
 * Starts the host and the browser that `npm test` found.
 * @param simulates whether sessions worth it are simulated by themselves
 * @param environment further settings of the host
 * @param installed folder of the application, where it is another than this one
 */
export async function openWindow({
  simulates = false,
  environment = {},
  installed = root,
}: {
  simulates?: boolean;
  environment?: Readonly<Record<string, string>>;
  installed?: string;
} = {}): Promise<Window> {
  const home = mkdtempSync(join(tmpdir(), "sentinel-e2e-"));
  const host = spawn(process.execPath, [join(installed, "out", "main", "headless.js"), "serve"], {
    cwd: home,
    env: {
      PATH: process.env.PATH,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      SENTINEL_HOME: home,
      SENTINEL_PORT: "0",
      SENTINEL_LOG_LEVEL: "error",
      // Whatever runs on this machine: screens read the same.
      SENTINEL_OLLAMA_URL: "off",
      ...environment,
    },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const contexts: BrowserContext[] = [];
  const close = async () => {
    for (const context of contexts) await context.close();
    host.kill("SIGTERM");
    await ended(host);
    rmSync(home, { recursive: true, force: true });
  };
  try {
    const redirect = join(home, "run", "open.html");
    await waitFor(redirect, host);
    const url = /url=([^"]+)"/.exec(readFileSync(redirect, "utf8"))?.[1]?.replaceAll("&amp;", "&");
    if (url === undefined) throw new Error("The redirect file names no address.");
    if (!simulates) await stopSimulating(url);
    const started = await startBrowser();
    return {
      close,
      open: async (options = {}, address = url) => {
        const context = await started.newContext({ viewport: { width: 1280, height: 800 }, ...options });
        contexts.push(context);
        const page = await context.newPage();
        const problems: string[] = [];
        page.on("console", (message) => {
          if (message.type() !== "error" && message.type() !== "warning") return;
          // Which answer it was, the text does not say.
          problems.push(`${message.text()} (${message.location().url})`);
        });
        page.on("pageerror", (error) => problems.push(error.message));
        await page.goto(address);
        return { page, problems };
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

const analysisMs = 50_000;

/** Waits until what was brought is analysed; the page shows the import screen then. */
export async function allAnalysed(page: Page): Promise<void> {
  await page.evaluate(() => {
    globalThis.location.hash = "#/import";
  });
  await page.getByRole("link", { name: "Custody" }).first().waitFor({ timeout: analysisMs });
  // Between two files of the sample evidence nothing may be under way for a moment.
  await page.waitForFunction(
    (quietMs) => {
      const marks = document.body.dataset;
      if (document.querySelectorAll("[role=progressbar]").length > 0) delete marks.quietSince;
      else marks.quietSince ??= String(performance.now());
      return performance.now() - Number(marks.quietSince ?? Number.NaN) > quietMs;
    },
    700,
    { timeout: analysisMs },
  );
  await page.evaluate(() => {
    delete document.body.dataset.quietSince;
  });
}

/** Moves the focus on until it is on something, as somebody does who has no mouse. */
export async function tabTo(page: Page, name: RegExp): Promise<void> {
  for (let i = 0; i < 80; i++) {
    await page.keyboard.press("Tab");
    const focused = await page.evaluate(() => {
      const element = globalThis.document.activeElement;
      return element?.getAttribute("aria-label") ?? element?.textContent ?? "";
    });
    if (name.test(focused)) return;
  }
  throw new Error(`The focus never came to ${name}.`);
}

/** An access log of sessions of one request each, of clients of their own; `day` tells those of different files apart. */
export function ordinaryDay(count: number, day: number): string {
  return Array.from({ length: count }, (_, i) => {
    const client = `10.${day}.${i >> 8}.${i & 255}`;
    return `${client} - - [05/Jan/2026:08:00:00 +0000] "GET /page/${i % 50}?q=word${i % 97} HTTP/1.1" 200 12 "-" "Mozilla/5.0"`;
  }).join("\n");
}
