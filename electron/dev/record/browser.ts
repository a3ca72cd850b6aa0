import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright";

/** An installed Chromium, Chrome or Edge, else Playwright's own. */
export async function launchBrowser(): Promise<Browser> {
  const installed = ["/usr/bin/chromium", "/usr/bin/google-chrome", "/usr/bin/microsoft-edge"].find((file) =>
    existsSync(file),
  );
  // SECURITY: Chromium's own sandbox is off only where it cannot work (root), and the pages are those of a recording on this machine.
  const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  return chromium.launch({
    args: [...args, "--disable-gpu", "--no-first-run", "--disable-background-networking"],
    ...(installed ? { executablePath: installed } : {}),
  });
}
