// `npm start`: installs, builds and opens the application. Electron where it can run, else the headless host.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { become } from "./launch.mjs";
import { build, install, markRunning, node, root, say, startsWith } from "./prepare.mjs";

const installTimeoutMs = 90_000;

function hasDisplay() {
  if (process.platform === "darwin" || process.platform === "win32") return true;
  return Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
}

/** Path of Electron's binary. Fetched once where that is possible; where it is not, that is remembered for this version. */
function electronBinary() {
  const directory = join(root, "node_modules", "electron");
  const find = () => {
    try {
      const path = join(directory, "dist", readFileSync(join(directory, "path.txt"), "utf8"));
      return existsSync(path) ? path : undefined;
    } catch {
      return undefined;
    }
  };
  const found = find();
  if (found !== undefined) return found;
  const { version } = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
  const memory = join(root, "node_modules", ".cache", "sentinel", `no-electron-${version}`);
  if (existsSync(memory)) return undefined;
  say("Fetching Electron (once) …");
  spawnSync(node, [join(directory, "install.js")], { cwd: root, stdio: "ignore", timeout: installTimeoutMs });
  const fetched = find();
  if (fetched === undefined) {
    mkdirSync(join(memory, ".."), { recursive: true });
    writeFileSync(memory, "Electron's binary could not be fetched. Delete this file to try again.\n");
  }
  return fetched;
}

try {
  install();
  build();
  // Chromium refuses to run as root with its sandbox on, and it is never turned off here.
  const canOpenWindow = hasDisplay() && process.getuid?.() !== 0;
  const electron = canOpenWindow ? electronBinary() : undefined;
  markRunning();
  if (electron !== undefined) become(electron, [root, ...process.argv.slice(2)]);
  else become(node, [join(root, "out", "main", "headless.js"), "serve", ...process.argv.slice(2)], startsWith);
} catch (error) {
  say(error.message);
  process.exitCode = 1;
}
