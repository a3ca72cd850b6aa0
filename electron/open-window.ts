import { spawn } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";

const browsers: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  linux: [
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
    "/usr/bin/google-chrome-stable",
    "/opt/google/chrome/chrome",
    "/usr/bin/microsoft-edge",
  ],
  darwin: [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
  ],
  win32: [
    "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
    "C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe",
    "C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe",
  ],
};

export interface WindowSurroundings {
  readonly platform: NodeJS.Platform;
  readonly environment: Record<string, string | undefined>;
  readonly isRoot: boolean;
  readonly exists: (path: string) => boolean;
}

/** The browser that can show an app window here, or undefined: no display, root (Chromium refuses), or none installed. */
export function findBrowser(around: WindowSurroundings): string | undefined {
  if (around.isRoot) return undefined;
  const needsDisplay = around.platform !== "darwin" && around.platform !== "win32";
  if (needsDisplay && !around.environment.DISPLAY && !around.environment.WAYLAND_DISPLAY) return undefined;
  return browsers[around.platform]?.find((path) => around.exists(path));
}

/** @param url the redirect file's; it holds no secret itself */
export function windowArguments(url: string, profile: string): string[] {
  return [
    `--app=${url}`,
    // SECURITY: a profile of its own: no extension of the person's everyday browser reads the pages.
    `--user-data-dir=${profile}`,
    "--disable-extensions",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--window-size=1440,900",
  ];
}

/** Opens the user interface in a window of its own. @returns whether that was possible */
export function openWindow(url: string, home: string): boolean {
  const browser = findBrowser({
    platform: process.platform,
    environment: process.env,
    isRoot: process.getuid?.() === 0,
    exists: existsSync,
  });
  if (browser === undefined) return false;
  const profile = join(home, "window");
  mkdirSync(profile, { recursive: true, mode: 0o700 });
  const child = spawn(browser, windowArguments(url, profile), { stdio: "ignore", detached: true });
  child.on("error", () => undefined);
  child.unref();
  return true;
}
