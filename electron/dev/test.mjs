// `npm test`: does all of its own set-up, then runs everything. Its last line is "N passed, N failed, N skipped".
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { installKafka, installS3 } from "./fleet-servers.mjs";
import { installOllama } from "./ollama.mjs";
import { build, install, node, root, run, say } from "./prepare.mjs";

/** What is fetched or built once, and reports. */
const cache = join(root, "node_modules", ".cache", "sentinel");
const totals = { passed: 0, failed: 0, skipped: 0 };
const failures = [];
const skips = [];
/** Tests that passed only when they were tried again. */
const triedAgain = [];
/** Why whole groups of tests are skipped: their tests say only that they are. */
const missing = [];
const isRoot = process.getuid?.() === 0;

/** Says at once, and beside the skipped tests at the end, what is not here. */
function skipWith(what, error) {
  say(`Tests ${what} will be skipped: ${error.message}`);
  missing.push(`${what}: ${error.message}`);
}

/** Runs one step; it counts as one test unless it returns its own counts. */
function step(name, action) {
  const started = Date.now();
  let counts;
  try {
    counts = action() ?? { passed: 1, failed: 0, skipped: 0 };
  } catch (error) {
    process.stdout.write(`${error.message}\n`);
    counts = { passed: 0, failed: 1, skipped: 0 };
  }
  for (const kind of Object.keys(totals)) totals[kind] += counts[kind];
  if (counts.failed > 0) failures.push(name);
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  process.stdout.write(`${counts.failed > 0 ? "FAILED" : "ok"}  ${name}  (${seconds} s)\n`);
}

function tool(path, args, env = {}) {
  const result = spawnSync(node, [join(root, "node_modules", path), ...args], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, ...env },
  });
  return result.status ?? 1;
}

function mustPass(path, args, env) {
  const status = tool(path, args, env);
  if (status !== 0) throw new Error(`exit code ${status}`);
}

/** A vitest run, counted by its own report; a run that ends without one has failed. */
function vitest(name, args, env) {
  const report = join(cache, `${name}.json`);
  mkdirSync(join(report, ".."), { recursive: true });
  rmSync(report, { force: true });
  const notes = join(cache, `${name}-notes.json`);
  rmSync(notes, { force: true });
  const own = join(root, "electron", "dev", "notes-reporter.ts");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`, `--reporter=${own}`];
  const status = tool("vitest/vitest.mjs", ["run", ...args, ...reporters], { ...env, SENTINEL_TEST_NOTES: notes });
  if (!existsSync(report)) throw new Error(`vitest ended without a report (exit code ${status})`);
  const result = JSON.parse(readFileSync(report, "utf8"));
  for (const file of result.testResults) {
    // A file that could not be loaded has no tests of its own to fail.
    if (file.status === "failed" && file.assertionResults.every((test) => test.status !== "failed")) {
      totals.failed += 1;
      failures.push(`${name}: ${file.name}`);
    }
  }
  if (existsSync(notes)) {
    const { skipped, again } = JSON.parse(readFileSync(notes, "utf8"));
    for (const test of skipped) skips.push(`${test.name}${test.reason === null ? "" : `: ${test.reason}`}`);
    for (const test of again) triedAgain.push(`${test.name}: ${test.error}`);
  }
  const counts = {
    passed: result.numPassedTests,
    failed: result.numFailedTests,
    skipped: result.numPendingTests + result.numTodoTests,
  };
  if (counts.passed + counts.failed === 0) throw new Error("no test was run");
  if (status !== 0 && counts.failed === 0) counts.failed = 1;
  return counts;
}

function aptInstall(name) {
  if (!isRoot || !existsSync("/usr/bin/apt-get")) throw new Error(`${name} is not installed`);
  say(`Installing ${name} (once) …`);
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  try {
    run("apt-get", ["install", "-y", "--no-install-recommends", name], { quiet: true, env });
  } catch {
    run("apt-get", ["update"], { quiet: true, env });
    run("apt-get", ["install", "-y", "--no-install-recommends", name], { quiet: true, env });
  }
}

const browsers = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/usr/bin/microsoft-edge",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
  "C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe",
];

/** An installed browser, else Playwright's own, else Debian's package. @returns its path, or undefined with the reason said */
function browser() {
  const installed = browsers.find((path) => existsSync(path));
  if (installed !== undefined) return installed;
  const print = 'process.stdout.write(require("playwright").chromium.executablePath())';
  const own = spawnSync(node, ["-e", print], { cwd: root, encoding: "utf8" }).stdout;
  if (existsSync(own)) return own;
  // Debian's package comes from where the system's packages come from, which works in more places than a download.
  if (isRoot && existsSync("/usr/bin/apt-get")) {
    try {
      aptInstall("chromium");
      return "/usr/bin/chromium";
    } catch (error) {
      say(error.message);
    }
  }
  say("Fetching a browser (once) …");
  const cli = join(root, "node_modules", "playwright", "cli.js");
  spawnSync(node, [cli, "install", "chromium"], { cwd: root, stdio: "ignore", timeout: 5 * 60_000 });
  return existsSync(own) ? own : undefined;
}

/** What sandboxes are made of. Podman takes the runtime that is there: in a machine without delegated control groups that is runc. */
const sandboxes = [
  { program: "/usr/bin/bwrap", packages: ["bubblewrap"], tests: "of real sandboxes" },
  { program: "/usr/bin/podman", packages: ["runc", "podman"], tests: "of real containers" },
  { program: "/usr/bin/busybox", packages: ["busybox-static"], tests: "of images" },
  // The tests start a daemon of their own where none runs.
  { program: "/usr/sbin/dockerd", packages: ["docker.io"], tests: "of Docker's containers" },
];

function sandboxTools() {
  if (process.platform !== "linux") return;
  for (const { program, packages, tests } of sandboxes) {
    if (existsSync(program)) continue;
    try {
      for (const name of packages) aptInstall(name);
    } catch (error) {
      skipWith(tests, error);
    }
  }
}

/** What checks metrics and alerts, as Prometheus reads them. */
function monitoringTools() {
  if (spawnSync("promtool", ["--version"]).status === 0) return;
  try {
    aptInstall("prometheus");
  } catch (error) {
    skipWith("with promtool", error);
  }
}

/** What the catalogue of models is tested with. Debian keeps its programs off the PATH. */
function database() {
  if (existsSync("/usr/lib/postgresql") || spawnSync("initdb", ["--version"]).status === 0) return;
  try {
    aptInstall("postgresql");
  } catch (error) {
    skipWith("with a real PostgreSQL", error);
  }
}

/** Checkers of real programs, from Go's module proxy: the engine that exported rules are tried on, and docker compose's reader. */
const checkers = [
  { folder: "coraza", program: "coraza-check", tests: "exported rules in Coraza" },
  { folder: "compose-check", program: "compose-check", tests: "the compose file as docker compose reads it" },
];

function goCheckers() {
  for (const { folder, program, tests } of checkers) {
    try {
      const args = ["build", "-C", join(root, "electron", "dev", folder), "-o", join(cache, program), "."];
      run("go", args, { quiet: true });
    } catch (error) {
      skipWith(`of ${tests}`, error);
    }
  }
}

/** Real servers, each for the tests that speak to it. */
const servers = [
  { name: "the real Ollama server", get: installOllama },
  { name: "a real Kafka broker", get: installKafka },
  { name: "a real S3 server", get: installS3 },
];

function realServers() {
  for (const { name, get } of servers) {
    try {
      get();
    } catch (error) {
      skipWith(`with ${name}`, error);
    }
  }
}

try {
  install();
} catch (error) {
  say(error.message);
  process.stdout.write("0 passed, 1 failed, 0 skipped\n");
  process.exit(1);
}
sandboxTools();
monitoringTools();
database();
goCheckers();
realServers();

step("format and lint", () => mustPass("@biomejs/biome/bin/biome", ["check", "--error-on-warnings"]));
step("types and layers", () => mustPass("typescript/bin/tsc", ["-b"]));
step("dead code", () => mustPass("knip/bin/knip.js", ["--no-progress"]));
step("unit and integration", () => vitest("unit", []));
step("build", () => build({ always: true }));
const executable = browser();
if (executable === undefined) {
  totals.skipped += 1;
  skips.push("browser tests: no Chromium, Chrome or Edge is installed, and none could be fetched");
} else {
  step("browser", () => vitest("browser", ["--config", "vitest.e2e.config.ts"], { SENTINEL_TEST_BROWSER: executable }));
}

for (const name of skips) process.stdout.write(`skipped: ${name}\n`);
for (const why of missing) process.stdout.write(`skipped were tests ${why}\n`);
for (const name of triedAgain) process.stdout.write(`passed at the second try: ${name}\n`);
for (const name of failures) process.stdout.write(`failed: ${name}\n`);
process.stdout.write(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped\n`);
process.exitCode = totals.failed > 0 ? 1 : 0;
