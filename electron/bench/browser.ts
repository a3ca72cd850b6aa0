import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright";

const installed = ["/usr/bin/chromium", "/usr/bin/google-chrome", "/usr/bin/chromium-browser"];

/** A real browser without a window: the system's own where there is one. */
export async function openBrowser(): Promise<Browser> {
  const executablePath = installed.find((path) => existsSync(path));
  const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  return await chromium.launch({ args, ...(executablePath === undefined ? {} : { executablePath }) });
}
