import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, statSync } from "node:fs";
import http from "node:http";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import type { PlanApplication } from "../../shared/simulator.ts";
import { type Hearing, hear } from "./hear.ts";
import { hookFd } from "./hook-events.ts";

/** An application under test, started fresh. */
export interface Application {
  readonly origin: string;
  /** Headers that it wants to see before anything else. */
  readonly key: Readonly<Record<string, string>>;
  readonly pid: number;
  /** Folders that are its own. */
  readonly roots: readonly string[];
  /** What it did for the requests so far. */
  readonly heard: Hearing;
  /** How it ended, in words; null: it runs. */
  ended(): string | null;
  stop(): Promise<void>;
}

const here = import.meta.dirname;
/** What is passed on of an application's own output, characters. */
const longestLog = 32_000;

/**
 * Starts an application in a folder of its own, and waits until it answers.
 * @param given added to its environment
 * @throws Error in words when it does not come up
 */
export async function startApplication(
  plan: PlanApplication,
  given: Readonly<Record<string, string>>,
  mode: "clean" | "attack",
  log: (text: string) => void,
): Promise<Application> {
  try {
    return await start(plan, given, mode, log, true);
  } catch (error) {
    // An older Node may not take the hooks; then it is watched from outside only.
    if (plan.kind === "shop" || !(error instanceof EarlyEnd)) throw error;
    log("Did not start with the hooks; started without them.");
    return await start(plan, given, mode, log, false);
  }
}

class EarlyEnd extends Error {}

async function start(
  plan: PlanApplication,
  given: Readonly<Record<string, string>>,
  mode: "clean" | "attack",
  log: (text: string) => void,
  isHooked: boolean,
): Promise<Application> {
  const home = join("/tmp", mode);
  mkdirSync(home, { recursive: true });
  const roots = plan.kind === "shop" ? [join(here, "../shop"), home] : [...plan.roots, home];
  const hooks = join(here, "hooks.ts");
  const [program, ...args] =
    plan.kind === "shop"
      ? [process.execPath, "--import", hooks, join(here, "start-shop.ts"), plan.variant, home]
      : plan.command;
  const child = spawn(program!, args, {
    cwd: plan.kind === "shop" ? home : (plan.roots.find(isFolder) ?? home),
    env: {
      PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      HOME: home,
      NODE_NO_WARNINGS: "1",
      ...given,
      ...(plan.kind === "command" ? { PORT: String(plan.port) } : {}),
      ...(isHooked ? { SENTINEL_HOOK_ROOTS: roots.join(":") } : {}),
      ...(isHooked && plan.kind === "command" ? { NODE_OPTIONS: `--import ${hooks}` } : {}),
    },
    // Its own group, so that what it starts ends with it.
    detached: true,
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  let end: string | null = null;
  child.once("exit", (code, signal) => {
    end = `The application ended (${signal ?? `exit code ${code}`}).`;
  });
  child.once("error", (error) => {
    end = `The application could not be started: ${error.message}.`;
  });
  const heard = hear(child.stdio[hookFd] as Readable);
  const saidFirst = passOn(child, log, plan.kind === "shop");
  const stop = () => stopGroup(child);
  const timeoutMs = plan.kind === "shop" ? 60_000 : plan.startTimeoutMs;
  const until = performance.now() + timeoutMs;
  try {
    for (;;) {
      if (end !== null) throw new EarlyEnd(end);
      if (performance.now() > until) throw new Error(`The application did not answer within ${timeoutMs / 1000} s.`);
      const found = await isUp(plan, saidFirst);
      if (found !== null) {
        return { ...found, pid: child.pid ?? 0, heard, roots, ended: () => end, stop };
      }
      await wait(15);
    }
  } catch (error) {
    await stop();
    throw error;
  }
}

const isFolder = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

/** Where it is, once it answers. */
async function isUp(
  plan: PlanApplication,
  saidFirst: () => string,
): Promise<Pick<Application, "origin" | "key"> | null> {
  if (plan.kind === "shop") {
    const line = saidFirst();
    if (!line.startsWith("{")) return null;
    const { origin, key } = JSON.parse(line) as { origin: string; key: string };
    return { origin, key: { "x-shop-key": key } };
  }
  const origin = `http://127.0.0.1:${plan.port}`;
  return await new Promise((resolve) => {
    const call = http.get(`${origin}${plan.readyPath}`, { timeout: 2_000 }, (response) => {
      response.resume();
      resolve({ origin, key: {} });
    });
    call.on("timeout", () => call.destroy());
    call.on("error", () => resolve(null));
  });
}

/** Passes on what it writes, as far as there is room. @returns its first line of output, which is not passed on where it `isOurs` */
function passOn(child: ChildProcess, log: (text: string) => void, isOurs: boolean): () => string {
  let first = "";
  let isComplete = !isOurs;
  let room = longestLog;
  const keep = (text: string) => {
    if (room <= 0) return;
    const kept = text.slice(0, room);
    room -= kept.length;
    for (const line of kept.split("\n")) if (line.trim() !== "") log(line.slice(0, 1_000));
    if (room <= 0) log("It writes more than is kept: the rest of its output is left out.");
  };
  child.stdout!.on("data", (chunk: Buffer) => {
    const text = chunk.toString("utf8");
    if (isComplete) {
      keep(text);
      return;
    }
    first += text;
    const end = first.indexOf("\n");
    if (end < 0) return;
    isComplete = true;
    keep(first.slice(end + 1));
    first = first.slice(0, end);
  });
  child.stderr!.on("data", (chunk: Buffer) => keep(chunk.toString("utf8")));
  return () => (isComplete ? first : "");
}

async function stopGroup(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    child.kill("SIGKILL");
  }
  await gone;
}
