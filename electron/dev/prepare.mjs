// Set-up that `npm start`, `npm test` and `npm run sentinel` share. Plain JavaScript without dependencies, for any Node from 20
// on: it runs before anything is installed.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const isWindows = process.platform === "win32";

/** The Node that the product runs on: installed with the packages, whatever the system has. */
export const node = join(root, "node_modules", "node", "bin", isWindows ? "node.exe" : "node");

/**
 * What the application is started with. Node keeps what it compiled, so that later starts load the same code sooner. The memory allocator of
 * glibc gives each thread a heap of its own, whose holes no other thread fills: two for all cost no time and save a tenth of the memory. V8
 * collects garbage in as many threads as there are processors to spare: four, the default, take a fifth of the time of a long analysis where
 * there are two.
 */
export const startsWith = {
  NODE_COMPILE_CACHE: join(root, "node_modules", ".cache", "sentinel", "compiled"),
  MALLOC_ARENA_MAX: process.env.MALLOC_ARENA_MAX ?? "2",
  NODE_OPTIONS: `--v8-pool-size=0 ${process.env.NODE_OPTIONS ?? ""}`.trim(),
};

/** Progress goes to stderr: stdout belongs to the command that is prepared for. */
export function say(text) {
  process.stderr.write(`${text}\n`);
}

/** Runs a program; its output goes to stderr unless `quiet`, which shows it only on failure. @throws Error when it fails, or takes longer than `timeout` ms */
export function run(program, args, { quiet = false, env = {}, cwd = root, timeout } = {}) {
  const result = spawnSync(program, args, {
    cwd,
    timeout,
    env: { ...process.env, ...env },
    stdio: quiet ? ["ignore", "pipe", "pipe"] : ["ignore", 2, 2],
    maxBuffer: 64 * 1024 ** 2,
    // On Windows npm is a script, which only a shell can start; the arguments are all from this folder.
    shell: isWindows && program === "npm",
  });
  if (result.status === 0) return;
  if (quiet) process.stderr.write(`${result.stdout ?? ""}${result.stderr ?? ""}`);
  throw new Error(`${program} ${args.join(" ")} failed${result.error ? `: ${result.error.message}` : ""}.`);
}

/** Whether node_modules holds what the lockfile names, at its versions. */
function isInstalled() {
  try {
    const read = (path) => JSON.parse(readFileSync(join(root, path), "utf8")).packages;
    const installed = read("node_modules/.package-lock.json");
    return (
      existsSync(node) &&
      Object.entries(read("package-lock.json")).every(
        ([path, entry]) => path === "" || entry.optional || installed[path]?.version === entry.version,
      )
    );
  } catch {
    return false;
  }
}

/** Installs the packages when they are missing or not those of the lockfile. */
export function install() {
  if (isInstalled()) return;
  say("Installing packages (once) …");
  // SECURITY: no package runs anything of its own while it is installed; better-sqlite3 would needlessly be compiled, too.
  run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { quiet: true });
  // The one exception fetches Node 24 for this machine, from the registry as well.
  run("npm", ["rebuild", "node", "--no-audit", "--no-fund"], { quiet: true });
  if (!existsSync(node)) throw new Error("The packages are installed, but Node 24 is not among them.");
}

const sources = ["electron", "renderer", "shared", "electron.vite.config.ts", "package-lock.json"];

/** Changes when a source file is added, removed or written. */
function fingerprint() {
  const hash = createHash("sha256");
  const add = (path) => {
    const info = statSync(join(root, path), { throwIfNoEntry: false });
    if (info === undefined) return;
    if (info.isDirectory()) {
      for (const name of readdirSync(join(root, path)).sort()) add(`${path}/${name}`);
    } else if (!/\.test\.tsx?$/.test(path)) hash.update(`${path} ${info.size} ${info.mtimeMs}\n`);
  };
  for (const path of sources) add(path);
  return hash.digest("hex");
}

function isBuilt(stamp) {
  try {
    return readFileSync(stamp, "utf8") === fingerprint();
  } catch {
    return false;
  }
}

const runners = join(root, "out", ".running");

/** Notes that a host of this process runs from out/, until this process ends. */
export function markRunning() {
  mkdirSync(runners, { recursive: true });
  const mark = join(runners, String(process.pid));
  writeFileSync(mark, "");
  process.on("exit", () => rmSync(mark, { force: true }));
}

function findRunner() {
  if (!existsSync(runners)) return undefined;
  return readdirSync(runners).find((name) => {
    const alive = isAlive(Number(name));
    if (!alive) rmSync(join(runners, name), { force: true });
    return alive;
  });
}

/**
 * Builds the application into out/ when its sources changed. Of two that come at once, one builds and the other waits. While a
 * host runs from there, what it was built from stays, or the threads that it starts later would be of another version; `always`
 * builds nevertheless: pages are safe, since hosts hold theirs in memory.
 */
export function build({ always = false } = {}) {
  const stamp = join(root, "out", ".built");
  if (isBuilt(stamp)) return;
  const runner = findRunner();
  if (runner !== undefined && !always && existsSync(stamp)) {
    say(`Sentinel is running (process ${runner}): the sources that changed are built once it has ended.`);
    return;
  }
  mkdirSync(join(root, "out"), { recursive: true });
  const lock = join(root, "out", ".building");
  takeLock(lock);
  try {
    if (isBuilt(stamp)) return;
    say("Building …");
    const before = fingerprint();
    run(node, [join("node_modules", "electron-vite", "bin", "electron-vite.js"), "build", "--logLevel", "warn"], {
      quiet: true,
      env: { NODE_ENV: "production" },
    });
    writeFileSync(stamp, before);
  } finally {
    rmSync(lock, { force: true });
  }
}

function takeLock(lock) {
  const deadline = Date.now() + 5 * 60_000;
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: "wx" });
      return;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    if (!isAlive(Number(readLock(lock)))) rmSync(lock, { force: true });
    else if (Date.now() > deadline) throw new Error(`Another build holds ${lock}.`);
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 250);
  }
}

function readLock(lock) {
  try {
    return readFileSync(lock, "utf8");
  } catch {
    return "";
  }
}

function isAlive(pid) {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}
