import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { markOf } from "./engine/sandbox/reaper.ts";

/** How the command line and a second start reach the engine that runs. Lies in the data directory, for its owner alone. */
const RunFile = z.object({
  pid: z.number().int().positive(),
  /** Start of that process, so that another one with the same id is not taken for it; null where the system does not tell. */
  started: z.string().nullable(),
  ui_origin: z.url(),
  /** Bearer token of the command line. */
  token: z.string(),
  panic_socket: z.string().nullable(),
});
export type RunFile = z.infer<typeof RunFile>;

/** Folder for what belongs to the running engine: reach, redirect file, the supervisor's socket and register. */
export function runDirectory(home: string): string {
  return join(home, "run");
}

const runPath = (home: string) => join(runDirectory(home), "engine.json");

export function writeRunFile(home: string, content: Omit<RunFile, "pid" | "started">): void {
  const started = markOf(process.pid)?.startTime ?? null;
  writePrivate(runPath(home), JSON.stringify({ pid: process.pid, started, ...content } satisfies RunFile));
}

export function removeRunFile(home: string): void {
  rmSync(runPath(home), { force: true });
  rmSync(redirectPath(home), { force: true });
}

/** The engine that runs over this data directory, or undefined. */
export function readRunFile(home: string): RunFile | undefined {
  try {
    const content = RunFile.parse(JSON.parse(readFileSync(runPath(home), "utf8")));
    process.kill(content.pid, 0);
    // SECURITY: the token goes to a port that this very process opened, not to whoever took it after a crash.
    if (content.started !== null && markOf(content.pid)?.startTime !== content.started) return undefined;
    return content;
  } catch {
    return undefined;
  }
}

function redirectPath(home: string): string {
  return join(runDirectory(home), "open.html");
}

/** Whether the running engine can be opened in a browser. */
export function hasRedirectFile(home: string): boolean {
  return existsSync(redirectPath(home));
}

/**
 * Writes the file that opens the user interface. The token stands in the URL's fragment, which no request carries, and reaches
 * the browser by a file, since arguments can be read by every account of the machine.
 */
export function writeRedirectFile(home: string, url: string): void {
  const href = url.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
  writePrivate(
    redirectPath(home),
    `<!doctype html><meta charset="utf-8"><title>Sentinel</title><meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0;url=${href}"><p><a href="${href}">Open Sentinel</a></p>\n`,
  );
}

/** `file:` URL of the redirect file. */
export function redirectUrl(home: string): string {
  return pathToFileURL(redirectPath(home)).href;
}

function writePrivate(path: string, text: string): void {
  mkdirSync(join(path, ".."), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${process.pid}`;
  rmSync(temporary, { force: true });
  // SECURITY: made with its mode, never readable by others in between, and never written through somebody's link.
  writeFileSync(temporary, text, { mode: 0o600, flag: "wx" });
  renameSync(temporary, path);
}
