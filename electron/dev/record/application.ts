import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { delimiter, dirname, join } from "node:path";
import type { Locator, Page } from "playwright";
import type { PayloadClass } from "../../../shared/payload.ts";
import type { Random } from "../../engine/learn/training/random.ts";

/** A public web application that we did not write, and what people do with it. */
export interface Application {
  readonly name: string;
  /** Exact versions from PyPI or npm. */
  readonly packages: { readonly pip: readonly string[] } | { readonly npm: readonly string[] };
  /** Files of its data folder, by path: settings, a first page, a script that makes accounts. */
  files?(at: Place): Readonly<Record<string, string>>;
  /** Commands that are run once in the data folder before the first start; the first word is a program of the packages or of this machine. */
  prepare?(at: Place): readonly (readonly string[])[];
  start(at: Place): readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Path that answers, with whatever status, once it serves. */
  readonly ready: string;
  /** Signs in, and closes what greets a first visit. */
  enter?(page: Page, origin: string): Promise<void>;
  /** Where visits begin; some beyond the front page, so that no two visits are alike. */
  readonly pages: readonly string[];
  /** Brings up something to write in, where no address leads to it: a key, a double click. @returns where that is; null: anywhere */
  reach?(page: Page, random: Random): Promise<Locator | null>;
  /** Sends what was written where it takes a key or more than one button. @returns false: it is sent like any form */
  submit?(page: Page): Promise<boolean>;
  /** Words of links and buttons that nobody presses, because the application is of no use afterwards. */
  readonly avoid?: RegExp;
  readonly texts: VisitorTexts;
  readonly attacks: readonly Attack[];
}

/** Where one run of an application lives. */
export interface Place {
  /** Folder of its packages. */
  readonly installed: string;
  /** Folder of what it stores; commands run in it. */
  readonly data: string;
  readonly port: number;
}

/** What visitors write. */
export interface VisitorTexts {
  /** Into fields to search with. */
  readonly searches: readonly string[];
  /** Into single lines: names, titles, tags. */
  readonly lines: readonly string[];
  /** Into large fields: comments, pages, notes, code. */
  readonly long: readonly string[];
}

/** One attack, as somebody would send it to this application. */
export interface Attack {
  readonly class: Exclude<PayloadClass, "benign" | "csrf">;
  readonly payload: string;
}

const startMs = 90_000;

/**
 * Starts a program of an npm package so that it writes nothing outside its data folder and starts nothing, whatever an attack brings about.
 *
 * @param script path of the program below `node_modules`
 */
export const confinedNode = ({ installed, data }: Place, script: string, ...args: readonly string[]) => [
  "node",
  "--permission",
  "--allow-fs-read=*",
  `--allow-fs-write=${data}`,
  ...args,
  join(installed, "node_modules", script),
];

/** Installs an application's packages, unless they are there. @returns the folder of its programs @throws Error with what the installer said */
export function install({ name, packages }: Application, folder: string): string {
  const isPip = "pip" in packages;
  const programs = join(folder, isPip ? "bin" : "node_modules/.bin");
  const done = join(folder, "installed");
  if (existsSync(done)) return programs;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const run = (command: string, args: readonly string[]) => {
    const { status, stderr, error } = spawnSync(command, args, { cwd: folder, encoding: "utf8" });
    if (status !== 0) throw new Error(`${name}: ${command} ${args[0]}: ${error?.message ?? stderr.slice(-2000)}`);
  };
  if (isPip) {
    run("python3", ["-m", "venv", "."]);
    run(join(programs, "pip"), ["install", "--quiet", "--disable-pip-version-check", ...packages.pip]);
  } else {
    writeFileSync(join(folder, "package.json"), "{}");
    run("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error", ...packages.npm]);
  }
  writeFileSync(done, "");
  return programs;
}

/** An application that serves. */
export interface Running {
  readonly origin: string;
  close(): Promise<void>;
}

/** Starts an application with an empty store. @throws Error when it does not serve in time, with the end of what it said */
export async function startApplication(application: Application, installed: string, data: string): Promise<Running> {
  const programs = install(application, installed);
  rmSync(data, { recursive: true, force: true });
  mkdirSync(data, { recursive: true });
  const at = { installed, data, port: await freePort() };
  for (const [path, text] of Object.entries(application.files?.(at) ?? {})) {
    mkdirSync(dirname(join(data, path)), { recursive: true });
    writeFileSync(join(data, path), text);
  }
  const env = {
    PATH: `${programs}${delimiter}${process.env.PATH}`,
    HOME: data,
    LANG: "C.UTF-8",
    PYTHONUNBUFFERED: "1",
    ...application.env,
  };
  for (const [program, ...args] of application.prepare?.(at) ?? []) {
    const { status, stderr, stdout } = spawnSync(program!, args, { cwd: data, env, encoding: "utf8" });
    if (status !== 0) throw new Error(`${application.name}: ${program}: ${(stderr || stdout || "").slice(-2000)}`);
  }
  const [program, ...args] = application.start(at);
  // A process group of its own: some fork, and all of it ends with the recording.
  const child = spawn(program!, args, { cwd: data, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-4000);
    });
  }
  const origin = `http://127.0.0.1:${at.port}`;
  const running = { origin, close: () => end(child) };
  try {
    await answers(origin + application.ready, child);
  } catch (error) {
    await running.close();
    throw new Error(`${application.name}: ${(error as Error).message}\n${said}`);
  }
  return running;
}

async function answers(url: string, child: ChildProcess): Promise<void> {
  const last = Date.now() + startMs;
  while (Date.now() < last) {
    if (child.exitCode !== null) throw new Error(`it ended with code ${child.exitCode}`);
    const response = await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(5_000) }).catch(() => null);
    if (response !== null && response.status < 500) return;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error(`nothing answered at ${url}`);
}

function end(child: ChildProcess): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (child.exitCode !== null || child.signalCode !== null) resolve();
  child.once("exit", () => resolve());
  const signal = (name: NodeJS.Signals) => {
    try {
      process.kill(-child.pid!, name);
    } catch {
      // It has ended meanwhile.
    }
  };
  signal("SIGTERM");
  const timer = setTimeout(() => signal("SIGKILL"), 5_000);
  return promise.finally(() => clearTimeout(timer));
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
