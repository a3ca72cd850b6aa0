import { spawn, spawnSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright";
import { type Given, requestFor } from "../../shared/request.ts";
import type { Output, Route } from "../../shared/route.ts";
import { startsWith } from "../dev/prepare.mjs";
import { readRunFile } from "../run-file.ts";

const root = dirname(dirname(import.meta.dirname));

/** Builds the application as it ships. */
export function build(): void {
  const { status } = spawnSync("npm", ["run", "-s", "build"], { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
  if (status !== 0) throw new Error("The application could not be built.");
}

/** The built host as `npm start` starts it, without a window. */
export interface BuiltHost {
  readonly pid: number;
  /** Its file that opens the user interface. */
  readonly redirect: string;
  /** Ends it, and waits for its end. */
  stop(): Promise<void>;
}

/** @param preload a module that Node runs before it */
export async function startHost(
  home: string,
  preload?: { module: URL; env: Record<string, string> },
): Promise<BuiltHost> {
  const redirect = join(home, "run", "open.html");
  rmSync(redirect, { force: true });
  const imports = preload === undefined ? [] : ["--import", preload.module.href];
  const engine = spawn(
    process.execPath,
    [...imports, join(root, "out", "main", "headless.js"), "serve", "--no-window"],
    {
      env: {
        ...process.env,
        ...startsWith,
        ...preload?.env,
        ...{ SENTINEL_HOME: home, SENTINEL_PORT: "0", SENTINEL_LOG_LEVEL: "error" },
      },
      stdio: ["ignore", "ignore", "inherit"],
    },
  );
  while (!existsSync(redirect)) {
    if (engine.exitCode !== null) throw new Error("The engine ended before it was ready.");
    await sleep(5);
  }
  const stop = async () => {
    engine.kill("SIGTERM");
    await new Promise((resolve) => engine.once("exit", resolve));
  };
  return { pid: engine.pid!, redirect, stop };
}

/**
 * Starts the built host over seeded verdicts, and opens its window.
 * @returns `ms` from the start of the process to the first row on the screen
 */
export async function start(
  home: string,
  browser: Browser,
): Promise<{ ms: number; page: Page; stop: () => Promise<void> }> {
  const from = performance.now();
  const host = await startHost(home);
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await page.goto(pathToFileURL(host.redirect).href);
  await page.getByText("GET /catalogue/").first().waitFor();
  const ms = performance.now() - from;
  const stop = async () => {
    await page.close();
    await host.stop();
  };
  return { ms, page, stop };
}

/** Asks the host that runs over a data directory, as its window does. */
export async function callHost<R extends Route>(
  home: string,
  route: R,
  input: Given<R>,
  body?: string | Blob,
): Promise<Output<R>> {
  const running = readRunFile(home);
  if (running === undefined) throw new Error("The engine does not run.");
  const { url } = requestFor(route, input as Record<string, unknown>);
  const response = await fetch(new URL(url, running.ui_origin), {
    method: route.method,
    headers: { Authorization: `Bearer ${running.token}` },
    ...(body === undefined ? {} : { body }),
  });
  if (!response.ok) throw new Error(`${route.path} was refused: ${response.status} ${await response.text()}`);
  return (await response.json()) as Output<R>;
}
