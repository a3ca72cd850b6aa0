import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright";

const root = join(import.meta.dirname, "..");
const startMs = 45_000;

/** A headless host of its own over an empty data directory, and a browser to look at it with. */
export interface Window {
  /** Opens the interface in a new tab with a session of its own; `problems` collects what the browser complains about. */
  open(options?: BrowserContextOptions): Promise<{ page: Page; problems: string[] }>;
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

/** Starts the host and the browser that `npm test` found. */
export async function openWindow(): Promise<Window> {
  const home = mkdtempSync(join(tmpdir(), "sentinel-e2e-"));
  const host = spawn(process.execPath, [join(root, "electron", "headless.ts"), "serve"], {
    cwd: home,
    env: {
      PATH: process.env.PATH,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      SENTINEL_HOME: home,
      SENTINEL_PORT: "0",
      SENTINEL_LOG_LEVEL: "error",
    },
    stdio: ["ignore", "ignore", "inherit"],
  });
  let browser: Browser | undefined;
  const close = async () => {
    await browser?.close();
    host.kill("SIGTERM");
    await ended(host);
    rmSync(home, { recursive: true, force: true });
  };
  try {
    const redirect = join(home, "run", "open.html");
    await waitFor(redirect, host);
    const url = /url=([^"]+)"/.exec(readFileSync(redirect, "utf8"))?.[1]?.replaceAll("&amp;", "&");
    if (url === undefined) throw new Error("The redirect file names no address.");
    const executablePath = process.env.SENTINEL_TEST_BROWSER;
    browser = await chromium.launch({
      ...(executablePath === undefined ? {} : { executablePath }),
      args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
    });
    const started = browser;
    return {
      close,
      open: async (options = {}) => {
        const context = await started.newContext({ viewport: { width: 1280, height: 800 }, ...options });
        const page = await context.newPage();
        const problems: string[] = [];
        page.on("console", (message) => {
          if (message.type() === "error" || message.type() === "warning") problems.push(message.text());
        });
        page.on("pageerror", (error) => problems.push(error.message));
        await page.goto(url);
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
  await page.waitForFunction(() => document.querySelectorAll("[role=progressbar]").length === 0, undefined, {
    timeout: analysisMs,
  });
}
